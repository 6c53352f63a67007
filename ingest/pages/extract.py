"""From a page, or a feed's own text, to paragraphs. The only importer of trafilatura."""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree
from lxml.html import HtmlElement
from trafilatura import bare_extraction

from ingest.models import Extraction, Metadata, Page
from ingest.pages.charset import decode_page
from ingest.pages.dom import has_markup, long_paragraphs, read_blocks, read_lines, read_tree
from ingest.pages.metadata import metadata_of
from ingest.text import collapse, decode_entities

#: Fast extraction that holds less than this share of the page's prose, where there is this much of it, has gone astray:
#: on 3 of 130 newspaper pages it returned a side column and lost the article.
MIN_HELD_SHARE = 0.15
MIN_MISSED_CHARS = 1_500
#: So short a text (below 250 characters) that the thorough way tries all it has, down to jusText with its word lists.
_WARM_PAGE = (
    "<html lang=en><head><title>Warm</title></head><body><nav><a href=/>Home</a></nav><article><h1>Warm</h1>"
    "<p>The first extraction loads the tables that all later ones share, and that takes a while.</p>"
    "<ul><li>One</li></ul><table><tr><td>Two</td></tr></table></article></body></html>"
)


def extract(page: Page) -> Extraction:
    """
    The page's main text and metadata. Never raises for what a page holds.

    ``method`` names the rung that gave the text: "trafilatura-fast"; "trafilatura", where that missed most of the
    page's prose and the thorough way finds more of it; "blocks", the linear reader, where markup is hostile, deeper
    than the parser goes, or where trafilatura found nothing; "empty" when there is no text at all.
    """
    markup = decode_page(page.body, page.content_type)
    tree = read_tree(markup)
    metadata = metadata_of(tree, page.url) if tree is not None else Metadata()
    if tree is not None:
        paragraphs, method = _best_text(tree)
        if paragraphs:
            return Extraction(paragraphs=paragraphs, method=method, metadata=metadata)
    if paragraphs := read_blocks(markup, is_page=True):
        return Extraction(paragraphs=paragraphs, method="blocks", metadata=metadata)
    return Extraction(paragraphs=(), method="empty", metadata=metadata)


def extract_fragment(html: str, url: str) -> Extraction:  # noqa: ARG001 - the shape of extract; links will need it
    """
    The paragraphs of a feed's own summary or content: HTML, or plain text with one paragraph a line.

    No guess at what is main text is made: all of it is. Short fragments would get lost in trafilatura.
    """
    inner = html.strip().removeprefix("<![CDATA[").removesuffix("]]>")
    paragraphs = read_blocks(inner) if has_markup(inner) else read_lines(decode_entities(inner))
    return Extraction(paragraphs=paragraphs, method="feed")


def warm() -> None:
    """Pay trafilatura's first-call costs (its tables and XPaths), so that no article waits for them."""
    tree = read_tree(_WARM_PAGE)
    if tree is not None:
        _main_text(tree, is_fast=True)
        _main_text(tree, is_fast=False)


def _best_text(tree: HtmlElement) -> tuple[tuple[str, ...], str]:
    """The tree's main text and the rung that gave it."""
    quick = _main_text(tree, is_fast=True)
    prose = long_paragraphs(tree)
    n_prose = sum(map(len, prose))
    held = _held_chars(prose, quick)
    if n_prose < MIN_MISSED_CHARS or held >= MIN_HELD_SHARE * n_prose or sum(map(len, quick)) > n_prose:
        return quick, "trafilatura-fast"
    thorough = _main_text(tree, is_fast=False)
    return (thorough, "trafilatura") if _held_chars(prose, thorough) > held else (quick, "trafilatura-fast")


def _held_chars(prose: Iterable[str], paragraphs: tuple[str, ...]) -> int:
    """How many characters of the prose stand in the paragraphs, told by how each of its pieces begins."""
    text = collapse(" ".join(paragraphs))
    return sum(len(piece) for piece in prose if piece[:40] in text)


def _main_text(tree: HtmlElement, *, is_fast: bool) -> tuple[str, ...]:
    """
    The tree's main text by trafilatura, one paragraph a line; empty where it finds none or gives up.

    The fast way leaves its fallbacks out: F1 .962 against .960 on the article extraction benchmark, in two thirds of
    the time (performance.md 3). ``bare_extraction`` gives the text before Unicode normalisation: letters stay as the
    page wrote them.
    """
    try:
        found = bare_extraction(tree, fast=is_fast, include_comments=False, include_tables=True)
    except (etree.LxmlError, ValueError, TypeError, AttributeError, LookupError, RecursionError):
        return ()  # a page that trips trafilatura still has blocks
    text = getattr(found, "text", None)
    return read_lines(text) if isinstance(text, str) else ()
