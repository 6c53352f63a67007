"""
The main text of a page's tree. The only importer of trafilatura.

trafilatura's fast way prepares for rescues that hardly a page needs, and its searches call Python several times for
each element. Its steps are therefore taken here one by one:

- without the copies for rescues, which 8 of 160 real pages needed: where one is, the page is made ready once more;
- its searches are put to one element at a time and remembered by name and attributes, which is all they look at
  (``searches``);
- the element that holds the article is searched for no further than where it is found;
- of the fifty elements that it leaves out those are looked for that the page has;
- links are counted only around links, and each is measured once (``links``).

Where trafilatura would lose text of the article by its name (``misnamed``), it stays; all else is the same on 524 real
pages and on seven broken copies of each.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from typing import cast

from lxml import etree
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.baseline import baseline, html2txt
from trafilatura.htmlprocessing import (
    convert_tags,
    link_density_test_tables,
    process_node,
    prune_html,
    prune_unwanted_nodes,
    tree_cleaning,
)
from trafilatura.main_extractor import extract_content, handle_textelem
from trafilatura.settings import (
    BASIC_CLEAN_XPATH,
    DEDUPE_SCAN_CAP,
    INLINE_FORMATTABLE,
    MANUALLY_CLEANED,
    MANUALLY_STRIPPED,
    MIN_DUPLICATE_LENGTH,
    TAG_CATALOG,
    Extractor,
)
from trafilatura.utils import SPACING_PROTECTED
from trafilatura.xml import xmltotxt
from trafilatura.xpaths import (
    BODY_XPATH,
    DISCARD_IMAGE_ELEMENTS,
    OVERALL_DISCARD_XPATH,
    RAW_TREE_PRUNE_XPATH,
    REMOVE_COMMENTS_AND_LISTS_XPATH,
    TEASER_DISCARD_XPATH,
)

from ingest.pages.dom import read_lines, read_tree, remove, remove_all
from ingest.pages.links import prune_links
from ingest.pages.misnamed import WORD_HOLDERS, keep_words, misnamed, remove_forms, twins_of
from ingest.pages.searches import Search
from ingest.text import collapse

#: A text from here on is whole, however long its page; a shorter one below this share of the page's is looked at twice,
#: and given up for one that is so many times as long.
WHOLE_CHARS = 3_000
MIN_PAGE_SHARE = 0.2
MIN_GAIN = 1.5

#: Reading its settings takes 0.2 ms; trafilatura changes none of them.
_FAST = Extractor(output_format="python", fast=True, comments=False, tables=True)
_WIDE = Extractor(output_format="python", fast=True, comments=False, tables=True, recall=True)
_THOROUGH = Extractor(output_format="python", fast=False, comments=False, tables=True)
#: What trips trafilatura.
_TRIPS = (etree.LxmlError, ValueError, TypeError, AttributeError, LookupError, RecursionError)

#: Elements that may hold an article, and searches for the one that does, the surest first.
_HOLDERS = ("article", "div", "main", "section")
_FRAMES = tuple(Search([path]) for path in BODY_XPATH)
_UNWANTED = Search(OVERALL_DISCARD_XPATH)
#: What goes without a look at how much of the text it holds, where all is wanted and where only the article is.
_CAPTIONS = Search(DISCARD_IMAGE_ELEMENTS)
_BESIDE = Search([*DISCARD_IMAGE_ELEMENTS, *TEASER_DISCARD_XPATH])
#: All of these at once: most elements are none of them, and are asked once for all.
_NEEDLESS = Search([*OVERALL_DISCARD_XPATH, *DISCARD_IMAGE_ELEMENTS, *TEASER_DISCARD_XPATH])
_FURNITURE = Search([BASIC_CLEAN_XPATH])
_COMMENTS = Search(REMOVE_COMMENTS_AND_LISTS_XPATH)
#: The elements among which trafilatura looks for comments and for appended articles.
_OTHERS_HOLDERS = ("div", "list", "section", "details", "ol", "ul", "aside")
#: What the names that these searches want have in common.
_COMMENT_MARKS = ("omment", "comol", "disqus")
_APPENDED_MARKS = ("infinite", "mvp-post", "elementor-share")
_NAMED = etree.XPath("descendant::*[@*]")
_PROSE = etree.XPath("//p//text()", smart_strings=False)
_N_ELEMENTS = etree.XPath("count(descendant::*)")
#: What stays of a page after trafilatura's conversion where it reads tables and no links, pictures or formats.
_KEPT = TAG_CATALOG | {"table", "td", "th", "tr"}
_LINE_BREAK = {"lb"}
#: trafilatura keeps links that stand in one of these.
_LINK_HOLDERS = frozenset({"div", "li", "p", "table"})
#: Tables that are none.
_LAYOUT_ROLES = ("presentation", "none")
#: Elements that trafilatura builds again; what stands behind one is a paragraph.
_REBUILT = frozenset({"code", "quote", "list", "table"})
#: What may be a paragraph where the element that holds the article has too few.
_STRAYS = ("code", "p", "quote", "table", "div")
#: No text ends with these.
_OPENING = frozenset({"head", "ref"})

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
    except _TRIPS:
        return ()  # a page that trips trafilatura still has blocks
    return read_lines(text) if isinstance(text, str) else ()


def warm() -> None:
    """Pay trafilatura's first-call costs (its tables and XPaths), so that no article waits for them."""
    tree = read_tree(_WARM_PAGE)
    if tree is not None:
        main_text(tree, is_fast=True)
        main_text(tree, is_fast=False)


