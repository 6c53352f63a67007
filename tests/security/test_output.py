"""S35-S38: nothing that runs, reorders or breaks out stands in what is published, logged or shown."""

from __future__ import annotations

import json
import re

import pytest

from ingest.messages.hygiene import address, plain
from ingest.stages.article import ingest_entry
from ingest.stages.poll import poll_feed
from tests.security.payloads import BAD_URLS, PROBES

TEXT = "The council voted to widen the quay, the feed itself says in a sentence that is long enough to be kept."
#: Keys of an article whose values are addresses.
ADDRESS = re.compile(r"(?:^|_)(?:url|uri|href)$")
UNSHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\uffff]")


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;")


def feed(probe, url):
    """One entry with the probe in each of its fields, once escaped and once in CDATA."""
    fields = "".join(
        f"<{name}>{escaped(probe)} {name}</{name}>" for name in ("title", "author", "category", "dc:rights", "guid")
    )
    return (
        "<?xml version='1.0'?><rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/'"
        " xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel>"
        f"<title>{escaped(probe)}</title><link>{escaped(url)}</link><item>{fields}<link>{escaped(url)}</link>"
        f"<enclosure url='{escaped(url)}' type='image/png'/><description>{escaped(probe)}</description>"
        f"<content:encoded><![CDATA[<p>{TEXT}</p>{probe}<p>{TEXT} Again.</p>]]></content:encoded>"
        "</item></channel></rss>"
    )


def addresses(document, key=""):
    """Each value that is an address, wherever in the document it stands."""
    if isinstance(document, dict):
        for name, value in document.items():
            yield from addresses(value, name)
    elif isinstance(document, list):
        for value in document:
            yield from addresses(value, key)
    elif isinstance(document, str) and ADDRESS.search(key):
        yield document


@pytest.mark.parametrize("probe", PROBES)
async def test_probes(office, probe):
    """
    S35, S37: whatever markup a feed carries, its article keeps the contract: addresses are http(s), text is text of
    the page and never the inside of a script.
    """
    url = BAD_URLS[PROBES.index(probe) % len(BAD_URLS)].replace("\x01", "&#1;")
    office.site.say("/feed.xml", feed(probe, url), kind="application/rss+xml")

    await poll_feed(office.desk, await office.subscribe())
    report = await ingest_entry(office.desk, await office.claim("entries"))

    assert "published" == report.outcome
    event = await office.event()
    assert {"http", "https"} >= {found.partition(":")[0] for found in addresses(event.article)}
    assert [TEXT, f"{TEXT} Again."] == [line for line in event.article["paragraphs"] if "council" in line]
    assert "canary" not in event.article["text"]
    assert not UNSHOWN.search(json.dumps(event.article, ensure_ascii=False))


@pytest.mark.parametrize("url", BAD_URLS)
def test_addresses(url):
    """
    S35: what is no http(s) address is no address in an event, however it is dressed.
    """
    dressed = (url, f" {url}", f"\t{url}\n", url.upper(), f"\u202e{url}", url.replace(":", "&colon;"))

    assert [None] * len(dressed) == [address(one) for one in dressed]


def test_plain():
    """
    S35: characters that nobody sees, or that make a line read otherwise, do not travel; those that scripts need do.
    """
    assert "abc" == plain("a\x00\x1b\u202eb\ud800\uffffc")
    assert "a\u200cb\u200d" == plain("a\u200cb\u200d")


async def test_odd_text_is_published(office):
    """
    S35, S37: a feed of control characters, overrides and half characters is published in the contract's characters.
    """
    office.site.say(
        "/feed.xml",
        "<rss version='2.0'><channel><item><guid>1</guid>"
        "<title>The \u202eyauq\u202c&#x9b;31m\u2066 quay\u2028now</title>"
        f"<author>Ann\u202e</author><description>\u202e{TEXT}\x85\ufffe</description></item></channel></rss>",
        kind="application/rss+xml",
    )

    await poll_feed(office.desk, await office.subscribe())
    await ingest_entry(office.desk, await office.claim("entries"))

    article = (await office.event()).article
    assert not UNSHOWN.search(json.dumps(article, ensure_ascii=False))
    assert "quay now" in article["title"]
