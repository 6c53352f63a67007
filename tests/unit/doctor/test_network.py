"""The way out, the way in, and the sandbox."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from ingest.errors import SandboxError
from ingest.store.feeds import add_feed
from workers.demo.newsroom import load_newsroom
from workers.demo.server import feed_urls
from workers.doctor import network as found

NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def site():
    """A server that knows our health page only."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            body = b'{"status": "ok"}' if self.path == "/healthz" else b""
            self.send_response(200 if body else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


async def _examine(settings, sites, public_url=""):
    settings = settings.model_copy(update={"allowed_ports": (), "public_url": public_url})
    return [one async for one in found.examine_network(settings, sites)]


async def test_one_answer_is_enough(settings, site):
    """
    As long as one site answers, whatever it says, the way out is open.
    """
    got = await _examine(settings, (NOBODY, site))

    assert [("network", "ok")] == [(one.check, one.level) for one in got]


async def test_sites(store, settings):
    """
    A few sites are asked, but not the demo newsroom, which lets only its own workers in.
    """
    for url in (
        *feed_urls(load_newsroom(), settings.demo_port),
        "https://outlet.example/a",
        "https://outlet.example/b",
    ):
        await add_feed(store, url)

    got = await found.some_sites(store, besides=found.demo_sites(settings))

    assert ("https://outlet.example",) == got


async def test_no_answer(settings):
    """
    Where no site answers, each is named with the reason.
    """
    (got,) = await _examine(settings, (NOBODY, "http://no-such-host.invalid"))

    assert ("problem", True, True) == (got.level, f"{NOBODY}: connect" in got.what, "invalid: dns" in got.what)


async def test_without_feeds_nobody_is_asked(settings):
    """
    Without feeds and without an address of ours nothing is asked.
    """
    assert [] == await _examine(settings, ())


@pytest.mark.parametrize(("path", "level"), [("", "ok"), ("/", "ok"), ("/elsewhere", "warning")])
async def test_the_way_in(settings, site, path, level):
    """
    The address that hubs are given leads to our status pages, or it is told.
    """
    (got,) = await _examine(settings, (), site + path)

    assert ("public-url", level) == (got.check, got.level)


async def test_sites_of_feeds(store):
    """
    Each site is asked once, and no more than a few are.
    """
    for number in range(9):
        await add_feed(store, f"https://outlet{number % 2}.example/{number}.xml?key=s3cret")

    assert {"https://outlet0.example", "https://outlet1.example"} == set(await found.some_sites(store))


async def test_sandbox(settings):
    """
    The sandbox reads a page, and what asks for more memory than it may have gets none.
    """
    got = await found.sandbox(settings)

    assert ("ok", True) == (got.level, "held to 768 MiB" in got.what)


@pytest.mark.parametrize(
    ("ending", "part"),
    [(None, "could take more"), (SandboxError("deadline"), "cannot be tested: deadline")],
)
async def test_a_sandbox_without_walls(settings, monkeypatch, ending, part):
    """
    A sandbox that gives more memory than it may, or does not say whether it would, is a problem.
    """

    class Unlimited:
        """Where the kernel limits nothing, which this machine's does."""

        def __init__(self, *_, **options):
            self._is_tested = bool(options)

        async def __aenter__(self):
            return self

        async def __aexit__(self, *_):
            pass

        async def run(self, *_):
            if self._is_tested and ending:
                raise ending

    monkeypatch.setattr(found, "Sandbox", Unlimited)

    got = await found.sandbox(settings)

    assert ("problem", True) == (got.level, part in got.what)


async def test_a_sandbox_that_does_not_start(settings):
    """
    Too little memory for the parsers is a problem.
    """
    got = await found.sandbox(settings.model_copy(update={"sandbox_bytes": 60_000_000}))

    assert ("problem", True) == (got.level, "does not work" in got.what)