def _quick_text(tree: HtmlElement) -> str | None:
    """What trafilatura's fast way gives for a tree without scripts; None where that has pictures by its own name."""
    if next(tree.iter("graphic"), None) is not None:
        return None
    body, n_chars = _content(tree, _FAST)
    if n_chars < _FAST.min_extracted_size:
        plain, plain_text, n_plain = baseline(_own_page(tree))
        body, n_chars = (plain, len(plain_text)) if n_plain > n_chars else (body, n_chars)
    if 0 < n_chars < WHOLE_CHARS and _is_little(n_chars, tree):
        wider, n_wide = _wider(tree, n_chars)
        body, n_chars = (body, n_chars) if wider is None else (wider, n_wide)
    return xmltotxt(body, include_formatting=False) if n_chars >= _FAST.min_output_size else ""


def _is_little(n_chars: int, tree: HtmlElement) -> bool:
    """Whether so much text is little for its page."""
    # At least as much as trafilatura counts, which drops some and sets a space around blocks.
    text, n_spaces = str(tree.text_content()), 2 * int(float(str(_N_ELEMENTS(tree))))
    if n_chars >= MIN_PAGE_SHARE * (len(text) + n_spaces):
        return False
    n_most = len(collapse(text)) + n_spaces
    return n_chars < MIN_PAGE_SHARE * n_most and n_chars < MIN_PAGE_SHARE * _n_page_chars(tree)


def _n_page_chars(tree: HtmlElement) -> int:
    """How many characters trafilatura counts on the page."""
    page = _own_page(tree)
    body = page.find(".//body")
    remove_all(one for one in (page if body is None else body).iterdescendants("*") if _FURNITURE.finds(one))
    return len(html2txt(page, clean=False))


def _wider(tree: HtmlElement, n_chars: int) -> tuple[etree._Element | None, int]:
    """What trafilatura finds where it is less choosy, if that is clearly more than so many characters."""
    try:
        body, n_wide = _content(tree, _WIDE)
        if n_wide < _WIDE.min_extracted_size:
            body, text = extract_content(_converted(tree, _WIDE), _WIDE)
            n_wide = len(text)
    except _TRIPS:
        return None, 0
    is_more = n_wide >= _WIDE.min_extracted_size and n_wide > MIN_GAIN * n_chars
    return (body if is_more else None), n_wide


# --------------------------------------------------------------------------------------------- the page, made ready


def _own_page(tree: HtmlElement) -> HtmlElement:
    """A copy of the tree without readers' comments and without other articles that its page appends."""
    page = copy(tree)
    holders = list(page.iter(*_OTHERS_HOLDERS))
    names = "\n".join([name for one in holders for name in (one.get("class"), one.get("id")) if name])
    if any(mark in names for mark in _APPENDED_MARKS):
        page = prune_unwanted_nodes(page, RAW_TREE_PRUNE_XPATH)
    if any(mark in names for mark in _COMMENT_MARKS):
        remove_all(one for one in holders if _COMMENTS.finds(one))
    return page


