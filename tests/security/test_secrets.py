"""S39-S43: what somebody trusted us with stays in the store, and what the desk may do there is little."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
import tempfile
from pathlib import Path

import pytest
import redis
import structlog
from typer.testing import CliRunner

from ingest.polling.websub import is_signed
from ingest.settings import Settings
from ingest.store.connect import connect
from ingest.store.due import claim_due
from ingest.store.feeds import add_feed
from ingest.store.hubs import callback_key
from tests.e2e.fleet import procfile
from tests.servers import Server
from tests.unit.cli.conftest import site  # noqa: F401 - a fixture
from tests.unit.workers.test_logs import written  # noqa: F401 - a fixture
from workers.actors import make_broker, message
from workers.cli import app
from workers.logs import configure_logs
from workers.metrics import exposition
from workers.shift import Shift
from workers.web.serve import create_app

TEXT = "The council voted to widen the quay, the feed itself says in a sentence that is long enough to be kept."
PASSWORD = "canary-redis"
#: What no output may hold, by where it was planted.
SECRETS = (
    PASSWORD,
    "canary-feed",
    "canary-redirect",
    "canary-html",
    "canary-error",
    "canary-connect",
    "canary-blocked",
    "canary-dead",
    "canary-retry",
    "canary-guid",
)
#: Stands in an article's text: it is published, and belongs nowhere else.
SAID = "canary-said"


@pytest.fixture
def locked():
    """A store with a password, started."""
    server = Server(Path(tempfile.mkdtemp(prefix="cd-", dir="/tmp")), ("--requirepass", PASSWORD))
    server.start()
    yield server
    server.kill()
    shutil.rmtree(server.folder)


@pytest.fixture
def trusted(locked, tmp_path):
    """Settings of a desk on that store."""
    return Settings(
        _env_file=None,
        redis_url=f"unix://:{PASSWORD}@{locked.socket}",
        data=tmp_path / "data",
        feeds_file=tmp_path / "feeds.toml",
        allowed_networks="127.0.0.0/8",
        allowed_ports=(80,),
        host_interval=0,
        robots=False,
        first_poll="all",
        sandbox_processes=1,
        log_format="json",
        log_level="debug",
    )


def page(text: str) -> str:
    return f"<html><body><article>{f'<p>{TEXT} {text}</p>' * 4}</article></body></html>"


def plant(site) -> dict[str, str]:  # noqa: F811 - a fixture by its name
    """Feeds and pages with secrets in their addresses; the feeds' addresses by name."""

    def say(path: str, body: str = "", status: int = 200, kind: str = "text/html", **fields: str) -> str:
        site.pages[path] = (status, {"Content-Type": kind, **fields}, body.encode())
        return site.url + path

    links = {
        "good": say("/page", page(SAID)),
        "same": "#3",
        "dead": f"{site.url}/gone?Authorization=canary-dead",
        "retry": say("/down?access_token=canary-retry", status=500),
    }
    items = "".join(
        f"<item><guid>{name}?key=canary-guid</guid><title>T {name}</title><link>{link}</link>"
        f"{f'<description>{TEXT}</description>' if name == 'same' else ''}</item>"
        for name, link in links.items()
    )
    rss, kind = f"<rss version='2.0'><channel>{items}</channel></rss>", "application/rss+xml"
    say("/feed2.xml?sig=canary-redirect", "<rss version='2.0'><channel/></rss>", kind=kind)
    return {
        "feed": say("/feed.xml?key=canary-feed&n=1", rss, kind=kind),
        "html": say("/html.xml?token=canary-html", "<html><body>no feed</body></html>"),
        "moved": say("/moved.xml?x=1", status=301, Location="/feed2.xml?sig=canary-redirect"),
        "error": say("/error.xml?api_key=canary-error", status=500),
        "connect": "http://127.0.0.1:1/?auth=canary-connect",
        "blocked": "http://10.0.0.1/?password=canary-blocked",
    }


def ask(settings, *arguments):
    """A command's whole output."""
    environment = {
        "REDIS_URL": settings.redis_url,
        "COPYDESK_ALLOWED_NETWORKS": "127.0.0.0/8",
        "COPYDESK_FEEDS_FILE": str(settings.feeds_file),
        "TERM": "dumb",
    }
    got = CliRunner().invoke(app, arguments, env=environment, prog_name="copydesk")
    assert got.exit_code in {0, 1, 2, 3}, got.output
    return got.output + (repr(got.exception) if got.exception else "")


async def work(settings, urls):
    """One round of polls and one attempt at each entry; the metrics, the events and the dead letters then."""
    shift = Shift(settings, settings.redis_url)
    async with connect(settings, settings.redis_url) as store:
        for url in urls:
            await add_feed(store, url)
        await shift.open()
        for kind in ("feeds", "entries"):
            claims = await claim_due(store, kind, limit=100, lease=settings.lease, max_in_hand=1000)
            assert claims
            await shift.perform(kind, claims)
        await shift.close()
        dead = [id_.decode() for id_ in await store.redis.zrange(store.keys.dead, 0, -1)]
        return (await exposition(store)).decode(), await store.redis.xrange(store.keys.articles), dead


