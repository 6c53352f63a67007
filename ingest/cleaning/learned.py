"""
What repeats in a source's articles is not the article: how that is counted, and how much of it is evidence enough.

    digests   what there is to count in an article: its paragraphs, and the sentences of short ones
    learned   what the counts of a source come to, judged line by line (``weigh``); ``unlearn`` acts on it

A repetition alone proves little: agencies write one background paragraph into a hundred stories, and a house has its
phrases. So a line needs more evidence the more it looks like a story's: from a label over a sentence to long prose.
Quotations, the headline and lines of fewer than 3 words are never counted. An operator's word wins over everything.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import islice
from typing import Literal, NamedTuple

from ingest.text import collapse

Mode = Literal["off", "shadow", "active"]
Verdict = Literal["keep", "drop"]


DIGEST_BYTES = 8
SAMPLE_CHARS = 200
MIN_TOKENS = 3
#: Longer paragraphs are never counted: the longest promo among 2,390 labelled ones has 420 characters, the longest
#: disclaimers about twice that.
MAX_CHARS = 1000
#: Only the sentences of a shorter paragraph are counted: promos are short, and counts cost memory.
MAX_SPLIT_CHARS = 320

#: Written without spaces between words: Thai, Lao, Myanmar, Khmer, kana, Han.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(f"[{_UNSPACED}]|[^\\W\\d_{_UNSPACED}]+")
#: "3-1", "1,234.50", "12:30" are one number each. Named digits are found faster than the class of all digits; those of
#: full width are ASCII after NFKC.
_DIGIT = "[0-9\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u09e6-\u09ef\u0e50-\u0e59]"
_NUMBER = re.compile(f"({_DIGIT}+(?:[.,:/\u2013-]{_DIGIT}+)*)")
#: Each of these digits has one of these bytes in UTF-8. Most lines have none, and seeing that costs little.
_DIGIT_BYTES = b"0123456789\xd9\xdb\xe0"
#: A quotation begins as speech does (a quote, or the dash of dialogue), or quotes more than a name.
_SPEECH = tuple("\"'“”„‟«»‹›‘‚「『《—–")  # noqa: RUF001 - the quotes are the point
MIN_QUOTED = 25
_QUOTED = re.compile(
    f'["“”„‟«»][^"“”„‟«»]{{{MIN_QUOTED},}}|‘[^‘]{{{MIN_QUOTED},}}’|[「『][^」』]{{8,}}'  # noqa: RUF001 - likewise
)
#: Where one can begin; a class is searched five times as fast.
_QUOTES = re.compile('["“”„‟«»‘「『]')  # noqa: RUF001 - likewise
#: What may stand after the end of a sentence, and what ends one in the scripts of our languages.
_CLOSING = "'\")]”’»」』） \t\r\n"  # noqa: RUF001 - likewise
_ENDS = frozenset(".!?։؟۔।॥。！？")  # noqa: RUF001 - likewise
#: One class comes first, for the sake of the search; which of the two it was follows.
_SENTENCE_END = re.compile(
    "[.!?؟۔।。！？](?:(?<=[.!?؟۔।])[\"')\\]”’»]*\\s+|(?<=[。！？])[」』）]*)"  # noqa: RUF001 - likewise
)


class ParagraphDigest(NamedTuple):  # a frozen dataclass takes three times as long to make, and each line is one
    """One line of an article as it is counted: digits masked, case folded."""

    digest: bytes
    #: One byte that changes when the digits do.
    digits: int
    n_chars: int
    #: Whether it ends as a sentence does.
    is_prose: bool
    #: Whether it is a sentence of a longer paragraph.
    is_part: bool
    #: Its first characters, for the operator.
    sample: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCount:
    """What a source's articles have told of one line."""

    digest: bytes
    #: Distinct articles that had it, of the last few hundred.
    articles: int
    #: The number of the source's article that had it first, and of that which had it last.
    first: int
    last: int
    #: Days since 1970-01-01, and on how many distinct ones it was seen.
    first_day: int
    last_day: int
    days: int
    #: How often its digits were others than the time before.
    changes: int
    n_chars: int
    is_prose: bool
    sample: str = ""
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """How sure it is that a line is boilerplate, and in which share of the source's recent articles it stands."""

    confidence: float
    share: float