def _converted(tree: HtmlElement, options: Extractor) -> HtmlElement:
    """A copy of the tree in the few elements that trafilatura knows."""
    page = _own_page(tree)
    page = tree_cleaning(page, options) if options.focus == "recall" else _cleaned(page)
    for link in page.iter("a"):
        # As trafilatura does, which looks through all that is around each: most links stand right in such a holder.
        holder = link.getparent()
        if holder is not None and holder.tag in _LINK_HOLDERS and holder is not page:
            link.tag = "ref"
    return convert_tags(page, options)


def _cleaned(page: HtmlElement) -> HtmlElement:
    """The page without the elements that trafilatura leaves out; it looks for each of fifty by itself."""
    unusual = {str(one.tag) for one in page.iter(*MANUALLY_CLEANED, "table")}
    if "math" in unusual:
        return tree_cleaning(page, _FAST)
    for one in page.iter("figure", "table") if unusual & {"figure", "table"} else ():
        is_frame = one.get("role") in _LAYOUT_ROLES if one.tag == "table" else one.find(".//table") is not None
        one.tag = "div" if is_frame else one.tag
    if not unusual.isdisjoint(WORD_HOLDERS):
        keep_words(page)
    etree.strip_tags(page, *MANUALLY_STRIPPED)
    for name in MANUALLY_CLEANED:
        for one in page.iter(name) if name in unusual and name != "form" else ():
            remove(one)
    if "form" in unusual:
        remove_forms(page)
    return prune_html(page, "balanced")


# --------------------------------------------------------------------------------------------- the article in it


def _content(tree: HtmlElement, options: Extractor) -> tuple[etree._Element, int]:
    """The main text of a tree, and how many characters it has before any is told to be there twice."""
    page = _converted(tree, options)
    elements = list(page.iter())
    body, wanted = _gathered(page, options)
    n_chars = _n_chars(body)
    if n_chars < options.min_extracted_size and options.focus != "recall":
        fresh = _converted(tree, options)
        pairs = zip(elements, fresh.iter(), strict=True)
        _add_strays(fresh, body, wanted, frozenset(twin for one, twin in pairs if one.tag == "done"))
        n_chars = _n_chars(body)
    _tidy(body)
    return body, n_chars


def _n_chars(body: etree._Element) -> int:
    return len(" ".join(cast("Iterator[str]", body.itertext())).strip())


def _line_of(element: etree._Element) -> str:
    return collapse("".join(cast("Iterator[str]", element.itertext())))


def _gathered(page: HtmlElement, options: Extractor) -> tuple[etree._Element, set[str]]:
    """The paragraphs of the element that holds the article, and the names of elements that may be paragraphs."""
    body = etree.Element("body")
    wanted = set(_KEPT)
    for frame in _frames(page):
        parts = twins_of(frame)
        for part in parts:
            _prune_frame(part, _CAPTIONS if options.focus == "recall" else _BESIDE)
        if not any(map(len, parts)):
            continue
        if sum(map(len, cast("list[str]", _PROSE(frame)))) < 3 * options.min_extracted_size:
            wanted.add("div")
        start = len(body)
        lead = _collect(frame, body, wanted, options)
        for part in parts[1:]:
            _collect(part, body, wanted, options)
        while len(body) and body[-1].tag in _OPENING:
            body.remove(body[-1])
        if len(body) > 1:
            if lead is not None:
                body.insert(start, lead)
            break
    return body, wanted


