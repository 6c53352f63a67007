"""Stores that hold nonsense, or are away, or full: pages that say so."""

import asyncio
import time

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from redis.exceptions import ResponseError

from ingest.messages.event import article_document, stream_fields
from ingest.models import Event
from ingest.settings import Settings
from ingest.store.connect import Store, async_client, connect
from ingest.store.embedded import embedded
from ingest.store.feeds import add_feed
from ingest.store.keys import Keys
from ingest.store.scripts import Scripts
from tests.unit.workers.web import seed
from tests.unit.workers.web.conftest import TOKEN
from tests.unit.workers.web.sound import PAGES, faults
from workers.web import catalogue, pages
from workers.web.pages import add_pages
from workers.web.serve import create_app


async def test_damaged_values(site):
    """
    What is damaged is shown as that, and the rest of the page is there.
    """
    redis, keys = site.store.redis, site.store.keys
    await redis.set(keys.feed(site.ids["secret"]), "no hash")
    await redis.hset(
        keys.feed(site.ids["feed"]), mapping={"failures": b"\xff", "polled": "x", "rhythm": "1|9", "hints": "?"}
    )
    await redis.delete(keys.entry(site.ids["dead"]))
    await redis.set(keys.entry(site.ids["dead"]), "no hash")
    await redis.xadd(keys.articles, {"specversion": "1.0", "id": b"\xff"})
    await redis.xadd(keys.articles, {"data": "[]"})
    await redis.set(keys.source("gazette.example"), "no hash")
    await redis.hset(keys.counts, "entries.published", "many")
    await redis.set(keys.history("minutes"), "no hash")

    texts = {path: (await site.get(path))[2] for path in PAGES}
    feed = await site.get(f"/feeds/{site.ids['secret']}")
    dead = await site.get(f"/articles/{site.ids['dead']}")
    source = await site.get("/sources/gazette.example")

    assert [] == [fault for path, text in texts.items() for fault in faults(path, text)]
    assert {path for path in PAGES if path not in {"/search", "/login", "/clusters"} and "harbour" not in path} == {
        path for path, text in texts.items() if "cannot be read" in text or "not to be read" in text
    }
    assert (200, True) == (feed[0], "cannot be read" in feed[2])
    assert [404, 404] == [dead[0], source[0]]


@pytest.mark.parametrize("name", ["feeds", "articles", "dead", "sources", "counts", "aliases", "overrides"])
async def test_keys_of_another_kind(site, name):
    """
    A key that holds something else altogether breaks no page but in words.
    """
    await site.store.redis.delete(getattr(site.store.keys, name))
    await site.store.redis.lpush(getattr(site.store.keys, name), "x")

    for path in (*PAGES, f"/feeds/{site.ids['feed']}", f"/articles/{site.ids['article']}"):
        status, _, text = await site.get(path)

        assert status in {200, 404, 500}
        assert "Traceback" not in text
        assert "one moment" not in text
        assert [] == faults(path, text)
        if status == 500:
            assert "cannot be read" in text


async def test_hostile_events(bare, store):
    """
    An event whose parts are of other kinds than ours is shown as far as it goes.
    """
    one = seed.article("odd", feed=await seed.poll(store, "https://odd.example/feed"))
    whole = article_document(one)
    nonsense = (None, 7, [None], {"a": None}, "javascript:alert(1)")
    odd = [{**whole, name: value} for name in whole if name not in {"id", "revision"} for value in nonsense]
    odd += [
        {**whole, "cleaning": {"removed": [{"after_paragraph": value, "text": value}]}}
        for value in (*nonsense, -1, 10**15)
    ]
    for number, data in enumerate(odd):
        id_ = f"{number:032x}"
        event = Event(
            id=f"{id_}-1",
            type="article.published.v1",
            source="x",
            subject=id_,
            time=one.fetched_at,
            data=orjson.dumps({**data, "id": id_}),
        )
        await store.redis.xadd(store.keys.articles, stream_fields(event))

    for path in ("/", "/articles", "/clusters", *(f"/articles/{number:032x}" for number in range(len(odd)))):
        status, _, text = await bare.get(path)

        assert 200 == status, path
        assert [] == faults(path, text)


async def test_store_away(tmp_path):
    """
    Without a store every page says so with 503, soon, and what needs none is there.
    """
    settings = Settings(_env_file=None, web_token=TOKEN)
    redis = async_client(settings, f"unix://{tmp_path}/none.sock")
    store = Store(redis, Keys("x"), Scripts(redis))
    async with TestClient(TestServer(create_app(store, settings))) as client:
        begun = time.monotonic()
        answers = await asyncio.gather(*(client.get(path) for path in PAGES))
        took = time.monotonic() - begun
        for path, answer in zip(PAGES, answers, strict=True):
            assert (200 if path in {"/search", "/login"} else 503) == answer.status, path
            assert [] == faults(path, await answer.text())
    assert took < pages.PAGE_SECONDS + 2
    await redis.aclose()


