"""From a page, or a feed's own text, to paragraphs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lxml.html import HtmlElement

from ingest.models import Extraction, Metadata, Page
from ingest.pages.align import Span, Text, blocks_of, prose_chars, spans_of, text_of
from ingest.pages.charset import read_page
from ingest.pages.dom import has_markup, prune, read_blocks, read_lines, read_tree
from ingest.pages.main_text import main_text, warm
from ingest.pages.metadata import describe
from ingest.pages.sniff import kind_of
from ingest.pages.state import article_in_state
from ingest.pages.within import inside
from ingest.text import decode_entities

#: What is sometimes served as a page and holds no article's text, or that of many.
NO_PAGES = frozenset({"json", "feed", "script"})
#: Fast extraction that holds less than this share of the page's prose, where there is this much of it, has gone astray:
#: on 8 of 524 real pages it returned a side column or an introduction and lost the article.
MIN_HELD_SHARE = 0.15
MIN_MISSED_CHARS = 1_500
#: A page with less text than this may be built by its scripts, from data that stand beside it.
MIN_PAGE_CHARS = 250
#: What the publisher says the article's text is takes the page's place where it is this long and so many times as long:
#: of a page that is cut off, or waits for its scripts. Captions and boxes make no such difference.
MIN_DATA_CHARS = 250
MIN_BODY_GAIN = 2
#: Some publishers write it in Markdown; a page is better reading even where it holds less.
_MARKDOWN = re.compile(r"\*\*|\]\(|^(?:#{1,6} |\+\+\+)", re.MULTILINE)

__all__ = ["extract", "extract_fragment", "warm"]


def extract(page: Page, within: Sequence[str] = ()) -> Extraction:
    """
    The page's main text and metadata, and where each paragraph of it stood. Never raises for what a page holds.

    ``within`` are selectors of the elements that hold the text, where somebody knows them: all of theirs is taken, and
    where none fits the page is read as any other.

    ``method`` names the rung that gave the text: "selectors"; "trafilatura-fast"; "trafilatura", where that missed most
    of the page's prose and the thorough way finds more of it; "blocks", the linear reader, where markup is hostile,
    deeper than the parser goes, or where trafilatura found nothing; "data", where the page holds hardly a part of what
    the publisher wrote beside it for machines; "empty" when there is no text at all; "json",
    "feed" or "script" for what was served as a page and is none.
    """
    markup, encoded = read_page(page.body, page.content_type)
    kind = kind_of(markup)
    if kind in NO_PAGES:
        return Extraction(paragraphs=(), method=kind)
    tree = read_tree(markup, encoded)
    if tree is None:
        return _by_blocks(markup, Metadata())
    metadata, body = describe(tree, page.url)
    article_body = "\n".join(read_blocks(body)) if has_markup(body) else decode_entities(body)
    inner = inside(tree, within) if within else ""
    if inner:
        part = extract_fragment(inner, page.url)
        if part.paragraphs:
            return replace(part, method="selectors", metadata=metadata, article_body=article_body)
    prune(tree)
    found = _best_text(tree, markup)
    # What is behind a wall stays there, although the publisher has written it beside the page for search engines.
    is_free = not metadata.is_paywalled
    if is_free and (beside := _beside_page(markup, metadata, article_body, sum(map(len, found.paragraphs)))):
        return Extraction(paragraphs=beside, method="data", metadata=metadata, article_body=article_body)
    if not found.paragraphs:
        return _by_blocks(markup, metadata)
    return Extraction(
        paragraphs=found.paragraphs,
        method=found.method,
        metadata=metadata,
        blocks=blocks_of(found.text, found.spans),
        article_body=article_body,
    )


def extract_fragment(html: str, url: str) -> Extraction:  # noqa: ARG001 - the shape of extract; links will need it
    """
    The paragraphs of a feed's own summary or content: HTML, or plain text with one paragraph a line.

    No guess at what is main text is made: all of it is. Short fragments would get lost in trafilatura.
    """
    inner = html.strip().removeprefix("<![CDATA[").removesuffix("]]>")
    if not has_markup(inner):
        return Extraction(paragraphs=read_lines(decode_entities(inner)), method="feed")
    paragraphs = read_blocks(inner)
    tree = read_tree(inner)
    if tree is None:
        return Extraction(paragraphs=paragraphs, method="feed")
    text = text_of(tree)
    return Extraction(paragraphs=paragraphs, method="feed", blocks=blocks_of(text, spans_of(text, paragraphs)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """The main text that one rung found in a page's text."""

    paragraphs: tuple[str, ...]
    method: str
    text: Text
    spans: tuple[Span, ...]

    @property
    def n_held(self) -> int:
        """How many characters of the page's prose it holds."""
        return prose_chars(self.text, self.spans)[1]


def _best_text(tree: HtmlElement, markup: str) -> _Found:
    """The main text of a pruned tree, by the fast way unless that has gone astray."""
    quick = _found(tree, text_of(tree), is_fast=True)
    n_prose, n_held = prose_chars(quick.text, quick.spans)
    n_quick = sum(map(len, quick.paragraphs))
    if n_prose < MIN_MISSED_CHARS or n_held >= MIN_HELD_SHARE * n_prose or n_quick > n_prose:
        return quick
    whole = read_tree(markup)  # as it was before pruning: the thorough way reads what the fast one leaves out
    if whole is None:
        return quick
    thorough = _found(whole, text_of(whole), is_fast=False)
    return thorough if thorough.n_held > n_held else quick


def _found(tree: HtmlElement, text: Text, *, is_fast: bool) -> _Found:
    paragraphs = main_text(tree, is_fast=is_fast)
    method = "trafilatura-fast" if is_fast else "trafilatura"
    return _Found(paragraphs=paragraphs, method=method, text=text, spans=spans_of(text, paragraphs))


def _beside_page(markup: str, metadata: Metadata, article_body: str, n_chars: int) -> tuple[str, ...]:
    """The article as the publisher wrote it beside the page, if that is clearly more than so many characters."""
    least = max(MIN_DATA_CHARS, MIN_BODY_GAIN * n_chars)
    if len(article_body) >= least and (n_chars < MIN_PAGE_CHARS or _MARKDOWN.search(article_body) is None):
        return read_lines(article_body)
    if n_chars >= MIN_PAGE_CHARS:
        return ()
    whole = read_tree(markup)  # the pruned one has no scripts
    paragraphs = article_in_state(whole, metadata.title) if whole is not None else ()
    return paragraphs if sum(map(len, paragraphs)) >= least else ()


def _by_blocks(markup: str, metadata: Metadata) -> Extraction:
    paragraphs = read_blocks(markup, is_page=True)
    return Extraction(paragraphs=paragraphs, method="blocks" if paragraphs else "empty", metadata=metadata)
