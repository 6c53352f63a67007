"""``copydesk feeds add``, ``list`` and ``remove``."""

import json

import pytest

from ingest.store.feeds import feed_id, list_feeds

URL = "https://outlet.example/feed.xml"
FEED = b"""<rss version="2.0"><channel><title>Outlet</title>
<item><title>One</title><link>https://outlet.example/1</link></item></channel></rss>"""


async def _feeds(store):
    return {listed.feed.url: listed.feed async for listed in list_feeds(store)}


def test_add(cli):
    """
    An address is subscribed in the one form in which it is asked, under its folder.
    """
    got = cli.run("feeds", "add", "--no-look", "HTTPS://Outlet.example:443/feed.xml#top", "--folder", "News")

    feeds = cli.with_store(_feeds)
    assert (0, f"{feed_id(URL)}  {URL}\n", "News") == (got.exit_code, got.stdout, feeds[URL].folder)


def test_add_again(cli):
    """
    Subscribing twice is said and is no failure.
    """
    cli.run("feeds", "add", "--no-look", URL)

    got = cli.run("feeds", "add", "--no-look", URL)

    assert (0, f"{feed_id(URL)}  {URL}  (was subscribed already)\n") == (got.exit_code, got.stdout)


def test_add_a_page(cli, site):
    """
    A page's feeds are offered and not taken; with --all they are.
    """
    head = '<link rel="alternate" type="application/rss+xml" href="/f.xml">'
    site.pages["/"] = (200, {"Content-Type": "text/html"}, f"<!DOCTYPE html><html><head>{head}</head></html>".encode())
    site.pages["/f.xml"] = (200, {}, FEED)

    offered = cli.run("feeds", "add", f"{site.url}/")
    before = cli.with_store(_feeds)
    taken = cli.run("feeds", "add", "--all", f"{site.url}/")

    url = f"{site.url}/f.xml"
    shown = f"{site.url}/ is a page. Its feeds:\n  1  {url}  Outlet  (1 entries)\n"
    assert (2, shown, {}) == (offered.exit_code, offered.stdout, before)
    assert (0, f"{shown}{feed_id(url)}  {url}\n", [url]) == (taken.exit_code, taken.stdout, [*cli.with_store(_feeds)])


@pytest.mark.parametrize(
    ("page", "code", "sentence"),
    [
        ((404, {}, b""), 0, "status-404: There is nothing at this address. It is subscribed and will be polled."),
        ((200, {}, b"<!DOCTYPE html><html><body>Hi</body></html>"), 2, " is a page, and no feed of it was found."),
    ],
)
def test_add_what_is_no_feed(cli, site, page, code, sentence):
    """
    What does not answer today is subscribed all the same; a page without feeds is not.
    """
    site.pages["/x"] = page

    got = cli.run("feeds", "add", f"{site.url}/x")

    assert (code, code == 0) == (got.exit_code, bool(cli.with_store(_feeds)))
    assert sentence in got.stderr


def test_add_is_all_or_nothing(cli):
    """
    One malformed address, and none is subscribed.
    """
    got = cli.run("feeds", "add", "--no-look", URL, "outlet.example/feed.xml")

    assert (2, {}) == (got.exit_code, cli.with_store(_feeds))


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        (
            "outlet.example",
            "'outlet.example': The address has no scheme; it must begin with http:// or https://.",
        ),
        ("ftp://outlet.example/", "'ftp://outlet.example/': The scheme must be http or https, not 'ftp'."),
        (
            "https://user:s3cret@outlet.example/",
            "'https://***@outlet.example/': The address carries a user name or password, which we never send.",
        ),
        ("", "'': The address is empty."),
    ],
)
def test_add_malformed(cli, address, sentence):
    """
    What is wrong with an address is one sentence that quotes it, without its password.
    """
    got = cli.run("feeds", "add", "--no-look", address)

    assert (2, "", f"copydesk: {sentence}\n") == (got.exit_code, got.stdout, got.stderr)


def test_list_hides_secrets(cli):
    """
    Keys in addresses are shown in neither list.
    """
    cli.run("feeds", "add", "--no-look", f"{URL}?token=s3cret")

    got = cli.run("feeds", "list").stdout + cli.run("feeds", "list", "--json").stdout

    assert (False, 2) == ("s3cret" in got, got.count("token=***"))


def test_list_json(cli):
    """
    The JSON is an array with all that polling taught us; a feed never polled has said nothing.
    """
    cli.run("feeds", "add", "--no-look", URL)

    got = json.loads(cli.run("feeds", "list", "--json").stdout)

    due = got[0].pop("next_poll_at")
    expected = {
        "id": feed_id(URL),
        "url": URL,
        "title": "",
        "folder": "",
        "last_outcome": "",
        "failures": 0,
        "state": "active",
        "state_reason": "",
        "moving_to": "",
        "has_unreliable_validators": False,
        "polled_at": None,
        "next_poll_reason": "",
    }
    assert ([expected], "Z") == (got, due[-1])


