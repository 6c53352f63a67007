"""Trafilatura's searches, put to one element at a time."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml.html import document_fromstring
from trafilatura.settings import BASIC_CLEAN_XPATH
from trafilatura.xpaths import (
    BODY_XPATH,
    DISCARD_IMAGE_ELEMENTS,
    OVERALL_DISCARD_XPATH,
    REMOVE_COMMENTS_AND_LISTS_XPATH,
    TEASER_DISCARD_XPATH,
)

from ingest.pages.searches import Search

SEARCHES = [
    *([path] for path in BODY_XPATH),
    OVERALL_DISCARD_XPATH,
    [*DISCARD_IMAGE_ELEMENTS, *TEASER_DISCARD_XPATH],
    [*OVERALL_DISCARD_XPATH, *DISCARD_IMAGE_ELEMENTS, *TEASER_DISCARD_XPATH],
    REMOVE_COMMENTS_AND_LISTS_XPATH,
    [BASIC_CLEAN_XPATH],
]
#: Asked of all pages, as a process asks: what one page taught is remembered on the next.
ASKED = [Search(paths) for paths in SEARCHES]
WORDS = (
    "share-", "shared", "x share", "social", "Social", "author", "x", "", "cookie", "cookie-banner", "reply-1", "true",
    " hidden", "overhidden", "teaser", "myTeaser", "caption", "story", "content", "contentBody", "meta", "an ad here",
    "post", "entry", "post-body", "Post-body", "FULLTEXT", "main", "x-main", "Main-content", "articleBody", "comments",
    "Commentary", "CommentARY", "article-comments", "comol", "nav", "Nav", "NAV", "display: none", "display:none",
    "footer", "FOOTER", "\u017fhare-", "\u212aon", "article", "m" * 600,
)  # fmt: skip  # one word a line is longer, not clearer
NAMES = ("class", "id", "style", "role", "itemprop", "aria-hidden", "data-component", "data-lp-replacement-content")
TAGS = ("div", "p", "ul", "ol", "section", "span", "article", "main", "aside", "footer", "details", "b")
PARTS = st.lists(
    st.tuples(
        st.sampled_from(TAGS),
        st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(WORDS)), max_size=3, unique_by=lambda pair: pair[0]),
    ),
    min_size=1,
    max_size=20,
)


@pytest.mark.parametrize("number", range(len(SEARCHES)))
@settings(max_examples=60)
@given(PARTS)
def test_search(number, parts):
    """
    Put to one element at a time, a search finds what it finds on the whole page: of those for one, the first.
    """
    said = (f"<{tag} {' '.join(f'{name}={value!r}' for name, value in pairs)}>x</{tag}>" for tag, pairs in parts)
    tree = document_fromstring(f"<html><body>{''.join(said)}</body></html>")

    found = [element for element in tree.iterdescendants("*") if ASKED[number].finds(element)]

    order = dict(zip(tree.iter(), count(), strict=False))
    wanted = sorted({element for path in SEARCHES[number] for element in path(tree)}, key=order.__getitem__)
    most = 1 if any("[1]" in path.path for path in SEARCHES[number]) else None
    assert wanted[:most] == found[:most]
