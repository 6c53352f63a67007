"""Reads copydesk's articles in blocking Python:  python consume.py REDIS_URL GROUP CONSUMER"""

import os
import signal
import sys
import threading

from ingest import consume


def main(redis_url: str, group: str, consumer: str) -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    take_over_ms = int(os.environ.get("TAKE_OVER_MS", "60000"))
    for event in consume(redis_url, group, consumer, stop=stop, take_over_ms=take_over_ms):
        if event.type == "article.withdrawn.v1":
            print(event.id, "is gone:", event.article["url"], flush=True)
        else:
            print(event.id, event.article["title"], flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