def test_list_shows_foreign_text_as_text(cli):
    """
    Markup and control codes in a feed's title are neither obeyed nor passed on.
    """
    cli.run("feeds", "add", "--no-look", URL)

    async def name(store):
        await store.redis.hset(store.keys.feed(feed_id(URL)), mapping={"title": "[red]Out\x1b[2Jlet[/red]\nNews"})

    cli.with_store(name)

    got = cli.run("feeds", "list").stdout

    assert (True, False) == ("[red]Out[2Jlet[/red] News" in got, "\x1b" in got)


def test_list_is_not_cut_for_a_pipe(cli):
    """
    A list that no terminal shows is one line a feed, however long the address.
    """
    long = f"{URL}?{'q' * 1500}"
    cli.run("feeds", "add", "--no-look", long)

    got = cli.run("feeds", "list").stdout

    assert (2, True) == (len(got.splitlines()), long in got)


def test_list_of_nothing_says_what_to_do(cli):
    """
    Without feeds the list says how to add one, and its JSON is an empty array.
    """
    got = cli.run("feeds", "list").stdout, cli.run("feeds", "list", "--json").stdout

    assert ("No feeds yet. Add one:  copydesk feeds add https://example.org/feed.xml\n", "[]\n") == got


@pytest.mark.parametrize("name", [URL, feed_id(URL)], ids=["address", "id"])
def test_remove(cli, name):
    """
    A feed is removed by its address and by its id.
    """
    cli.run("feeds", "add", "--no-look", URL)

    got = cli.run("feeds", "remove", name)

    assert (0, f"{feed_id(URL)}  removed\n", {}) == (got.exit_code, got.stdout, cli.with_store(_feeds))


@pytest.mark.parametrize("name", [URL, "0123456789abcdef", "no address"])
def test_remove_unknown(cli, name):
    """
    What is not subscribed cannot be removed.
    """
    got = cli.run("feeds", "remove", name)

    assert (2, "", 1) == (got.exit_code, got.stdout, len(got.stderr.splitlines()))


def test_list_tells_of_failures(cli):
    """
    A failing feed shows its outcome, how often it failed in a row, and why it is polled when it is.
    """
    cli.run("feeds", "add", "--no-look", URL, "--folder", "News")
    polled = {"polled": 1772366400000, "outcome": "fetch-dns", "failures": 3, "reason": "back-off after 3 failures"}

    async def fail(store):
        await store.redis.hset(store.keys.feed(feed_id(URL)), mapping=polled)

    cli.with_store(fail)

    got = cli.run("feeds", "list").stdout

    assert f"News / {URL}" in got
    assert ("fetch-dns, failure 3" in got, "(back-off after 3 failures)" in got) == (True, True)


@pytest.mark.parametrize("name", [URL, feed_id(URL)], ids=["address", "id"])
def test_pause_and_resume(cli, name):
    """
    A paused feed says so and why in the list, and is due again when it is resumed.
    """
    cli.run("feeds", "add", "--no-look", URL)

    paused = cli.run("feeds", "pause", name, "--reason", "too noisy").stdout, cli.run("feeds", "list").stdout
    resumed = cli.run("feeds", "resume", name).stdout, json.loads(cli.run("feeds", "list", "--json").stdout)

    assert (f"{feed_id(URL)}  paused\n", True) == (paused[0], "paused: too noisy" in paused[1])
    assert (f"{feed_id(URL)}  resumed\n", "active") == (resumed[0], resumed[1][0]["state"])
    assert resumed[1][0]["next_poll_at"]


def test_resume_what_does_not_rest(cli):
    """
    Resuming a feed that is polled anyway changes nothing and is no failure.
    """
    cli.run("feeds", "add", "--no-look", URL)

    got = cli.run("feeds", "resume", URL)

    assert (0, f"{feed_id(URL)}  is polled as it is\n") == (got.exit_code, got.stdout)


@pytest.mark.parametrize("command", ["pause", "resume"])
def test_pause_unknown(cli, command):
    """
    What is not subscribed can neither be paused nor resumed.
    """
    got = cli.run("feeds", command, URL)

    assert (2, "", 1) == (got.exit_code, got.stdout, len(got.stderr.splitlines()))


def test_a_feed_that_moved(cli):
    """
    A feed is known by its old address as well, and the list shows where one is being redirected to.
    """
    other = "https://other.example/feed.xml?token=s3cret"
    cli.run("feeds", "add", "--no-look", URL)

    async def move(store):
        polled = {"polled": 1772366400000, "moved_url": other, "moved_since": 1772366400000, "moved_polls": 2}
        await store.redis.hset(store.keys.feed(feed_id(URL)), mapping=polled)
        await store.redis.hset(store.keys.aliases, feed_id("https://old.example/"), feed_id(URL))

    cli.with_store(move)

    listed, added = cli.run("feeds", "list").stdout, cli.run("feeds", "add", "--no-look", "https://old.example/")

    assert ("redirected to https://other.example/feed.xml?token=***" in listed, "s3cret" in listed) == (True, False)
    assert f"{feed_id(URL)}  https://old.example/  (was subscribed already)\n" == added.stdout
    assert f"{feed_id(URL)}  removed\n" == cli.run("feeds", "remove", "https://old.example/").stdout
