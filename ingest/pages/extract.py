"""From a page, or a feed's own text, to paragraphs. The only importer of trafilatura."""

from __future__ import annotations

from lxml import etree
from lxml.html import HtmlElement
from trafilatura import bare_extraction

from ingest.models import Extraction, Metadata, Page
from ingest.pages.charset import decode_page
from ingest.pages.dom import has_markup, read_blocks, read_lines, read_tree
from ingest.pages.metadata import metadata_of
from ingest.text import decode_entities

#: Long enough that every stage of trafilatura runs once.
_WARM_PAGE = (
    "<html lang=en><head><title>Warm</title></head><body><nav><a href=/>Home</a></nav><article><h1>Warm</h1>"
    + "<p>The first extraction loads the tables that all later ones share, and that takes a while.</p>" * 3
    + "<ul><li>One</li></ul><table><tr><td>Two</td></tr></table></article></body></html>"
)


def extract(page: Page) -> Extraction:
    """
    The page's main text and metadata. Never raises for what a page holds.

    ``method`` names the rung that gave the text: "trafilatura-fast"; "blocks", the linear reader, where markup is
    hostile, deeper than the parser goes, or where trafilatura found nothing; "empty" when there is no text at all.
    """
    markup = decode_page(page.body, page.content_type)
    tree = read_tree(markup)
    metadata = metadata_of(tree, page.url) if tree is not None else Metadata()
    if tree is not None and (paragraphs := _main_text(tree)):
        return Extraction(paragraphs=paragraphs, method="trafilatura-fast", metadata=metadata)
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
    extract(Page(url="https://example.org/", content_type="text/html", body=_WARM_PAGE.encode()))


def _main_text(tree: HtmlElement) -> tuple[str, ...]:
    """
    The tree's main text by trafilatura, one paragraph a line; empty where it finds none or gives up.

    ``fast`` leaves its fallbacks out: F1 .962 against .960 on the article extraction benchmark, in two thirds of the
    time (performance.md 3). ``bare_extraction`` gives the text before Unicode normalisation: what the page wrote stays.
    """
    try:
        found = bare_extraction(tree, fast=True, include_comments=False, include_tables=True)
    except (etree.LxmlError, ValueError, TypeError, AttributeError, RecursionError):
        return ()  # a page that trips trafilatura still has blocks
    text = getattr(found, "text", None)
    return read_lines(text) if isinstance(text, str) else ()
