"""The parts that pages are made of: charts, words, and what is held of feeds and events."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.store.lists import Card
from tests.unit.workers.web import seed
from workers.web import words
from workers.web.access import local
from workers.web.articles import stretches
from workers.web.catalogue import Catalogue, Wanted, choose
from workers.web.charts import HEIGHT, draw
from workers.web.dead import class_of
from workers.web.queue import stories
from workers.web.tail import Line, Sought, Tail

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
KINDS = {"out": ("a.published",), "failed": ("a.",)}


@dataclass
class At:
    at: datetime
    counts: dict[str, int]


def chart(*moments, back=10 * MINUTE, bars=10):
    return draw(
        [At(NOON - minutes * MINUTE, counts) for minutes, counts in moments], KINDS, now=NOON, back=back, bars=bars
    )


def test_growth_is_spread_over_its_time():
    """
    What was counted between two looks is spread evenly over the time between them.
    """
    got = chart((6, {"a.published": 10}), (2, {"a.published": 50}), (1, {"a.published": 50, "a.x": 3}))

    assert [0, 0, 0, 0, 10, 10, 10, 10, 0, 0] == [round(bar.amounts[0][1]) for bar in got.bars]
    assert [0] * 8 + [3, 0] == [round(bar.amounts[1][1]) for bar in got.bars]
    assert (("out", 40), ("failed", 3)) == tuple((kind, round(total)) for kind, total in got.totals)
    assert 10 == got.top


def test_what_grew_before_is_left_out():
    """
    Of growth that began before the chart only the part within it is shown.
    """
    got = chart((20, {"a.published": 0}), (0, {"a.published": 20}))

    assert 10 == round(got.totals[0][1])


@given(
    st.lists(
        st.tuples(
            st.integers(0, 30), st.dictionaries(st.sampled_from(["a.published", "a.x", "b"]), st.integers(-5, 10**9))
        )
    ),
    st.integers(1, 60),
)
def test_charts_stay_in_their_picture(moments, bars):
    """
    Whatever was counted, no bar leaves the picture, and none is negative.
    """
    got = chart(*moments, bars=bars)

    assert bars == len(got.bars)
    assert all(
        -0.1 <= part.y and part.height >= 0 and part.y + part.height <= HEIGHT + 0.1
        for b in got.bars
        for part in b.parts
    )
    assert got.is_empty == (not any(bar.parts for bar in got.bars)) or got.top <= 1e-6


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "now"),
        (-1, "now"),
        (45, "45 s ago"),
        (60 * 25 + 7, "25 min ago"),
        (3600 * 2 + 300, "2 h 5 min ago"),
        (86400 * 2 + 3600 * 4, "2 d 4 h ago"),
        (-3600, "in 1 h"),
        (-59, "in 59 s"),
        (86400 * 30, "30 Jan 2026"),
    ],
)
def test_since(seconds, expected):
    """
    A time is said as people say it.
    """
    assert expected == words.since(NOON - timedelta(seconds=seconds), NOON)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, "0"), (1234567, "1\u202f234\u202f567"), (0.25, "0.2"), (3.0, "3"), (True, "–"), (None, "–"), ("x", "–")],
)
def test_number(value, expected):
    """
    An amount is read at a glance; what is none is a dash.
    """
    assert expected == words.number(value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example/b?c=d", "https://a.example/b?c=d"),
        ("https://a.example/?key=secret", ""),
        ("https://user:pw@a.example/", ""),
        ("javascript:alert(1)", ""),
        (" java\nscript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("//a.example/", ""),
        ("https://", ""),
        (None, ""),
        (7, ""),
    ],
)
def test_href(url, expected):
    """
    Only a web address without a secret is linked.
    """
    assert expected == words.href(url)


@given(st.one_of(st.none(), st.integers(), st.text(), st.lists(st.none()), st.dictionaries(st.text(), st.none())))
def test_words_take_anything(value):
    """
    Whatever is stored, there is a word for it.
    """
    for word in (
        words.said,
        words.plain,
        words.number,
        words.span,
        words.stamp,
        words.iso,
        words.href,
        words.shown,
        words.language,
        words.share,
        words.objects,
        words.texts,
        words.names,
    ):
        word(value)
    words.part(value, "x")
    words.clock(value, "day")
    assert len(words.said(value, 10)) <= 10


@given(st.text())
def test_local(path):
    """
    What is taken for a page of ours begins with one slash and holds nothing that leads elsewhere.
    """
    got = local(path, "/")

    assert got in {path, "/"}
    assert got.startswith("/")
    assert not got.startswith(("//", "/\\"))
    assert all("!" <= letter <= "~" and letter != "\\" for letter in got)


@given(st.lists(st.text(min_size=1), max_size=6), st.lists(st.tuples(st.integers(-3, 9), st.text()), max_size=6))
def test_nothing_is_left_out_of_a_text(paragraphs, removed):
    """
    Every paragraph is shown in its order, and every removal once, after as many paragraphs as it says.
    """
    data = {
        "paragraphs": paragraphs,
        "cleaning": {"removed": [{"after_paragraph": after, "text": text} for after, text in removed]},
    }

    got = stretches(data)

    assert paragraphs == [one.text for one in got if one.removal is None]
    kept = 0
    for one in got:
        if one.removal is None:
            kept += 1
        else:
            assert min(max(one.removal["after_paragraph"], 0), len(paragraphs)) == kept
    assert sorted(text for _, text in removed) == sorted(one.text for one in got if one.removal is not None)


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("status: 404", "status"),
        ("5 attempts: timeout: read", "timeout"),
        ("page-empty, no text", "page-empty, no text"),
        ("", "no reason given"),
    ],
)
def test_reasons_have_classes(reason, expected):
    """
    Reasons that differ in detail are one to choose from.
    """
    assert expected == class_of(reason)


def card(name, **fields):
    made = {"url": f"https://{name}.example/", "title": name, "folder": "", "state": "fine", "failures": 0, "due": 1.0}
    return Card(id=name, **made | fields)


def test_choose():
    """
    A feed that is polled now, or rests, comes after those that wait for their time.
    """
    cards = [card("b", due=None), card("a", due=5.0, failures=2), card("c", due=2.0, folder="F")]

    def ids(**wanted):
        return [one.id for one in choose(cards, Wanted(**wanted))]

    assert ["c", "a", "b"] == ids()
    assert ["a", "b", "c"] == ids(sort="failures")
    assert ["a", "b", "c"] == ids(sort="title")
    assert ["c"] == ids(folder="F", words="C EXAMPLE")


async def test_catalogue_survives_a_damaged_store(store):
    """
    A failed reading is told to who asked, and the next one is made anew.
    """
    catalogue = Catalogue(store)
    await store.redis.set(store.keys.feeds, "no hash")
    with pytest.raises(Exception, match="WRONGTYPE"):
        await catalogue.cards()
    await store.redis.delete(store.keys.feeds)

    assert () == await catalogue.cards()
    assert catalogue.is_whole
    await catalogue.close()


def line(number, **fields):
    return Line(
        **{"row": f"{number}-0", "at": NOON, "id": f"a{number}", "cluster": f"a{number}", "role": "head"} | fields
    )


def test_stories():
    """
    A cluster has its head and its copies, each article once, the one with the latest copy first.
    """
    first, second = line(1), line(2)
    copies = [line(n, role="copy", cluster=f"a{head}") for n, head in ((3, 1), (4, 2), (5, 2))]
    again = replace(copies[2], row="6-0", kind="updated")
    lost = line(7, role="copy", cluster="long ago")

    got = stories([lost, again, *reversed(copies), second, first])

    assert [("long ago", None), ("a2", second), ("a1", first)] == [(one.head_id, one.head) for one in got]
    assert {("a5", "6-0"), ("a4", "4-0")} == {(one.id, one.row) for one in got[1].copies}


async def test_tail(store, monkeypatch):
    """
    What is held follows the stream; a search goes on beyond it for a bounded number of rows, and says how far it came.
    """
    monkeypatch.setattr("workers.web.tail.HELD", 20)
    monkeypatch.setattr("workers.web.tail.BATCH", 5)
    monkeypatch.setattr("workers.web.tail.BEYOND", 10)
    tail = Tail(store)
    feed = await seed.poll(store, "https://a.example/feed")

    async def write(*numbers):
        for number in numbers:
            one = seed.article(f"n{number}", feed=feed, title=f"Number {number} {'odd' if number % 2 else 'even'}")
            fields = seed.stream_fields(seed.make_event(one, source="x", now=NOON))
            await store.redis.xadd(store.keys.articles, fields, id=f"{number}-0")

    await write(*range(1, 41))
    held = await tail.lines()
    await write(41, 42, 43)
    followed = await tail.lines()
    odd = await tail.find(Sought(words="odd"), before="", count=12)
    older = await tail.find(Sought(words="odd"), before=odd.further, count=12)
    none = await tail.find(Sought(words="nowhere"), before="", count=12)
    await write(*range(44, 100))
    many = await tail.lines()
    await store.redis.delete(store.keys.articles)

    assert [f"{number}-0" for number in range(40, 20, -1)] == [one.row for one in held]
    assert ["43-0", "42-0", "41-0", "40-0"] == [one.row for one in followed][:4]
    assert [f"{number}-0" for number in range(43, 19, -2)] == [one.row for one in odd.lines]
    assert "21-0" == odd.further
    assert [f"{number}-0" for number in range(19, 9, -2)] == [one.row for one in older.lines]
    assert ("11-0", ()) == (older.further, none.lines)
    assert "14-0" == none.further
    assert [f"{number}-0" for number in range(99, 79, -1)] == [one.row for one in many]
    assert () == await tail.lines()
