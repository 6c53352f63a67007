"""Valid documents to start from, each with many of its format's parts in little space, and the words of each format."""

from __future__ import annotations

from datetime import timedelta

import orjson

from ingest.messages.event import make_event, stream_fields
from ingest.models import Author, Enclosure, Entry, EntrySource, FeedRef, Rhythm, SourceOverride
from ingest.polling.rhythm import encode_rhythm
from ingest.store.entries import encode_ref
from ingest.store.record import Known
from tests.unit.messages.articles import FULL, T0

#: Between the fields of a stored hash, and between a field's name and its value: no text of ours has them.
ROW, CELL = b"\x1e", b"\x1f"

_PROSE = (
    "The harbour board voted on Tuesday to dredge the north channel before the winter storms, six months early.",
    "Work begins on 4 March and will cost 2.4 million, said Ann Lee, who leads the board.",
    "Fishing boats are to use the old quay until then; the ferry keeps its hours.",
)
_TAIL = (
    "Sign up for our newsletter.",
    "Read more: The tide tables for May",
    "© 2026 Harbour Weekly. All rights reserved.",
)

RSS = f"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"
 xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" xml:base="https://harbour.example/">
<channel><title>Harbour &amp; Quay</title><link>https://harbour.example/</link><ttl>60</ttl>
<atom:link rel="self" href="/feed.xml"/><atom:link rel="hub" href="https://hub.example/"/>
<skipHours><hour>3</hour><hour>24</hour></skipHours><skipDays><day>Sunday</day></skipDays>
<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency><language>en-gb</language>
<item><title>Channel to be &lt;em&gt;dredged&lt;/em&gt;</title><link>/news/channel-dredged-100234</link>
<guid isPermaLink="false">h-100234</guid><pubDate>Tue, 03 Mar 2026 10:00:00 +0100</pubDate>
<author>ann@harbour.example (Ann Lee)</author><dc:creator>Ben Roe</dc:creator><category>Port</category>
<description>&lt;p&gt;{_PROSE[0]}&lt;/p&gt;</description>
<content:encoded><![CDATA[<p>{_PROSE[0]}</p><p>{_PROSE[1]}</p><p>{_TAIL[0]}</p>]]></content:encoded>
<media:content url="https://harbour.example/a.jpg" type="image/jpeg" width="600"><media:description>The quay
</media:description><media:credit>C. Cook</media:credit></media:content>
<enclosure url="https://harbour.example/a.mp3" length="1234" type="audio/mpeg"/>
<source url="https://other.example/feed">Other</source></item>
<item><title>Ferry late</title><guid>https://www.harbour.example/news/ferry-late/</guid>
<pubDate>2026-03-02</pubDate><description>Tide.</description></item>
</channel></rss>""".encode()

ATOM = f"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de" xml:base="https://hafen.example/x/">
<id>tag:hafen.example,2026:feed</id><title type="html">Hafen &amp;amp; Kai</title>
<updated>2026-03-04T05:06:07Z</updated>
<link rel="self" href="atom.xml"/><link rel="next" href="?page=2"/><link href="/"/><generator>Own</generator>
<entry><id>tag:hafen.example,2026:1</id><title type="text">Die Fahrinne</title><link rel="alternate" href="a-b-c-d"/>
<link rel="enclosure" href="a.mp3" type="audio/mpeg" length="9"/><published>2026-03-04T05:06:07.123+02:00</published>
<updated>2026-03-05T05:06:07Z</updated><author><name>Änne Lee</name><email>a@hafen.example</email></author>
<category term="port" label="Hafen"/><rights>© Hafen</rights>
<summary type="html">&lt;b&gt;{_PROSE[2]}&lt;/b&gt;</summary>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>{_PROSE[0]}</p><p>{_PROSE[1]}</p></div></content>
<source><id>s</id><title>Quelle</title><link rel="self" href="https://quelle.example/f"/></source></entry></feed>""".encode()

RDF = b"""<?xml version="1.0" encoding="iso-8859-1"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://q.example/">
<title>Quai</title><link>https://q.example/</link><description>d</description></channel>
<item rdf:about="https://q.example/1"><title>\xc9t\xe9</title><link>https://q.example/1</link><dc:date>2026-03-04T05:06Z
</dc:date><dc:creator>A</dc:creator></item></rdf:RDF>"""

