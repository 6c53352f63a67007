"""For how long a consumer waits for a store that is away, and what it does meanwhile: ask again, ever more rarely."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Final

from redis.exceptions import AuthenticationError, AuthorizationError, OutOfMemoryError, RedisError

from ingest.errors import StoreError
from ingest.store.connect import AWAY

#: A restart, a failover and a change of plan at a host are over by then.
PATIENCE: Final = timedelta(minutes=5)
#: Until the store has answered once, rather the address is wrong than the store away.
FIRST_PATIENCE: Final = timedelta(seconds=10)
#: What passes by itself. A full store refuses Once's marks until somebody makes room.
PASSING: Final = (*AWAY, OutOfMemoryError)

_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 2.0


class Patience:
    """One consumer's: it starts anew whenever the store answers."""

    def __init__(self, longest: timedelta) -> None:
        self._longest = longest
        self._left = min(longest, FIRST_PATIENCE)
        self._since: float | None = None
        self._pause = _FIRST_PAUSE

    def answered(self) -> None:
        """The store is there."""
        self._left = self._longest
        self._since = None
        self._pause = _FIRST_PAUSE

    def pause(self, error: RedisError) -> float:
        """
        Seconds to wait before the store is asked again.

        Raises:
            StoreError: it has been away for longer than that, or does not want us; the sentence says which.
        """
        if any(isinstance(one, AuthenticationError | AuthorizationError) for one in (error, error.__cause__)):
            raise StoreError("the store refuses our password, or wants one") from error
        now = time.monotonic()
        self._since = now if self._since is None else self._since
        if now - self._since >= self._left.total_seconds():
            raise StoreError(f"the store has been away for too long: {_sentence(error)}") from error
        pause = min(self._pause, self._since + self._left.total_seconds() - now)
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        return max(pause, 0.001)


def _sentence(error: RedisError) -> str:
    """The error's first line, without what stands before an address's host."""
    return str(error).splitlines()[0].split("@")[-1] if str(error) else type(error).__name__
