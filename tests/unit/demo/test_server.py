"""Laws of the demo's server, asked over real sockets on loopback."""

import json
import socket
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer
from lxml import etree

from ingest.errors import SettingsError
from workers.demo import server
from workers.demo.newsroom import latest, load_newsroom, make_newsroom
from workers.demo.server import (
    REQUESTS,
    LoggedRequest,
    create_app,
    feed_urls,
    has_own_addresses,
    outlet_base,
    serve,
    served_port,
)
from workers.demo.stories import story_url

BASE = "http://127.0.0.1:8901"
OPENED_AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NEWSROOM = load_newsroom()
PLAIN = {"Accept-Encoding": "identity"}


class Clock:
    """A clock that a test sets."""

    def __init__(self):
        self.now = OPENED_AT

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def client(clock):
    app = create_app(NEWSROOM, base_url=BASE, opened_at=OPENED_AT, now=clock)
    async with TestClient(TestServer(app)) as made:
        yield made


@pytest.fixture
def shared_address(monkeypatch):
    # Stands for a system, such as a Mac, on which 127.0.0.10 cannot be bound; there is no such system here.
    monkeypatch.setattr(server, "has_own_addresses", lambda: False)


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/gazette/feed.xml", "application/rss+xml"),
        ("/courier/atom.xml", "application/atom+xml"),
        ("/lattice/feed.json", "application/feed+json"),
        ("/saltmarsh/feed.xml", "application/rss+xml"),
    ],
)
async def test_feeds(client, path, content_type):
    """
    Every feed is served under its own name and media type, and parses.
    """
    got = await client.get(path)
    body = await got.read()

    assert (got.status, got.content_type) == (200, content_type)
    assert json.loads(body) if "json" in content_type else etree.fromstring(body) is not None


async def test_pages(client, clock):
    """
    Every link of every feed leads to a page that holds its story's title.
    """
    clock.now += timedelta(minutes=5)

    for outlet in NEWSROOM.outlets:
        for story in latest(NEWSROOM, outlet, timedelta(minutes=5)):
            got = await client.get(story_url(story, ""))
            assert (got.status, got.content_type, got.charset) == (200, "text/html", "utf-8")
            assert story.summary[:20].encode() in await got.read()


@pytest.mark.parametrize(
    "path",
    [
        "/gazette/atom.xml",
        "/gazette/feed.json",
        "/nobody/feed.xml",
        "/gazette/last-signal-box-on-the-tarn-line-finds-a-buyer",
        "/gazette/no-such-story.html",
        "/gazette/fishermen-and-wind-farm-agree-on-a-lane.html",
        "/gazette/bakers-island-school-reopens-with-eleven-pupils.html",
        "/gazette/.html",
        "/favicon.ico",
    ],
)
async def test_not_found(client, path):
    """
    What is not there, or not there yet, is a 404.
    """
    got = await client.get(path)

    assert got.status == 404


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
@pytest.mark.parametrize("path", ["/gazette/feed.xml", "/courier/the-newsletters-that-came-to-town.html"])
async def test_not_modified(client, path, encoding):
    """
    Asked again with the validators it gave, the server answers 304 without a body.
    """
    coding = {"Accept-Encoding": encoding}
    first = await client.get(path, headers=coding)
    validators = {"If-None-Match": first.headers["ETag"], "If-Modified-Since": first.headers["Last-Modified"]}

    second = await client.get(path, headers={**coding, **validators})

    assert (first.status, second.status) == (200, 304)
    assert await second.read() == b""
    assert second.headers["ETag"] == first.headers["ETag"]


async def test_modified(client, clock):
    """
    Once a new story is out, the old validators bring the new feed, and page validators still hold.
    """
    page = "/courier/the-newsletters-that-came-to-town.html"
    feed, held = await client.get("/gazette/feed.xml"), await client.get(page)
    clock.now += timedelta(hours=2)

    again = await client.get("/gazette/feed.xml", headers={"If-None-Match": feed.headers["ETag"]})
    since = await client.get("/gazette/feed.xml", headers={"If-Modified-Since": feed.headers["Last-Modified"]})
    same = await client.get(page, headers={"If-None-Match": held.headers["ETag"]})

    assert (again.status, since.status, same.status) == (200, 200, 304)
    assert await again.read() != await feed.read()


async def test_gzip(client):
    """
    The compressed feed and the plain one are the same document under two tags.
    """
    plain = await client.get("/lattice/feed.json", headers=PLAIN)
    packed = await client.get("/lattice/feed.json", headers={"Accept-Encoding": "gzip"})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert await packed.read() == await plain.read()
    assert packed.headers["ETag"] != plain.headers["ETag"]


