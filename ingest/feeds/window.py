"""
What a feed's last document showed, as digests, and what that tells of the next one's entries.

An id that is new is not always a new entry: feeds change hosts, schemes, slugs and whole schemes of guids over night,
and who trusts the id alone posts everything anew (research: dedup.md 5). Nor is a known id always a known entry: guids
are used again. Losing an article is worse than posting one twice, so one witness is not enough to take an entry for a
known one, unless nearly everything is new and most of it can be matched (the flood brake).

    the same address                                                    the known entry
    the same title, and the same path, number or moment                 the known entry (host flip, new guids)
    the same number in the address and the same moment                  the known entry (the slug follows the headline)
    in a flood: the same title, path or moment                          the known entry
    in a flood: the same title, another path, moment and text           the next issue of a series, a new entry
    the same guid, but another address, path, number, title and moment  a new entry under an old guid

A witness counts only where it belongs to one entry on each side, and a known entry that the document still shows is
nobody else.
"""

from __future__ import annotations

import re
import struct
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final
from urllib.parse import urlsplit

from ingest.feeds.identity import address_key, shared_addresses
from ingest.models import Entry

#: Entries of a document that are remembered, the first of it; 40 bytes each.
MAX_TRACES: Final = 100
#: From this share of new entries on a known feed's document is a flood ...
FLOOD_SHARE: Final = 0.8
#: ... if it has so many, and so many were known; a feed of three is new altogether after a weekend.
MIN_FLOOD: Final = 5
#: Of the new entries so many must be matched by what a flood allows: else the feed is only busy.
MATCHED_SHARE: Final = 0.5
#: A shorter title ("Live", "Weather") says too little.
MIN_TITLE: Final = 12