#: What the operator has dropped needs no other evidence.
DROPPED = Evidence(1.0, 1.0)
#: By how much other digits may lengthen a line.
SLACK_CHARS = 32


@dataclass(frozen=True, slots=True)
class Need:
    """The evidence that lines of one look need."""

    articles: int
    days: int
    share: float


#: A label or a button; a sentence; a paragraph; long prose. Teasers of one story stood under three of five articles of
#: a paper over two days, and were the opening of the story itself: a sentence needs a third day. At a share of .06 for
#: labels the one true line of 46,860 in a wire's archive and four papers fell; at .10 none.
LABEL = Need(3, 2, 0.10)
SENTENCE = Need(4, 3, 0.15)
PARAGRAPH = Need(5, 3, 0.30)
LONG = Need(8, 3, 0.50)
LABEL_CHARS = 120
SENTENCE_CHARS = 200
PARAGRAPH_CHARS = 480
#: What stands in this many articles, and this share of them, is boilerplate even on its first day: no background of the
#: day's news gets that far.
ONE_DAY = Need(10, 1, 0.60)
#: Less of a source is too little to call anything its habit.
MIN_ARTICLES = 5
#: A line with other digits in more than a tenth of its articles is data: a score, a temperature, a price of shares.
MAX_CHANGES = 0.1
#: Knowing all sentences of a paragraph is a little less than knowing the paragraph.
PARTS_WEIGHT = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What is known as boilerplate of one source."""

    mode: Mode = "off"
    lines: dict[bytes, Evidence] = field(default_factory=dict)
    #: Paragraphs that the operator keeps.
    kept: frozenset[bytes] = frozenset()
    #: No line that is known is longer.
    max_chars: int = MAX_CHARS

    def judge(self, paragraph: str) -> Evidence | None:
        """How surely the paragraph is boilerplate of the source; None where it is not known as such."""
        if not self.lines or len(paragraph) > max(self.max_chars, MAX_SPLIT_CHARS):
            return None
        if len(paragraph) <= self.max_chars or self.kept:
            whole = digest_of(paragraph)
            if whole in self.kept:
                return None
            if (known := self.lines.get(whole)) is not None:
                return known
        return self._judge_parts(paragraph)

    def _judge_parts(self, paragraph: str) -> Evidence | None:
        """How surely all sentences of a paragraph are boilerplate."""
        if len(paragraph) > MAX_SPLIT_CHARS:
            return None
        confidence = share = 1.0
        has_parts = False
        for part in _sentences(paragraph):
            has_parts = True
            known = self.lines.get(digest_of(part))
            if known is None:
                return None
            confidence, share = min(confidence, known.confidence), min(share, known.share)
        if not has_parts or _is_quotation(paragraph):
            return None
        return Evidence(round(PARTS_WEIGHT * confidence, 2), share)

    def is_boilerplate(self, paragraph: str) -> bool:
        """Whether the paragraph is known as boilerplate of the source."""
        return self.judge(paragraph) is not None


def digests(paragraphs: Iterable[str], *, title: str = "") -> tuple[ParagraphDigest, ...]:
    """What there is to count in an article (before cleaning), each line once; ``title`` is its headline."""
    headline = digest_of(title) if title else b""
    found: dict[bytes, ParagraphDigest] = {}
    for paragraph in paragraphs:
        if len(paragraph) > MAX_CHARS or _is_quotation(paragraph):
            continue
        parts = _sentences(paragraph) if len(paragraph) <= MAX_SPLIT_CHARS else ()
        for text in (paragraph, *parts):
            counted = _counted(text, is_part=text is not paragraph)
            if counted is not None and counted.digest != headline:
                found.setdefault(counted.digest, counted)
    return tuple(found.values())


def learned(counts: Iterable[LineCount], articles: int, verdicts: dict[bytes, Verdict], *, mode: Mode) -> Learned:
    """What the counts of a source with so many articles come to, the operator's verdicts on top."""
    lines: dict[bytes, Evidence] = {}
    max_chars = 0
    for line in counts:
        verdict = verdicts.get(line.digest)
        evidence = DROPPED if verdict == "drop" else weigh(line, articles)
        if verdict != "keep" and evidence is not None:
            lines[line.digest] = evidence
            # Other digits may make it longer than it was.
            max_chars = max(max_chars, line.n_chars + SLACK_CHARS if line.n_chars else MAX_CHARS)
    kept = frozenset(digest for digest, verdict in verdicts.items() if verdict == "keep")
    return Learned(mode=mode, lines=lines, kept=kept, max_chars=min(max_chars, MAX_CHARS))


