"""Laws of the documents that are refused before a parser sees them."""

import pytest

from ingest.errors import FeedError
from ingest.feeds.traps import MAX_ATTRIBUTES, MAX_AUTHOR_LENGTH, MAX_CATEGORIES, MAX_DEPTH, refuse_traps

LONG = "a@" + "a." * MAX_AUTHOR_LENGTH


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (f"<x {' '.join(f'a{n}=1' for n in range(MAX_ATTRIBUTES + 1))}>", "attributes"),
        ("<x>" * (MAX_DEPTH + 1), "nested"),
        ("<x>" + "<!--" * 2000, "comments"),
        (f"<author>{LONG}</author>", "author"),
        (f"<dc:creator><![CDATA[{LONG}]]></dc:creator>", "author"),
        (f"<author>{'<i/>'.join(LONG[:900] for _ in range(5))}</author>", "author"),
        (f"<author>{LONG[:1000]}</author>" * 300, "long authors"),
        (f"<item>{'<category>x</category>' * (MAX_CATEGORIES + 1)}</item>", "categories"),
        (f"<item><media:keywords>{'a,' * MAX_CATEGORIES}</media:keywords></item>", "categories"),
    ],
)
def test_refused(body, said):
    """
    A shape that takes feedparser quadratic time ends in a named refusal.
    """
    with pytest.raises(FeedError, match=said) as caught:
        refuse_traps(body)

    assert caught.value.found == "broken"


@pytest.mark.parametrize(
    "body",
    [
        "",
        f"<x {' '.join(f'a{n}=1' for n in range(MAX_ATTRIBUTES))}/>",
        "<x></x>" * (MAX_DEPTH + 1),
        "<x/>" * (MAX_DEPTH + 1),
        "</x>" * (MAX_DEPTH + 1),
        "<!-- <x> -->" * 2000,
        f"<![CDATA[{'<!--' * 2000}<x {'a=' * 300}>{'<y>' * (MAX_DEPTH + 1)}]]>",
        "<![CDATA[" * 2000,
        f"<author>{LONG[:1000]}</author>",
        "<author><name>Ann</name><uri>https://a.example/</uri></author>" * 2000,
        f"<item>{'<category>a,b,c</category>' * MAX_CATEGORIES}</item>" * 2,
        "<description>author@example.com " + "a." * 5000,
    ],
)
def test_let_through(body):
    """
    Big is not hostile.
    """
    assert refuse_traps(body) is None
