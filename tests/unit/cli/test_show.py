"""What copydesk shows: readable, and safe whatever a feed holds."""

import io
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from ingest.messages.event import UPDATED, ReceivedEvent
from workers.show import article_card, console_on, moment, poll_line, removal_lines, said, table

T0 = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
POLL = {"feed": "https://outlet.example/feed.xml", "outcome": "modified", "entries": 12, "new": 3, "detail": ""}


def _event(article, type_="article.published.v1"):
    return ReceivedEvent(id="a-1", type=type_, source="s", subject="a", time=T0, article=article)


def _plain(renderable):
    stream = io.StringIO()
    console_on(stream).print(renderable)
    return stream.getvalue()


def _on_terminal(renderable):
    stream = io.StringIO()
    Console(file=stream, force_terminal=True, width=200, color_system="standard", legacy_windows=False).print(
        renderable
    )
    return stream.getvalue()


@pytest.fixture(autouse=True)
def _zone(monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("[bold]a[/bold]", "[bold]a[/bold]"),
        ("a\x1b[31mb\x07\x9b2Jc", "a[31mb2Jc"),
        (" a\n\tb ", "a b"),
        ("a\u202eb\u2066c\u2028d", "abc d"),
        ("\ud800x", "x"),
        ("abcdef", "abc…"),
        (None, ""),
        (["a"], ""),
    ],
)
def test_said(value, expected):
    """
    Foreign text becomes one line without what steers a terminal; what is no text becomes nothing.
    """
    assert expected == said(value, 4 if value == "abcdef" else 100)


@settings(deadline=None)  # the machine may be busy
@given(st.text())
def test_said_is_safe(text):
    """
    Whatever the text, the result is one line that a terminal prints as it is, cut to size.
    """
    got = said(text, 50)

    assert (True, True) == (len(got) <= 50, all(letter == " " or not letter.isspace() for letter in got))
    assert not any(ord(letter) < 32 or 0x7F <= ord(letter) < 0xA0 for letter in got)


@pytest.mark.parametrize("field", ["title", "text", "url"])
def test_card_is_safe(field):
    """
    Markup in an article is shown as it stands, and its control codes are gone.
    """
    got = _on_terminal(article_card(_event({field: "[blink]a[/blink]\x1b]0;owned\x07[link=file:///]b"})))

    assert "[blink]a[/blink]]0;owned[link=file:///]b" in got
    assert (False, False) == ("\x1b]" in got, "\x07" in got)


def test_card_strikes_removals_through():
    """
    On a terminal what was removed is struck through.
    """
    removal = {"kind": "promo", "rule": "newsletter-en", "text": "Sign up"}

    got = _on_terminal(article_card(_event({"title": "T", "cleaning": {"removed": [removal]}})))

    assert "\x1b[2;9mSign up\x1b[0m" in got


@pytest.mark.parametrize(
    "article",
    [
        {},
        {"title": 1, "text": None, "source": "x", "cluster": [], "cleaning": {"removed": {"a": 1}, "flags": [1]}},
        {"cleaning": {"removed": [1, {"text": 5}, None]}, "word_count": "x", "published_at": "yesterday"},
        {"cleaning": {"flags": "text"}},
        {"cleaning": {"flags": 7, "removed": 7}},
    ],
)
def test_card_of_anything(article):
    """
    An article that another program wrote in its own way is shown as far as it goes.
    """
    assert "(no headline)\n2026-03-01 12:00:00 · 0 words\n\n" == _plain(article_card(_event(article)))


def test_card_of_a_copy():
    """
    A copy names its head, a revision says that it is one, and weak text says why.
    """
    article = {
        "title": "Plan",
        "source": {"domain": "outlet.example"},
        "published_at": "2026-03-01T10:00:00Z",
        "word_count": 120,
        "cluster": {"role": "copy", "head_id": "abc"},
        "content_source": "feed",
        "wire": {"agency": "Wire"},
        "url": "https://outlet.example/1",
        "cleaning": {"flags": ["page-failed:timeout"]},
    }

    got = _plain(article_card(_event(article, UPDATED)))

    origin = (
        "outlet.example · 2026-03-01 10:00:00 · 120 words · copy of abc · text from the feed · Wire · "
        "https://outlet.example/1"
    )
    assert ["Plan  updated", origin, "! page-failed:timeout", ""] == got.splitlines()


def test_removals_are_counted_past_the_limit():
    """
    A card does not drown in removals.
    """
    removals = [{"kind": "promo", "rule": "r", "text": f"line {number}"} for number in range(5)]

    got = [line.plain for line in removal_lines(removals, limit=2)]

    assert ["- [promo r] line 0", "- [promo r] line 1", "- and 3 more removed"] == got


@pytest.mark.parametrize(
    ("poll", "expected"),
    [
        (POLL | {"title": "[i]Outlet[/i]\x1b[0m"}, "poll [i]Outlet[/i][0m  modified  3 new of 12"),
        (
            POLL | {"outcome": "not-modified", "next": "2026-03-01T13:00:00+00:00", "reason": "interval"},
            "poll https://outlet.example/feed.xml  not-modified  next 13:00:00, interval",
        ),
        (
            POLL | {"outcome": "fetch-dns", "detail": "no such name", "next": None},
            "poll https://outlet.example/feed.xml  fetch-dns  (no such name)",
        ),
        ({}, "poll   "),
        ({"outcome": "modified", "new": "x", "next": 5, "title": 7}, "poll   modified  0 new of 0"),
    ],
)
def test_poll_line(poll, expected):
    """
    A poll is one line: which feed, what came of it, and when next, why then.
    """
    assert expected == poll_line(poll).plain


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (T0, "2026-03-01 12:00:00"),
        ("2026-03-01T12:00:00+02:00", "2026-03-01 10:00:00"),
        ("soon", ""),
        (None, ""),
        (7, ""),
    ],
)
def test_moment(value, expected):
    """
    A time is shown in the local zone, and what is none is not shown.
    """
    assert expected == moment(value)


def test_table_is_not_cut_for_a_pipe():
    """
    Where no terminal is, a long cell stays on its line.
    """
    rows = table("[b]a")
    rows.add_row("x" * 3000)

    assert ["[b]a", "x" * 3000] == [line.strip() for line in _plain(rows).splitlines()]
