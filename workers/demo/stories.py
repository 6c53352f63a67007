"""The values of the demo newsroom: outlets, and stories whose every line is known to be article or boilerplate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from ingest.errors import SettingsError
from ingest.models import RemovalKind

#: "text" and "heading" are the article; everything else has to be gone after cleaning.
LineKind = Literal["text", "heading"] | RemovalKind

_ARTICLE: tuple[LineKind, ...] = ("text", "heading")
_BOILERPLATE: tuple[LineKind, ...] = get_args(RemovalKind)

#: How an outlet publishes; "rss" has summaries only, "rss-full" the whole text in content:encoded.
FeedFormat = Literal["rss", "atom", "json", "rss-full"]

_FEED_NAMES: dict[FeedFormat, str] = {
    "rss": "feed.xml",
    "atom": "atom.xml",
    "json": "feed.json",
    "rss-full": "feed.xml",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One paragraph as it stands on the page, and what it is."""

    kind: LineKind
    text: str

    @property
    def is_article(self) -> bool:
        """Whether the line is to be kept."""
        return self.kind in _ARTICLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """A publisher with one feed."""

    id: str
    #: Place in the newsroom, counted from 0; decides the outlet's address.
    position: int
    name: str
    tagline: str
    format: FeedFormat
    section: str

    @property
    def feed_name(self) -> str:
        """The last part of the feed's path."""
        return _FEED_NAMES[self.format]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A page of an outlet, boilerplate and all."""

    #: The outlet's id.
    outlet: str
    slug: str
    guid: str
    title: str
    author: str
    lines: tuple[Line, ...]
    language: str
    #: Time since the newsroom opened; negative for what had been out before.
    appears_after: timedelta
    tags: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """The first paragraph of the article, as the feeds quote it."""
        return next((line.text for line in self.lines if line.is_article), "")


def expected_text(story: Story) -> str:
    """The clean text that must come of the story: its article lines, one a line."""
    return "\n".join(line.text for line in story.lines if line.is_article)


def boilerplate(story: Story) -> tuple[Line, ...]:
    """The lines that must be removed, in their order."""
    return tuple(line for line in story.lines if not line.is_article)


def published_at(story: Story, opened_at: datetime) -> datetime:
    """When the story came out, to the second (feeds carry no more)."""
    return (opened_at + story.appears_after).replace(microsecond=0)


def story_url(story: Story, base_url: str) -> str:
    """The page's address; ``base_url`` is the outlet's, without a slash at its end."""
    return f"{base_url}/{story.outlet}/{story.slug}.html"


def feed_url(outlet: Outlet, base_url: str) -> str:
    """The feed's address."""
    return f"{base_url}/{outlet.id}/{outlet.feed_name}"


def read_lines(body: str, wires: dict[str, tuple[str, ...]] | None = None) -> tuple[Line, ...]:
    """
    The lines of a body written as "KIND | TEXT"; "wire | ID FIRST LAST" stands for paragraphs of agency copy.

    Raises:
        SettingsError: a line has no known kind, or names agency copy that there is not.
    """
    lines: list[Line] = []
    for raw in filter(str.strip, body.splitlines()):
        kind, _, text = raw.partition(" | ")
        if kind == "wire":
            lines += _wire_lines(text, wires or {})
        else:
            lines.append(Line(kind=_kind(kind), text=text.strip()))
    return tuple(lines)


def _kind(name: str) -> LineKind:
    for kind in (*_ARTICLE, *_BOILERPLATE):
        if kind == name:
            return kind
    raise SettingsError(f"demo content: no kind of line is called {name[:40]!r}")


def _wire_lines(reference: str, wires: dict[str, tuple[str, ...]]) -> tuple[Line, ...]:
    name, _, span = reference.partition(" ")
    try:
        first, last = (int(part) for part in span.split())
        paragraphs = wires[name][first - 1 : last]
    except (KeyError, ValueError) as error:
        raise SettingsError(f"demo content: no agency copy {reference!r}") from error
    return tuple(Line(kind="text", text=paragraph) for paragraph in paragraphs)
