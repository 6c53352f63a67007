"""Laws of identity: the same entry in every poll, another where it is another."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.feeds.identity import article_id, entry_ids, shared_addresses, shared_guids
from ingest.models import Entry
from ingest.urls import url_key

ONE = Entry(guid="https://www.a.example/1/", url="https://a.example/x/1", title="One")
TWO = Entry(guid="2", url="https://a.example/x/2", title="Two")


def one_id(entry: Entry) -> str:
    """The id of an entry alone in its document."""
    return entry_ids("f", [entry])[0]


@pytest.mark.parametrize(
    "later",
    [
        replace(ONE, guid="http://a.example/1"),
        replace(ONE, guid=" https://A.example/1 "),
        replace(ONE, title="Another headline"),
        replace(ONE, url="https://a.example/x/another-slug"),
    ],
)
def test_same_guid(later):
    """
    A guid makes the entry, whatever scheme it has today and whatever else changes.
    """
    assert one_id(ONE) == one_id(later)


@pytest.mark.parametrize(
    ("entry", "other"),
    [
        (ONE, TWO),
        (ONE, replace(ONE, guid="https://a.example/1#update-2")),
        (ONE, replace(ONE, guid="https://a.example/1/A")),
        (replace(TWO, guid="A"), replace(TWO, guid="a")),
        (replace(TWO, guid=None), replace(TWO, guid=None, url="https://a.example/x/3")),
        (Entry(title="a"), Entry(title="b")),
        (Entry(title="a"), Entry(title="a", published_at=datetime(2024, 5, 1, tzinfo=UTC))),
        (Entry(title="a"), Entry(title="a", summary_html="x")),
        (Entry(guid="https://a.example/x/2"), Entry(url="https://a.example/x/2")),
    ],
)
def test_different(entry, other):
    """
    What tells entries apart tells their ids apart.
    """
    assert one_id(entry) != one_id(other)


def test_shared_guid():
    """
    A guid that one document gives to several addresses is not trusted alone.
    """
    entries = [Entry(guid="same", url=f"https://a.example/{n}") for n in range(3)]

    got = entry_ids("f", entries)

    assert len(set(got)) == len(entries)
    assert got == entry_ids("f", [*entries, TWO])[:3]


def test_one_guid_for_all():
    """
    A guid that one document gives to entries with other titles and no address is not trusted alone either.
    """
    entries = [Entry(guid="same", title=f"Title {n}") for n in range(3)]

    assert 3 == len(set(entry_ids("f", entries)))
    assert frozenset({"same"}) == shared_guids(entries)


def test_trusted_guids():
    """
    One entry twice, also with a new headline, does not make its guid a shared one.
    """
    assert frozenset() == shared_guids([ONE, replace(ONE, title="Another headline"), TWO])


def test_distrusted_guids():
    """
    Where guids are distrusted, entries are told apart by address, then by title, whatever their guids are.
    """
    entries = [Entry(guid="same", url="https://a.example/1"), Entry(guid="same", title="One")]
    others = [replace(entry, guid=str(number)) for number, entry in enumerate(entries)]

    got = entry_ids("f", entries, distrusts_guids=True)

    assert (2, got) == (len(set(got)), entry_ids("f", others, distrusts_guids=True))


def test_slash_before_fragment():
    """
    A slash before the fragment comes and goes; the fragment itself counts.
    """
    ids = [one_id(replace(ONE, guid=f"https://a.example/live{end}")) for end in ("#a", "/#a", "#b")]

    assert ids[0] == ids[1] != ids[2]


def test_repeated():
    """
    The same entry twice in a document is one entry.
    """
    first, second = entry_ids("f", [TWO, replace(TWO, url="http://www.a.example/x/2?utm_source=rss")])

    assert first == second


def test_no_guid():
    """
    Without a guid the address behind trackers is the identity, the publisher's before the click counter's.
    """
    entry = Entry(url="https://a.example/x?utm_source=rss", title="a")

    assert one_id(entry) == one_id(Entry(url="http://www.a.example/x/", title="b"))
    assert one_id(entry) == one_id(Entry(url="https://click.example/9", orig_url="https://a.example/x"))


def test_scope():
    """
    Feeds do not share entries, but articles by their address.
    """
    assert entry_ids("f", [ONE]) != entry_ids("g", [ONE])
    assert article_id("f", "1", "https://a.example/x?utm_source=f") == article_id("g", "2", "http://www.a.example/x")
    assert article_id("f", "1", None) != article_id("g", "1", None)
    assert article_id("f", "1", None) == article_id("f", "1", None)


GUID = st.none() | st.text(max_size=9)


@settings(deadline=None)  # the machine is shared
@given(
    st.lists(
        st.builds(Entry, guid=GUID, url=st.none() | st.sampled_from([ONE.url, TWO.url]), title=st.text(max_size=3)),
        max_size=6,
    )
)
def test_order_free(entries):
    """
    Ids are 32 hex digits and do not depend on the order of the document.
    """
    got = entry_ids("f", entries)

    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in got)
    assert got == entry_ids("f", entries[::-1])[::-1]


LIVE = "https://x.test/live"


@pytest.mark.parametrize(
    ("titles", "expected"),
    [
        pytest.param(["A", "B", "C"], {url_key(LIVE)}, id="many titles: no article's own"),
        pytest.param(["A", "B"], set(), id="two: perhaps an edited headline"),
        pytest.param(["A", "A", "A"], set(), id="one article, repeated"),
    ],
)
def test_shared_addresses(titles, expected):
    """
    An address that many entries with different titles share is no article's own.
    """
    got = shared_addresses([Entry(url=f"{LIVE}#{at}", title=title) for at, title in enumerate(titles)])

    assert frozenset(expected) == got


def test_shared_address_without_guid():
    """
    Entries without guid that share an address are told apart by their titles, so that none is lost.
    """
    got = entry_ids("f", [Entry(url=LIVE, title=title) for title in "ABC"])

    assert 3 == len(set(got))
