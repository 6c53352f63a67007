"""
Everything that can go wrong and that some caller branches on.

    CopydeskError
    ├── SettingsError      a setting is missing or makes no sense: the operator must act
    ├── StoreError         no store, or one we must not use: the operator must act
    ├── UrlError           these characters are no address we would ask
    ├── FetchError         no document came back; ``failure`` names why
    ├── FeedError          bytes came back that are no feed; ``found`` names what they are
    ├── SandboxError       a child process did not finish its task; ``failure`` names why
    ├── SinkError          an engine beside the stream is away: the relay waits and tries again
    ├── EventError         a row of an output stream is no event of ours: the consumer sets it aside
    └── ArchiveError       what the archive holds at a place cannot be read: that one article is not replayed

Expected outcomes (304, a duplicate, an empty page) are values, not errors.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

#: Why a fetch brought no document. The names are part of the outcomes an operator reads: stable.
FetchFailure = Literal[
    "bad-url",
    "blocked-address",
    "dns",
    "connect",
    "tls",
    "timeout",
    "disconnected",
    "truncated",
    "redirect-loop",
    "too-many-redirects",
    "bad-redirect",
    "too-large",
    "bomb",
    "bad-encoding",
    "bad-response",
    "status",
    "not-html",
    "challenge",
    "robots",
]

#: What stands where a feed should be.
NotAFeed = Literal[
    "empty",
    "html",
    "challenge",
    "parked",
    "paywall",
    "opml",
    "sitemap",
    "json",
    "xml",
    "binary",
    "text",
    "broken",
    "too-large",
]

#: How a sandboxed task ended without a result.
SandboxFailure = Literal["deadline", "crashed", "memory", "failed"]


class CopydeskError(Exception):
    """The root of the tree."""


class SettingsError(CopydeskError):
    """A setting is missing or makes no sense."""


class StoreError(CopydeskError):
    """There is no store to work with, or one that must not be used."""


class UrlError(CopydeskError):
    """These characters are no http(s) address."""


class FetchError(CopydeskError):
    """No document came back from an address."""

    def __init__(
        self, failure: FetchFailure, url: str, detail: str = "", *, status: int | None = None, is_retryable: bool = True
    ) -> None:
        super().__init__(failure, url, detail)
        self.failure = failure
        self.url = url
        self.detail = detail
        self.status = status
        self.is_retryable = is_retryable

    def __str__(self) -> str:
        return f"{self.failure}: {self.detail}" if self.detail else self.failure

    def __reduce__(self) -> tuple[object, ...]:
        return (_fetch_error, (self.failure, self.url, self.detail, self.status, self.is_retryable))


class FeedError(CopydeskError):
    """The bytes are no feed."""

    def __init__(self, found: NotAFeed, detail: str = "") -> None:
        super().__init__(found, detail)
        self.found = found
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.found}: {self.detail}" if self.detail else self.found


class SandboxError(CopydeskError):
    """A child process did not finish its task."""

    def __init__(self, failure: SandboxFailure, detail: str = "") -> None:
        super().__init__(failure, detail)
        self.failure = failure
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.failure}: {self.detail}" if self.detail else self.failure


class SinkError(CopydeskError):
    """A sink's engine is away, full, or does not know us; the sentence says which, without its password."""

    def __init__(self, sentence: str = "", *, pause: timedelta | None = None) -> None:
        super().__init__(sentence)
        #: For how long it asks to be left alone; None where it does not say.
        self.pause = pause


class EventError(CopydeskError):
    """A row of an output stream is no event of ours."""


class ArchiveError(CopydeskError):
    """What the archive holds at a place is damaged, or was taken away in between."""


def _fetch_error(failure: FetchFailure, url: str, detail: str, status: int | None, is_retryable: bool) -> FetchError:
    """A FetchError rebuilt from its parts, so that it can cross a process boundary."""
    return FetchError(failure, url, detail, status=status, is_retryable=is_retryable)
