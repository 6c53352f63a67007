"""An outlet's stories as a feed: RSS 2.0, Atom 1.0 (RFC 4287) or JSON Feed 1.1."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from html import escape
from typing import assert_never

from workers.demo.pages import story_html
from workers.demo.stories import Outlet, Story, feed_url, published_at, story_url

_XML = '<?xml version="1.0" encoding="utf-8"?>\n'


def render_feed(outlet: Outlet, stories: Sequence[Story], *, base_url: str, opened_at: datetime) -> tuple[str, str]:
    """The outlet's feed in its own format, newest first: media type and document."""
    match outlet.format:
        case "rss" | "rss-full":
            return "application/rss+xml; charset=utf-8", rss(outlet, stories, base_url=base_url, opened_at=opened_at)
        case "atom":
            return "application/atom+xml; charset=utf-8", atom(outlet, stories, base_url=base_url, opened_at=opened_at)
        case "json":
            return "application/feed+json", json_feed(outlet, stories, base_url=base_url, opened_at=opened_at)
        case _:
            assert_never(outlet.format)


def rss(outlet: Outlet, stories: Sequence[Story], *, base_url: str, opened_at: datetime) -> str:
    """RSS 2.0; with content:encoded where the outlet gives the whole text away."""
    is_full = outlet.format == "rss-full"
    items = "\n".join(_item(story, base_url=base_url, opened_at=opened_at, is_full=is_full) for story in stories)
    built = _rfc822(_newest(stories, opened_at))
    return f"""{_XML}<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"
  xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel>
<title>{escape(outlet.name)}</title>
<link>{base_url}/</link>
<atom:link href="{feed_url(outlet, base_url)}" rel="self" type="application/rss+xml"/>
<description>{escape(outlet.tagline)}</description>
<language>en</language>
<lastBuildDate>{built}</lastBuildDate>
{items}
</channel>
</rss>
"""


def _item(story: Story, *, base_url: str, opened_at: datetime, is_full: bool) -> str:
    categories = "".join(f"<category>{escape(tag)}</category>" for tag in story.tags)
    content = f"\n<content:encoded>{_cdata(story_html(story))}</content:encoded>" if is_full else ""
    return f"""<item>
<title>{escape(story.title)}</title>
<link>{escape(story_url(story, base_url))}</link>
<guid isPermaLink="false">{escape(story.guid)}</guid>
<dc:creator>{escape(story.author)}</dc:creator>
<dc:language>{story.language}</dc:language>
<pubDate>{_rfc822(published_at(story, opened_at))}</pubDate>
{categories}
<description>{escape(escape(story.summary, quote=False), quote=False)}</description>{content}
</item>"""


def atom(outlet: Outlet, stories: Sequence[Story], *, base_url: str, opened_at: datetime) -> str:
    """Atom 1.0 with summaries."""
    entries = "\n".join(_entry(story, base_url=base_url, opened_at=opened_at) for story in stories)
    return f"""{_XML}<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
<id>tag:{outlet.id}.example,2026:feed</id>
<title>{escape(outlet.name)}</title>
<subtitle>{escape(outlet.tagline)}</subtitle>
<link rel="alternate" type="text/html" href="{base_url}/"/>
<link rel="self" type="application/atom+xml" href="{feed_url(outlet, base_url)}"/>
<updated>{_rfc3339(_newest(stories, opened_at))}</updated>
{entries}
</feed>
"""


def _entry(story: Story, *, base_url: str, opened_at: datetime) -> str:
    moment = _rfc3339(published_at(story, opened_at))
    categories = "".join(f'<category term="{escape(tag)}"/>' for tag in story.tags)
    return f"""<entry xml:lang="{story.language}">
<id>{escape(story.guid)}</id>
<title>{escape(story.title)}</title>
<link rel="alternate" type="text/html" href="{escape(story_url(story, base_url))}"/>
<author><name>{escape(story.author)}</name></author>
<published>{moment}</published>
<updated>{moment}</updated>
{categories}
<summary>{escape(story.summary, quote=False)}</summary>
</entry>"""


def json_feed(outlet: Outlet, stories: Sequence[Story], *, base_url: str, opened_at: datetime) -> str:
    """JSON Feed 1.1 with the whole text."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.name,
        "description": outlet.tagline,
        "home_page_url": f"{base_url}/",
        "feed_url": feed_url(outlet, base_url),
        "language": "en",
        "items": [
            {
                "id": story.guid,
                "url": story_url(story, base_url),
                "title": story.title,
                "content_html": story_html(story),
                "summary": story.summary,
                "date_published": _rfc3339(published_at(story, opened_at)),
                "authors": [{"name": story.author}],
                "tags": list(story.tags),
                "language": story.language,
            }
            for story in stories
        ],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1)


def _newest(stories: Sequence[Story], opened_at: datetime) -> datetime:
    """When the feed last changed; a feed with nothing in it yet has not changed since the newsroom opened."""
    return max((published_at(story, opened_at) for story in stories), default=opened_at.replace(microsecond=0))


def _rfc822(moment: datetime) -> str:
    return format_datetime(moment)


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat()


def _cdata(text: str) -> str:
    """A CDATA section; its own end mark inside is split over two."""
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"
