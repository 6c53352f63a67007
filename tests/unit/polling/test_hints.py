"""What a feed and its server ask of our polls."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.models import Hints, ParsedFeed
from ingest.polling.hints import MAX_PAUSE, WEEKDAYS, decode_hints, encode_hints, read_hints

T0 = datetime(2026, 11, 22, 12, tzinfo=UTC)
DATE = "Sun, 22 Nov 2026 12:00:00 GMT"
EMPTY = ParsedFeed(format="rss20")
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NONE = (timedelta(0), "")


def headers(**named: str) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in named.items()}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({}, NONE, id="silent"),
        pytest.param({"cache_control": "max-age=3600"}, (HOUR, "max-age"), id="max-age"),
        pytest.param({"cache_control": 'public, Max-Age="3600"'}, (HOUR, "max-age"), id="quoted, in capitals"),
        pytest.param({"cache_control": "max-age=7200", "age": "3600"}, (HOUR, "max-age"), id="Age subtracted"),
        pytest.param({"cache_control": "max-age=60", "age": "3600"}, NONE, id="older than that"),
        pytest.param({"cache_control": "max-age=60", "age": "ripe"}, (HOUR / 60, "max-age"), id="Age garbage"),
        pytest.param({"cache_control": "max-age=31536000"}, (DAY, "max-age"), id="a year: a day"),
        pytest.param({"cache_control": "max-age=" + "9" * 9000}, (DAY, "max-age"), id="no number at all"),
        pytest.param({"cache_control": "max-age=3600, max-age=60"}, (HOUR, "max-age"), id="the first counts"),
        pytest.param({"cache_control": "s-maxage=3600"}, NONE, id="for shared caches only"),
        pytest.param({"cache_control": "max-age=-5"}, NONE, id="negative"),
        pytest.param({"cache_control": "max-age=soon"}, NONE, id="garbage"),
        pytest.param(
            {"cache_control": "max-age=0", "expires": "Sun, 22 Nov 2026 15:00:00 GMT"}, NONE, id="max-age wins"
        ),
        pytest.param({"cache_control": "no-cache, max-age=3600"}, NONE, id="no-cache"),
        pytest.param({"cache_control": "no-store"}, NONE, id="no-store"),
        pytest.param({"expires": "Sun, 22 Nov 2026 14:00:00 GMT", "date": DATE}, (2 * HOUR, "Expires"), id="Expires"),
        pytest.param({"expires": "Sun, 22 Nov 2026 14:00:00 GMT"}, (2 * HOUR, "Expires"), id="by our clock"),
        pytest.param(
            {"expires": "Sunday, 22-Nov-26 09:00:00 GMT", "date": "Sun Nov 22 08:00:00 2026"},
            (HOUR, "Expires"),
            id="old forms, and a clock four hours slow",
        ),
        pytest.param({"expires": "0"}, NONE, id="Expires: 0"),
        pytest.param({"expires": "Sun, 22 Nov 2026 11:00:00 GMT", "date": DATE}, NONE, id="expired"),
    ],
)
def test_header_fields(fields, expected):
    """
    P22: the time an answer stays fresh is the pause it asks for; what asks for none leaves the floor to us.
    """
    got = read_hints(EMPTY, headers(**fields), Hints(), T0)

    assert expected == (got.pause, got.said_by)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param({"ttl_minutes": 60}, (HOUR, "ttl"), id="P23: ttl"),
        pytest.param({"ttl_minutes": 0}, NONE, id="P23: zero"),
        pytest.param({"ttl_minutes": -60}, NONE, id="P23: negative"),
        pytest.param({"ttl_minutes": 10**9}, (DAY, "ttl"), id="P23: monstrous"),
        pytest.param({"sy_period": "hourly"}, (HOUR, "sy:updatePeriod"), id="P25: frequency left out"),
        pytest.param({"sy_period": "daily", "sy_frequency": 1}, (DAY, "sy:updatePeriod"), id="P25: daily"),
        pytest.param({"sy_period": "Daily", "sy_frequency": 4}, (6 * HOUR, "sy:updatePeriod"), id="four a day"),
        pytest.param({"sy_period": "hourly", "sy_frequency": 0}, (HOUR, "sy:updatePeriod"), id="P25: zero is one"),
        pytest.param({"sy_period": "hourly", "sy_frequency": -3}, (HOUR, "sy:updatePeriod"), id="negative is one"),
        pytest.param({"sy_period": "hourly", "sy_frequency": 10**9}, NONE, id="all the time"),
        pytest.param({"sy_period": "yearly"}, (DAY, "sy:updatePeriod"), id="a year: a day"),
        pytest.param({"sy_period": "now and then"}, NONE, id="garbage"),
        pytest.param({"ttl_minutes": 30, "sy_period": "hourly"}, (HOUR, "sy:updatePeriod"), id="the longer"),
    ],
)
def test_document(said, expected):
    """
    The document's own wish is read from ttl and the syndication module; the longer counts, up to a day.
    """
    got = read_hints(ParsedFeed(format="rss20", **said), {}, Hints(), T0)

    assert (*expected, *expected) == (got.pause, got.said_by, got.document_pause, got.document_said_by)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(600, (HOUR, "ttl")), (7200, (2 * HOUR, "max-age"))],
)
def test_longest(seconds, expected):
    """
    Of document and header fields the longer pause counts.
    """
    got = read_hints(
        ParsedFeed(format="rss20", ttl_minutes=60), headers(cache_control=f"max-age={seconds}"), Hints(), T0
    )

    assert expected == (got.pause, got.said_by)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({}, (2 * HOUR, "max-age"), id="says nothing: as before"),
        pytest.param({"cache_control": "max-age=10800"}, (3 * HOUR, "max-age"), id="renewed"),
        pytest.param({"cache_control": "no-cache"}, (HOUR, "ttl"), id="taken back: the document's is left"),
    ],
)
def test_no_document(fields, expected):
    """
    P07: a 304 renews the header fields' share and keeps the document's.
    """
    feed = ParsedFeed(format="rss20", ttl_minutes=60, skip_hours=(3,), skip_days=("Sunday",))
    previous = read_hints(feed, headers(cache_control="max-age=7200"), Hints(), T0)

    got = read_hints(None, headers(**fields), previous, T0)

    assert (*expected, (3,), ("Sunday",)) == (got.pause, got.said_by, got.skip_hours, got.skip_days)


def test_new_document():
    """
    A new document that asks for nothing takes the old one's hints back.
    """
    previous = Hints(pause=HOUR, said_by="ttl", document_pause=HOUR, document_said_by="ttl", skip_hours=(3,))

    got = read_hints(EMPTY, {}, previous, T0)

    assert Hints() == got


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ((3, 1, 3), (1, 3)),
        ((24, 23), (0, 23)),
        ((-1, 25, 7), (7,)),
        (tuple(range(24)), ()),
        (tuple(range(1, 25)), ()),
        (tuple(range(23)), tuple(range(23))),
    ],
)
def test_skip_hours(hours, expected):
    """
    P24: hours are those of the day, 24 is midnight, and a feed that skips them all skips none.
    """
    got = read_hints(ParsedFeed(format="rss20", skip_hours=hours), {}, Hints(), T0)

    assert expected == got.skip_hours


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (("sunday ", "Saturday", "Sunday"), ("Saturday", "Sunday")),
        (("Caturday",), ()),
        (WEEKDAYS, ()),
    ],
)
def test_skip_days(days, expected):
    """
    P24: days are English weekdays, and a feed that skips them all skips none.
    """
    got = read_hints(ParsedFeed(format="rss20", skip_days=days), {}, Hints(), T0)

    assert expected == got.skip_days


@given(
    fields=st.dictionaries(
        st.sampled_from(["cache-control", "expires", "age", "date"]),
        st.text(max_size=60) | st.from_regex(r"(max-age|no-cache)[= ,]*\d{0,20}", fullmatch=True),
    ),
    ttl=st.none() | st.integers(),
    period=st.sampled_from(["", "hourly", "weekly", "x"]),
    frequency=st.none() | st.integers(),
)
def test_any_answer(fields, ttl, period, frequency):
    """
    No answer breaks the reading, and none asks for less than nothing or more than a day.
    """
    feed = ParsedFeed(format="rss20", ttl_minutes=ttl, sy_period=period, sy_frequency=frequency)

    got = read_hints(feed, fields, Hints(), T0)

    assert timedelta(0) <= got.document_pause <= got.pause <= MAX_PAUSE
    assert (got.pause > timedelta(0)) == bool(got.said_by)


PAUSES = st.integers(0, 86400).map(lambda seconds: timedelta(seconds=seconds))
ASKERS = st.sampled_from(["", "max-age", "Expires", "ttl", "sy:updatePeriod"])


@given(
    st.builds(
        Hints,
        pause=PAUSES,
        said_by=ASKERS,
        document_pause=PAUSES,
        document_said_by=ASKERS,
        skip_hours=st.sets(st.integers(0, 23), max_size=23).map(lambda hours: tuple(sorted(hours))),
        skip_days=st.sets(st.sampled_from(WEEKDAYS), max_size=6).map(
            lambda days: tuple(sorted(days, key=WEEKDAYS.index))
        ),
    )
)
def test_round_trip(hints):
    """
    Stored hints come back as they were.
    """
    got = decode_hints(encode_hints(hints))

    assert hints == got


@given(st.text() | st.from_regex(r"1\|\d*\|[a-z]*\|\d*\|\|[\d,]*\|\d*", fullmatch=True))
def test_garbage_in_the_store(text):
    """
    Whatever stands in the store decodes to hints within bounds; what is not ours to none.
    """
    got = decode_hints(text)

    assert got.pause <= MAX_PAUSE
    assert len(got.skip_hours) < 24
    assert len(got.skip_days) < 7


def test_nothing_stored():
    """
    A feed that asks for nothing costs no room.
    """
    got = (encode_hints(Hints()), decode_hints(""), decode_hints("2|new|form"))

    assert ("", Hints(), Hints()) == got
