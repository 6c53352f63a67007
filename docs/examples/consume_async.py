"""Reads copydesk's articles in asyncio:  python consume_async.py REDIS_URL GROUP CONSUMER"""

import asyncio
import os
import signal
import sys
from contextlib import aclosing

from ingest import consume_async


async def main(redis_url: str, group: str, consumer: str) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    take_over_ms = int(os.environ.get("TAKE_OVER_MS", "60000"))
    async with aclosing(consume_async(redis_url, group, consumer, stop=stop, take_over_ms=take_over_ms)) as events:
        async for event in events:
            print(event.id, event.article["title"], flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
