"""
The values that flow through copydesk, in the order of one datum's journey.

    Feed --due--> Response --parse--> ParsedFeed, Entry* --new?--> Page --extract--> Extraction --clean--> Cleaning
         --judge--> Article --publish--> Event

All are frozen; a change is ``dataclasses.replace``. Sequences are tuples, datetimes are aware and in UTC, URLs are
absolute http(s) addresses as text, "absent" is ``None`` for single values and ``""`` or ``()`` for text and sequences.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

# ------------------------------------------------------------------------------------------------ feeds and polls


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """ETag and Last-Modified exactly as received (RFC 9110 8.8: opaque to us), held for the next poll."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What a feed and its server ask of our polls, as of the last answer."""

    #: The longest pause any of them asks for; zero when none does.
    pause: timedelta = timedelta(0)
    #: Who asks for that pause: "max-age", "Expires", "ttl", "sy:updatePeriod", or "".
    said_by: str = ""
    #: The share of it that stands in the document: a 304 has none and renews only the headers' share.
    document_pause: timedelta = timedelta(0)
    document_said_by: str = ""
    #: Hours of the day in UTC, 0 to 23, in which the feed asks not to be polled.
    skip_hours: tuple[int, ...] = ()
    #: English names of such weekdays, "Saturday".
    skip_days: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How often, and when in the day and the week, a feed brings new entries: counts that fade (polling.rhythm)."""

    #: The counting covers the time from here ...
    since: datetime | None = None
    #: ... to here.
    until: datetime | None = None
    #: Time of the youngest entry ever counted.
    newest_at: datetime | None = None
    #: Faded counts in hundredths of an entry for each hour of the day, in UTC; () before the first.
    hours: tuple[int, ...] = ()
    #: The same counts for each day of the week, Monday first.
    days: tuple[int, ...] = ()
    #: How many entries the document showed when it was last read.
    shown: int = 0
    #: The longest pause in which half of those entries were never seen to change; None while no limit was met.
    turnover: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Where a feed's address permanently leads, as its polls have found it so far; not adopted yet."""

    url: str
    #: The first of the polls that agree on it.
    since: datetime
    #: How many of them there were.
    polls: int = 1