async def test_head(client):
    """
    HEAD has the headers of GET and no body.
    """
    got = await client.head("/gazette/feed.xml", headers=PLAIN)
    whole = await client.get("/gazette/feed.xml", headers=PLAIN)

    assert await got.read() == b""
    assert got.headers["ETag"] == whole.headers["ETag"]
    assert got.headers["Content-Length"] == str(len(await whole.read()))


async def test_index_and_robots(client):
    """
    The front page links the feeds, and robots.txt lets everybody in.
    """
    index, robots = await client.get("/"), await client.get("/robots.txt")

    assert f"{BASE}/lattice/feed.json" in await index.text()
    assert await robots.text() == "User-agent: *\nAllow: /\n"


async def test_log(client, clock):
    """
    Each request is noted with its time, status and the headers that say how polite the client is.
    """
    sent = {
        "User-Agent": "test/1",
        "If-None-Match": '"x"',
        "If-Modified-Since": "never",
        "Referer": "r",
        "Cookie": "a=b",
    }
    await client.get("/gazette/feed.xml", headers=sent)
    clock.now += timedelta(seconds=1)
    await client.get("/nowhere", headers={"User-Agent": "test/2"})

    got = list(client.app[REQUESTS])

    host = f"{client.host}:{client.port}"
    assert got == [
        LoggedRequest(
            time=OPENED_AT, method="GET", host=host, path="/gazette/feed.xml", status=200, user_agent="test/1",
            if_none_match='"x"', if_modified_since="never", referer="r", cookie="a=b",
        ),
        LoggedRequest(
            time=OPENED_AT + timedelta(seconds=1), method="GET", host=host, path="/nowhere", status=404,
            user_agent="test/2", if_none_match=None, if_modified_since=None, referer=None, cookie=None,
        ),
    ]  # fmt: skip


async def get_all(urls):
    """The statuses of several addresses."""
    async with aiohttp.ClientSession() as session:
        statuses = []
        for url in urls:
            async with session.get(url) as response:
                statuses.append(response.status)
                await response.read()
        return statuses


async def test_own_addresses():
    """
    Every outlet answers on its own loopback address, and the pages its feed links are there too.
    """
    runner = await serve(NEWSROOM, port=0, opened_at=OPENED_AT, now=lambda: OPENED_AT)
    try:
        port = served_port(runner)
        pages = [
            story_url(latest(NEWSROOM, outlet, timedelta(0))[0], outlet_base(outlet, port))
            for outlet in NEWSROOM.outlets
        ]
        got = await get_all([*feed_urls(NEWSROOM, port), *pages, f"http://127.0.0.1:{port}/"])
        hosts = [logged.host for logged in runner.app[REQUESTS]]
    finally:
        await runner.cleanup()

    assert got == [200] * 9
    assert len(set(hosts)) == (5 if has_own_addresses() else 1)


@pytest.mark.usefixtures("shared_address")
async def test_shared_address():
    """
    Where outlets cannot have addresses of their own, all of them are served from 127.0.0.1.
    """
    runner = await serve(NEWSROOM, port=0, opened_at=OPENED_AT, now=lambda: OPENED_AT)
    try:
        urls = feed_urls(NEWSROOM, served_port(runner))
        got = await get_all(urls)
    finally:
        await runner.cleanup()

    assert got == [200] * 4
    assert {url.split(":")[1] for url in urls} == {"//127.0.0.1"}


@pytest.mark.skipif(not has_own_addresses(), reason="this system has one loopback address")
def test_addresses():
    """
    Outlets live at 127.0.0.10 and up, in blocks of 240.
    """
    outlets = make_newsroom(482, 0, 1).outlets

    got = [outlet_base(outlets[place], 80) for place in (0, 1, 239, 240, 481)]

    assert got == [
        "http://127.0.0.10:80",
        "http://127.0.0.11:80",
        "http://127.0.0.249:80",
        "http://127.0.1.10:80",
        "http://127.0.2.11:80",
    ]


async def test_port_in_use():
    """
    A port that another program holds on any of the addresses is an error that says so, and nothing stays open.
    """
    with socket.socket() as taken, socket.socket() as probe:
        taken.bind((outlet_base(NEWSROOM.outlets[-1], 1)[7:].split(":")[0], 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(SettingsError, match=f"port {port}: it is in use by another program"):
            await serve(NEWSROOM, port=port, opened_at=OPENED_AT, now=lambda: OPENED_AT)

        if has_own_addresses():
            probe.bind(("127.0.0.1", port))


@pytest.mark.parametrize("port", [-1, 65536])
async def test_no_such_port(port):
    """
    A number that is no port is an error that says so.
    """
    with pytest.raises(SettingsError, match="there is no such port"):
        await serve(NEWSROOM, port=port, opened_at=OPENED_AT, now=lambda: OPENED_AT)