_NONE: Final = bytes(4)
#: A text that was only laid out anew is the same version.
_WHITE_SPACE: Final = b" \t\n\r\x0b\x0c"
_PACKED: Final = struct.Struct("16s4s4s4s4s4s4s")
#: The number by which a site knows an article: of five digits or more, and no date.
_NUMBER: Final = re.compile(r"(?<!\d)\d{5,18}(?!\d)")
_DATE: Final = re.compile(r"(?:19|20)\d{2}[01]\d(?:[0-3]\d)?(?:\d{2,6})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What is remembered of an entry: its id, and digests of four bytes; zeros where there is nothing."""

    id: str
    title: bytes = _NONE
    url: bytes = _NONE
    #: The address without its host.
    path: bytes = _NONE
    number: bytes = _NONE
    #: Its date of publication.
    moment: bytes = _NONE
    #: All that may change: title, date of update, text.
    version: bytes = _NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """What a document's entries are, beside their ids."""

    #: New id -> id under which the entry is known.
    aliases: Mapping[str, str] = field(default_factory=dict)
    #: Ids that another entry had before.
    reused: frozenset[str] = frozenset()
    #: Known ids whose entry is shown with another title, date or text; of an alias the id as known.
    changed: tuple[str, ...] = ()
    is_flood: bool = False


def traces(ids: Sequence[str], entries: Sequence[Entry], known: Sequence[Trace] = ()) -> tuple[Trace, ...]:
    """
    What is to be remembered of a document; of an id that it shows twice the first.

    ``known`` are the last document's: what is shown as it was then is not taken apart again (most of a feed).
    """
    crowded = shared_addresses(entries)
    before = {one.id: one for one in known}
    found: dict[str, Trace] = {}
    for id_, entry in zip(ids, entries, strict=True):
        if id_ not in found:
            found[id_] = _trace(id_, entry, crowded, before.get(id_))
    return tuple(found.values())


def pack(found: Iterable[Trace]) -> bytes:
    """The traces as stored, as many as are kept."""
    kept = [*found][:MAX_TRACES]
    return b"".join(
        _PACKED.pack(bytes.fromhex(one.id), one.title, one.url, one.path, one.number, one.moment, one.version)
        for one in kept
    )


def unpack(stored: bytes) -> tuple[Trace, ...]:
    """The traces that were stored; none where that is damaged."""
    if len(stored) % _PACKED.size:
        return ()
    return tuple(
        Trace(id=id_.hex(), title=title, url=url, path=path, number=number, moment=moment, version=version)
        for id_, title, url, path, number, moment, version in _PACKED.iter_unpack(stored)
    )


def recognise(known: Sequence[Trace], shown: Sequence[Trace], fresh: frozenset[str]) -> Recognition:
    """Which of the entries ``shown`` are those ``known`` from the last document; ``fresh`` are the ids never seen."""
    before = {one.id: one for one in known}
    now = {one.id for one in shown}
    lost = [one for one in known if one.id not in now]
    new = [one for one in shown if one.id in fresh and one.id not in before]
    aliases = _matched(lost, new, _STRICT)
    is_flood = min(len(known), len(shown)) >= MIN_FLOOD and len(new) >= FLOOD_SHARE * len(shown)
    if is_flood:
        shown_as = {one.id: one for one in new}
        more = {
            new_id: known_id
            for new_id, known_id in _matched(lost, new, _STRICT + _FLOODED).items()
            if not _is_next_issue(before[known_id], shown_as[new_id])
        }
        is_flood = len(more) >= MATCHED_SHARE * len(new)
        aliases = more if is_flood else aliases
    reused = frozenset(one.id for one in shown if one.id in before and _is_another(before[one.id], one))
    changed = [one.id for one in shown if one.id in before and before[one.id].version != one.version]
    changed += [aliases[one.id] for one in new if one.id in aliases and before[aliases[one.id]].version != one.version]
    return Recognition(
        aliases=aliases,
        reused=reused,
        changed=tuple(id_ for id_ in changed if id_ not in reused),
        is_flood=is_flood,
    )


# ------------------------------------------------------------------------------------------------ the rules

_Witness = Callable[[Trace], tuple[bytes, ...]]

#: Each gives the digests that must be the same, all of them there.
_STRICT: Final[tuple[_Witness, ...]] = (
    lambda one: (one.url,),
    lambda one: (one.title, one.path),
    lambda one: (one.title, one.number),
    lambda one: (one.title, one.moment),
    lambda one: (one.number, one.moment),
)
_FLOODED: Final[tuple[_Witness, ...]] = (lambda one: (one.title,), lambda one: (one.path,), lambda one: (one.moment,))


def _matched(lost: Sequence[Trace], new: Sequence[Trace], witnesses: Sequence[_Witness]) -> dict[str, str]:
    """New id -> known id, by the first witness that both have and nobody else."""
    found: dict[str, str] = {}
    for witness in witnesses:
        taken = set(found.values())
        ours = _only([one for one in lost if one.id not in taken], witness)
        theirs = _only([one for one in new if one.id not in found], witness)
        found |= {theirs[said]: ours[said] for said in theirs.keys() & ours.keys()}
    return found


def _only(traced: Sequence[Trace], witness: _Witness) -> dict[tuple[bytes, ...], str]:
    """Ids by what the witness says of them, where it says it of one alone."""
    said = [(witness(one), one.id) for one in traced]
    counts = Counter(digests for digests, _ in said)
    return {digests: id_ for digests, id_ in said if counts[digests] == 1 and _NONE not in digests}


def _is_next_issue(old: Trace, new: Trace) -> bool:
    """Whether the title is all that two entries share: twelve signs of the zodiac have the same ones every day."""
    pairs = ((old.path, new.path), (old.moment, new.moment))
    is_all_new = all(_NONE not in pair and pair[0] != pair[1] for pair in pairs)
    return is_all_new and old.version != new.version and (old.number == _NONE or old.number != new.number)


def _is_another(old: Trace, new: Trace) -> bool:
    """Whether two entries with one guid have nothing else in common; what one of them lacks says nothing."""
    if _NONE in {old.url, new.url, old.title, new.title}:
        return False
    pairs = ((one, other) for one, other in zip(_witnesses(old), _witnesses(new), strict=True) if one != _NONE)
    return all(one != other for one, other in pairs)


def _witnesses(one: Trace) -> tuple[bytes, ...]:
    return (one.title, one.url, one.path, one.number, one.moment)


# ------------------------------------------------------------------------------------------------ the digests


def _trace(id_: str, entry: Entry, crowded: frozenset[str], before: Trace | None) -> Trace:
    url = entry.orig_url or entry.url
    key = address_key(url) if url else ""
    if key in crowded:
        key = ""
    title = "".join(filter(str.isalnum, entry.title.casefold()))
    published = entry.published_at.isoformat() if entry.published_at else ""
    updated = entry.updated_at.isoformat() if entry.updated_at else ""
    text = _bytes(entry.content_html or entry.summary_html).translate(None, _WHITE_SPACE)
    address, moment = _digest(key), _digest(published)
    version = _short(_bytes(f"{title}\n{updated}\n") + text)
    if before is not None and (before.url, before.moment, before.version) == (address, moment, version):
        return before
    return Trace(
        id=id_,
        title=_digest(title) if len(title) >= MIN_TITLE else _NONE,
        url=address,
        path=_digest(_path(key)),
        number=_digest(_number(key)),
        moment=moment,
        version=version,
    )


def _path(key: str) -> str:
    """The address without its host, where there is more of it than a slash."""
    try:
        parts = urlsplit(key if "//" in key else f"//{key}")
    except ValueError:
        return ""
    path = parts.path.strip("/")
    return f"{path}?{parts.query}" if path or parts.query else ""


def _number(key: str) -> str:
    """The longest number of the address that is no date."""
    return max((one for one in _NUMBER.findall(key) if not _DATE.fullmatch(one)), key=len, default="")


def _digest(text: str) -> bytes:
    """The digest of a text, zeros where there is none."""
    return _short(_bytes(text)) if text else _NONE


def _short(data: bytes) -> bytes:
    """Four bytes, never zeros: among a hundred entries two have the same by chance once in a million documents."""
    return blake2b(data, digest_size=4).digest().replace(_NONE, b"\x01" * 4)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
