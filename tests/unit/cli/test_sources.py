"""``copydesk sources``: what was learned, seen and corrected by the operator."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from ingest.cleaning.learned import digest_of, digests
from ingest.store.boilerplate import learn, read_learned
from tests.unit.store.records import record

DOMAIN = "outlet.example"
PROMO = "Get the harbour letter in your inbox every Friday"
RARE = "Our tide tables are free for members"
THINGS = ("bridge", "school", "ferry", "market", "library", "church", "quarry", "theatre")


@pytest.fixture
def teach(cli, make_article):
    """Publishes articles of a source, one a day, each with these lines, and has them counted."""

    def counted(*articles: Sequence[str], domain: str = DOMAIN) -> None:
        async def work(store):
            for number, lines in enumerate(articles):
                article = make_article(number)
                article = replace(
                    article,
                    id=f"{domain}-{number}",
                    source_domain=domain,
                    published_at=article.first_seen_at - timedelta(days=20 - number),
                )
                await store.redis.set(store.keys.article(article.id), record())
                text = (f"The council of Carrow voted on the {THINGS[number % 8]} on Tuesday.", *lines)
                await learn(store, article, digests(text), memory=timedelta(days=9))

        cli.with_store(work)

    return counted


@pytest.fixture
def taught(teach):
    """A source of which one line is known, and another repeats."""
    teach(*[[PROMO]] * 3, *[[PROMO, RARE]] * 2, [PROMO])


def _known(cli):
    async def work(store):
        return await read_learned(store, DOMAIN, mode="active")

    return cli.with_store(work)


def test_list_nothing(cli):
    """
    Before the first article the list says why it is empty.
    """
    got = cli.run("sources", "list")

    assert (0, "Nothing was learned yet: a source's lines are counted as its articles are published.\n") == (
        got.exit_code,
        got.stdout,
    )


def test_list(cli, teach, taught):  # noqa: ARG001 - taught is there for what it does
    """
    Each source has its row: articles counted, near copies, lines learned and corrected.
    """
    teach([PROMO], domain="courier.example")
    cli.run("sources", "drop", DOMAIN, digest_of(RARE).hex())

    got = json.loads(cli.run("sources", "list", "--json").stdout)

    assert [
        {"domain": "courier.example", "articles": 1, "near_copies": 0, "learned": 0, "corrected": 0},
        {"domain": DOMAIN, "articles": 6, "near_copies": 0, "learned": 1, "corrected": 1},
    ] == got
    assert [["courier.example", "1", "0", "0", "0"], [DOMAIN, "6", "0", "1", "1"]] == [
        row.split() for row in cli.run("sources", "list").stdout.splitlines()[1:]
    ]


def test_show(cli, taught):  # noqa: ARG001 - see above
    """
    What is known of a source is shown with its counts and its text.
    """
    got = cli.run("sources", "show", DOMAIN.upper())

    heading, columns, *rows = got.stdout.splitlines()
    assert f"{DOMAIN}: 6 articles counted, 0 near copies left out" == heading
    assert ["digest", "state", "articles", "days", "first", "last", "line"] == columns.split()
    assert [[digest_of(PROMO).hex(), "learned", "6", "6", "2026-02-09", "2026-02-14", *PROMO.split()]] == [
        row.split() for row in rows
    ]


def test_show_all(cli, taught):  # noqa: ARG001 - see above
    """
    Asked for all, what repeats too little to be learned is shown as well.
    """
    got = json.loads(cli.run("sources", "show", DOMAIN, "--all", "--json").stdout)

    assert {
        "digest": digest_of(PROMO).hex(),
        "state": "learned",
        "articles": 6,
        "share": 1.0,
        "confidence": 0.86,
        "days": 6,
        "first_day": "2026-02-09",
        "last_day": "2026-02-14",
        "verdict": None,
        "sample": PROMO,
    } == got["lines"][0]
    assert [("learned", PROMO), ("watched", RARE)] == [(line["state"], line["sample"]) for line in got["lines"]]


@pytest.mark.parametrize(("command", "text", "state"), [("keep", PROMO, "kept"), ("drop", RARE, "dropped")])
def test_correct(cli, taught, command, text, state):  # noqa: ARG001 - see above
    """
    A corrected line is shown as such, and what was said of it is done.
    """
    digest = digest_of(text).hex()

    got = cli.run("sources", command, DOMAIN, digest.upper())

    lines = json.loads(cli.run("sources", "show", DOMAIN, "--json").stdout)["lines"]
    assert (0, f"{digest}  {state} from now on\n") == (got.exit_code, got.stdout)
    assert (state, text) in [(line["state"], line["sample"]) for line in lines]
    assert (command == "drop") == _known(cli).is_boilerplate(text)


def test_forget(cli, taught):  # noqa: ARG001 - see above
    """
    A forgotten source is learned anew; what was corrected stays until that is forgotten, too.
    """
    cli.run("sources", "drop", DOMAIN, digest_of(RARE).hex())

    first = cli.run("sources", "forget", DOMAIN)
    known = _known(cli)
    shown = cli.run("sources", "show", DOMAIN).stdout
    second = cli.run("sources", "forget", DOMAIN, "--corrections")

    assert (f"{DOMAIN}  forgotten\n", f"{DOMAIN}  forgotten\n") == (first.stdout, second.stdout)
    assert (False, True, True) == (known.is_boilerplate(PROMO), known.is_boilerplate(RARE), RARE in shown)
    assert not _known(cli).lines


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("show", "nowhere.example"), "nothing is known of nowhere.example (see copydesk sources list)"),
        (("forget", "nowhere.example"), "nothing is known of nowhere.example (see copydesk sources list)"),
        (
            ("keep", DOMAIN, "0123456789abcdef"),
            f"{DOMAIN} has no line 0123456789abcdef (see copydesk sources show {DOMAIN} --all)",
        ),
        (("drop", DOMAIN, "promo"), "'promo' is no digest: 16 hex digits, as in copydesk sources show"),
    ],
)
def test_wrong(cli, taught, arguments, sentence):  # noqa: ARG001 - see above
    """
    What is not there is said in one sentence.
    """
    got = cli.run("sources", *arguments)

    assert (2, "", f"copydesk: {sentence}\n") == (got.exit_code, got.stdout, got.stderr)


def test_show_nothing_known(cli, teach):
    """
    A source that repeats nothing is said to do so.
    """
    teach([])

    got = cli.run("sources", "show", DOMAIN)

    assert "No line of it is known as boilerplate." == got.stdout.splitlines()[-1]


def test_hostile_text(cli, teach):
    """
    A line's control codes and markup do not reach the terminal.
    """
    teach(*[["[red]Get the \x1b[31mharbour\u202e letter[/red] today"]] * 6)

    got = cli.run("sources", "show", DOMAIN).stdout

    assert "[red]Get the [31mharbour letter[/red] today" in got
    assert not {"\x1b", "\u202e"} & set(got)


def test_drift(cli):
    """
    Sources that drift are listed with what was found; where all is well, that is said.
    """
    calm = cli.run("sources", "drift")

    async def plant(store):
        drift = {"kind": "silent", "reason": "no article for 40 hours", "found": 40, "expected": 33, "since": 1e12}
        await store.redis.hset(store.keys.drifts, "mute.example", json.dumps(drift))

    cli.with_store(plant)
    shown, listed = cli.run("sources", "drift"), cli.run("sources", "drift", "--json")

    assert (0, "Every source is what it was, as far as is known.\n") == (calm.exit_code, calm.stdout)
    assert ["mute.example", "silent"] == shown.stdout.splitlines()[-1].split()[:2]
    (row,) = json.loads(listed.stdout)
    assert ("mute.example", "silent", 40.0, "2001-09-09T01:46:40+00:00") == (
        row["domain"],
        row["kind"],
        row["found"],
        row["since"],
    )
