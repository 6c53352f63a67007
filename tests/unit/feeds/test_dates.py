"""Laws of dates: the moment that is meant, or none."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.feeds import dates
from ingest.feeds.dates import MAX_YEAR, MIN_YEAR, parse_date

TEN = datetime(2024, 5, 1, 10, tzinfo=UTC)
EIGHT = datetime(2024, 5, 1, 8, tzinfo=UTC)
MIDNIGHT = datetime(2024, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # RFC 822 and what is written in its place
        ("Wed, 01 May 2024 10:00:00 GMT", TEN),
        ("Wed, 01 May 2024 10:00:00 +0200", EIGHT),
        ("Wed, 01 May 2024 10:00:00 +02:00", EIGHT),
        ("Wed, 01 May 2024 10:00:00 +0200 (CEST)", EIGHT),
        ("Wed, 01 May 2024 10:00:00 GMT+0200", EIGHT),
        ("Wed, 01 May 2024 10:00:00 CEST", EIGHT),
        ("Wed, 01 May 2024 04:00:00 CST", TEN),
        ("Wed, 01 May 2024 06:00:00 EDT", TEN),
        ("Wed, 01 May 2024 15:30:00 IST", TEN),
        ("Wed, 01 May 2024 10:00:00 Europe/Brussels", EIGHT),
        ("Wed, 01 May 2024 06:00:00 America/New_York", TEN),
        ("Wed, 01 May 2024 10:00:00 XYZ", TEN),
        ("Wed,\u00a001  May 2024\t10:00", TEN),
        ("Mon, 01 May 2024 10:00:00 Z", TEN),
        ("1 May 24 10:00 UT", TEN),
        ("Wednesday, 01-May-24 10:00:00 UTC", TEN),
        ("Wed, 1(st) May (5th (of 12)) 2024 10:00:00 +0000", TEN),
        ("Wed, 01 May 2024 10:00:00 AM GMT", TEN),
        ("Wed, 01 May 2024 10:00:00 PM GMT", TEN.replace(hour=22)),
        ("1 May 2024 12:00 a.m.", MIDNIGHT),
        ("1 May 2024 12:00 p.m.", TEN.replace(hour=12)),
        ("Tue, 30 Apr 2024 24:00:00 GMT", MIDNIGHT),
        ("Tue, 30 Apr 2024 23:59:60 GMT", MIDNIGHT),
        # ISO 8601, W3CDTF
        ("2024-05-01T10:00:00Z", TEN),
        ("2024-05-01t10:00:00.123456789z", TEN),
        ("2024-05-01T10:00:00,5+02:00", EIGHT),
        ("2024-05-01 10:00:00 +0200", EIGHT),
        ("2024-05-01 10:00", TEN),
        ("20240501T100000Z", TEN),
        ("2024/05/01 10:00:00", TEN),
        ("2024-05-01", MIDNIGHT),
        ("2024-05", MIDNIGHT),
        ("2024-122", MIDNIGHT),
        ("2024-W18-3", MIDNIGHT),
        ("2024", datetime(2024, 1, 1, tzinfo=UTC)),
        # numbers
        ("1714557600", TEN),
        ("1714557600000", TEN),
        ("01.05.2024 10:00", TEN),
        ("31/12/2024", datetime(2024, 12, 31, tzinfo=UTC)),
        ("12/31/2024", datetime(2024, 12, 31, tzinfo=UTC)),
        ("05/05/2024", datetime(2024, 5, 5, tzinfo=UTC)),
        # asctime
        ("Wed May  1 10:00:00 2024", TEN),
        ("Wed May 01 10:00:00 +0000 2024", TEN),
        # words
        ("May 1st, 2024 10:00", TEN),
        ("Sunday, December 1, 2024", datetime(2024, 12, 1, tzinfo=UTC)),
        ("Mi, 01 Mai 2024 10:00:00 +0200", EIGHT),
        ("mer., 01 mai 2024 10:00:00 +0200", EIGHT),
        ("mercredi 1er mai 2024 à 10:00", TEN),
        ("mié, 1 de mayo de 2024", MIDNIGHT),
        ("quarta-feira, 1 de maio de 2024 10:00", TEN),
        ("mer, 1 maggio 2024 alle 10:00", TEN),
        ("wo, 01 mei 2024 10:00:00", TEN),
        ("śr., 1 maja 2024", MIDNIGHT),
        ("st, 1. května 2024", MIDNIGHT),
        ("Ср, 01 мая 2024 13:00:00 +0300", TEN),
        ("1 травня 2024", MIDNIGHT),
        ("ons, 01 maj 2024 10:00:00", TEN),
        ("1 Mayıs 2024", MIDNIGHT),
        ("2024年5月1日", MIDNIGHT),
        ("2024-05-01 오전 10:00:00", TEN),
        ("2024-05-01 오후 10:00:00", TEN.replace(hour=22)),
        ("2024年5月1日 下午10:00", TEN.replace(hour=22)),
        ("2024년 05월 01일 10:00:00", TEN),
        ("2024年05月01日 10時00分", TEN),
        ("2024年5月1日(水) 10时00分30秒", TEN.replace(second=30)),
        ("2024년 5월 1일 오후 3시 05분", TEN.replace(hour=15, minute=5)),
        ("2024. 5. 1. 오후 3:00", TEN.replace(hour=15)),
        ("2024. május 1. 10:00", TEN),
        ("2024.05.01. 10:00", TEN),
        ("2024-May-01 10:00", TEN),
        ("2024 May 1", MIDNIGHT),
        ("Wed May 01 2024 10:00:00 GMT+0200 (Central European Summer Time)", EIGHT),
        ("Wed May 01 2024 10:00:00 GMT+0000 (Coordinated Universal Time)", TEN),
        ("Wed, 01 May 2024 06:00:00 ET", TEN),
        ("Wed, 10 Jan 2024 05:00:00 ET", datetime(2024, 1, 10, 10, tzinfo=UTC)),
        ("May 1, 2024, 3:00 a.m. PT", TEN),
        ("Fri, 12 Jul 2024 08:00:00 PDT -0700", datetime(2024, 7, 12, 15, tzinfo=UTC)),
        ("Wed, 01 May 2024 10:00:00 Z GMT", TEN),
        ("mercredi 1 mai 2024 à 10h00", TEN),
        ("1 mei 2024 om 10:00", TEN),
        ("1 мая 2024 г. в 10:00", TEN),
        ("1 травня 2024 року о 10:00", TEN),
        ("1 май 2024 г., 10:00", TEN),
        ("Τετ, 1 Μαΐου 2024 10:00", TEN),
        ("ke 1.5.2024 klo 10.00", TEN),
        ("1. toukokuuta 2024 klo 10.00", TEN),
        ("01. 05. 2024. u 10:00", TEN),
        ("sri, 1. svibnja 2024. 10:00", TEN),
        ("1. мај 2024. 10:00", TEN),
        ("1. mai 2024 kl. 10.00", TEN),
        ("Rabu, 14 Agustus 2024 17:00 WIB", datetime(2024, 8, 14, 10, tzinfo=UTC)),
        ("الأربعاء, 01 مايو 2024 10:00:00 +0200", EIGHT),
        ("\u200f1 مايو، 2024 10:00", TEN),
        ("٠١ مايو ٢٠٢٤", MIDNIGHT),
        ("1 במאי 2024 10:00", TEN),
        ("10:00, 1 May 2024", TEN),
        ("10:00 AM, May 1, 2024", TEN),
        ("10:00 01.05.2024 +0200", EIGHT),
        # what libraries and content systems make of it
        ("2024-05-01T10Z", TEN),
        ("2024-05-01T10:00:00+02:00Z", EIGHT),
        ("2024-05-01T12:00:00+02:00[Europe/Berlin]", TEN),
        ("2024-05-01T10:00:00.123Z[UTC]", TEN),
        ("2024-05-01+02:00", datetime(2024, 4, 30, 22, tzinfo=UTC)),
        ("2024-05-01, 10:00", TEN),
        ("20240501100000", TEN),
        ("2024-05-01 10:00:00.123456789 +0200 CEST m=+0.012345", EIGHT),
        ('"Wed, 01 May 2024 10:00:00 GMT"', TEN),
        ('<time datetime="2024-05-01T12:00:00+02:00">Wed, 05/01/2024 - 12:00</time>', TEN),
        ('<span class="date" content="2024-05-01T10:00:00Z" property="dc:date">1. Mai</span>', TEN),
        ("<p>Wed, 01 May 2024 10:00:00 GMT</p>", TEN),
    ],
)
def test_read(text, expected):
    """
    A date is read as it is meant.
    """
    got = parse_date(text)

    assert expected == got


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday-ish",
        "0000-00-00 00:00:00",
        "2024-02-30",
        "2024-13-01",
        "2024-366x",
        "2023-366",
        "2024-W54-1",
        "05/06/2024",
        "32 May 2024",
        "1 Foo 2024",
        "2024-05-01 foo 10:00",
        "Wed, 01 May 2024 25:00:00 GMT",
        "Wed, 01 May 2024 24:30:00 GMT",
        "Wed, 01 May 2024 10:61 GMT",
        "Wed, 01 May 2024 0:30 AM GMT",
        "Wed, 01 May 2024 10:00 +2500",
        "Wed, 01 May 2024 10:00 +0299",
        "Wed, 01 May 2024 10:00 Nowhere/Land",
        "12345",
        "99999999999",
        f"{MIN_YEAR - 1}-12-31",
        f"{MAX_YEAR + 1}-01-01",
        "9999-12-31T23:59:59-12:00",
        "May 2024",
        "13/05/24 10:00",
        "01.05.24",
        "2024-05-01-10:00",
        "1 lipnjaa 2024",
        "10:00 yesterday",
        "10:00 10:00 1 May 2024 11:00",
        "20241301100000",
        "2024-05-01 10:00:00 m=+x",
        "<time>soon</time>",
        "2024. 13. 1.",
        "1" * 81,
    ],
)
def test_no_date(text):
    """
    No date is better than a wrong one.
    """
    got = parse_date(text)

    assert got is None


@settings(deadline=None)  # the machine is shared
@given(
    st.datetimes(min_value=datetime(MIN_YEAR, 1, 2), max_value=datetime(MAX_YEAR, 12, 30)),  # naive on purpose
    st.integers(-14 * 60, 14 * 60),
)
def test_round_trip(naive, minutes):
    """
    What isoformat and RFC 822 write is read back.
    """
    moment = naive.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))

    assert moment == parse_date(moment.isoformat())
    assert moment == parse_date(moment.strftime("%a, %d %b %Y %H:%M:%S %z"))


@settings(deadline=None)  # the machine is shared
@given(st.text(max_size=90) | st.text("0123456789 -/:.,+TZamp()", max_size=80))
def test_never_raises(text):
    """
    Whatever the characters, there is a moment in UTC within the years or none.
    """
    got = parse_date(text)

    assert got is None or (got.tzinfo is UTC and MIN_YEAR <= got.year <= MAX_YEAR)


@settings(deadline=None)  # the machine is shared
@given(
    st.from_regex(r"([A-Z][a-z]{2}, )?[0-3][0-9] (Jan|May|Dec|Xyz) (19|20|29)[0-9]{2} [0-2][0-9]:[0-5][0-9]:59 "
                  r"(GMT|UT|Z|[ECMP][SD]T|[+-]1[0-5][0-5]0)", fullmatch=True)
    | st.from_regex(r"(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]T2[0-5]:[0-5][0-9]:00(\.[0-9]{3})?(Z|[+-]1[0-5]:[0-5]0)",
                    fullmatch=True)
)  # fmt: skip
def test_short_way(text):
    """
    The short way reads nothing otherwise than the long one, to the second.
    """
    short, long = dates._common(text), dates._any(text)

    assert short is None or short.replace(microsecond=0) == long
