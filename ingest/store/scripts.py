"""The Lua scripts, by name; loaded once a client, reloaded by it when the server forgot them (NOSCRIPT)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any, Literal

import redis.asyncio

Name = Literal[
    "acquire_host",
    "add_feed",
    "begin",
    "claim_due",
    "close_entry",
    "commit_article",
    "commit_poll",
    "correct_source",
    "forget_source",
    "learn",
    "read_source",
    "release",
    "remove_feed",
]

#: What a script takes: everything is bytes on the wire.
Argument = str | bytes | int


@cache
def source(name: Name) -> str:
    """The text of a script."""
    return (resources.files("ingest.store") / "lua" / f"{name}.lua").read_text(encoding="utf-8")


class Scripts:
    """Calls scripts by name on one client."""

    def __init__(self, client: redis.asyncio.Redis) -> None:
        self._client = client
        self._known: dict[Name, Any] = {}

    async def __call__(self, name: Name, keys: Sequence[str], arguments: Sequence[Argument]) -> Any:
        """The script's reply: ints, bytes, or lists of them."""
        script = self._known.get(name)
        if script is None:
            script = self._known[name] = self._client.register_script(source(name))
        reply = await script(keys=list(keys), args=list(arguments))
        heed_cancellation()
        return reply


def heed_cancellation() -> None:
    """
    Raise what redis-py has swallowed.

    It sends through asyncio.wait_for, which on Python 3.11 loses a cancellation that arrives as the bytes leave
    (CPython issue 86296): a task told to stop would go on for ever. Fixed in 3.12, where this finds nothing.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
