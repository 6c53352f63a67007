import pytest

from ingest.dedup.agencies import agencies, may_name, named

NAMES = [*agencies().names, *agencies().exact, *agencies().distributors, *agencies().nobody]


@pytest.mark.parametrize("form", ["{}", "PARIS ({}) - The ferry is late", "(dpa/{})", "Ferry: {}.", "the ferry-{}"])
def test_may_name(form):
    """
    Wherever a name stands, the text is taken for one that may name somebody.
    """
    assert [] == [name for name in NAMES if not may_name(form.format(name))]


@pytest.mark.parametrize("text", ["", "The ferry left the quay an hour late.", "Паром ушёл поздно", "_ - ."])
def test_names_nobody(text):
    """
    A text without the last word of any name is known to name nobody.
    """
    assert (False, None) == (may_name(text), named(text))
