"""
The sites of the pipeline's bench, in a process of their own: feeds that stand still or move, and pages of articles.

    python -m tests.bench.origin FEEDS PAGES

prints its port as one line when it listens on all of 127.0.0.0/8, and ends with its standard input. GET /turn/N turns
every feed to its N-th state:

    /same-304/N        never changes, has validators: answers 304 from the second time on
    /same-body/N       never changes, has none: the same bytes with 200
    /new-date/N        only its lastBuildDate changes with every turn, 200
    /new-item/N        has another item with every turn, 200
    /news/T/N          ten articles, others for each T
    /page/T/N.html     an article's page
"""

from __future__ import annotations

import asyncio
import re
import sys

from aiohttp import web

from tests.bench import corpus

ITEMS = 10
_ITEM = re.compile(rb"<item>.*?</item>", re.DOTALL)
_DATE = re.compile(rb"<(lastBuildDate|pubDate)>[^<]*</\1>")
ETAG = '"an-etag-of-some-length-0123456789"'


class Sites:
    """What stands where, in which state."""

    def __init__(self, feeds: list[bytes], pages: list[bytes]) -> None:
        self._feeds = feeds
        self._pages = pages
        self._turn = 0

    def app(self) -> web.Application:
        """The routes."""
        app = web.Application()
        app.router.add_get("/turn/{turn}", self._advance)
        app.router.add_get("/robots.txt", self._robots)
        app.router.add_get("/news/{turn}/{number}", self._news)
        app.router.add_get("/page/{turn}/{name}.html", self._page)
        app.router.add_get("/{kind}/{number}", self._feed)
        return app

    async def _advance(self, request: web.Request) -> web.Response:
        self._turn = int(request.match_info["turn"])
        return web.Response()

    async def _robots(self, _: web.Request) -> web.Response:
        return web.Response(text="User-agent: *\nDisallow: /admin/\n")

    async def _feed(self, request: web.Request) -> web.Response:
        number, kind = int(request.match_info["number"]), request.match_info["kind"]
        body, headers = self._feeds[number % len(self._feeds)], {"Content-Type": "application/rss+xml"}
        if kind == "same-304":
            headers["ETag"] = ETAG
            if request.headers.get("If-None-Match") == ETAG:
                return web.Response(status=304, headers=headers)
        if kind == "new-date":
            body = new_date(body, self._turn)
        if kind == "new-item":
            body = new_item(body, self._turn)
        return web.Response(body=body, headers=headers)

    async def _news(self, request: web.Request) -> web.Response:
        turn, number, host = request.match_info["turn"], int(request.match_info["number"]), request.host
        links = [f"http://{host}/page/{turn}/{number * ITEMS + n}.html" for n in range(ITEMS)]
        items = "".join(
            f"<item><title>Report {link[-9:-5]}</title><link>{link}</link><guid>{link}</guid>"
            "<pubDate>Sun, 22 Nov 2026 10:00:00 GMT</pubDate><description>What it is about.</description></item>"
            for link in links
            if int(link.rpartition("/")[2][:-5]) < len(self._pages)
        )
        text = f"<rss version='2.0'><channel><title>News</title><link>http://{host}/</link>{items}</channel></rss>"
        return web.Response(text=text, content_type="application/rss+xml")

    async def _page(self, request: web.Request) -> web.Response:
        return web.Response(body=self._pages[int(request.match_info["name"])], content_type="text/html")


def new_date(body: bytes, turn: int) -> bytes:
    """The feed as its server writes it anew without news."""
    date = b"<lastBuildDate>Sun, 22 Nov 2026 %02d:%02d:00 GMT</lastBuildDate>" % (turn // 60 % 24, turn % 60)
    head, mark, rest = body.partition(b"<item>")
    return _DATE.sub(b"", head).replace(b"<channel>", b"<channel>" + date, 1) + mark + rest


def new_item(body: bytes, turn: int) -> bytes:
    """The feed with one item more at its head, and the new date."""
    found = _ITEM.search(body)
    assert found, "chosen so"
    own = b"-%d" % turn
    item = found[0].replace(b"</link>", own + b"</link>").replace(b"</guid>", own + b"</guid>")
    return new_date(body[: found.start()] + item + body[found.start() :], turn)


async def main(feeds: int, pages: int) -> None:
    """Listen until the end of standard input."""
    sites = Sites(corpus.rss_feeds(feeds), [page.body for page in corpus.pages(pages)])
    runner = web.AppRunner(sites.app(), access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "0.0.0.0", 0, backlog=1024).start()
    print(runner.addresses[0][1], len(sites._pages), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