def _add_strays(page: HtmlElement, body: etree._Element, wanted: set[str], taken: frozenset[HtmlElement]) -> None:
    """Put behind the body's paragraphs what may be one anywhere on the page and is neither taken nor there already."""
    _prune_frame(page, _CAPTIONS)
    strays = [one for one in page.iterdescendants(*_STRAYS) if one.tag != "div" or "w3-code" in one.get("class", "")]
    texts = [_line_of(one) for one in body]
    known, there = set(texts), "\n".join(filter(None, texts))
    whole: set[etree._Element] = set()
    for stray in strays:
        if stray in taken or not whole.isdisjoint(stray.iterancestors()):
            continue
        found = handle_textelem(stray, wanted, _FAST)
        if found is None:
            continue
        if found is stray:
            whole.add(stray)
        text = _line_of(found)
        run = collapse(text + found.tail) if found.tail and not found.tail.isspace() else ""
        is_readable = len(there) <= DEDUPE_SCAN_CAP
        is_part = (len(text) > MIN_DUPLICATE_LENGTH and text in there) or (run and run in there)
        if text and (text in known or (is_readable and is_part)):
            continue
        body.append(found)
        there += f"\n{run or text}" if is_readable else ""
        known.add(text)


def _frames(page: HtmlElement) -> Iterator[HtmlElement]:
    """The elements that may hold the article, the likeliest first; each is looked for when it is wanted."""
    holders: list[HtmlElement] = []
    for search in _FRAMES:
        holders = holders or list(page.iterdescendants(*_HOLDERS))
        frame = next((one for one in holders if search.finds(one)), None)
        if frame is not None:
            yield frame
            holders = []  # what was wanted of the frame has changed the page


def _prune_frame(frame: HtmlElement, beside: Search) -> None:
    """Take out of the element that holds the article what is none of it by its name, and what is made of links."""
    named = [one for one in cast("list[HtmlElement]", _NAMED(frame)) if _NEEDLESS.finds(one)]
    unwanted = dict.fromkeys(one for one in named if _UNWANTED.finds(one))
    kept = frozenset(misnamed(frame, named))
    for one in kept:
        unwanted.pop(one, None)
    outer = [one for one in unwanted if unwanted.keys().isdisjoint(one.iterancestors())]
    n_all = len(frame.text_content()) if outer else 0
    # Where hardly any text would stay, the names mean something else.
    if n_all - sum(len(one.text_content()) for one in outer) > n_all / 7:
        remove_all(outer)
    remove_all(one for one in named if one not in kept and beside.finds(one))
    prune_links(frame)
    _remove_link_tables(frame)
    etree.strip_tags(frame, "span", "ref")


def _remove_link_tables(frame: HtmlElement) -> None:
    for table in [one for one in frame.iter("table") if link_density_test_tables(one)]:
        if (parent := table.getparent()) is not None:
            parent.remove(table)


def _collect(frame: HtmlElement, body: etree._Element, wanted: set[str], options: Extractor) -> etree._Element | None:
    """Put the paragraphs of an element behind the body's; what it returns belongs before them."""
    parts = list(frame.iterdescendants("*"))
    tags = {one.tag for one in parts}
    lead = None
    if tags == _LINE_BREAK or (frame.tag == "div" and "div" in wanted and tags <= INLINE_FORMATTABLE | _LINE_BREAK):
        parts = [frame]
    else:
        lead = _paragraph(frame.text, options)
    for part in parts:
        if part.getroottree().getroot() is body:  # it went there inside another one
            continue
        tag, tail = part.tag, part.tail
        found = handle_textelem(part, wanted, options)
        if found is not None:
            body.append(found)
            if part.getroottree().getroot() is not body:
                part.tag = "done"
        if tag in _REBUILT and (found is None or found.tail is None):
            behind = _paragraph(tail, options)
            if behind is not None:
                body.append(behind)
    return lead


def _paragraph(text: str | None, options: Extractor) -> etree._Element | None:
    """A paragraph of so much text, None where it holds none."""
    if not text or text.isspace():
        return None
    paragraph = etree.Element("p")
    paragraph.text = text
    return process_node(paragraph, options)


def _tidy(body: etree._Element) -> None:
    """Take out what stands there twice in a row, and what is no text."""
    before = ""
    for part in list(body):
        text = _line_of(part)
        if text and text == before and len(text) > MIN_DUPLICATE_LENGTH:
            body.remove(part)
        else:
            before = text
    etree.strip_elements(body, "done")
    etree.strip_tags(body, "div")
    for line_break in body.iter("lb"):
        is_blank = line_break.tail is not None and line_break.tail.isspace()
        if is_blank and next(line_break.iterancestors(*SPACING_PROTECTED), None) is None:
            line_break.tail = None
