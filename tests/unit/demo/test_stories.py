"""Laws of the demo's stories and of the notation they are written in."""

from datetime import UTC, datetime, timedelta

import pytest

from ingest.errors import SettingsError
from workers.demo.stories import Line, Story, boilerplate, expected_text, published_at, read_lines

LINES = (
    Line(kind="text", text="One."),
    Line(kind="promo", text="Sign up."),
    Line(kind="heading", text="Two"),
    Line(kind="text", text="Three."),
)
STORY = Story(
    outlet="gazette",
    slug="one",
    guid="1",
    title="One",
    author="Ana Holt",
    lines=LINES,
    language="en",
    appears_after=timedelta(seconds=-90),
)


def test_expected_text():
    """
    The expected text is the article's lines, headings among them, one a line.
    """
    got = expected_text(STORY)

    assert got == "One.\nTwo\nThree."


def test_boilerplate():
    """
    What is not article is boilerplate.
    """
    got = boilerplate(STORY)

    assert got == (Line(kind="promo", text="Sign up."),)


def test_published_at():
    """
    A story's date is its distance from the opening, cut to the second.
    """
    got = published_at(STORY, datetime(2026, 11, 22, 12, 0, 0, 987654, tzinfo=UTC))

    assert got == datetime(2026, 11, 22, 11, 58, 30, tzinfo=UTC)


def test_read_lines():
    """
    A body is read line by line; a bar in the text is text, and empty lines are nothing.
    """
    got = read_lines("text | One | two.\n\npromo | Sign up.\n")

    assert got == (Line(kind="text", text="One | two."), Line(kind="promo", text="Sign up."))


def test_wire():
    """
    A wire line stands for its span of the agency's paragraphs, both ends included.
    """
    got = read_lines("wire | storm 2 3", {"storm": ("A.", "B.", "C.", "D.")})

    assert got == (Line(kind="text", text="B."), Line(kind="text", text="C."))


@pytest.mark.parametrize(
    "body", ["advert | Buy.", "No kind at all", "wire | storm 1 2", "wire | calm", "wire | calm a b"]
)
def test_nonsense(body):
    """
    A line of no known kind, or agency copy that there is not, is an error with a name.
    """
    with pytest.raises(SettingsError, match="demo content"):
        read_lines(body, {"calm": ("A.",)})
