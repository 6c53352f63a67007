"""A rule that was too broad is mended, and what docs/how-to/replay.md says is done, over real processes."""

import json
import re
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.e2e import fleet

pytestmark = pytest.mark.e2e

HOST = "127.0.0.2"
PAGE = (fleet.ROOT / "docs" / "how-to" / "replay.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^(?:copydesk|warcio) .*$", PAGE, re.MULTILINE)
#: The others are run in tests/unit/cli/test_replay.py, where they cost no process each.
LOOK, PUBLISH, CHECK = (
    next(command for command in COMMANDS if re.search(mark, command))
    for mark in ("--rule", "--publish$", "warcio check")
)
TAKEN = "High water at the old quay is at seven in the evening on every day of this week."
STORIES = {
    "high-water-on-friday": ("High water on Friday", "council", "quay"),
    "a-bridge-for-the-north-shore": ("A bridge for the north shore", "senate", "bridge"),
    "the-school-has-a-new-roof": ("The school has a new roof", "parish", "roof"),
}


def story(slug: str) -> str:
    title, body, thing = STORIES[slug]
    return f"""<html lang="en"><head><title>{title}</title></head><body><h1>{title}</h1><article>
<p>The {body} of Port Ellery voted on Tuesday evening to pay for the {thing}, after two years of argument.</p>
<p>The work on the {thing} will begin in spring and cost four million crowns, half of it from the province.</p>
<p class="tides">{TAKEN}</p>
<p>Opponents in the {body} said that the money for the {thing} should have gone to the harbour master's office.</p>
</article></body></html>"""


@pytest.fixture
def gazette():
    """A server with a feed of three stories; its address."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            slug = self.path.rpartition("/")[2]
            found, kind = (story(slug), "text/html") if slug in STORIES else (feed(), "application/rss+xml")
            is_there = slug in STORIES or slug == "feed.xml"
            self.send_response(200 if is_there else 404)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.end_headers()
            self.wfile.write(found.encode() if is_there else b"")

        def log_message(self, *_):
            pass

    def feed():
        items = "".join(
            f"<item><title>{title}</title><link>{base}/news/{slug}</link></item>"
            for slug, (title, *_) in STORIES.items()
        )
        return f'<rss version="2.0"><channel><title>The Gazette</title>{items}</channel></rss>'

    with ThreadingHTTPServer((HOST, 0), Answer) as server:
        base = f"http://{HOST}:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield base
        server.shutdown()
        thread.join()


def say_of_source(path, base: str, rest: str) -> None:
    path.write_text(f'[[feed]]\nurl = "{base}/feed.xml"\n\n[source."{HOST}"]\n{rest}\n')


def local(command: str, base: str) -> str:
    """A command of the page for the server here."""
    return command.replace("https://gazette.example", base).replace("operator-gazette.example", f"operator-{HOST}")


def test_replay(tmp_path, gazette):
    """
    What a rule took from three articles is found, shown and published once, though the worker was killed with -9.
    """
    listed, settings = tmp_path / "feeds.toml", {"poll_interval": 60, "host_interval": 0.05, "tick": 0.2}
    say_of_source(listed, gazette, 'strip = ["p.tides"]')
    with fleet.site(tmp_path / "data", feeds_file=listed, archive="pages", allowed_ports="", **settings) as place:
        processes = fleet.procfile()
        scheduler, worker = (place.start(*processes[name]) for name in ("scheduler", "worker"))
        try:
            fleet.wait_until(lambda: len(place.events()) == 3, 60, "three articles")
        finally:
            fleet.kill_tree(worker)
            fleet.stop(scheduler)
        first = {event.subject: event.article for event in place.events()}
        say_of_source(listed, gazette, "strip = []")
        scheduler = place.start(*processes["scheduler"])
        try:
            fleet.wait_until(lambda: b"tides" not in place.redis.get("copydesk:overrides"), 60, "the mended rule")
        finally:
            fleet.stop(scheduler)

        said = {}
        for command in (LOOK, PUBLISH, CHECK):
            done = subprocess.run(
                ["sh", "-c", f"exec {local(command, gazette)}"],
                cwd=tmp_path,
                env=place.environment,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert (0, False) == (done.returncode, "Traceback" in done.stderr), (command, done.stderr)
            said[command] = done.stdout
        again = place.copydesk("replay", *map(str, first), "--publish", "--json")

        events = place.events()
        names = [path.suffix for path in (tmp_path / "data" / "archive").iterdir()]

    # The killed worker's file was closed by the first command that wrote.
    assert {".gz", ".cdxj"} == set(names)
    assert [TAKEN not in article["text"] for article in first.values()] == [True] * 3
    assert f"  + [furniture operator-{HOST}] {TAKEN}\n" in said[LOOK]
    assert "3  published as revisions" in said[PUBLISH]
    assert {"same": 3} == json.loads(again.stdout.splitlines()[-1])["summary"]["outcomes"]
    assert {f"{id_}-2" for id_ in first} == {event.id for event in events[3:]}
    for event in events[3:]:
        fleet.VALIDATOR.validate(event.article)
        assert TAKEN in event.article["paragraphs"]
        assert [{"kind": "text", "removed": "", "added": TAKEN}] == event.article["revision_of"]["changes"]
