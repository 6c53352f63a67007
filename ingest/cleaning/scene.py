"""What the layers of cleaning by place see, say, and must not touch."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from ingest.cleaning.layout import Layout, Line
from ingest.models import Extraction, RemovalKind
from ingest.text import letters_and_digits

#: From here on a line is made of links.
LINKED = 0.9
#: No label, and no teaser of another article, is longer.
MAX_LABEL_CHARS = 60
MAX_TEASER_CHARS = 300

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
TABLE = frozenset({"td", "th", "table", "caption"})
#: A sentence's end; full-width and Indic stops end sentences too.
SENTENCE_END = re.compile(r"[.!?\u2026\u3002\uff01\uff1f\u0964]['\")\]\u201d\u2019\u00bb]*$")

#: A line that begins with a quote, or quotes more than a name.
_SPEECH = re.compile(
    '^\\s*(?:-\\s+)?["\u201c\u201d\u201e\u201f\u00ab\u00bb\u2018\u201a\u300c\u300e\u300a]'
    '|["\u201c\u201d\u201e\u00ab\u00bb][^"\u201c\u201d\u201e\u00ab\u00bb]{25,}|[\u300c\u300e][^\u300d\u300f]{8,}'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """A line that goes, and why."""

    at: int
    kind: RemovalKind
    rule: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a page tells of its article outside the text, as letters alone."""

    title: str = ""
    site: str = ""
    authors: tuple[str, ...] = ()
    body: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """All that the layers see of an article."""

    layout: Layout
    told: Told


Layer = Callable[[Scene], Iterator[Take]]


def told_of(extraction: Extraction) -> Told:
    """What an extraction tells of its article."""
    return Told(
        title=letters(extraction.metadata.title),
        site=letters(extraction.metadata.site_name),
        authors=tuple(map(letters, extraction.metadata.authors)),
        body=letters(extraction.article_body),
    )


def take_all(
    lines: Iterable[Line], scene: Scene, *, kind: RemovalKind, rule: str, may_quote: bool = False
) -> Iterator[Take]:
    """The lines of these that may go, signed."""
    for line in lines:
        if not is_safe(line, scene, may_quote=may_quote):
            yield Take(at=line.at, kind=kind, rule=rule, confidence=0.9)


def is_safe(line: Line, scene: Scene, *, may_quote: bool = False) -> bool:
    """Whether no layer may take the line: a lead, a quotation, a part of a quotation or of a table."""
    is_quoted = line.block.tag == "blockquote" or "blockquote" in line.block.ancestors
    if line.at == scene.layout.lead or is_quoted or line.block.tag in TABLE:
        return True
    return not may_quote and line.block.link_share < LINKED and _SPEECH.search(line.text) is not None


@lru_cache(maxsize=1024)
def letters(text: str) -> str:
    """The letters and digits of a text, without case: what is left of it in any edition."""
    return letters_and_digits(text).lower()
