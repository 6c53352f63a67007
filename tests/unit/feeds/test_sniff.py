"""Laws of what stands where a feed should be."""

import pytest

from ingest.errors import FeedError
from ingest.feeds.sniff import Root, sniff


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("<rss version='2.0'>", "rss"),
        ("\ufeff \n<?xml version='1.0'?><RSS>", "RSS"),
        ("<br />\n<b>Warning</b>: notice\n<rss>", "rss"),
        ("<!-- <html> --><feed xmlns='http://www.w3.org/2005/Atom'>", "feed"),
        ("<?xml-stylesheet href='html.xsl'?><a:feed>", "a:feed"),
        ("<!DOCTYPE rss [<!ENTITY x '<html>'>]><rdf:RDF>", "rdf:RDF"),
        ("<!DOCTYPE rss PUBLIC '-//Netscape//DTD RSS 0.91//EN'><rss>", "rss"),
        ("<channel/>", "channel"),
        ("<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'/>", "urlset"),
        ("<sitemapindex/>", "sitemapindex"),
        ("<!DOCTYPE a><!DOCTYPE b [<rss>]><feed>", "rss"),
    ],
)
def test_feed(text, name):
    """
    A feed is known by its root, whatever stands before it.
    """
    got = sniff(text)

    assert Root(start=text.index(f"<{name}"), name=name) == got


@pytest.mark.parametrize("text", ['{"version": 1}', "\n[1]"])
def test_json(text):
    """
    JSON is known by its first character.
    """
    assert sniff(text) == "json"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("<!DOCTYPE html><title>404</title>", "html"),
        ("<html><rss></html>", "html"),
        ("<p>Not found</p>", "html"),
        ("<opml version='2.0'/>", "opml"),
        ("<html><title>Just a moment...</title><script>window._cf_chl_opt={}</script>", "challenge"),
        ("<h1>example.org</h1><p>This domain is for sale</p>", "parked"),
        ("<html><body><p>Subscribe to continue reading</p>", "paywall"),
        ("Checking your browser before accessing example.org", "challenge"),
        ("<?xml version='1.0'?><error>no</error>", "xml"),
        ("Service unavailable", "text"),
        ("1 < 2 and a<b", "text"),
        ("%PDF-1.4\x00\x01\x02\x03\ufffd\ufffd", "binary"),
        ("<!-- never closed", "text"),
    ],
)
def test_no_feed(text, found):
    """
    What is no feed is named.
    """
    with pytest.raises(FeedError) as caught:
        sniff(text)

    assert found == caught.value.found
