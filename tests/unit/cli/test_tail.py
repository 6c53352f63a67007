"""``copydesk tail``."""

import json
import signal

import pytest

from ingest.models import Removal


def test_tail_shows_the_newest(cli, make_article):
    """
    The last so many articles are shown, oldest first.
    """
    cli.publish(*(make_article(number, f"Headline {number}") for number in range(1, 5)))

    got = cli.run("tail", "-n", "2", "--no-follow")

    headlines = [line for line in got.stdout.splitlines() if line.startswith("Headline")]
    assert (0, ["Headline 3", "Headline 4"]) == (got.exit_code, headlines)


def test_tail_shows_what_a_reader_wants_to_know(cli, make_article):
    """
    A card tells origin, length, place in the cluster, the opening, and each removal with its rule.
    """
    removal = Removal(kind="promo", rule="newsletter-en", text="Sign up for our newsletter", after_paragraph=2)
    cli.publish(make_article(removals=[removal]))

    got = cli.run("tail", "--no-follow").stdout.splitlines()

    assert "Harbour plan adopted" == got[0]
    assert {"The Outlet", "9 words", "head", "https://outlet.example/1"} <= set(got[1].split(" · "))
    assert [
        "The council met on Tuesday. It adopted the plan.",
        "- [promo newsletter-en] Sign up for our newsletter",
    ] == got[2:4]


def test_tail_json(cli, make_article):
    """
    Each line is an article's data with the id and the type of its event.
    """
    cli.publish(make_article(1), make_article(2))

    got = [json.loads(line) for line in cli.run("tail", "--no-follow", "--json").stdout.splitlines()]

    expected = [
        (f"{number:016x}-1", "article.published.v1", f"https://outlet.example/{number}", "Harbour plan adopted")
        for number in (1, 2)
    ]
    assert expected == [(one["event_id"], one["event_type"], one["url"], one["title"]) for one in got]


def test_tail_ninjs(cli, make_article):
    """
    In the trade's own format each line is a document of it; a row that cannot be one is named, and the rest is shown.
    """

    async def litter(store):
        ((_, fields),) = await store.redis.xrange(store.keys.articles)
        await store.redis.xadd(store.keys.articles, {**fields, b"data": b"{}"})

    cli.publish(make_article(1))
    cli.with_store(litter)
    cli.publish(make_article(2))

    got = cli.run("tail", "--no-follow", "--format", "ninjs")

    expected = [f"urn:copydesk:article:{number:016x}" for number in (1, 2)]
    assert expected == [json.loads(line)["uri"] for line in got.stdout.splitlines()]
    assert (0, 1) == (got.exit_code, got.stderr.count("is no event of copydesk's: data is no article"))


def test_tail_of_nothing(cli):
    """
    An empty stream shows nothing, and that is no failure.
    """
    got = cli.run("tail", "--no-follow")

    assert (0, "", "") == (got.exit_code, got.stdout, got.stderr)


def test_tail_passes_over_foreign_rows(cli, make_article):
    """
    A row that is no event of ours is named on stderr, and the rest is shown.
    """

    async def litter(store):
        await store.redis.xadd(store.keys.articles, {"hello": "world"})

    cli.with_store(litter)
    cli.publish(make_article())

    got = cli.run("tail", "--no-follow")

    assert (0, True) == (got.exit_code, got.stdout.startswith("Harbour plan adopted\n"))
    assert "is no event of copydesk's: specversion is missing" in got.stderr


@pytest.mark.parametrize("arguments", [("-n", "-1"), ("-n", "many"), ("--nofollow",), ("extra",), ("--format", "nitf")])
def test_tail_wrong_usage(cli, arguments):
    """
    Wrong options are one sentence that names where help is.
    """
    got = cli.run("tail", *arguments)

    assert (2, "", 1) == (got.exit_code, got.stdout, got.stderr.count("\n"))
    assert got.stderr.endswith("(see copydesk tail --help)\n")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["ctrl-c", "sigterm"])
def test_tail_follows_until_told(cli, make_article, number, code):
    """
    What is published later is shown at once; Ctrl-C and SIGTERM end it without a word.
    """
    cli.publish(make_article(1))
    with cli.start("tail", "-n", "1", "--json") as process:
        first = json.loads(process.stdout.readline())
        cli.publish(make_article(2))
        second = json.loads(process.stdout.readline())
        process.send_signal(number)
        rest, errors = process.communicate(timeout=30)

    assert (["https://outlet.example/1", "https://outlet.example/2"], code) == (
        [first["url"], second["url"]],
        process.returncode,
    )
    assert (b"", b"") == (rest, errors)


@pytest.mark.parametrize("options", [(), ("--json",)], ids=["cards", "json"])
def test_tail_into_a_closed_pipe(cli, make_article, options):
    """
    A reader that has seen enough (``copydesk tail | head -1``) ends it at the next event, and that is no failure.
    """
    cli.publish(make_article(1))
    with cli.start("tail", *options) as process:
        process.stdout.readline()
        process.stdout.close()
        for number in range(2, 12):
            cli.publish(make_article(number))
        errors = process.stderr.read()
        code = process.wait(60)

    assert (0, b"") == (code, errors)


def test_tail_from_now_on(cli, make_article):
    """
    With -n 0 nothing old is shown.
    """
    cli.publish(make_article(1))

    got = cli.run("tail", "-n", "0", "--no-follow")

    assert (0, "") == (got.exit_code, got.stdout)
