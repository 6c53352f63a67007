"""Documents to measure with: real ones from the folder ``shared`` beside the project where it is, else the demo's."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

from ingest.models import Page
from workers.demo.feeds import render_feed
from workers.demo.newsroom import make_newsroom
from workers.demo.pages import article_html

SHARED = Path(__file__).parents[2].parent / "shared" / "corpora"
T0 = datetime(2026, 11, 22, tzinfo=UTC)
#: feedparser takes seconds for longer ones.
MAX_FEED_BYTES = 400_000


def feeds(most: int = 60) -> list[bytes]:
    """Bodies of feeds in every format."""
    files = sorted((SHARED / "feeds" / "real-dev" / "files").glob("*"))
    return [file.read_bytes() for file in files if file.stat().st_size < MAX_FEED_BYTES][:most] or demo_feeds()


def rss_feeds(most: int = 40) -> list[bytes]:
    """Bodies of RSS feeds with at least three items, each with a link and an id: what a poll can add an item to."""
    found = [body for body in feeds(1000) if is_plain_rss(body)]
    return (found or [body for body in demo_feeds() if is_plain_rss(body)])[:most]


def is_plain_rss(body: bytes) -> bool:
    """Whether its items stand in it as they do in most feeds."""
    return b"<channel>" in body and min(body.count(mark) for mark in (b"<item>", b"</link>", b"</guid>")) >= 3


def demo_feeds() -> list[bytes]:
    """Bodies of the demo's feeds."""
    newsroom = make_newsroom(outlets=4, stories=120, seed=1)
    by_outlet = [(o, [story for story in newsroom.stories if story.outlet == o.id]) for o in newsroom.outlets]
    rendered = [render_feed(o, stories, base_url="https://x.test", opened_at=T0) for o, stories in by_outlet]
    return [text.encode() for _, text in rendered]


def pages(most: int = 96) -> list[Page]:
    """Pages of articles, of every source as many."""
    truth = SHARED / "pages" / "truth.jsonl"
    if not truth.exists():
        return demo_pages(most)
    by_source: dict[str, list[dict[str, str]]] = {}
    for line in truth.read_text(encoding="utf-8").splitlines():
        found = json.loads(line)
        by_source.setdefault(found["source"], []).append(found)
    share = most // len(by_source)
    rows = [one for group in by_source.values() for one in group[:: max(1, len(group) // share)][:share]]
    bodies = [gzip.decompress((SHARED / "pages" / "pages" / f"{one['id']}.html.gz").read_bytes()) for one in rows]
    return [Page(url=one["url"], content_type="text/html", body=b) for one, b in zip(rows, bodies, strict=True)]


def demo_pages(most: int) -> list[Page]:
    """Pages of the demo."""
    newsroom = make_newsroom(outlets=8, stories=most, seed=1)
    outlets = {outlet.id: outlet for outlet in newsroom.outlets}
    made = [article_html(s, outlets[s.outlet], base_url="https://x.test", opened_at=T0) for s in newsroom.stories]
    return [Page(url="https://x.test/a", content_type="text/html; charset=utf-8", body=html.encode()) for html in made]
