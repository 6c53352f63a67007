"""What each source's articles repeat: counted once an article, bounded in memory, forgotten when a source is silent."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args

from redis.exceptions import ResponseError

from ingest.cleaning.learned import Learned, LineCount, Mode, ParagraphDigest, Verdict, learned
from ingest.models import Article
from ingest.store.connect import Store, is_out_of_memory, why_foreign
from ingest.store.due import milliseconds
from ingest.store.keys import BUCKETS
from ingest.store.scripts import Argument

#: A line: articles first last first_day last_day days digits changes size flags. learn.lua packs the same.
PACKED = struct.Struct("<HIIHHBBBBB")
#: Lines in a bucket, so at most 1,280 in a source: what 50 articles hold, and all that repeats. A hash of 80 fields
#: stays a listpack (Redis 7 and Valkey turn it into a table past 512 fields, or past 64 bytes in a value).
MAX_LINES = 80
#: Characters to the unit of a line's size, which is one byte.
SIZE_CHARS = 4
MAX_BYTE = 255
PROSE, PART = 1, 2
#: Below that a line is no candidate (cleaning.learned: every need is at least this), nor worth showing.
LEARNED_ARTICLES = 3
SHOWN_ARTICLES = 2
#: How long a worker may go by what it read of a source.
FRESH = timedelta(minutes=1)
#: Sources a worker remembers at a time; some kilobytes each.
MAX_REMEMBERED = 2000

#: What came of an article's lines. "unknown": it is not published; "full": the store takes nothing now.
Lesson = Literal["learned", "again", "copy", "near-copy", "unknown", "full"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What is known of a source: its articles counted, near copies left out, and its repeated lines."""

    domain: str
    articles: int
    copies: int
    #: The most frequent first. Lines that only the operator's word holds have no articles.
    lines: tuple[LineCount, ...]
    verdicts: dict[bytes, Verdict] = field(default_factory=dict)

    def learned(self, mode: Mode) -> Learned:
        """What it comes to."""
        return learned(self.lines, self.articles, self.verdicts, mode=mode)