JSON_FEED = orjson.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Quay",
        "home_page_url": "https://quay.example/",
        "feed_url": "https://quay.example/feed.json",
        "hubs": [{"type": "WebSub", "url": "https://hub.example/"}],
        "items": [
            {
                "id": 7,
                "url": "/a",
                "title": "Tide",
                "content_html": f"<p>{_PROSE[1]}</p>",
                "summary": "s",
                "date_published": "2026-03-04T05:06:07Z",
                "authors": [{"name": "A", "url": "mailto:a@quay.example"}],
                "tags": ["sea"],
                "attachments": [{"url": "a.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 12.0}],
            },
            {"id": "8", "external_url": "https://other.example/b", "content_text": "Plain\ntext"},
        ],
    }
)

SITEMAP = b"""<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>https://quay.example/news/a-b-c-d</loc>
<lastmod>2026-03-04</lastmod><news:news><news:publication><news:name>Quay</news:name><news:language>en</news:language>
</news:publication><news:publication_date>2026-03-04T05:06:07+00:00</news:publication_date><news:title>Tide</news:title>
</news:news></url></urlset>"""

FEEDS = (RSS, ATOM, RDF, JSON_FEED, SITEMAP)
FEED_WORDS = (
    b"<item>", b"</item>", b"<entry>", b"</entry>", b"<channel>", b"<title>", b"</title>", b"<link>", b"<guid>",
    b"<description>", b"<content:encoded>", b"<media:group>", b"<div>", b'<a href="', b"<pubDate>", b'xml:base="//',
    b' type="xhtml"', b' type="base64"', b' mode="escaped"', b"<html>", b"<?xml version='1.1'?>",
    b'encoding="utf-16"', b'encoding="utf-7"', b'"items":[', b'"id":', b"<x:y>", b"&nbsp;", b"&lt;p&gt;",
    b"Mar 4 2026 5:06 AM PST", b"1772600767", b"https://harbour.example/a?utm_source=b#c",
)  # fmt: skip  # one word a line is longer, not clearer

JSON_LD = orjson.dumps(
    {
        "@context": "https://schema.org",
        "@graph": [
            {"@type": "WebPage", "@id": "https://harbour.example/news/channel", "isPartOf": {"@id": "#site"}},
            {
                "@type": ["NewsArticle"],
                "mainEntityOfPage": {"@id": "https://harbour.example/news/channel"},
                "headline": "Channel to be dredged",
                "author": [{"@type": "Person", "givenName": "Ann", "familyName": "Lee"}, {"@id": "#b"}],
                "datePublished": "2026-03-03T10:00:00+01:00",
                "image": {"@type": "ImageObject", "url": "/a.jpg", "caption": "The quay"},
                "isAccessibleForFree": "False",
                "articleBody": "\n".join(_PROSE),
                "keywords": "port, sea",
            },
            {"@type": "Person", "@id": "#b", "name": "Ben Roe"},
        ],
    }
)
JSON_LD_WORDS = (
    b'"@type":', b'"@graph":[', b'"@id":', b'{"@value":"', b'"NewsArticle"', b'"headline":', b'"author":',
    b"</script>", b",}", b'\\"', b"<!--", b"//<![CDATA[", b";", b"true", b'"image":[', b'"publisher":{"name":',
)  # fmt: skip  # one word a line is longer, not clearer

