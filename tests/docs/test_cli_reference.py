"""docs/reference/cli.md says what the commands say."""

from tests.docs.cli_reference import PAGE, page
from workers.cli.later import COMMANDS


def test_up_to_date():
    """
    The page is the one that the commands write: python -m tests.docs.cli_reference
    """
    assert page() == PAGE.read_text(encoding="utf-8")


def test_complete():
    """
    Every command stands in the page, with the example of its own help.
    """
    text = page()

    assert [] == [name for name in COMMANDS if f"### `copydesk {name}`" not in text]
    assert "copydesk feeds poll https://example.org/feed.xml --wait" in text
    assert "\b" not in text
