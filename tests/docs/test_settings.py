"""docs/reference/settings.md says what ingest/settings.py says."""

from ingest.settings import Settings
from tests.docs.render_settings import PAGE, meanings, page, sections


def test_up_to_date():
    """
    The page is the one that the settings write: python -m tests.docs.render_settings
    """
    assert page() == PAGE.read_text(encoding="utf-8")


def test_complete():
    """
    Every setting stands under a heading, once, and a comment says what it means.
    """
    named = [name for names in sections().values() for name in names]

    assert sorted(Settings.model_fields) == sorted(named)
    assert set() == set(named) - set(meanings())
