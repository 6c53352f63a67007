"""Acts once on each event, also after a crash:  python once.py REDIS_URL GROUP CONSUMER"""

import os
import signal
import sys
import threading

from ingest import Once, consume


def main(redis_url: str, group: str, consumer: str) -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    take_over_ms = int(os.environ.get("TAKE_OVER_MS", "60000"))
    once = Once(redis_url, group)
    for event in once.fresh(consume(redis_url, group, consumer, stop=stop, take_over_ms=take_over_ms)):
        print(event.id, event.article["title"], flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
