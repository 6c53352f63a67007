"""``python -m workers.demo --port 8901``: the newsroom as a process of its own, until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from ingest.errors import SettingsError
from workers.demo.newsroom import load_newsroom
from workers.demo.server import serve
from workers.lifetime import end_with_parent


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop; 0 then, 2 when that could not even begin."""
    options = _options(arguments)
    try:
        asyncio.run(_serve_until_stopped(options.port, options.opened_at))
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


async def _serve_until_stopped(port: int, opened_at: datetime | None) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    end_with_parent()
    runner = await serve(load_newsroom(), port=port, opened_at=opened_at or _now(), now=_now)
    try:
        await stopped.wait()
    finally:
        await runner.cleanup()


def _now() -> datetime:
    return datetime.now(UTC)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m workers.demo", description="Serve the demo newsroom on loopback.")
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1 and on every outlet's own address")
    parser.add_argument(
        "--opened-at", type=_moment, help="when the newsroom opened, ISO 8601 with its offset (default: now)"
    )
    return parser.parse_args(arguments)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


if __name__ == "__main__":
    sys.exit(main())
