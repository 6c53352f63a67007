"""What an entry is, where its id says something else: the brakes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.feeds.identity import apart, entry_ids
from ingest.feeds.window import MAX_TRACES, pack, recognise, traces, unpack
from ingest.models import Entry

T0 = datetime(2026, 3, 1, 12, 0, 7, tzinfo=UTC)
SUBJECTS = ("harbour", "school", "orchard", "ferry", "bridge", "market", "theatre", "glacier", "bakery", "museum")


def entry(number, **changes):
    subject = SUBJECTS[number % len(SUBJECTS)]
    whole = Entry(
        guid=f"https://www.gazette.example/{subject}-{40000 + number}.html",
        url=f"https://www.gazette.example/{subject}-{40000 + number}.html",
        title=f"What became of the {subject} in the year after the storm",
        published_at=T0 + timedelta(minutes=number),
        summary_html=f"About the {subject}.",
    )
    return replace(whole, **changes)


FEED = tuple(entry(number) for number in range(10))


def look(before, after, *, seen=()):
    """What a second document is recognised as, by the number of its entries; ``seen`` were shown longer ago."""
    known = traces(entry_ids("f", before), before)
    shown = traces(entry_ids("f", after), after)
    fresh = {one.id for one in shown} - {one.id for one in known} - set(entry_ids("f", seen))
    got = recognise(unpack(pack(known)), shown, frozenset(fresh))
    old = {one.id: number for number, one in enumerate(known)}
    new = {one.id: number for number, one in enumerate(shown)}
    return (
        {new[id_]: old[known_id] for id_, known_id in got.aliases.items()},
        {new[id_] for id_ in got.reused},
        {old[id_] for id_ in got.changed},
        got.is_flood,
    )


def each(change):
    return tuple(change(one) for one in FEED)


def host(one, name):
    return replace(
        one,
        guid=one.guid.replace("www.gazette.example", name),
        url=one.url.replace("www.gazette.example", name),
    )


ALL = {number: number for number in range(10)}
SAME_ID = {
    "same": each(lambda one: one),
    "http": each(lambda one: replace(one, guid=one.guid.replace("https", "http"))),
    "www": each(lambda one: host(one, "gazette.example")),
    "slash": each(lambda one: replace(one, guid=one.guid + "/")),
}


@pytest.mark.parametrize("after", SAME_ID.values(), ids=SAME_ID)
def test_same_ids(after):
    """
    A flip of scheme, www or slash in all guids changes nothing.
    """
    assert ({}, set(), set(), False) == look(FEED, after)


MASS = {
    "new guids, same addresses": each(lambda one: replace(one, guid=f"urn:{one.title}")),
    "another host": each(lambda one: host(one, "mail.gazette.example")),
    "another site": each(lambda one: host(one, "www.courier.example")),
    "new guids and paths": each(
        lambda one: replace(
            one, guid=f"urn:{one.title}", url=f"https://new.example/{one.title[-20:]}", published_at=None
        )
    ),
    "new guids, no addresses": each(lambda one: replace(one, guid=f"urn:{one.title}", url=None)),
}


@pytest.mark.parametrize("after", MASS.values(), ids=MASS)
def test_mass_change(after):
    """
    A feed that changes all its ids over night shows nothing new.
    """
    aliases, reused, _, is_flood = look(FEED, after)

    assert (ALL, set(), True) == (aliases, reused, is_flood)


def test_flood_with_news():
    """
    What is really new in a flood stays new.
    """
    news = entry(
        3, guid="urn:n", url="https://gazette.example/n", title="Mayor resigns over the old quay", published_at=T0
    )
    after = (news, *MASS["another host"][:9])

    aliases, *_ = look(FEED, after)

    assert {number + 1: number for number in range(9)} == aliases


def test_next_issues():
    """
    A feed that brings the same titles every day with other texts at other addresses shows new entries.
    """
    after = tuple(
        replace(
            one,
            guid=f"urn:{number}",
            url=f"https://www.gazette.example/tuesday/{number}",
            published_at=T0 + timedelta(days=1, minutes=number),
            summary_html="What the stars say now.",
        )
        for number, one in enumerate(FEED)
    )

    moved = tuple(replace(one, summary_html=FEED[number].summary_html) for number, one in enumerate(after))

    assert ({}, set(), set(), False) == look(FEED, after)
    assert (ALL, set(), set(), True) == look(FEED, moved)


def test_busy_feed():
    """
    A feed that is all new after a weekend is only busy, even where a column has its title every week.
    """
    column = "Letters to the editor of this week"
    before = (entry(0, title=column), *FEED[1:])
    after = tuple(
        entry(50 + n, title=f"Another thing happened in the {name} today", url=f"https://gazette.example/{name}")
        for n, name in enumerate(SUBJECTS)
    )
    after = (replace(after[0], title=column), *after[1:])

    assert ({}, set(), set(), False) == look(before, after)


EDITED = {
    "guid is the slug": entry(
        0,
        guid="https://www.gazette.example/new-words-40000.html",
        url="https://www.gazette.example/new-words-40000.html",
        title="The harbour has been forgotten",
    ),
    "host of one": host(FEED[0], "mail.gazette.example"),
    "guid is random": entry(0, guid="2f1c", url="https://www.gazette.example/harbour-40000.html"),
    "new address, same title and date": entry(0, guid="x", url="https://www.gazette.example/2026/harbour"),
}


@pytest.mark.parametrize("edited", EDITED.values(), ids=EDITED)
def test_one_changed(edited):
    """
    An entry whose guid or address followed its headline is the one that it was.
    """
    aliases, reused, _, is_flood = look(FEED, (edited, *FEED[1:]))

    assert ({0: 0}, set(), False) == (aliases, reused, is_flood)


NEW = {
    "same title": entry(11, title=FEED[0].title),
    "same moment": entry(11, published_at=FEED[0].published_at),
    "same number": entry(11, url="https://www.gazette.example/other-40000.html", guid="x"),
    "nothing": entry(11),
}


@pytest.mark.parametrize("new", NEW.values(), ids=NEW)
def test_one_new(new):
    """
    One thing in common does not make a new entry the one that has left.
    """
    assert ({}, set(), set(), False) == look(FEED, (new, *FEED[1:]))


def test_short_title():
    """
    A title that many entries have had says nothing.
    """
    before = (replace(FEED[0], title="Live"), *FEED[1:])

    assert ({}, set(), set(), False) == look(before, (entry(11, title="Live", published_at=T0), *FEED[1:]))


def test_still_shown():
    """
    A known entry that the document still shows is nobody else, however alike.
    """
    twin = replace(FEED[0], guid="twin")

    aliases, *_ = look(FEED, (twin, *FEED))

    assert {} == aliases


def test_two_candidates():
    """
    A witness that two entries have says nothing of either.
    """
    before = (replace(FEED[0], guid="a", url=None), replace(FEED[0], guid="b", url=None), *FEED[1:])
    after = (replace(FEED[0], guid="c", url=None), *FEED[1:])

    aliases, *_ = look(before, after)

    assert {} == aliases


def test_guid_used_again():
    """
    A guid with another address, title and date than before is a new article's; with one of them the same it is not.
    """
    again = replace(entry(11), guid=FEED[0].guid)

    got = [
        look(FEED, (one, *FEED[1:]))[1]
        for one in (
            again,
            replace(again, title=FEED[0].title),
            replace(again, url=FEED[0].url),
            replace(again, published_at=FEED[0].published_at),
            replace(again, title=""),
            replace(again, url=None),
        )
    ]

    assert [{0}, set(), set(), set(), set(), set()] == got
    assert apart("f", again) not in entry_ids("f", [FEED[0], again])[:1]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, set()),
        ({"title": "What became of the harbour"}, {0}),
        ({"updated_at": T0}, {0}),
        ({"summary_html": "More about the harbour."}, {0}),
        ({"summary_html": " About  the harbour.\n"}, set()),
        ({"categories": ("news",)}, set()),
    ],
)
def test_changed(change, expected):
    """
    A known entry with another title, date of update or text is worth another look.
    """
    assert expected == look(FEED, (replace(FEED[0], **change), *FEED[1:]))[2]


def test_seen_longer_ago():
    """
    An entry that comes back is neither new nor anybody's other name.
    """
    assert ({}, set(), set(), False) == look(FEED[1:], (FEED[0], *FEED[2:]), seen=FEED)


def test_distrusted_guids():
    """
    A feed whose guids are distrusted from now on shows the same entries under other ids.
    """
    known = traces(entry_ids("f", FEED), FEED)
    shown = traces(entry_ids("f", FEED, distrusts_guids=True), FEED)

    got = recognise(known, shown, frozenset(one.id for one in shown))

    assert dict(zip((one.id for one in shown), (one.id for one in known), strict=True)) == got.aliases


@pytest.mark.parametrize("stored", [b"", b"x", b"x" * 41])
def test_damaged(stored):
    """
    What is stored and none of ours is as if nothing were.
    """
    assert () == unpack(stored)


def test_bound():
    """
    Of a document of any length only so much is kept.
    """
    found = traces(entry_ids("f", many := [entry(n) for n in range(500)]), many)

    assert found[:MAX_TRACES] == unpack(pack(found))
    assert 40 * MAX_TRACES == len(pack(found))


TEXT = st.text(max_size=20)
ENTRIES = st.lists(
    st.builds(
        Entry,
        guid=st.none() | TEXT,
        url=st.none() | st.sampled_from(["https://a.example/1", "https://b.example/1?x", "https://[::1", "x"]),
        title=TEXT,
        published_at=st.none() | st.just(T0),
        summary_html=TEXT,
    ),
    max_size=8,
)


@given(ENTRIES, ENTRIES)
def test_laws(before, after):
    """
    Whatever two documents hold: an alias leads from an unseen entry to one that left, no two to the same.
    """
    known, shown = (traces(entry_ids("f", one), one) for one in (before, after))
    fresh = frozenset(one.id for one in shown) - {one.id for one in known}

    got = recognise(known, shown, fresh)

    assert got.aliases.keys() <= fresh
    assert len(got.aliases) == len(set(got.aliases.values()))
    assert not set(got.aliases.values()) & {one.id for one in shown}
    assert set(got.aliases.values()) <= {one.id for one in known}
    assert got.reused <= {one.id for one in known} & {one.id for one in shown}


@given(ENTRIES, ENTRIES)
def test_taken_over(before, after):
    """
    What is remembered of a document is the same whether the last one's traces are at hand or not.
    """
    known = traces(entry_ids("f", before), before)
    ids = entry_ids("f", after)

    found = traces(ids, after, known)

    assert traces(ids, after) == found


@pytest.mark.parametrize(
    ("text", "is_changed"),
    [("About  the\n\tharbour.", False), ("\r\nAbout the harbour. ", False), ("About the harbours.", True)],
)
def test_laid_out_anew(text, is_changed):
    """
    A text that differs in its white space only is no other version.
    """
    first, *others = FEED

    changed = look(FEED, (replace(first, summary_html=text), *others))[2]

    assert ({0} if is_changed else set()) == changed