def fail(address):
    """What a defect writes."""
    try:
        raise ConnectionError(f"nobody at {len(address)}")  # noqa: TRY301 - the traceback is the point
    except ConnectionError:
        structlog.get_logger().exception("work.failed")
        logging.getLogger("dramatiq").critical("gone", exc_info=True)


def test_canaries(trusted, site, written):  # noqa: F811 - fixtures by their names
    """
    S39, S40: a poll and its articles through the real stages, the real log and every command: no secret stands in what
    comes out, and an article's text only in its event.
    """
    configure_logs(trusted, "worker")
    feeds = plant(site)

    metrics, events, dead = asyncio.run(work(trusted, feeds.values()))
    fail(trusted.redis_url)
    log = written()
    targets = [*dead, f"{site.url}/page", f"{site.url}/gone?Authorization=canary-dead", "http://x/?key=canary-feed"]
    commands = [
        ["status"],
        ["status", "--json"],
        ["feeds", "list"],
        ["feeds", "list", "--json"],
        ["dead", "list"],
        ["dead", "list", "--json"],
        *(["dead", "show", id_] for id_ in dead),
        *(["why", target, *more] for target in targets for more in ([], ["--json"])),
        *(["check", feeds[name]] for name in ("moved", "blocked")),
        *(["feeds", "show", address, *more] for address in feeds.values() for more in ([], ["--json"])),
        *(["feeds", "poll", address] for address in feeds.values()),
        ["doctor", "--offline"],
        ["doctor", "--offline", "--json"],
        ["sources", "list"],
        ["replay", "--feed", feeds["html"]],
        *(["feeds", verb, feeds["html"]] for verb in ("pause", "resume", "remove")),
        ["feeds", "remove", "http://x/?key=canary-feed"],
        ["feeds", "add", "--no-look", feeds["feed"]],
        ["feeds", "add", "http://ann:canary-feed@127.0.0.1/?key=canary-feed"],
        ["check", "http://ann:canary-feed@127.0.0.1/?key=canary-feed"],
    ]
    said = {" ".join(one): ask(trusted, *one) for one in commands}

    outputs = {"log": log, "metrics": metrics, "events": repr(events), **said}
    found = {name: [one for one in SECRETS if one in text] for name, text in outputs.items()}
    # An entry's own guid and address are what its feed publishes: they are published as they are.
    assert {"events": ["canary-guid"]} == {name: secrets for name, secrets in found.items() if secrets}
    assert (2, 2, 1) == (len(events), log.count('"outcome": "published"'), len(dead))
    assert all(json.loads(line) for line in log.splitlines())
    assert all("***" in said[name] for name in ("feeds list", "feeds list --json", "dead list", "dead list --json"))
    assert {"events"} == {name for name, text in outputs.items() if SAID in text}


def test_little_power(locked, trusted, site):  # noqa: F811 - as above
    """
    S42: a store's user that may touch our own keys only, and nothing dangerous but INFO, does for all of our work.
    """
    with redis.Redis.from_url(trusted.redis_url) as master:
        master.execute_command(
            "ACL", "SETUSER", "desk", "on", ">pw", "~copydesk:*", "+@all", "-@dangerous", "-@admin", "+info"
        )
    settings = trusted.model_copy(update={"redis_url": f"unix://desk:pw@{locked.socket}"})
    broker = make_broker(settings, settings.redis_url)
    broker.declare_queue("feeds")

    broker.enqueue(message("feeds", ()))
    broker.close()
    _, events, dead = asyncio.run(work(settings, [plant(site)["feed"]]))
    told = ask(settings, "status", "--json")
    with redis.Redis.from_url(settings.redis_url) as desk, pytest.raises(redis.exceptions.NoPermissionError):
        desk.set("somebody:else", "x")

    assert (2, 1) == (len(events), len(dead))
    assert json.loads(told)


def test_one_address_for_all():
    """
    S43: what the web process answers is asked on loopback unless an operator says otherwise, and nobody knows a token
    before there is one.
    """
    routes = {"/healthz", "/readyz", "/metrics", "/websub/{token}"}

    assert "127.0.0.1" == Settings.model_fields["web_host"].default
    assert "" == Settings.model_fields["web_token"].default.get_secret_value()
    assert routes == {resource.canonical for resource in create_app(None).router.resources()}
    assert "COPYDESK_WEB_HOST=0.0.0.0" in " ".join(procfile()["web"])


def test_callbacks_are_looked_up_by_digest():
    """
    S43: how long a callback's lookup takes tells nothing of its token, nor that of a signature of what is right in it.
    """
    assert callback_key("a" * 32)[:8] != callback_key("a" * 31 + "b")[:8]
    assert not is_signed("secret", "sha256=" + "0" * 64, b"body")
    assert "compare_digest" in is_signed.__code__.co_names
