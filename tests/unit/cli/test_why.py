"""``copydesk why``."""

import json
from datetime import UTC, datetime

import pytest

from ingest.archive.index import Row, article_key, encode_row
from ingest.messages.event import make_event, stream_fields
from ingest.models import Entry, FeedRef, Removal
from ingest.store.entries import encode_ref
from tests.unit.store.records import record

ENTRY, ARTICLE = "e" * 32, "a" * 32
URL = "https://outlet.example/1"


@pytest.fixture
def entry(cli):
    """Store an entry's fields, in hand unless they say otherwise."""

    def put(*, due: float | None = None, **fields):
        async def work(store):
            ref = encode_ref(Entry(url=URL, title="Harbour \x1b plan"), FeedRef(id="f", url=URL))
            await store.redis.hset(store.keys.entry(ENTRY), mapping={"ref": ref, "feed": "f", "seen": 1e12, **fields})
            await store.redis.hset(store.keys.feed("f"), mapping={"url": f"{URL}/feed?key=s3cret", "title": "Outlet"})
            if due is not None:
                await store.redis.zadd(store.keys.due("entries"), {ENTRY: due})

        cli.with_store(work)

    return put


@pytest.mark.parametrize("target", [ENTRY, URL])
def test_waiting(cli, entry, target):
    """
    An entry that waits is told with its last failure, and no key of its feed's address is shown.
    """
    entry(due=2e12, strikes=2, error="timeout: 30 s")

    got = cli.run("why", target)

    words = " ".join(got.stdout.split())
    assert 0 == got.exit_code
    assert all(
        part in words for part in ("Harbour plan", "last failure timeout: 30 s", "attempts 2", "now waiting until")
    )
    assert "s3cret" not in words


def test_published(cli, entry, make_article):
    """
    A published article is told with every line that was removed from it.
    """
    removal = Removal(kind="promo", rule="newsletter-sign-up-en", text="Sign up", after_paragraph=1)
    article = make_article(id=ARTICLE, removals=[removal])

    async def publish(store):
        event = make_event(article, source="copydesk/test", now=article.fetched_at)
        row = await store.redis.xadd(store.keys.articles, stream_fields(event))
        await store.redis.hset(store.keys.entry(ENTRY), mapping={"outcome": "published", "article": ARTICLE})
        await store.redis.set(store.keys.article(ARTICLE), record(row))

    entry()
    cli.with_store(publish)

    got = cli.run("why", ENTRY)
    document = json.loads(cli.run("why", ENTRY, "--json").stdout)

    assert "removed 1" in got.stdout
    assert ("published", True, ["newsletter-sign-up-en"]) == (
        document["state"],
        document["is_on_stream"],
        [one["rule"] for one in document["removed"]],
    )


@pytest.mark.parametrize(
    ("fields", "state", "sentence"),
    [
        ({"outcome": "dead", "reason": "page-failed:status-404"}, "dead", "page-failed:status-404"),
        ({"outcome": "duplicate", "reason": "url", "article": ARTICLE}, "duplicate", f"it is {ARTICLE} again (url)"),
        ({}, "lost sight of", "lost sight of"),
    ],
)
def test_ended(cli, entry, fields, state, sentence):
    """
    Every end has its name and its reason.
    """
    entry(**fields)

    got = cli.run("why", ENTRY)

    assert state == json.loads(cli.run("why", ENTRY, "--json").stdout)["state"]
    assert sentence in " ".join(got.stdout.split())


def test_unknown(cli):
    """
    What nobody has seen is said.
    """
    got = cli.run("why", f"{URL}?token=s3cret")

    sentence = f"copydesk: nothing is known of {URL}?token=***: no feed showed it, or it is forgotten\n"
    assert (2, sentence) == (got.exit_code, got.stderr)


def test_archived(cli, entry):
    """
    The revisions that can be replayed from this machine's archive are told.
    """
    folder = cli.folder / "data" / "archive"
    folder.mkdir(parents=True)
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    key = article_key(ARTICLE)
    row = Row(key=key, kind="article", at=at, offset=0, length=9, event=f"{ARTICLE}-2")
    (folder / "x.warc.gz").write_bytes(b"")
    (folder / "x.cdxj").write_bytes(encode_row(row))
    entry(outcome="published", article=ARTICLE)

    got = json.loads(cli.run("why", ENTRY, "--json").stdout)

    assert [{"revision": "2", "at": "2026-03-01T12:00:00Z"}] == got["archived"]
    assert "archived" in cli.run("why", ENTRY).stdout
