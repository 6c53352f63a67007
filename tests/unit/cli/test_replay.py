"""``copydesk replay``: what an operator does after a rule was mended."""

import json
import re
import shlex
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.archive.records import KeptAnswer, KeptArticle
from ingest.archive.write import Terms, Writer
from ingest.messages.event import make_event, stream_fields
from ingest.models import Cleaning, Cluster, Entry, FeedRef, Removal, Response
from ingest.sandbox.tasks import TASKS
from ingest.store.entries import encode_ref
from ingest.store.feeds import feed_id
from tests.unit.store.records import record
from workers import wiring

ROOT = Path(__file__).parents[3]
PARAGRAPHS = (
    "The council of Port Ellery voted on Tuesday evening to widen the old quay, after two years of argument.",
    "The work will begin in spring and cost four million crowns, half of which the province has promised to pay.",
    "Fishermen had asked for the change since the winter of 2019, when two boats were crushed against the wall.",
    "Opponents said the money should have gone to the school, whose roof has leaked since the storms of last year.",
)
TAKEN = PARAGRAPHS[2]
RULE = "a-rule-that-was-too-broad"
URL = "https://gazette.example/news/quay"
FEED = "https://gazette.example/feed.xml?key=s3cret"
PAGE_COMMANDS, README_COMMANDS = (
    re.findall(pattern, (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)
    for page, pattern in (
        ("docs/how-to/replay.md", r"^(?:copydesk|warcio) .*$"),
        ("README.md", r"^copydesk replay .*$"),
    )
)
ARTICLE, OTHER = "a" * 32, "b" * 32


class InProcess:
    """
    The sandbox's tasks without its processes.

    A double, because starting children takes two seconds a command; tests/e2e/test_replay.py has the real one.
    """

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        pass

    async def run(self, task, *args):
        return TASKS[task](*args)


@pytest.fixture
def archived(cli, make_article, monkeypatch):
    """Articles that a rule took a true sentence from, archived and published; ``other`` without an archive."""

    monkeypatch.setattr(wiring, "open_sandbox", lambda _: InProcess())

    def put(id_: str = ARTICLE, *, url: str = URL, is_archived: bool = True):
        now = datetime.now(UTC)
        feed = FeedRef(id=feed_id(FEED), url=FEED, title="Gazette")
        kept = tuple(text for text in PARAGRAPHS if text != TAKEN)
        removal = Removal(kind="promo", rule=RULE, text=TAKEN, after_paragraph=2)
        article = make_article(
            id=id_,
            url=url,
            title="Quay to be widened",
            feed=FeedRef(id=feed.id, url="https://gazette.example/feed.xml?key=***"),
            fetched_at=now + timedelta(seconds=1),
            cleaning=Cleaning(paragraphs=kept, removals=(removal,)),
            cluster=Cluster(id=id_, role="head", head_id=id_),
        )
        event = make_event(article, source="copydesk/t", now=now)
        body = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
        head = '<html lang="en"><head><title>Quay to be widened</title></head>'
        page = f"{head}<body><h1>Quay to be widened</h1><article>{body}</article></body></html>".encode()
        response = Response(
            url=url, final_url=url, status=200, headers={"content-type": "text/html; charset=utf-8"}, body=page
        )
        terms = Terms(
            folder=cli.folder / "data" / "archive",
            prefix="t",
            software="x",
            keep=timedelta(days=1),
            max_bytes=10**9,
        )

        async def work(store):
            row = await store.redis.xadd(store.keys.articles, stream_fields(event))
            await store.redis.set(store.keys.article(id_), record(row))
            async with Writer(terms, now=lambda: now, told=print) as writer:
                if is_archived:
                    await writer.keep(KeptAnswer(kind="page", response=response, at=now))
                    await writer.keep(
                        KeptArticle(
                            article_id=id_,
                            event_id=event.id,
                            type=event.type,
                            at=now,
                            data=event.data,
                            ref=encode_ref(Entry(url=url, title=article.title), feed),
                        )
                    )

        cli.with_store(work)
        return article

    return put


def lines(result) -> list[dict]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_after_a_rule_was_mended(cli, archived):
    """
    Articles that a rule was wrong about are found, shown and published once, on request; one without a page is told.
    """
    archived()
    archived(OTHER, url=f"{URL}-2", is_archived=False)

    shown = cli.run("replay", "--rule", RULE)
    told = lines(cli.run("replay", "--rule", RULE, "--json"))
    sent = cli.run("replay", "--rule", RULE, "--since", "P1D", "--publish")
    again = cli.run("replay", ARTICLE, "--publish")
    left = lines(cli.run("replay", "--rule", RULE, "--json"))

    assert [0] * 3 == [result.exit_code for result in (shown, sent, again)]
    assert f"+ [promo {RULE}] {TAKEN}" in shown.stdout
    assert "Nothing was published. --publish" in shown.stdout
    assert {ARTICLE: "differs", OTHER: "not-archived"} == {one["article"]: one["outcome"] for one in told[:-1]}
    assert {RULE: {"no_more": 1, "now": 0, "articles": 1}} == told[-1]["summary"]["rules"]
    assert "1  published as revisions" in sent.stdout
    assert "1  as they were published" in again.stdout
    assert [OTHER] == [one["article"] for one in left[:-1]]

    async def rows(store):
        return await store.redis.xrange(store.keys.articles)

    (_, last) = cli.with_store(rows)[-1]
    data = json.loads(last[b"data"])
    assert (b"article.updated.v1", 2, list(PARAGRAPHS)) == (last[b"type"], data["revision"], data["paragraphs"])
    assert [{"kind": "text", "removed": "", "added": TAKEN}] == data["revision_of"]["changes"]
    everything = "".join(result.stdout + result.stderr for result in (shown, sent, again))
    assert "s3cret" not in everything + json.dumps(told)


@pytest.mark.parametrize("command", [*PAGE_COMMANDS, *README_COMMANDS])
def test_the_pages_commands(cli, archived, command):
    """
    Every command of the how-to page and of the README does what it says.
    """
    archived()
    local = command.replace("operator-gazette.example", RULE).replace("newsletter-sign-up-en", RULE)
    local = local.replace("high-water-on-friday", "quay").replace(FEED.partition("?")[0], FEED)
    arguments = shlex.split(local)
    if arguments[0] == "warcio":
        files = [str(path) for path in (cli.folder / "data" / "archive").glob("*.warc.gz")]
        done = subprocess.run([sys.executable, "-m", "warcio.cli", arguments[1], *files], check=False)
        assert 0 == done.returncode
        return

    got = cli.run(*arguments[1:])

    assert (0, True) == (got.exit_code, ARTICLE in got.stdout or "published as revisions" in got.stdout)


def test_selections(cli, archived):
    """
    An article is found by its id, its address and its feed, with a limit; one that is unknown is told and ends with 2.
    """
    archived()
    archived(OTHER, url=f"{URL}-2")

    by = {
        name: cli.run("replay", *arguments, "--json")
        for name, arguments in {
            "id": [ARTICLE],
            "address": [URL],
            "feed": ["--feed", FEED],
            "newest": ["--feed", feed_id(FEED), "--limit", "1"],
            "late": ["--since", "2999-01-01"],
            "unknown": ["https://gazette.example/no?key=s3cret", URL],
        }.items()
    }

    found = {name: [one["article"] for one in lines(result)[:-1]] for name, result in by.items()}
    assert {
        "id": [ARTICLE],
        "address": [ARTICLE],
        "feed": [ARTICLE, OTHER],
        "newest": [OTHER],
        "late": [],
        "unknown": [ARTICLE],
    } == found
    assert (2, False) == (by["unknown"].exit_code, "s3cret" in by["unknown"].stderr)
    assert "gazette.example/no?key=***: no such article" in by["unknown"].stderr


def test_feed_by_the_beginning_of_its_id(cli, archived):
    """
    A feed that is subscribed to is named as everywhere; one that is not meant is quoted.
    """
    archived()
    cli.run("feeds", "add", "--no-look", FEED)

    got = [cli.run("replay", "--feed", name, "--json") for name in (feed_id(FEED)[:5], "0000", "no feed")]

    assert [ARTICLE] == [one["article"] for one in lines(got[0])[:-1]]
    assert [(2, "copydesk: there is no feed 0000\n"), (2, True)] == [
        (got[1].exit_code, got[1].stderr),
        (got[2].exit_code, got[2].stderr.startswith("copydesk: 'no feed': ")),
    ]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "which articles?"),
        ([URL, "--rule", "x"], "not both"),
        (["--since", "soon"], "--since: 'soon' is no time"),
        (["--until", "P9999999999D"], "is no time"),
        (["--rule", "x", "--blind"], "use them with --publish"),
        (["--rule", "x"], "data/archive: there is no archive; COPYDESK_ARCHIVE=pages"),
        (["--feed", "no feed"], ""),
    ],
)
def test_wrong_usage(cli, arguments, sentence):
    """
    What cannot be meant ends with 2 and one sentence.
    """
    got = cli.run("replay", *arguments)

    assert (2, "", 1, True) == (got.exit_code, got.stdout, got.stderr.count("\n"), sentence in got.stderr)


