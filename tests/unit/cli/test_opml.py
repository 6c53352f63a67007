"""``copydesk feeds import`` and ``export``."""

from datetime import timedelta

import pytest

from ingest.feeds.opml import Subscription, read_opml
from ingest.store.feeds import list_feeds
from workers.cli.opml import Sorted, sort_out

LIST = b"""<?xml version="1.0"?><opml version="2.0"><body>
<outline text="News"><outline type="rss" text="Outlet" xmlUrl="https://outlet.example/feed.xml?token=k3y"/></outline>
<outline type="rss" text="Bad" xmlUrl="feed://outlet.example/"/>
<outline type="rss" text="Other" xmlUrl="https://other.example/feed.xml"/>
</body></opml>"""


async def _listed(store):
    return sorted([listed async for listed in list_feeds(store)], key=lambda one: one.due_at)


def test_import(cli):
    """
    Usable feeds are subscribed with title and folder, the others counted and named.
    """
    (cli.folder / "list.opml").write_bytes(LIST)

    got = cli.run("feeds", "import", "list.opml")

    feeds = {one.feed.title: one.feed.folder for one in cli.with_store(_listed)}
    assert (0, "2 subscribed, 0 were subscribed already, 1 left out\n") == (got.exit_code, got.stdout)
    assert ({"Outlet": "News", "Other": ""}, True) == (feeds, "left out 'feed://outlet.example/'" in got.stderr)


def test_import_spreads_first_polls(cli):
    """
    The first polls of an import come one after the other.
    """
    cli.run("feeds", "import", "-", input=LIST)

    first, second = cli.with_store(_listed)
    assert timedelta(seconds=0.9) < second.due_at - first.due_at < timedelta(seconds=5)


def test_import_again(cli):
    """
    Importing a list twice changes nothing.
    """
    cli.run("feeds", "import", "-", input=LIST)

    got = cli.run("feeds", "import", "-", input=LIST)

    assert "0 subscribed, 2 were subscribed already, 1 left out\n" == got.stdout


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "copydesk: - is no OPML: empty\n"),
        (b"<html><body>hello</body></html>", "copydesk: - is no OPML: html\n"),
        (b"\x00\xff\x00", None),
        (b'{"version": "x"}', None),
        (b'<rss version="2.0"><channel/></rss>', None),
    ],
)
def test_import_of_something_else(cli, content, sentence):
    """
    What is no OPML is refused with one sentence, and nothing is subscribed.
    """
    got = cli.run("feeds", "import", "-", input=content)

    assert (2, "", 1, []) == (got.exit_code, got.stdout, got.stderr.count("\n"), cli.with_store(_listed))
    assert sentence in {None, got.stderr}


def test_import_of_unusable_addresses_only(cli):
    """
    A list without one usable address is wrong input.
    """
    got = cli.run(
        "feeds", "import", "-", input=b'<opml version="2.0"><body><outline type="rss" xmlUrl="x"/></body></opml>'
    )

    assert (2, "copydesk: none of the 1 addresses can be used") == (got.exit_code, got.stderr.splitlines()[-1])


def test_import_of_a_missing_file(cli):
    """
    A file that is not there is one sentence.
    """
    got = cli.run("feeds", "import", "missing.opml")

    assert (2, "copydesk: missing.opml: No such file or directory\n") == (got.exit_code, got.stderr)


def test_export_gives_what_import_took(cli):
    """
    An exported list holds every feed as it was imported, keys in addresses included.
    """
    cli.run("feeds", "import", "-", input=LIST)

    got = cli.run("feeds", "export")

    expected = {
        Subscription(url="https://outlet.example/feed.xml?token=k3y", title="Outlet", folder="News"),
        Subscription(url="https://other.example/feed.xml", title="Other"),
    }
    assert (0, expected) == (got.exit_code, set(read_opml(got.stdout_bytes)))


def test_export_to_a_file(cli):
    """
    A list written to a file is the one written to stdout, which then stays empty.
    """
    cli.run("feeds", "import", "-", input=LIST)

    got = cli.run("feeds", "export", "out.opml")

    written = (cli.folder / "out.opml").read_bytes()
    assert (0, "", cli.run("feeds", "export").stdout_bytes) == (got.exit_code, got.stdout, written)


def test_export_to_nowhere(cli):
    """
    A file that cannot be written is one sentence.
    """
    got = cli.run("feeds", "export", "missing/out.opml")

    assert (2, "copydesk: missing/out.opml: No such file or directory\n") == (got.exit_code, got.stderr)


def test_an_address_is_no_title():
    """
    An address in a title's place is left out: it may hold a key, and titles are shown as they are.
    """
    url = "https://outlet.example/?token=k3y"

    got = sort_out([Subscription(url=url, title=url)])

    assert (Subscription(url=url),) == got.usable


def test_sort_out_takes_each_address_once():
    """
    Addresses that are asked in the same form are one feed, the first.
    """
    got = sort_out(
        [
            Subscription(url="https://outlet.example/", title="a\x1b[31m"),
            Subscription(url="HTTPS://OUTLET.example:443"),
            Subscription(url=""),
        ]
    )

    assert (
        Sorted(
            usable=(Subscription(url="https://outlet.example/", title="a[31m"),),
            refused=(("", "The address is empty."),),
        )
        == got
    )
