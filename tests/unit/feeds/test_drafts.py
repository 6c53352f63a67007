"""Laws of values that are made by way of a draft."""

import pickle
from dataclasses import FrozenInstanceError, replace

import pytest

from ingest.feeds.drafts import make_enclosure, make_entry
from ingest.models import Author, Enclosure, Entry

FIELDS = {
    "guid": "1",
    "url": "https://x.example/1",
    "title": "Title",
    "authors": (Author(name="Ann"),),
    "published_at": None,
    "updated_at": None,
    "summary_html": "<p>short</p>",
    "content_html": "<p>long</p>",
    "categories": ("a", "b"),
    "enclosures": (Enclosure(url="https://x.example/1.mp3", type="audio/mpeg", length="12"),),
    "media": (Enclosure(url="https://x.example/1.jpg", caption="A harbour", credit="Bea"),),
    "image": "https://x.example/1.png",
    "language": "en",
    "source": None,
    "orig_url": "https://x.example/2",
    "comments": "https://x.example/3",
    "in_reply_to": ("0",),
    "rights": "CC",
}


def test_entry():
    """
    An entry made from a draft is the entry that the class itself makes: equal, hashed, copied, shown and sent alike.
    """
    expected = Entry(**FIELDS)

    got = make_entry(**FIELDS)

    assert (expected, hash(expected), repr(expected), Entry) == (got, hash(got), repr(got), type(got))
    assert expected == pickle.loads(pickle.dumps(got)) == replace(got, title="Title")


def test_enclosure():
    """
    So is a file.
    """
    expected = Enclosure(url="https://x.example/1.jpg", type="image/jpeg", length="7", caption="A crane", credit="Bea")

    got = make_enclosure("https://x.example/1.jpg", "image/jpeg", "7", caption="A crane", credit="Bea")

    assert (expected, repr(expected), Enclosure) == (got, repr(got), type(got))


@pytest.mark.parametrize("value", [make_entry(**FIELDS), make_enclosure("https://x.example/1.jpg", "", "")])
def test_frozen(value):
    """
    What was a draft cannot be changed any more.
    """
    with pytest.raises(FrozenInstanceError):
        value.url = "https://x.example/other"