def test_an_extra(cli, monkeypatch):
    """
    Without the extra the command says what to install.
    """
    import importlib

    for name in [name for name in sys.modules if name.startswith(("ingest.archive.", "workers.cli.replay_"))]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("ingest.stages.replay", "ingest.stages.replay_find"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "warcio", None)
    for name in [name for name in sys.modules if name.startswith("warcio.")]:
        monkeypatch.delitem(sys.modules, name)
    importlib.invalidate_caches()

    got = cli.run("replay", "--rule", "x")

    assert (2, "copydesk: the archive needs: pip install 'copydesk[archive]'\n") == (got.exit_code, got.stderr)


def test_blind(cli, archived):
    """
    Where nobody knows what was last published it is said, and published only when told so.
    """
    archived()

    async def forget(store):
        await store.redis.set(store.keys.article(ARTICLE), record("", revision=2))

    cli.with_store(forget)

    shown, sent = cli.run("replay", ARTICLE, "--publish"), cli.run("replay", ARTICLE, "--publish", "--blind")

    assert "not known any more (--blind publishes them)" in shown.stdout
    assert ("1  published as revisions" in sent.stdout, 0) == (True, sent.exit_code)


def test_another_process_was_faster(cli, archived):
    """
    What cannot be published now, because the article is being looked at, ends with 1.
    """
    archived()

    async def claim(store):
        await store.redis.hset(store.keys.token("revisits"), ARTICLE, 1)

    cli.with_store(claim)

    got = cli.run("replay", ARTICLE, "--publish")

    assert (1, True) == (got.exit_code, "1  are being looked at just now; try again" in got.stdout)


def test_the_archive_of_what_is_published(cli, archived):
    """
    What a replay publishes is archived as well: it can be replayed when the store has forgotten what it said.
    """
    archived()
    cli.run("replay", ARTICLE, "--publish")

    async def forget(store):
        await store.redis.xtrim(store.keys.articles, maxlen=0, approximate=False)

    cli.with_store(forget)

    (one, _) = lines(cli.run("replay", ARTICLE, "--json"))

    assert ("same", 2) == (one["outcome"], one["revision"])