async def test_store_that_cannot_write(tmp_path):
    """
    A store whose disk takes nothing is read all the same: the probe, the metrics and the pages are there.
    """
    with embedded(tmp_path) as url:
        settings = Settings(_env_file=None, redis_url=url, web_token=TOKEN)
        async with connect(settings, url) as store:
            await store.redis.config_set("save", "3600 1")
            # Its snapshot cannot take the place of a folder.
            (tmp_path / "store" / (await store.redis.config_get("dbfilename"))["dbfilename"]).mkdir()
            await store.redis.bgsave()
            while (await store.redis.info("persistence"))["rdb_last_bgsave_status"] == "ok":  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.02)
            with pytest.raises(ResponseError, match="MISCONF"):
                await store.redis.ping()
            async with TestClient(TestServer(create_app(store, settings))) as client:
                got = {path: (await client.get(path)).status for path in ("/readyz", "/metrics", "/")}
            # Or it would refuse to stop.
            await store.redis.config_set("save", "")

    assert {"/readyz": 200, "/metrics": 200, "/": 200} == got


async def test_store_that_is_held_up(tmp_path):
    """
    While a script holds the store up, the probe and the metrics say so with 503.
    """
    with embedded(tmp_path) as url:
        settings = Settings(_env_file=None, redis_url=url, web_token=TOKEN)
        async with connect(settings, url) as store, connect(settings, url) as other:
            await store.redis.config_set("busy-reply-threshold", 1)
            endless = asyncio.create_task(other.redis.eval("while true do end", 0))
            await asyncio.sleep(0.2)
            async with TestClient(TestServer(create_app(store, settings))) as client:
                answers = {path: await client.get(path) for path in ("/readyz", "/metrics")}
                got = {path: (one.status, "a script holds it up" in await one.text()) for path, one in answers.items()}
            await store.redis.script_kill()
            with pytest.raises(ResponseError):
                await endless

    assert {"/readyz": (503, True), "/metrics": (503, True)} == got


async def test_store_that_lets_us_not(store, settings):
    """
    What the store's rules forbid us is quoted by the metrics, not a failure of ours.
    """
    await store.redis.acl_setuser("reader", enabled=True, passwords=["+pw"], keys=["*"], commands=["+@all", "-hlen"])
    url = settings.redis_url.replace("unix://", "unix://reader:pw@", 1)
    async with (
        connect(settings, url) as limited,
        TestClient(TestServer(create_app(limited, settings))) as client,
        client.get("/metrics") as answer,
    ):
        got = answer.status, "no permissions" in await answer.text()
    await store.redis.acl_deluser("reader")

    assert (503, True) == got


@pytest.mark.parametrize(
    ("method", "path", "allowed"), [("POST", "/feeds", {"GET", "HEAD"}), ("GET", "/logout", {"POST"})]
)
async def test_another_method(bare, method, path, allowed):
    """
    An address that is asked in another way says in which way it is asked (RFC 9110 15.5.6).
    """
    async with bare.client.request(method, path) as answer:
        got = answer.status, {one.strip() for one in answer.headers["Allow"].split(",")}

    assert (405, allowed) == got


async def test_defects_are_told_in_words(store, settings):
    """
    A page that fails in an unforeseen way is a sentence, and the log has the rest.
    """
    app = web.Application()
    add_pages(app, store, settings)

    async def broken(request):
        raise RuntimeError("the inside of " + request.path)

    app.router.add_get("/broken", broken)
    async with TestClient(TestServer(app)) as client, client.get("/broken") as answer:
        text = await answer.text()

    assert 500 == answer.status
    assert "the inside" not in text
    assert "report it" in text


async def test_large_store(bare, store, monkeypatch):
    """
    With ten thousand feeds a page costs little of our processor, and asks the store for no list of all keys.
    """
    # On a slow machine the pages take longer than their list is fresh.
    monkeypatch.setattr(catalogue, "FRESH_SECONDS", 3600)
    for start in range(0, 10_000, 1000):
        async with store.redis.pipeline(transaction=False) as pipe:
            for number in range(start, start + 1000):
                id_, url = f"{number:016x}", f"https://many.example/{number}/feed.xml"
                pipe.hset(store.keys.feeds, id_, url)
                pipe.hset(store.keys.feed(id_), mapping={"url": url, "title": f"Feed number {number}"})
                pipe.zadd(store.keys.due("feeds"), {id_: number})
            await pipe.execute()
    await add_feed(store, "https://one.example/feed")
    first = await bare.page("/feeds")
    before = await store.redis.info("commandstats")

    costs = {}
    for path in (
        "/",
        "/feeds",
        "/feeds?q=9999",
        "/feeds?sort=title&page=100",
        "/feeds/0000000000000001",
        "/articles",
        "/queue",
    ):
        await bare.get(path)
        begun = time.process_time()
        await bare.get(path)
        costs[path] = time.process_time() - begun

    after = await store.redis.info("commandstats")
    print({path: round(cost * 1000) for path, cost in costs.items()})
    assert "10\u202f001" in first.text_content()
    assert max(costs.values()) < 0.25
    for command in ("keys", "scan", "hscan", "sscan", "zscan"):
        calls = [one.get(f"cmdstat_{command}", {}).get("calls", 0) for one in (before, after)]
        assert calls[0] == calls[1], command
