"""``copydesk check``."""

import json

import pytest

ENTRIES = "".join(
    f"<item><title>Entry {day}</title><link>https://outlet.example/{day}</link><guid>g{day}</guid>"
    f"<pubDate>{day:02d} Mar 2026 10:00:00 GMT</pubDate></item>"
    for day in range(1, 13)
)
FEED = f"""<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>[b]Out\u202elet[/b]</title><link>https://outlet.example/</link>{ENTRIES}
<item><title>Whole</title><link>https://outlet.example/w</link><guid>w</guid>
<pubDate>20 Mar 2026 10:00:00 GMT</pubDate><content:encoded>&lt;p&gt;All of it.&lt;/p&gt;</content:encoded></item>
</channel></rss>""".encode()
FIELDS = {"Content-Type": "application/rss+xml", "ETag": '"v1"', "Last-Modified": "Sun, 01 Mar 2026 10:00:00 GMT"}


def test_check(cli, site):
    """
    The report tells what was asked and answered, what the feed is, and its newest entries.
    """
    site.pages["/feed"] = (200, FIELDS, FEED)

    got = cli.run("check", f"{site.url}/feed")

    facts = {line[:13].strip(): line[13:].strip() for line in got.stdout.splitlines() if line[:13].strip()}
    expected = {
        "answered": "200 OK, application/rss+xml",
        "body": f"{len(FEED)} bytes",
        "ETag": '"v1"',
        "Last-Modified": "Sun, 01 Mar 2026 10:00:00 GMT",
        "outcome": "modified",
        "format": "rss20",
        "title": "[b]Outlet[/b]",
        "entries": "13",
    }
    assert (0, expected) == (got.exit_code, {name: facts.get(name) for name in expected})
    assert facts["asked"].startswith(f"GET {site.url}/feed as copydesk/")


def test_check_json(cli, site):
    """
    The JSON holds the same, with the newest ten entries first and whether each brings its full text.
    """
    site.pages["/feed"] = (200, FIELDS, FEED)
    site.pages["/old"] = (301, {"Location": "/feed"}, b"")

    got = json.loads(cli.run("check", "--json", f"{site.url}/old").stdout)

    answered = {
        "status": 200,
        "final_url": f"{site.url}/feed",
        "redirects": [{"status": 301, "url": f"{site.url}/feed"}],
        "content_type": "application/rss+xml",
        "bytes": len(FEED),
        "validators": {"etag": '"v1"', "last_modified": "Sun, 01 Mar 2026 10:00:00 GMT"},
    }
    newest = [(entry["title"], entry["has_full_text"]) for entry in got["feed"]["newest"]]
    assert (answered, "modified", "") == (got["answered"], got["outcome"], got["meaning"])
    assert [("Whole", True), *((f"Entry {day}", False) for day in range(12, 3, -1))] == newest


@pytest.mark.parametrize(
    ("page", "outcome"),
    [
        ((404, {}, b""), "status-404"),
        ((500, {}, b""), "status-500"),
        ((304, {}, b""), "not-modified"),
        ((200, {}, b""), "not-a-feed-empty"),
        ((200, {"Content-Type": "text/html"}, b"<html><body>Hello</body></html>"), "not-a-feed-html"),
        ((302, {}, b""), "fetch-bad-redirect"),
        ((200, {"Content-Type": "a\udcffb".encode("utf-8", "surrogateescape").decode("latin-1")}, b"x"), None),
    ],
)
def test_check_of_no_feed(cli, site, page, outcome):
    """
    A poll that would fail ends with 1, and says what its outcome means.
    """
    site.pages["/feed"] = page

    got = cli.run("check", "--json", f"{site.url}/feed")

    report = json.loads(got.stdout)
    assert (1, True, None) == (got.exit_code, bool(report["meaning"]), report["feed"])
    assert outcome in {None, report["outcome"]}


def test_check_of_nobody(cli):
    """
    Where nobody answers, the report says so and nothing was answered.
    """
    got = cli.run("check", "http://127.0.0.1:1/")

    assert (1, False) == (got.exit_code, "\nanswered" in got.stdout)
    assert "fetch-connect (127.0.0.1: Connection refused)" in got.stdout
    assert "Nobody answered at the server's address and port." in got.stdout


@pytest.mark.parametrize("url", ["outlet.example/feed", "ftp://outlet.example/", "http://a b/"])
def test_check_malformed(cli, url):
    """
    A malformed address is wrong input, and nobody is asked.
    """
    got = cli.run("check", url)

    assert (2, "", 1) == (got.exit_code, got.stdout, got.stderr.count("\n"))


def test_check_needs_no_store(cli, site):
    """
    A store that cannot be reached does not matter, and none is made in the data folder.
    """
    site.pages["/feed"] = (200, FIELDS, FEED)
    cli.environment["REDIS_URL"] = "redis://127.0.0.1:1"

    got = cli.run("--data", str(cli.folder / "data"), "check", f"{site.url}/feed")

    assert (0, False) == (got.exit_code, (cli.folder / "data").exists())
