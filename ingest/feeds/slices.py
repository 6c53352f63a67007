"""
A digest of a feed's entries as bytes, taken without parsing: the rung of the ladder between body hash and parse.

Many feeds write a new date into their head at every request. This digest covers everything but those dates, so it is
the same only where a parse would give the same entries; it costs a few searches.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final

_ITEMS: Final = ((b"<item", b"</item>"), (b"<entry", b"</entry>"))
#: Heads and tails are short; where one is not, it holds what we do not know.
_MAX_HEAD_BYTES: Final = 100_000
#: What changes without meaning anything: when the feed was written, and comments of caches around it.
_DATES: Final = re.compile(
    rb"<((?:[a-z]{1,20}:)?(?:lastBuildDate|pubDate|updated|modified|date))(?:\s[^<>]*)?>[^<>]*</\1\s*>"
)
_COMMENT, _COMMENT_END = b"<!--", b"-->"
#: Entries under another spelling than the two looked for.
_OTHER_ITEMS: Final = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:item|entry)[\s/>]", re.IGNORECASE)


def item_digest(body: bytes) -> str | None:
    """
    A digest that two bodies of one feed share only if they say the same but for dates of the feed as a whole.

    From the first entry's start tag to the last one's end all bytes count, so no CDATA section or comment that holds
    such a tag can hide a change. None where there is nothing to compare or in doubt: JSON, UTF-16, entries under a
    prefix, none at all.
    """
    opening, closing = next(((start, end) for start, end in _ITEMS if start in body), _ITEMS[0])
    first = body.find(opening)
    last = body.rfind(closing)
    if first < 0 or last < first or first > _MAX_HEAD_BYTES or len(body) - last > _MAX_HEAD_BYTES:
        return None
    last += len(closing)
    head, tail = _timeless(body[:first]), _timeless(body[last:])
    if head is None or tail is None or _OTHER_ITEMS.search(head) or _OTHER_ITEMS.search(tail):
        return None
    state = sha256(memoryview(body)[first:last])
    for piece in (head, tail):
        state.update(len(piece).to_bytes(8, "big"))
        state.update(piece)
    return state.hexdigest()


def _timeless(piece: bytes) -> bytes | None:
    """The bytes without dates and comments; None where a section or comment is left open."""
    kept, position = [], 0
    while (start := piece.find(_COMMENT, position)) >= 0:
        end = piece.find(_COMMENT_END, start)
        if end < 0:
            return None
        kept.append(piece[position:start])
        position = end + len(_COMMENT_END)
    kept.append(piece[position:])
    rest = b"".join(kept)
    return None if rest.count(b"<![CDATA[") != rest.count(b"]]>") else _DATES.sub(b"", rest)