async def learn(store: Store, article: Article, lines: Sequence[ParagraphDigest], *, memory: timedelta) -> Lesson:
    """
    Count a published article's lines, once however often it is asked; what is no first publication counts nothing.

    ``lines`` are the digests of its text before cleaning; ``memory`` is how long a silent source is remembered.
    """
    if not article.source_domain:
        return "unknown"
    names, domain = store.keys, article.source_domain
    keys = [names.article(article.id), names.source(domain), names.sources, names.samples(domain)]
    arguments: list[Argument] = [milliseconds(memory), article.id, domain, _day(article), MAX_LINES]
    for line in lines:
        size = min(MAX_BYTE, -(-line.n_chars // SIZE_CHARS))
        flags = PROSE * line.is_prose + PART * line.is_part
        sample = line.sample.encode("utf-8", "replace")
        arguments += [line.digest, bytes((size, line.digits, flags)), sample]
    try:
        reply: list[bytes] = await store.scripts("learn", [*keys, *names.lines(domain)], arguments)
    except ResponseError as error:
        # Of all there is to write this can best be done without.
        if is_out_of_memory(error):
            return "full"
        raise
    word = reply[0].decode()
    return next(lesson for lesson in get_args(Lesson) if lesson == word)


async def read_learned(store: Store, domain: str, *, mode: Mode) -> Learned:
    """What is known as boilerplate of a source, in one round trip; in mode "off" nothing, without asking."""
    if mode == "off" or not domain:
        return Learned()
    try:
        return (await _read(store, domain, LEARNED_ARTICLES, has_samples=False)).learned(mode)
    except ResponseError as error:
        # Another type in our place: an article is worth more than what would be taken out of it.
        if why_foreign(error):
            return Learned()
        raise


async def read_source(store: Store, domain: str) -> Source | None:
    """All that repeats in a source, with samples, for the operator; None when nothing is known of it."""
    found = await _read(store, domain, SHOWN_ARTICLES, has_samples=True)
    return found if found.articles or found.copies or found.verdicts else None


async def list_sources(store: Store) -> AsyncIterator[Source]:
    """Every source of which something is known, by domain."""
    names: Any = await store.redis.zrange(store.keys.sources, 0, -1)
    for name in sorted(names):
        found = await _read(store, name.decode("utf-8", "replace"), LEARNED_ARTICLES, has_samples=False)
        if found.articles or found.verdicts:
            yield found


async def correct(store: Store, domain: str, digest: bytes, verdict: Verdict) -> bool:
    """Put the operator's word over the counts, for good; False when no such line is known of the source."""
    names = store.keys
    keys = [names.sources, names.verdicts(domain), names.samples(domain), names.lines(domain)[digest[0] % BUCKETS]]
    return bool(await store.scripts("correct_source", keys, [domain, digest, verdict]))


async def forget(store: Store, domain: str, *, has_corrections: bool) -> bool:
    """Start a source from nothing, its corrections too where that is asked; False when nothing was known."""
    names = store.keys
    keys = [names.sources, names.verdicts(domain), names.source(domain), names.samples(domain), *names.lines(domain)]
    return bool(await store.scripts("forget_source", keys, [domain, int(has_corrections)]))


class Lessons:
    """What this worker knows of its sources, read anew after a minute."""

    def __init__(self, store: Store, mode: Mode, now: Callable[[], datetime]) -> None:
        self._store = store
        self._mode = mode
        self._now = now
        self._known: dict[str, tuple[datetime, Learned]] = {}

    async def of(self, domain: str) -> Learned:
        """What is known as boilerplate of a source."""
        if self._mode == "off":
            return Learned()
        read_at, known = self._known.get(domain, (None, None))
        if read_at is None or known is None or not timedelta(0) <= self._now() - read_at < FRESH:
            read_at, known = self._now(), await read_learned(self._store, domain, mode=self._mode)
            self._known.pop(domain, None)
            self._known[domain] = (read_at, known)
            if len(self._known) > MAX_REMEMBERED:
                del self._known[next(iter(self._known))]
        return known


async def _read(store: Store, domain: str, min_articles: int, *, has_samples: bool) -> Source:
    names = store.keys
    keys = [names.source(domain), names.samples(domain), names.verdicts(domain), *names.lines(domain)]
    articles, copies, lines, corrected = await store.scripts("read_source", keys, [min_articles, int(has_samples)])
    counted = {digest: _line(digest, *rest) for digest, *rest in _rows(lines, 3)}
    verdicts: dict[bytes, Verdict] = {}
    for digest, value in _rows(corrected, 2):
        word, _, sample = value.decode("utf-8", "replace").partition(" ")
        verdict = next((one for one in get_args(Verdict) if one == word), None)
        if verdict is not None:
            verdicts[digest] = verdict
            line = counted.get(digest) or _uncounted(digest)
            counted[digest] = replace(line, verdict=verdict, sample=line.sample or sample)
    return Source(
        domain=domain,
        articles=articles,
        copies=copies,
        lines=tuple(sorted(counted.values(), key=lambda line: (-line.articles, line.digest))),
        verdicts=verdicts,
    )


def _rows(flat: Sequence[bytes], width: int) -> list[Sequence[bytes]]:
    return [flat[at : at + width] for at in range(0, len(flat), width)]


def _line(digest: bytes, packed: bytes, sample: bytes) -> LineCount:
    articles, first, last, first_day, last_day, days, _, changes, size, flags = PACKED.unpack(packed)
    return LineCount(
        digest=digest,
        articles=articles,
        first=first,
        last=last,
        first_day=first_day,
        last_day=last_day,
        days=days,
        changes=changes,
        n_chars=size * SIZE_CHARS,
        is_prose=bool(flags & PROSE),
        sample=sample.decode("utf-8", "replace"),
    )


def _uncounted(digest: bytes) -> LineCount:
    """A line of which only the operator's word is left."""
    return LineCount(
        digest=digest,
        articles=0,
        first=0,
        last=0,
        first_day=0,
        last_day=0,
        days=0,
        changes=0,
        n_chars=0,
        is_prose=False,
    )


def _day(article: Article) -> int:
    """The day the article is of: when it says it came out, but never later than we saw it."""
    day: datetime = min(article.published_at or article.first_seen_at, article.first_seen_at)
    return max(0, min(0xFFFF, (day - datetime(1970, 1, 1, tzinfo=UTC)).days))
