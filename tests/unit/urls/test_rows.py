"""The table of addresses: what is one article's has one key, what may be two articles' has two."""

import pytest

from ingest.urls import url_key
from tests.unit.urls import rows

SAME = ("TRACKING", "SESSION", "SYNTAX", "VARIANT", "FRAGMENT", "REDIRECTOR")


@pytest.mark.parametrize("name", SAME)
def test_same(name):
    """
    Trackers, sessions, spellings, views, fragments and redirectors do not change the key.
    """
    wrong = [(url, url_key(url)) for url, other in getattr(rows, name) if url_key(url) != url_key(other)]

    assert [] == wrong


def test_apart():
    """
    What may tell two articles apart is in the key.
    """
    assert [] == [(one, two, url_key(one)) for one, two in rows.APART if url_key(one) == url_key(two)]


def test_apart_behind_trackers():
    """
    Trackers do not bring two articles together, nor do they part one.
    """
    tail = "utm_source=rss&fbclid=x"
    pages = [
        (one, two) for one, two in rows.APART if one.startswith("http") and "#" not in one and "?" in one and "?" in two
    ]
    keys = [[url_key(url) for url in (one, two, f"{one}&{tail}", f"{two}&{tail}")] for one, two in pages]

    assert len(pages) > 40
    assert [] == [four for four in keys if four[:2] != four[2:] or four[0] == four[1]]


def test_table():
    """
    The table has rows of every kind, and none twice.
    """
    table = [(name, *row) for name in (*SAME, "APART") for row in getattr(rows, name)]

    assert len(table) > 300
    assert len(set(table)) == len(table)
