"""One clock for the store's scripts, the desk, its sleeps and the server's records; only a test moves it."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import re
from collections.abc import Awaitable, Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import redis.asyncio

from ingest.store.scripts import SHARED, Argument, Name, Scripts, source

#: A Monday.
T0 = datetime(2026, 3, 2, 12, tzinfo=UTC)
#: Where the scripts read the time.
CLOCK = "politeness:clock"
_MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock:
    """
    A time of our own, in whole milliseconds.

    Who sleeps moves it on, but only once everybody else sleeps as well or has come to an end: so that work done side by
    side meets in the same order each time.
    """

    def __init__(self) -> None:
        self.ms = (T0 - _EPOCH) // _MILLISECOND
        #: What the store was last told.
        self.told = -1
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()
        self._awake = 1

    def now(self) -> datetime:
        return _EPOCH + self.ms * _MILLISECOND

    def advance(self, span: timedelta) -> None:
        """Let so much time go by; a negative span sets the clock back."""
        self.ms += -(-span // _MILLISECOND)

    def reach(self, at: datetime) -> None:
        """Let time go by until then, if that is still to come."""
        self.ms = max(self.ms, -((_EPOCH - at) // _MILLISECOND))

    async def sleep(self, seconds: float) -> None:
        """In the place of asyncio.sleep."""
        waking = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.ms + round(seconds * 1000), next(self._numbers), waking))
        self._rest()
        await waking

    async def together(self, *works: Coroutine[Any, Any, Any]) -> list[Any]:
        """Do these side by side; what they come to."""
        self._awake += len(works) - 1
        try:
            return await asyncio.gather(*(asyncio.create_task(self._done(work)) for work in works))
        finally:
            self._awake = 1

    async def _done(self, work: Awaitable[Any]) -> Any:
        try:
            return await work
        finally:
            self._rest()

    def _rest(self) -> None:
        """One less is awake; if nobody is, the next sleeper's time has come."""
        self._awake -= 1
        if self._awake == 0 and self._sleepers:
            at, _, waking = heapq.heappop(self._sleepers)
            self.ms = max(self.ms, at)
            self._awake = 1
            waking.set_result(None)


@cache
def virtual(name: Name) -> str:
    """
    A script that reads the time from a key.

    The server would drop the lines before hosts by its own clock, which hardly moves in a test; without an end of their
    own they hold what they hold, for all of them are times that are compared with now.
    """
    text = re.sub(r"(redis\.)?\bcall\('TIME'\)", f"redis.call('HMGET', '{CLOCK}', 's', 'us')", source(name))
    if name in {"acquire_host", "commit_poll", "hold_host"}:
        text = re.sub(r", 'PX', .*\)$", ")", text, flags=re.MULTILINE)
    # What is kept until a time is kept until then by the server's own clock.
    return text.replace("now + memory", "redis.call('TIME')[1] * 1000 + memory")


class VirtualScripts(Scripts):
    """The store's own scripts, by our clock."""

    def __init__(self, client: redis.asyncio.Redis, clock: Clock) -> None:
        super().__init__(client)
        self._clock = clock
        self._named: dict[Name, Any] = {}

    async def __call__(self, name: Name, keys: Sequence[str], arguments: Sequence[Argument]) -> Any:
        if self._clock.told != self._clock.ms:
            self._clock.told = self._clock.ms
            seconds, rest = divmod(self._clock.ms, 1000)
            await self._client.hset(CLOCK, mapping={"s": seconds, "us": rest * 1000})
        if name not in self._named:
            self._named[name] = self._client.register_script(virtual(name))
        reply = await self._named[name](keys=list(keys), args=list(arguments))
        return reply[0] if name in SHARED else reply