def weigh(line: LineCount, articles: int) -> Evidence | None:
    """
    What the counts say of a line, when its source has had so many articles; None while they do not suffice.

    The share is that of the articles since the line was first seen, so that a new promo is learned as fast as an old
    one, and a line of one day's news fades.
    """
    if articles < MIN_ARTICLES or line.changes > MAX_CHANGES * line.articles:
        return None
    share = min(1.0, line.articles / max(MIN_ARTICLES, articles - line.first + 1))
    if not (_suffices(need_of(line), line, share) or _suffices(ONE_DAY, line, share)):
        return None
    return Evidence(round(min(0.99, line.articles / (line.articles + 1)), 2), round(share, 2))


def need_of(line: LineCount) -> Need:
    """The evidence that a line of this look needs."""
    if line.n_chars <= LABEL_CHARS and not line.is_prose:
        return LABEL
    if line.n_chars <= SENTENCE_CHARS:
        return SENTENCE
    return PARAGRAPH if line.n_chars <= PARAGRAPH_CHARS else LONG


def _suffices(need: Need, line: LineCount, share: float) -> bool:
    return line.articles >= need.articles and line.days >= need.days and share >= need.share


def _counted(text: str, *, is_part: bool) -> ParagraphDigest | None:
    """The line as it is counted; None where it says too little."""
    if not _has_tokens(text):
        return None
    line = text.strip()
    digest, digits = _masked(line)
    return ParagraphDigest(digest, digits, len(line), is_prose(line), is_part, line[:SAMPLE_CHARS])


def _has_tokens(text: str) -> bool:
    """Whether there are enough; where it begins with as many words of nothing but letters, they are not looked for."""
    words = text.split(None, MIN_TOKENS)[:MIN_TOKENS]
    if len(words) == MIN_TOKENS and "".join(words).isalpha():
        return True
    return len([*islice(_TOKEN.finditer(text), MIN_TOKENS)]) == MIN_TOKENS


def is_prose(text: str) -> bool:
    """Whether it ends as a sentence does."""
    return text.rstrip(_CLOSING)[-1:] in _ENDS


def _sentences(paragraph: str) -> Iterator[str]:
    """The sentences of a paragraph that has several; nothing where it has one."""
    start = 0
    for end in _SENTENCE_END.finditer(paragraph):
        if end.end() < len(paragraph) or start:
            yield paragraph[start : end.end()]
            start = end.end()
    if start and start < len(paragraph):
        yield paragraph[start:]


def digest_of(text: str) -> bytes:
    """What tells a line from any other but for its case, its space and its digits."""
    return _masked(text)[0]


def _masked(text: str) -> tuple[bytes, int]:
    """The digest of a line without its digits, and a byte that its digits decide, 0 when it has none."""
    folded = text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
    line = collapse(folded)
    encoded = line.encode("utf-8", "surrogatepass")
    digits = 0
    # Where nothing goes when the bytes of digits do, there are none.
    if len(encoded.translate(None, _DIGIT_BYTES)) < len(encoded):
        between = _NUMBER.split(line)
        if numbers := between[1::2]:
            digits = blake2b(" ".join(numbers).encode(), digest_size=1).digest()[0]
            encoded = "0".join(between[::2]).encode("utf-8", "surrogatepass")
    return blake2b(encoded, digest_size=DIGEST_BYTES).digest(), digits


def _is_quotation(text: str) -> bool:
    if text.lstrip().startswith(_SPEECH):
        return True
    if text.isascii():
        return '"' in text and max(map(len, text.split('"')[1:])) >= MIN_QUOTED
    quote = _QUOTES.search(text)
    return quote is not None and _QUOTED.search(text, quote.start()) is not None
