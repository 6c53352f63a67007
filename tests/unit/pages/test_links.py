"""What a part of a page holds beside links."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html
from trafilatura.htmlprocessing import delete_by_link_density

from ingest.pages.links import prune_links

TEXTS = st.sampled_from(
    [
        "",
        " ",
        "Go",
        "A ferry",
        "The ferry ran late. " * 2,
        "In the harbour nobody knew why it did. " * 9,
        "\u3000\u00a0x",
    ]
)
LEAVES = st.builds(lambda text, tail: ("ref", text, tail, []), TEXTS, TEXTS)
PARTS = st.recursive(
    LEAVES,
    lambda inner: st.tuples(
        st.sampled_from(["div", "list", "p", "item", "td", "ref", "hi", "graphic"]),
        TEXTS,
        TEXTS,
        st.lists(inner, max_size=6),
    ),
    max_leaves=25,
)


def element_of(part):
    """An element of this name, with text in it and behind it, that holds others."""
    tag, text, tail, parts = part
    element = html.Element(tag)
    element.text, element.tail = text, tail
    element.extend(map(element_of, parts))
    return element


@settings(max_examples=300)
@given(st.lists(PARTS, min_size=1, max_size=6))
def test_same_as_trafilatura(parts):
    """
    What goes with its links is what trafilatura's passes take out.
    """
    expected, frame = (element_of(("div", "", "", parts)) for _ in range(2))
    for _ in range(2):
        delete_by_link_density(expected, "div", backtracking=True)
        delete_by_link_density(expected, "list")
        delete_by_link_density(expected, "p")

    prune_links(frame)

    assert html.tostring(expected) == html.tostring(frame)
