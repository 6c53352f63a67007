"""The author and the date that a page shows its readers alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ingest.pages.metadata import read_metadata
from ingest.pages.moments import find_date

STORY = "<p>In week 3 the ferries ran late again, and the islanders stopped asking the harbour for reasons.</p>" * 4


def page(head: str, *, metas: str = "", after: str = "") -> str:
    top = f"<html><head><title>Ferries late</title>{metas}</head><body><h1>Ferries late</h1>{head}"
    return f"{top}<div>{STORY}</div>{after}</body></html>"


@pytest.mark.parametrize(
    "head",
    [
        "<p class='byline'>By Ana Gull</p>",
        "<div class='article__author'><a href='/a'>Ana Gull</a></div>",
        "<ul class='authors'><li class='author'><a href='/a'>Ana Gull</a></li></ul>",
        "<span class='vcard author'><span class='fn'>Ana Gull</span></span>",
        "<div class='td-post-author-name'><div class='td-author-by'>By</div> <a href='/a'>Ana Gull</a> -</div>",
        "<div class='byline'>By Ana Gull, Harbour Correspondent</div>",
        "<p class='byline'>By Ana Gull | March 4, 2026 4:25 pm</p>",
        "<span property='author'><span property='name'>Ana Gull</span></span>",
        "<span itemprop='author' itemscope><meta itemprop='name' content='Ana Gull'></span>",
    ],
)
def test_author(head):
    """
    Who is named in a byline under the headline is the author of a page that tells machines nobody.
    """
    assert ("Ana Gull",) == read_metadata(page(head), "https://tidewater.example/a").authors


def test_two_authors():
    """
    A byline's links are a name each.
    """
    head = "<div class='byline'><a href=1>Ana Gull</a> <a href=2>Kim Tern</a></div>"

    assert ("Ana Gull", "Kim Tern") == read_metadata(page(head), "https://tidewater.example/a").authors


@pytest.mark.parametrize(
    "head",
    [
        "<div class='author'>Harbour news desk</div>",
        "<figure><span class='author'>Ana Gull</span></figure>",
        "<div class='comment'><span class='author'>Ana Gull</span></div>",
        "<aside><span class='author'>Ana Gull</span></aside>",
        "<div class='authority'>Ana Gull</div>",
        f"<p class='byline'>{'Ana Gull ' * 30}</p>",
    ],
)
def test_no_author(head):
    """
    Desks, pictures' credits, commenters and what is only spelled alike are no authors.
    """
    assert read_metadata(page(head), "https://tidewater.example/a").authors == ()


def test_below_the_text():
    """
    Who is named below the text is somebody else's author.
    """
    after = "<div class='byline'>By Ana Gull</div>"

    assert read_metadata(page("", after=after), "https://tidewater.example/a").authors == ()


def test_machines_first():
    """
    What the page tells machines counts before what it shows; the site's own name does not.
    """
    head = "<div class='byline'>By Kim Tern</div>"
    named = "<meta name='author' content='Ana Gull'>"
    itself = "<meta name='author' content='Tidewater'><meta property='og:site_name' content='Tidewater'>"

    assert ("Ana Gull",) == read_metadata(page(head, metas=named), "https://tidewater.example/a").authors
    assert ("Kim Tern",) == read_metadata(page(head, metas=itself), "https://tidewater.example/a").authors


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("<span class='post-date'>Mar 4, 2026</span>", datetime(2026, 3, 4, tzinfo=UTC)),
        ("<div class='posted'>Posted on March 4, 2026 at 4:25 PM</div>", datetime(2026, 3, 4, 16, 25, tzinfo=UTC)),
        ("<span class='date'>04.03.2026, 16:25 Uhr</span>", datetime(2026, 3, 4, 16, 25, tzinfo=UTC)),
        (
            "<abbr class='published' title='2026-03-04T16:25:00+01:00'>4:25</abbr>",
            datetime(2026, 3, 4, 15, 25, tzinfo=UTC),
        ),
        (
            "<span property='datePublished' content='2026-03-04T15:25:00Z'></span>",
            datetime(2026, 3, 4, 15, 25, tzinfo=UTC),
        ),
        ("<time>4 March 2026</time>", datetime(2026, 3, 4, tzinfo=UTC)),
        ("<p class='byline'>By Ana Gull | 4 March 2026</p>", datetime(2026, 3, 4, tzinfo=UTC)),
        ("<p class='date'>Updated 5 March 2026</p><p class='date'>4 March 2026</p>", datetime(2026, 3, 4, tzinfo=UTC)),
        ("<div class='related'><p class='date'>1 March 2026</p></div>", None),
        ("<p class='candidate'>1 March 2026</p>", None),
    ],
)
def test_date(head, expected):
    """
    The day under the headline is the page's date where machines are told none.
    """
    assert expected == read_metadata(page(head), "https://tidewater.example/a").published_at


def test_times_of_others():
    """
    Where many dates stand on the page, the one under the headline is its own.
    """
    after = "".join(f"<time datetime='2026-02-0{day}'>x</time>" for day in range(1, 7))
    got = read_metadata(page("<time datetime='2026-03-04'>4.3.</time>", after=after), "https://tidewater.example/a")

    assert datetime(2026, 3, 4, tzinfo=UTC) == got.published_at


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Publié le 4 mars 2026 à 16:25", "2026-03-04T16:25:00"),
        ("4 de marzo de 2026", "2026-03-04"),
        ("am 4. März 2026", "2026-03-04"),
        ("4 sierpnia 2026", "2026-08-04"),
        ("4 августа 2026", "2026-08-04"),
        ("2026年3月4日 16:25", "2026-03-04T16:25:00"),
        ("on 2026-03-04T16:25:00+01:00 sharp", "2026-03-04T16:25:00+01:00"),
        ("March 4th, 2026", "2026-03-04"),
        ("31.02.2026", ""),
        ("04/05/2026", ""),
        ("room 4 tables 2026", ""),
        ("", ""),
    ],
)
def test_find_date(line, expected):
    """
    A line's first day is found in the commonest languages; two numbers with a slash are two days, and none.
    """
    assert expected == find_date(line)