PAGE = b"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Channel to be dredged | Harbour</title>
<base href="https://harbour.example/x/"><link rel="canonical" href="/news/channel">
<meta name="robots" content="noarchive">
<link rel="alternate" type="application/rss+xml" title="All" href="/feed.xml"><meta name="author" content="Ann Lee">
<meta property="og:title" content="Channel to be dredged"><meta property="og:image" content="/a.jpg">
<meta property="article:published_time" content="2026-03-03T10:00:00+01:00">
<meta name="description" content="Six months.">
<script type="application/ld+json">%s</script><style>p{}</style></head>
<body><nav><ul><li><a href="/">Home</a><li><a href="/rss">RSS</a></ul></nav><main><article class="story" id="s1">
<h1>Channel to be dredged</h1><p class="byline">By <a rel="author" href="/ann">Ann Lee</a></p>
<figure><img src="/a.jpg" alt="Quay">
<figcaption>The quay. <span class="credit">Photo: C. Cook</span></figcaption></figure>
%s<blockquote>"We waited," she said.</blockquote><table><tr><td>High</td><td>5.1 m</td></tr></table>
<aside class="related"><h3>Related</h3><a href="/b">Tide tables</a></aside><!-- end --></article></main>
<footer><p>%s</p></footer></body></html>""" % (
    JSON_LD,
    b"".join(f"<p>{line}</p>\n".encode() for line in _PROSE * 4 + _TAIL),
    _TAIL[2].encode(),
)
PLAIN = "\n\n".join((*_PROSE, *_TAIL)).encode()
PAGES = (PAGE, PLAIN, b"<p>" + b"</p><p>".join(line.encode() for line in _PROSE + _TAIL) + b"</p>")
PAGE_WORDS = (
    b"<div>", b"</div>", b"<p>", b"</p>", b"<table>", b"<td>", b"<tr>", b"<svg>", b"<math>", b"<noscript>",
    b"<template>", b"<script>", b"</script>", b"<textarea>", b"<select>", b"<frameset>", b"<body>", b"<br>",
    b"<font>", b"<b>", b"<a href=x>", b'<meta charset="utf-7">', b'<meta http-equiv="refresh" content="0;url=/">',
    b'<iframe src="x">', b"<plaintext>", b'<article itemprop="articleBody">', b' class="', b' id="',
    b' style="display:none"', b" a=b", b"&shy;", b"\xc2\xad", b"Advertisement", b"Sign up for our newsletter.",
    b"Read more: ", b"LONDON (Reuters) - ", b"By Ann Lee\n",
)  # fmt: skip  # one word a line is longer, not clearer

ROBOTS = b"""\xef\xbb\xbf# ours
User-agent: copydesk
User-agent: otherbot/1.0
Disallow: /private/*.pdf$
Allow: /private/open
Crawl-delay: 2.5
User-agent: *
Disallow: /
Sitemap: https://harbour.example/map.xml
Request-rate: 1/5s
Visit-time: 0100-0200"""
ROBOTS_WORDS = (
    b"User-agent: copydesk\n", b"User-agent: *\n", b"Disallow: ", b"Allow: /", b"Crawl-delay: ", b"\n", b"*", b"$",
    b"%2F", b"%", b"Request-rate: 1/0", b"Visit-time: ", b"1e400", b"inf", b"Host: ", b":", b"#",
)  # fmt: skip  # one word a line is longer, not clearer

FEEDS_TOML = b"""[[feed]]
url = "https://harbour.example/feed.xml"
title = "Harbour"
folder = "News/Port"
interval = "PT30M"
[[feed]]
url = "https://quay.example/atom"
interval = 90
[source."harbour.example"]
user_agent = "examplebot/1.0 (+https://example.com/bot)"
interval = "PT10M"
feed_only = true
ignore_robots = false
within = ["article.story", "#s1"]
strip = ["div.tide-table"]
"""
TOML_WORDS = (
    b"[[feed]]\n", b"[source.", b"url = ", b"interval = ", b'"P1Y"', b'"-PT1S"', b"inf", b"1e308", b"within = [",
    b"true", b"2026-03-04T05:06:07Z", b"'''", b"\\u0000", b"0x", b"a.b.c = 1", b"# ", b"\n",
)  # fmt: skip  # one word a line is longer, not clearer

OPML = b"""<?xml version="1.0" encoding="utf-8"?><opml version="2.0"><head><title>Mine</title></head><body>
<outline text="News"><outline text="Port" category="/a/b,c"><outline type="rss" text="Harbour" title="H &amp; Q"
 xmlUrl="https://harbour.example/feed.xml" htmlUrl="https://harbour.example/"/></outline></outline>
<outline type="include" url="https://list.example/o.opml"/></body></opml>"""
OPML_WORDS = (
    b"<outline>", b"</outline>", b'<outline text="', b' xmlUrl="', b' type="rss"', b"<body>", b"</opml>",
    b' category="/', b"<opml>", b"<head>",
)  # fmt: skip  # one word a line is longer, not clearer

URLS = (
    b"https://www.Harbour.example:443/news/../a%2fb/index.html?utm_source=x&id=7&key=s3cret#!/route",
    b"http://m.harbour.example/amp/2026/03/channel-to-be-dredged-100234.html;jsessionid=1",
    b"https://www.google.com/url?q=https%3A%2F%2Fharbour.example%2Fa&sa=D",
    "http://häfen.example/straße?q=ä".encode(),
    b"//user:pass@[2001:db8::1]:8080/x",
    b"https://youtu.be/abc123def?t=1",
)
URL_WORDS = (
    b"http://", b"https://", b"//", b"@", b":", b"[", b"]", b"%", b"%00", b"%zz", b"?", b"&", b"#", b"../", b"\\",
    b".", b"..", b"xn--", b"xn--a", b"0x7f.1", b"127.1", b"\xe3\x80\x82", b"\xef\xbc\x8f", b"\xc3\x9f", b"a" * 300,
    b";", b"=", b"utm_a=b", b"/url?q=", b"url=http%253A%252F%252F", b"&amp;", b"token=", b"\t", b" ",
)  # fmt: skip  # one word a line is longer, not clearer

#: Rows of "name CELL value": a stored hash, or the fields of an answer.
HASH_WORDS = (
    ROW, CELL, b"\xff", b"1", b"999999999999999", b"1772600767000", b"-1", b"nan", b"inf", b"1e308", b"|", b",",
    b"dormant", b"distrusted", b"[]", b"{}",
)  # fmt: skip  # one word a line is longer, not clearer


def rows(fields: dict[str, bytes | str | int]) -> bytes:
    """A hash as one document."""
    encoded = {name: value if isinstance(value, bytes) else str(value).encode() for name, value in fields.items()}
    return ROW.join(name.encode() + CELL + value for name, value in encoded.items())


RHYTHM = encode_rhythm(
    Rhythm(
        since=T0, until=T0, newest_at=T0, hours=(7,) * 24, days=(1, 0) * 3 + (2,), shown=9, turnover=timedelta(hours=3)
    )
)
FEED_HASH = rows(
    {
        "url": "https://harbour.example/feed.xml",
        "title": "Harbour",
        "added": 1772600767000,
        "interval": 1800000,
        "etag": '"abc"',
        "body_digest": "0" * 32,
        "failures": 3,
        "polled": "1772600767000",
        "hints": "1|3600|max-age|1800|ttl|0,3|06",
        "rhythm": RHYTHM,
        "failing_since": 1772600767000,
        "state": "paused",
        "moved_url": "https://quay.example/",
        "moved_since": 1772600767000,
        "moved_polls": 4,
        "window": bytes(range(40)),
        "guids": "distrusted",
    }
)
SUBSCRIPTION = rows(
    {
        "hub": "https://hub.example/",
        "topic": "https://harbour.example/feed.xml",
        "token": "t" * 32,
        "secret": "s" * 32,
        "state": "active",
        "asked": 1772600767000,
        "until": 1773600767000,
        "lease": 864000000,
        "misses": 1,
    }
)
KNOWN = orjson.dumps(
    Known(
        entry="0" * 32,
        url="https://harbour.example/a",
        title="Ferry late",
        feed="0" * 16,
        source="Harbour",
        digest="0" * 32,
        document=7,
    )
)
ENDED = b"published 7 1763879460123 f 1763879460000 1 a reposted as seen"
OVERRIDES = orjson.dumps([SourceOverride(domain="harbour.example", within=("#s1",)), {"domain": "b", "interval": 90.5}])
HEADERS = rows(
    {
        "retry-after": "120",
        "date": "Tue, 03 Mar 2026 10:00:00 GMT",
        "expires": "Tue, 03 Mar 2026 11:00:00 GMT",
        "cache-control": 'max-age="3600", no-transform',
        "age": "60",
        "link": '<https://hub.example/>; rel="hub", </feed.xml>; rel=self; title="a,b"',
        "etag": 'W/"x"',
        "last-modified": "Tue, 03 Mar 2026 10:00:00 GMT",
        "x-robots-tag": "otherbot: noindex, copydesk: noarchive, max-snippet: 20",
        "tdm-reservation": "1",
        "content-type": "text/html; charset=utf-8",
        "x-hub-signature": "sha256=" + "0" * 64,
        "location": "/moved?a=b#c",
    }
)
HEADER_WORDS = (
    ROW, CELL, b"max-age=", b"no-cache", b"Tue, 99 Mar 2026 25:61:61 +9999", b"Tuesday, 03-Mar-26 10:00:00 GMT",
    b"Tue Mar  3 10:00:00 2026", b"<", b">; rel=", b'"hub self"', b",", b";", b"retry-after", b"link", b"charset=",
    b"utf-7", b"none", b"\xff",
)  # fmt: skip  # one word a line is longer, not clearer

ENTRY = Entry(
    guid="h-100234",
    url="https://harbour.example/news/channel",
    title="Channel to be dredged",
    authors=(Author(name="Ann Lee"),),
    published_at=T0,
    content_html=f"<p>{_PROSE[0]}</p>",
    enclosures=(Enclosure(url="https://harbour.example/a.mp3", length="9"),),
    source=EntrySource(title="Other"),
)
FEED = FeedRef(id="0" * 16, url="https://harbour.example/feed.xml?key=s3cret", title="Harbour")
REF = encode_ref(ENTRY, FEED)
REF_WORDS = (
    b'"entry":', b'"feed":', b'"published_at":', b"null", b"[]", b"{}", b'"url":', b"1e400", b'"2026-03-04"', b'""',
)  # fmt: skip  # one word a line is longer, not clearer
EVENT = make_event(FULL, source="copydesk", now=T0)
EVENT_HASH = rows({**stream_fields(EVENT)})
EVENT_WORDS = (
    ROW, CELL, b"article.withdrawn.v1", b"null", b"2026-03-04T05:06:07", b'"paragraphs":', b'"revision":', b"{}",
)  # fmt: skip  # one word a line is longer, not clearer
