"""Stories as HTML: whole pages such as a small publisher would serve, and the fragments its feeds carry."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from html import escape
from itertools import groupby
from typing import assert_never

from workers.demo.stories import Line, Outlet, Story, feed_url, published_at, story_url

#: Stories in a page's "More from" box.
_MORE = 3


def story_html(story: Story) -> str:
    """The story's lines as an HTML fragment, the way feeds carry the whole text."""
    blocks: list[str] = []
    for is_article, run in groupby(story.lines, key=_is_article):
        paragraphs = [_paragraph(line) for line in run]
        # A promo of several lines is a box on most sites; one line is mostly a plain paragraph.
        is_box = not is_article and len(paragraphs) > 1
        blocks += ['<div class="inset">', *paragraphs, "</div>"] if is_box else paragraphs
    return "\n".join(blocks)


def article_html(
    story: Story, outlet: Outlet, *, base_url: str, opened_at: datetime, others: Sequence[Story] = ()
) -> str:
    """The story's whole page; ``others`` are linked in the margin."""
    moment = published_at(story, opened_at)
    return f"""<!DOCTYPE html>
<html lang="{story.language}">
<head>
{_head(story, outlet, base_url=base_url, opened_at=opened_at)}
</head>
<body>
<nav class="navbar"><ul>
<li><a href="{base_url}/">Front page</a></li>
<li><a href="{base_url}/">{escape(outlet.section)}</a></li>
<li><a href="{feed_url(outlet, base_url)}">Feed</a></li>
</ul></nav>
<main>
<article>
<header>
<h1>{escape(story.title)}</h1>
<p class="byline">By {escape(story.author)}</p>
<time datetime="{moment.isoformat()}">{moment:%d %B %Y, %H:%M} UTC</time>
</header>
<div class="article-body">
{story_html(story)}
</div>
</article>
<aside class="related">
<h2>More from {escape(outlet.name)}</h2>
<ul>
{_more(story, others, base_url)}
</ul>
</aside>
</main>
<footer class="footer"><p>{escape(outlet.name)}: {escape(outlet.tagline)}</p></footer>
</body>
</html>
"""


def index_html(rows: Sequence[tuple[Outlet, str]]) -> str:
    """The front page: every outlet, its tagline and its feed; a row is an outlet and its base URL."""
    items = "\n".join(
        f'<li><a href="{feed_url(outlet, base_url)}">{escape(outlet.name)}</a>: {escape(outlet.tagline)}</li>'
        for outlet, base_url in rows
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>The demo newsroom</title></head>
<body><h1>The demo newsroom</h1>
<ul>
{items}
</ul></body>
</html>
"""


def _is_article(line: Line) -> bool:
    return line.is_article


def _paragraph(line: Line) -> str:
    text = escape(line.text, quote=False)
    match line.kind:
        case "heading":
            return f"<h2>{text}</h2>"
        case "related":
            label, colon, rest = text.partition(":")
            return f"<p><strong>{label}{colon}</strong>{rest}</p>"
        case "disclaimer" | "credit":
            return f"<p><em>{text}</em></p>"
        case "text" | "promo" | "caption" | "furniture":
            return f"<p>{text}</p>"
        case _:
            assert_never(line.kind)


def _head(story: Story, outlet: Outlet, *, base_url: str, opened_at: datetime) -> str:
    url = escape(story_url(story, base_url))
    title, moment = escape(story.title), published_at(story, opened_at).isoformat()
    tags = "\n".join(f'<meta property="article:tag" content="{escape(tag)}">' for tag in story.tags)
    linked = json.dumps(_linked_data(story, outlet, base_url=base_url, moment=moment), ensure_ascii=False)
    # "</" would end the script element (HTML 4.12.1.3).
    linked = linked.replace("</", "<\\/")
    return f"""<meta charset="utf-8">
<title>{title} | {escape(outlet.name)}</title>
<link rel="canonical" href="{url}">
<meta name="description" content="{escape(story.summary)}">
<meta name="author" content="{escape(story.author)}">
<meta property="og:type" content="article">
<meta property="og:title" content="{title}">
<meta property="og:site_name" content="{escape(outlet.name)}">
<meta property="og:url" content="{url}">
<meta property="article:published_time" content="{moment}">
{tags}
<script type="application/ld+json">{linked}</script>"""


def _linked_data(story: Story, outlet: Outlet, *, base_url: str, moment: str) -> dict[str, object]:
    kind = "Organization" if story.author.endswith(("Agency", "desk")) else "Person"
    return {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": story.title,
        "datePublished": moment,
        "dateModified": moment,
        "author": [{"@type": kind, "name": story.author}],
        "publisher": {"@type": "NewsMediaOrganization", "name": outlet.name},
        "mainEntityOfPage": story_url(story, base_url),
        "inLanguage": story.language,
        "keywords": list(story.tags),
        "isAccessibleForFree": True,
    }


def _more(story: Story, others: Sequence[Story], base_url: str) -> str:
    chosen = [other for other in others if other.slug != story.slug][:_MORE]
    return "\n".join(
        f'<li><a href="{escape(story_url(other, base_url))}">{escape(other.title)}</a></li>' for other in chosen
    )
