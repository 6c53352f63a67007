"""The part of a page that its operator points at."""

import pytest
from lxml import html

from ingest.pages.within import inside

PAGE = """<body><div class='a b'>one<p id='x'>two</p></div><p class='b'>three</p>tail<!-- c -->\
<section class='b'>four</section>"""


@pytest.mark.parametrize(
    ("selectors", "expected"),
    [
        (["p"], '<p id="x">two</p><p class="b">three</p>'),
        (["#x"], '<p id="x">two</p>'),
        (["p.b"], '<p class="b">three</p>'),
        (["p#x", "section"], '<p id="x">two</p><section class="b">four</section>'),
        ([".a", "p"], '<div class="a b">one<p id="x">two</p></div><p class="b">three</p>'),
        (["article"], ""),
        (["div > p", ""], ""),
        ([], ""),
    ],
)
def test_inside(selectors, expected):
    """
    The outermost elements that fit come in the page's order, each once and without what follows them.
    """
    got = inside(html.document_fromstring(PAGE), selectors)

    assert expected == got
