"""What a sink without an engine of its own is lent: HTTP, which belongs to ingest.net, and the clock."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ingest.models import Response

#: Sends a body with these fields, once; the answer. Raises FetchError where there is none.
Post = Callable[[str, bytes, Mapping[str, str]], Awaitable[Response]]
#: The answer to a GET. Raises FetchError where there is none.
Get = Callable[[str], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a sink without an engine of its own is lent by the process."""

    post: Post
    get: Get
    now: Callable[[], datetime]
