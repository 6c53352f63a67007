"""
What a site asks of programs: robots.txt (RFC 9309), and the wishes that stand at a page itself.

robots.txt is obeyed. The wishes at a page (noindex, noarchive, noai, tdm-reservation) speak of what is done with a text
after it was read; they are recorded for whoever uses it, and no reason not to read (reliability.md P51).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta

from protego import Protego

#: What a group in robots.txt calls us; compared without regard to case (RFC 9309 2.2.1).
PRODUCT = "copydesk"
#: RFC 9309 2.5 asks for at least 500 KiB; what is beyond is not read.
MAX_ROBOTS_BYTES = 500 * 1024
#: The longest pause a site can ask for; with more, a news site would never be read to the end of its own news.
MAX_CRAWL_DELAY = timedelta(seconds=60)

#: The lines on which a group names its programs, in the spellings that protego takes as well.
_AGENT_LINE = re.compile(r"^[ \t]*user[- ]?agent(?:[ \t]*:|[ \t])[ \t]*([^\r\n]*)", re.IGNORECASE | re.MULTILINE)
#: RFC 9309 2.2.1: a product token has no other characters; "copydesk/1.0" is one with a version behind it.
_TOKEN = re.compile(r"[A-Za-z_-]+")
#: Ends a line for Python and for nobody else (RFC 9309 2.2: CR, LF or both).
_FALSE_ENDS = str.maketrans(dict.fromkeys("\0\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029", " "))

#: Wishes at a page that are recorded.
_WISHES = frozenset({"noindex", "noarchive", "noai", "noimageai"})
_TDM = "tdm-reservation"
#: Directives with a value: "max-snippet: 20" names no program.
_VALUED = re.compile(r"unavailable_after|max-[a-z]+-?[a-z]*")
#: Where a head is over in any page we met; markup behind it is the page's text.
_HEAD_BYTES = 65536
_META = re.compile(rb"<meta\s([^<>]{1,500})>", re.IGNORECASE)
#: What has none of them is most of a head, and not taken apart.
_NAMES = (b"robots", PRODUCT.encode(), _TDM.encode())
_ATTRIBUTE = re.compile(rb"""\b(name|content)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)


class Robots:
    """The rules of one robots.txt, as far as they concern us; of an empty one, which allows all."""

    def __init__(self, body: bytes = b"") -> None:
        text = body[:MAX_ROBOTS_BYTES].decode("utf-8-sig", "replace").translate(_FALSE_ENDS)
        # One group for us, one for everybody, one for all others: protego keeps every rule once for each program of its
        # group, and a file of 1,000 programs and 1,000 rules took it 1.2 s. It also takes "copy" for a name of ours.
        self._rules = Protego.parse(_AGENT_LINE.sub(_our_name, text))

    def allows(self, url: str) -> bool:
        """Whether we may fetch this address: the longest rule decides, among equals "allow" (RFC 9309 2.2.2)."""
        return bool(self._rules.can_fetch(url, PRODUCT))

    @property
    def crawl_delay(self) -> timedelta:
        """The pause asked for between two requests, at most ``MAX_CRAWL_DELAY``; zero when there is none."""
        seconds = self._rules.crawl_delay(PRODUCT) or 0
        return min(timedelta(seconds=min(seconds, MAX_CRAWL_DELAY.total_seconds())), MAX_CRAWL_DELAY)


def wishes(headers: Mapping[str, str], body: bytes) -> tuple[str, ...]:
    """
    What a page asks of whoever uses it, each once: "noindex", "noarchive", "noai", "noimageai", "tdm-reservation".

    From X-Robots-Tag and ``<meta name=robots>``, as far as they speak to all programs or to us, and from
    tdm-reservation (W3C TDMRep) as a header or a ``<meta>``.
    """
    found = list(_read_wishes(headers.get("x-robots-tag", "")))
    if headers.get(_TDM, "").strip() == "1":
        found.append(_TDM)
    for tag in _speaking(body[:_HEAD_BYTES]):
        fields = {name.lower(): b"".join(values) for name, *values in _ATTRIBUTE.findall(tag)}
        name = fields.get(b"name", b"").strip().lower().decode("latin-1")
        content = fields.get(b"content", b"").decode("latin-1")
        if name in {"robots", PRODUCT}:
            found += _read_wishes(content)
        elif name == _TDM and content.strip() == "1":
            found.append(_TDM)
    return tuple(dict.fromkeys(found))


def _speaking(head: bytes) -> Iterator[bytes]:
    """The insides of the ``<meta>`` tags that have one of the names somewhere."""
    tags = _META.findall(head)
    # All in one piece, since most have none; a tag has no ">".
    lower = b">".join(tags).lower()
    if any(map(lower.__contains__, _NAMES)):
        yield from (
            tag for tag, folded in zip(tags, lower.split(b">"), strict=True) if any(map(folded.__contains__, _NAMES))
        )


def _our_name(line: re.Match[str]) -> str:
    """The line again, its program one of three: us, everybody, another."""
    value = line[1].strip()
    token = _TOKEN.match(value)
    if token is not None:
        return f"User-agent: {PRODUCT if token[0].lower() == PRODUCT else 'another'}"
    return "User-agent: *" if value.startswith("*") else "User-agent: another"


def _read_wishes(text: str) -> Iterator[str]:
    """The wishes in a list of directives; those after "otherbot:" are not for us."""
    is_ours = True
    for part in text.lower().split(","):
        name, colon, value = part.partition(":")
        if colon and not _VALUED.fullmatch(name.strip()):
            is_ours, part = name.strip() in {PRODUCT, "*", "robots"}, value  # noqa: PLW2901 - what is left of it
        wish = "noindex" if part.strip() == "none" else part.strip()
        if is_ours and wish in _WISHES:
            yield wish
