"""Laws of what the newsroom holds and when it shows it."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.demo.newsroom import (
    FEED_LENGTH,
    boilerplate,
    expected_text,
    find_story,
    latest,
    load_newsroom,
    make_newsroom,
    visible,
)

NEWSROOM = load_newsroom()
ELAPSED = st.integers(min_value=0, max_value=4000).map(lambda seconds: timedelta(seconds=seconds))


def test_content():
    """
    Four outlets, one in each format; every hand-written story is six to fourteen paragraphs and 150 words at least.
    """
    sizes = [len(expected_text(story).split("\n")) for story in NEWSROOM.stories]
    words = [len(expected_text(story).split()) for story in NEWSROOM.stories]

    assert sorted(outlet.format for outlet in NEWSROOM.outlets) == ["atom", "json", "rss", "rss-full"]
    assert [outlet.position for outlet in NEWSROOM.outlets] == [0, 1, 2, 3]
    assert len(NEWSROOM.stories) == 19
    assert 6 <= min(sizes) <= max(sizes) <= 14
    assert min(words) >= 150
    assert {story.language for story in NEWSROOM.stories} == {"en", "de", "fr"}


def test_unique():
    """
    No two hand-written stories of the newsroom share an address or a guid.
    """
    count = len(NEWSROOM.stories)

    assert len({(story.outlet, story.slug) for story in NEWSROOM.stories}) == count
    assert len({story.guid for story in NEWSROOM.stories}) == count
    assert len({story.title for story in NEWSROOM.stories}) == count


def test_wire_story():
    """
    Three outlets carry the agency's story word for word, under three headlines and with different boilerplate.
    """
    carried = [story for story in NEWSROOM.stories if story.author == "Meridian News Agency"]

    assert len({story.outlet for story in carried}) == 3
    assert len({story.title for story in carried}) == 3
    assert len({expected_text(story) for story in carried}) == 1
    assert len({boilerplate(story) for story in carried}) == 3
    assert expected_text(carried[0]).startswith("PORT ELLERY (Meridian News Agency) - ")


def test_only_the_wire_story_is_shared():
    """
    Every other text of the newsroom appears once.
    """
    counts = Counter(expected_text(story) for story in NEWSROOM.stories)

    assert sorted(counts.values()) == [1] * 16 + [3]


def test_newsletters_as_news():
    """
    The article about newsletters has no boilerplate: all of it is to be kept.
    """
    story = next(story for story in NEWSROOM.stories if story.slug == "the-newsletters-that-came-to-town")

    assert boilerplate(story) == ()
    assert expected_text(story).lower().count("newsletter") >= 5


@pytest.mark.parametrize(("seconds", "expected"), [(0, 8), (9, 8), (10, 9), (120, 19), (139, 19), (140, 20), (160, 21)])
def test_schedule(seconds, expected):
    """
    Eight stories are there at once, the others follow within two minutes, then a bulletin every twenty seconds.
    """
    got = visible(NEWSROOM, timedelta(seconds=seconds))

    assert len(got) == expected


@given(earlier=ELAPSED, later=ELAPSED)
def test_monotone(earlier, later):
    """
    What has appeared stays, in its place: the earlier view is the beginning of the later one.
    """
    first, second = sorted((earlier, later))

    before, after = visible(NEWSROOM, first), visible(NEWSROOM, second)

    assert after[: len(before)] == before


@given(elapsed=ELAPSED)
def test_latest(elapsed):
    """
    A feed shows the newest thirty of what its outlet has shown so far, newest first.
    """
    everything = visible(NEWSROOM, elapsed)

    for outlet in NEWSROOM.outlets:
        own = [story for story in everything if story.outlet == outlet.id]
        assert latest(NEWSROOM, outlet, elapsed) == tuple(own[::-1][:FEED_LENGTH])


@given(elapsed=ELAPSED)
def test_find_story(elapsed):
    """
    Every story that has appeared is found under its own outlet, the ones that left the feed too, and no other.
    """
    everything = visible(NEWSROOM, elapsed)
    outlets = {outlet.id: outlet for outlet in NEWSROOM.outlets}

    assert [find_story(NEWSROOM, outlets[story.outlet], story.slug, elapsed) for story in everything] == list(
        everything
    )
    assert all(
        find_story(NEWSROOM, outlet, story.slug, elapsed) is None
        for story in everything[-30:]
        for outlet in NEWSROOM.outlets
        if outlet.id != story.outlet
    )


@pytest.mark.parametrize(
    "slug",
    ["", "harbour-notes-", "harbour-notes-0", "harbour-notes-01", "harbour-notes-²", f"harbour-notes-{'9' * 5000}"],
)
def test_no_such_story(slug):
    """
    A slug that nothing has is not found, whatever it looks like.
    """
    got = find_story(NEWSROOM, NEWSROOM.outlets[0], slug, timedelta(days=1))

    assert got is None


def test_not_yet():
    """
    A story is not found before it has appeared.
    """
    story = NEWSROOM.stories[-1]
    outlet = next(outlet for outlet in NEWSROOM.outlets if outlet.id == story.outlet)

    got = find_story(NEWSROOM, outlet, story.slug, story.appears_after - timedelta(seconds=1))

    assert got is None


def test_weeks_later():
    """
    After four weeks a feed is made as fast as on the first day: from its newest thirty alone.
    """
    got = [latest(NEWSROOM, outlet, timedelta(weeks=4)) for outlet in NEWSROOM.outlets]

    numbers = sorted(int(story.slug.removeprefix("harbour-notes-")) for feed in got for story in feed)
    assert numbers == list(range(numbers[-1] - 119, numbers[-1] + 1))


@given(outlets=st.integers(1, 7), stories=st.integers(0, 60), seed=st.integers(0, 10**6))
def test_make_newsroom(outlets, stories, seed):
    """
    A generated newsroom holds exactly the stories asked for, all distinct, all of them in the feeds at once.
    """
    newsroom = make_newsroom(outlets, stories, seed)

    shown = [story for outlet in newsroom.outlets for story in latest(newsroom, outlet, timedelta(0))]
    assert len(newsroom.outlets) == len({outlet.name for outlet in newsroom.outlets}) == outlets
    assert len({expected_text(story) for story in newsroom.stories}) == stories
    assert sorted(shown, key=lambda story: story.guid) == sorted(newsroom.stories, key=lambda story: story.guid)
    assert visible(newsroom, timedelta(days=365)) == newsroom.stories


def test_make_newsroom_over():
    """
    Stories may be spread over a time, the first at once and the last at its end.
    """
    newsroom = make_newsroom(2, 11, 1, over=timedelta(seconds=10), feed_length=3)

    got = [len(visible(newsroom, timedelta(seconds=seconds))) for seconds in range(12)]

    assert got == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 11]
    assert len(latest(newsroom, newsroom.outlets[0], timedelta(seconds=10))) == 3


def test_seeds():
    """
    Two seeds give two newsrooms without a text in common.
    """
    one, other = ({expected_text(story) for story in make_newsroom(3, 200, seed).stories} for seed in (1, 2))

    assert one.isdisjoint(other)


@pytest.mark.parametrize(("outlets", "stories"), [(0, 1), (1, -1), (1, 14642)])
def test_make_newsroom_limits(outlets, stories):
    """
    No outlet, or more stories than can be kept distinct, is refused.
    """
    with pytest.raises(ValueError, match="needs an outlet"):
        make_newsroom(outlets, stories, 1)


def test_outlet_names():
    """
    Outlets keep distinct names beyond the pairs of town and title there are.
    """
    newsroom = make_newsroom(300, 0, 1)

    assert len({outlet.name for outlet in newsroom.outlets}) == 300