#: Whether a feed is polled: "paused" by the operator, "dormant" because its server says that it is gone.
FeedState = Literal["active", "paused", "dormant"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A subscription: an address, plus what polling it taught us."""

    id: str
    url: str
    title: str = ""
    folder: str = ""
    added_at: datetime | None = None
    #: Pause between two polls of this feed; None means the poll_interval setting.
    interval: timedelta | None = None
    validators: Validators = Validators()
    body_digest: str = ""
    #: Consecutive failures; zero after any success.
    failures: int = 0
    polled_at: datetime | None = None
    last_outcome: str = ""
    #: Why the next poll is when it is.
    next_reason: str = ""
    hints: Hints = Hints()
    rhythm: Rhythm = Rhythm()
    #: Class of the running failures, "gone", "hard", "soft" or "temporary" (polling.backoff); "" after any success.
    failure: str = ""
    #: The first of the running failures of that class.
    failing_since: datetime | None = None
    state: FeedState = "active"
    #: Why it is not polled; "" while it is.
    state_reason: str = ""
    #: Digest of the entries of the document read last, "" where they could not be told from the rest of it.
    items_digest: str = ""
    #: When a poll last brought the whole document, or asked for it without validators.
    full_at: datetime | None = None
    #: When its validators were last found to name two documents: they are not sent for a while (polling.ladder).
    unreliable_at: datetime | None = None
    moved: Moved | None = None
    #: Digests of what its last document showed (feeds.window).
    window: bytes = b""
    #: Whether it gave one guid to several articles: its guids are not heeded any more.
    distrusts_guids: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """One hop of a redirect chain."""

    status: int
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What a GET brought back: any status, the body decoded and under its caps (304 has none)."""

    #: The address that was asked for.
    url: str
    #: The address that answered.
    final_url: str
    status: int
    #: Lower-case names; a repeated field is joined by ", " (RFC 9110 5.3).
    headers: dict[str, str]
    body: bytes
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """One of an entry's or a feed's authors; at least one field is set."""

    name: str = ""
    email: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A file an entry points at."""

    url: str
    type: str = ""
    length: str = ""
    #: Caption or description of a media object, never the article's text (feedparser takes it for that: feeds.md 3.1).
    caption: str = ""
    credit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrySource:
    """The feed an entry was taken over from (RSS <source>, atom:source, dc:source)."""

    title: str = ""
    url: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One parsed item of a feed. Titles and names are plain text; ``*_html`` are untrusted HTML fragments."""

    #: guid or atom:id exactly as in the feed, never resolved; None when the item has none.
    guid: str | None = None
    url: str | None = None
    title: str = ""
    authors: tuple[Author, ...] = ()
    published_at: datetime | None = None
    updated_at: datetime | None = None
    summary_html: str = ""
    content_html: str = ""
    categories: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    media: tuple[Enclosure, ...] = ()
    image: str | None = None
    language: str = ""
    source: EntrySource | None = None
    #: feedburner:origLink, where a tracking link stands in <link>.
    orig_url: str | None = None
    comments: str | None = None
    in_reply_to: tuple[str, ...] = ()
    rights: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A feed document as read: what it says of itself, and its entries in document order."""

    #: rss090 rss091 rss092 rss20 rss10 atom03 atom10 cdf json1 json11 sitemap sitemapindex
    format: str
    title: str = ""
    subtitle: str = ""
    id: str = ""
    link: str | None = None
    self_url: str | None = None
    hubs: tuple[str, ...] = ()
    next_url: str | None = None
    language: str = ""
    updated_at: datetime | None = None
    published_at: datetime | None = None
    ttl_minutes: int | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[str, ...] = ()
    sy_period: str = ""
    sy_frequency: int | None = None
    sy_base: datetime | None = None
    authors: tuple[Author, ...] = ()
    image: str | None = None
    icon: str | None = None
    generator: str = ""
    categories: tuple[str, ...] = ()
    rights: str = ""
    entries: tuple[Entry, ...] = ()
    #: The sitemaps a sitemap index names, the newest first; it has no entries of its own.
    children: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An address that may be a feed's: declared by a page, linked from it, or where sites keep feeds by custom."""

    url: str
    title: str = ""
    is_declared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOverride:
    """What the operator says of one source (a domain and those below it), against the settings."""

    domain: str
    #: The whole User-Agent field; "" is ours.
    user_agent: str = ""
    #: Pause between two polls of its feeds, whatever their rhythm.
    interval: timedelta | None = None
    #: Its pages are not asked for: the feeds' own text is published.
    is_feed_only: bool = False
    #: Its pages are asked for whatever its robots.txt says: the operator has the owner's word.
    ignores_robots: bool = False
    #: Its servers may show any certificate: the operator knows them.
    accepts_any_certificate: bool = False
    #: Selectors ("article.body", "#story") of the elements that hold the text; () leaves it to the extraction.
    within: tuple[str, ...] = ()
    #: Selectors of elements whose paragraphs are no part of an article.
    strip: tuple[str, ...] = ()

    @property
    def unchecked(self) -> str:
        """The domain whose certificates are not checked; "" where all are."""
        return self.domain if self.accepts_any_certificate else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextPoll:
    """When to poll next, and why then."""

    at: datetime
    reason: str
    #: Nothing is asked any more until the operator says so; ``at`` is then a century away.
    is_dormant: bool = False


# ------------------------------------------------------------------------------------------------ pages and text


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The document at an entry's URL, as fetched."""

    url: str
    #: Value of the Content-Type field, "" when there was none.
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An article's lead image."""

    url: str
    caption: str = ""
    credit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What a page says of itself outside its text."""

    title: str = ""
    authors: tuple[str, ...] = ()
    language: str = ""
    published_at: datetime | None = None
    updated_at: datetime | None = None
    canonical_url: str | None = None
    site_name: str = ""
    summary: str = ""
    image: Image | None = None
    tags: tuple[str, ...] = ()
    rights: str = ""
    #: schema.org isAccessibleForFree turned round; None when the page does not say.
    is_paywalled: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Where a paragraph stood in the page."""

    #: The element that holds it: "p", "li", "h2", "td", "div", ...
    tag: str
    #: The elements around that one, the nearest first, without html.
    ancestors: tuple[str, ...] = ()
    #: Class and id ("teaser wide #box3") of the element, then of each ancestor. Weak evidence only: rules on them alone
    #: took 11.7 % of true paragraphs (cleaning.md 3).
    names: tuple[str, ...] = ()
    #: Share of its characters that are inside links, 0 to 1.
    link_share: float = 0.0
    #: How many pieces of text stand before it on the page.
    place: int = 0
    #: The number of the element, then of each ancestor: paragraphs with one number in common share that element.
    path: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """Main text and metadata taken from a page (or a feed's own text), before cleaning."""

    paragraphs: tuple[str, ...]
    #: Which rung of the ladder gave the text: "trafilatura-fast", "feed", "plain", ...
    method: str
    metadata: Metadata = Metadata()
    #: Where each paragraph stood, None where that is not known; () when nothing is (a feed's own text, plain text).
    blocks: tuple[Block | None, ...] = ()
    #: The publisher's own text of the article (JSON-LD articleBody), "" without one: an allow-list, and the source only
    #: where the page holds hardly a part of it (method "data").
    article_body: str = ""

    @property
    def text(self) -> str:
        """The paragraphs, one a line."""
        return "\n".join(self.paragraphs)


#: What a removal was. "disclaimer" and "credit" are facts about the article, the rest is furniture.
RemovalKind = Literal["promo", "disclaimer", "related", "caption", "credit", "furniture"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """One paragraph taken out, signed by its rule; putting it back restores the extraction byte for byte."""

    kind: RemovalKind
    #: The id of the rule, as in cleaning/rules/*.toml.
    rule: str
    text: str
    #: How many kept paragraphs stand before it. Removals with the same number go back in their order.
    after_paragraph: int
    #: 0 to 1.
    confidence: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaning:
    """An extraction after cleaning: what is kept, and a receipt for each paragraph that is not."""

    paragraphs: tuple[str, ...]
    removals: tuple[Removal, ...] = ()
    #: Warnings for the reader, such as "removed-too-much".
    flags: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The kept paragraphs, one a line."""
        return "\n".join(self.paragraphs)


# ------------------------------------------------------------------------------------------------ articles and events


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRef:
    """The feed an article came from."""

    id: str
    url: str
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """Signs that an article was written elsewhere."""

    #: The agency's name where it is known.
    agency: str = ""
    #: The sentences that say so, as they stood in the text.
    evidence: tuple[str, ...] = ()
    is_syndicated: bool = False
    syndicated_from: str | None = None
    distributor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Articles judged the same story text; the first is its head."""

    id: str
    role: Literal["head", "copy"]
    head_id: str


#: What sort of change: words of the text, a number or its place, the headline, a correction notice that appeared, an
#: article that came back after it was withdrawn.
ChangeKind = Literal["text", "numbers", "title", "correction", "restored"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a revision took out and put in, as readable spans; one of the two may be ""."""

    kind: ChangeKind
    removed: str = ""
    added: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """Clean text, metadata, provenance: everything an event says."""

    #: Stable for ever: the digest of the article's identity (dedup.identity).
    id: str
    revision: int = 1
    url: str
    canonical_url: str | None = None
    guid: str | None = None
    feed: FeedRef
    source_name: str = ""
    source_domain: str = ""
    title: str = ""
    authors: tuple[str, ...] = ()
    byline: str = ""
    dateline: str = ""
    language: str = ""
    published_at: datetime | None = None
    updated_at: datetime | None = None
    fetched_at: datetime
    first_seen_at: datetime
    cleaning: Cleaning
    summary: str = ""
    image: Image | None = None
    media: tuple[Enclosure, ...] = ()
    tags: tuple[str, ...] = ()
    rights: str = ""
    wire: Wire = Wire()
    cluster: Cluster
    is_paywalled: bool | None = None
    content_source: Literal["page", "feed"] = "page"
    extraction_method: str = ""
    #: Why the text is weaker than it should be: "page-failed:timeout", "page-empty", ...
    flags: tuple[str, ...] = ()
    #: Digest of the normalised clean text (dedup.sketch.text_digest).
    content_digest: str = ""
    #: Notices that say the article was corrected, in their own words, whether they stand in the text or were cut.
    corrections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What goes on the queue: CloudEvents 1.0 attributes and the article as JSON bytes."""

    id: str
    type: str
    source: str
    subject: str
    time: datetime
    data: bytes
