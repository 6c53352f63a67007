"""
The main text of a page's tree. The only importer of trafilatura.

trafilatura's fast way prepares for rescues that hardly a page needs: 8 of 160 real ones were short of text, or held so
little of their page that it might look twice. Its steps are therefore taken here one by one, without the copies for
those rescues, without measuring the page where that can change nothing, and without its two searches for reader
comments and appended articles where no element is called like one: 0.81 of the time, the text the same on all of 524
real pages. A page that may be due for a rescue is handed to it whole.
"""

from __future__ import annotations

from copy import copy

from lxml import etree
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.htmlprocessing import convert_tags, prune_unwanted_nodes, tree_cleaning
from trafilatura.main_extractor import extract_content
from trafilatura.settings import Extractor
from trafilatura.xml import xmltotxt
from trafilatura.xpaths import RAW_TREE_PRUNE_XPATH, REMOVE_COMMENTS_AND_LISTS_XPATH

from ingest.pages.dom import read_lines, read_tree
from ingest.text import collapse

#: A text from here on is whole, however long its page; a shorter one below this share of the page's is looked at twice.
WHOLE_CHARS = 3_000
MIN_PAGE_SHARE = 0.2

#: Reading its settings takes 0.2 ms; trafilatura changes none of them.
_FAST = Extractor(output_format="python", fast=True, comments=False, tables=True)
_THOROUGH = Extractor(output_format="python", fast=False, comments=False, tables=True)
#: What the names that trafilatura's two searches want have in common. XPath's own functions are fast; its searches
#: call Python for each element.
_MAY_BE_COMMENTS = etree.XPath(
    "boolean(descendant::*[contains(@class, 'omment') or contains(@id, 'omment') or contains(@id, 'comol')"
    " or contains(@id, 'disqus')])"
)
_MAY_BE_APPENDED = etree.XPath(
    "boolean(descendant::*[contains(@class, 'infinite') or contains(@id, 'infinite')"
    " or contains(@class, 'mvp-post') or contains(@id, 'mvp-post') or contains(@class, 'elementor-share')])"
)
_N_ELEMENTS = etree.XPath("count(descendant::*)")

#: So short a text (below 250 characters) that the thorough way tries all it has, down to jusText with its word lists.
_WARM_PAGE = (
    "<html lang=en><head><title>Warm</title></head><body><nav><a href=/>Home</a></nav><article><h1>Warm</h1>"
    "<p>The first extraction loads the tables that all later ones share, and that takes a while.</p>"
    "<ul><li>One</li></ul><table><tr><td>Two</td></tr></table></article></body></html>"
)


def main_text(tree: HtmlElement, *, is_fast: bool) -> tuple[str, ...]:
    """
    The tree's main text by trafilatura, one paragraph a line; empty where it finds none or gives up.

    The fast way leaves its fallbacks out (F1 .962 against .960 on the article extraction benchmark, in two thirds of
    the time: performance.md 3) and wants a pruned tree, which has no scripts. The tree stays as it is. The text is that
    before Unicode normalisation: letters stay as the page wrote them.
    """
    try:
        text = _quick_text(tree) if is_fast else None
        if text is None:
            text = getattr(bare_extraction(tree, options=_FAST if is_fast else _THOROUGH), "text", None)
    except (etree.LxmlError, ValueError, TypeError, AttributeError, LookupError, RecursionError):
        return ()  # a page that trips trafilatura still has blocks
    return read_lines(text) if isinstance(text, str) else ()


def warm() -> None:
    """Pay trafilatura's first-call costs (its tables and XPaths), so that no article waits for them."""
    tree = read_tree(_WARM_PAGE)
    if tree is not None:
        main_text(tree, is_fast=True)
        main_text(tree, is_fast=False)


def _quick_text(tree: HtmlElement) -> str | None:
    """What trafilatura's fast way gives for a tree without scripts; None where it would go on to a rescue."""
    page = copy(tree)
    if _MAY_BE_APPENDED(page):
        page = prune_unwanted_nodes(page, RAW_TREE_PRUNE_XPATH)
    if _MAY_BE_COMMENTS(page):
        page = prune_unwanted_nodes(page, REMOVE_COMMENTS_AND_LISTS_XPATH)
    body, text = extract_content(convert_tags(tree_cleaning(page, _FAST), _FAST), _FAST)
    if len(text) < _FAST.min_extracted_size or (len(text) < WHOLE_CHARS and len(text) < MIN_PAGE_SHARE * _most(tree)):
        return None
    return xmltotxt(body, include_formatting=False)


def _most(tree: HtmlElement) -> int:
    """At least as many characters as trafilatura counts on the page: it drops some, and sets a space around blocks."""
    return len(collapse(str(tree.text_content()))) + 2 * int(float(str(_N_ELEMENTS(tree))))
