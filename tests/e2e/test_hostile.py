"""Feeds and pages that mean harm: each ends in a named outcome, and the others go on."""

import asyncio
import json
import threading

import brotli
import pytest
from aiohttp import web

from tests.e2e import fleet

pytestmark = pytest.mark.e2e

HOST = "127.0.0.2"
STORY = "The council of Port Ellery voted on Tuesday to widen the quay, after two years of argument about its cost. "
FEED_TEXT = "The council voted to widen the quay, the feed itself says in a sentence that is long enough to be kept."


def rss(*links: str) -> str:
    items = "".join(
        f"<item><guid>{link}</guid><link>{link}</link><title>{link}</title><description>{FEED_TEXT}</description></item>"
        for link in links
    )
    return f"<rss version='2.0'><channel><title>T</title>{items}</channel></rss>"


def page(paragraphs: int, sentences: int = 3) -> str:
    body = "".join(f"<p>{number}. {STORY * sentences}</p>" for number in range(paragraphs))
    return f"<html><head><title>Quay</title></head><body><article><h1>Quay</h1>{body}</article></body></html>"


def bomb() -> bytes:
    """300 MB of zeros in a few hundred bytes."""
    packer, megabyte = brotli.Compressor(quality=9), bytes(1_000_000)
    return b"".join([packer.process(megabyte) for _ in range(300)]) + packer.finish()


class Enemy:
    """A server whose paths answer as badly as their names say."""

    def __init__(self) -> None:
        self.secret_requests = 0
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()

    async def _start(self) -> None:
        app = web.Application()
        app.router.add_get("/{name}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, 0).start()
        self.port = self._runner.addresses[0][1]
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    def url(self, name: str) -> str:
        return f"http://{HOST}:{self.port}/{name}"

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        match request.match_info["name"]:
            case "inside.xml":
                raise web.HTTPFound(f"http://127.0.0.1:{self.port}/secret.xml")
            case "secret.xml":
                self.secret_requests += 1
            case "endless.xml":
                answer = web.StreamResponse()
                await answer.prepare(request)
                while True:
                    await answer.write(b"<item>" * 10_000)
            case name:
                return self._plain(name)
        return web.Response(text=rss(self.url("good-0.html")))

    def _plain(self, name: str) -> web.Response:
        match name:
            case "good.xml":
                return web.Response(text=rss(*(self.url(f"good-{n}.html") for n in range(3))))
            case "hang.xml":
                return web.Response(text=rss(self.url("hang.html")))
            case "error.xml":
                return web.Response(status=500)
            case "bomb.xml":
                return web.Response(body=bomb(), headers={"Content-Encoding": "br"})
            case "hang.html":
                # 4.3 MB, a few seconds' work.
                return web.Response(text=page(36_000, 1), content_type="text/html")
        return web.Response(text=page(4), content_type="text/html")

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


OUTCOMES = {
    "good.xml": {"modified", "same-body"},
    "hang.xml": {"modified", "same-body"},
    "error.xml": {"status-500"},
    "page.xml": {"not-a-feed-html"},
    "bomb.xml": {"fetch-bomb"},
    "endless.xml": {"fetch-too-large"},
    "inside.xml": {"fetch-blocked-address"},
    "dead": {"fetch-connect"},
}


def test_hostile(tmp_path):
    """
    Each hostile feed and page gets its named outcome, nothing behind the guard is asked, and the good feed goes on.
    """
    enemy = Enemy()
    settings = {
        "allowed_networks": f"{HOST}/32",
        "host_interval": 0.05,
        "tick": 0.2,
        "sandbox_deadline": 1,
        "fetch_deadline": 20,
    }
    try:
        with fleet.site(tmp_path, **settings) as place:
            urls = {name: enemy.url(name) for name in OUTCOMES} | {"dead": f"http://{HOST}:1/dead"}
            assert 0 == place.copydesk("feeds", "add", "--no-look", *urls.values()).returncode
            commands = fleet.procfile()
            processes = [place.start(*commands[name]) for name in ("scheduler", "worker")]
            try:
                fleet.wait_until(lambda: place.redis.xlen("copydesk:articles") == 4, 90, "four articles")
                fleet.wait_until(lambda: None not in outcomes(place).values(), 120, "every feed polled")
            finally:
                codes = [fleet.stop(process) for process in processes]
            got = outcomes(place)
            articles = {event.article["guid"]: event.article for event in place.events()}
    finally:
        enemy.close()

    assert [0, 0] == codes
    assert dict.fromkeys(OUTCOMES, True) == {name: got[urls[name]] in OUTCOMES[name] for name in OUTCOMES}, got
    assert 0 == enemy.secret_requests
    hung = articles.pop(enemy.url("hang.html"))
    assert ("feed", [FEED_TEXT], ["page-failed:extract-deadline"]) == (
        hung["content_source"],
        hung["paragraphs"],
        hung["cleaning"]["flags"],
    )
    assert {"page"} == {article["content_source"] for article in articles.values()}


def outcomes(place: fleet.Site) -> dict[str, str | None]:
    """Last outcome of each feed, None before the first poll."""
    feeds = json.loads(place.copydesk("feeds", "list", "--json").stdout)
    return {feed["url"]: feed["last_outcome"] or None for feed in feeds}


@pytest.mark.parametrize(
    "url",
    ["example.org/feed", "ftp://example.org/feed", "http://", "http://a b/", "http://user:pw@example.org/", "://"],
)
def test_malformed_address(tmp_path, url):
    """
    An address that nobody could ask is refused with one sentence, and nothing is subscribed.
    """
    with fleet.site(tmp_path) as place:
        got = place.copydesk("feeds", "add", "--no-look", url)

        assert (2, 1) == (got.returncode, len(got.stderr.strip().splitlines()))
        assert 0 == place.redis.hlen("copydesk:feeds")
