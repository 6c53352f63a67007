"""
What a sandboxed child can do; the only module that imports the rooms which touch foreign bytes.

It is imported by name, in children and in the process they are forked from, never by the main process.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, lru_cache

from ingest.cleaning.clean import clean
from ingest.cleaning.rules import OwnRules, Rules, load_rules
from ingest.cleaning.sites import SiteRules, load_sites, site_of, with_strips
from ingest.feeds.discover import find_feeds
from ingest.feeds.parse import parse_feed
from ingest.models import Block, Cleaning, Extraction, Page, SourceOverride
from ingest.pages import extract as pages

#: So many new objects before a look for circles among them, of which pages make next to none.
YOUNG_OBJECTS = 50_000

#: The operator's rule files; filled once, before the first task.
_own: list[tuple[str, str]] = []


def edit_page(page: Page, override: SourceOverride | None = None) -> tuple[Extraction, Cleaning]:
    """The main text of a page, as found and as cleaned, by what the operator says of its source."""
    extraction = pages.extract(page, override.within if override else ())
    site = site_of(page.url, _sites())
    if override:
        site = with_strips(site, override.domain, override.strip)
    return _sent(extraction), clean(extraction, _rules(), site=site)


def edit_fragment(html: str, url: str) -> tuple[Extraction, Cleaning]:
    """The text of an HTML fragment (a feed's own), as found and as cleaned."""
    extraction = pages.extract_fragment(html, url)
    return _sent(extraction), clean(extraction, _rules(), site=site_of(url, _sites()))


def _sent(extraction: Extraction) -> Extraction:
    """The extraction with what is still asked of it once it is cleaned: of where its paragraphs stood the tags only."""
    blocks = tuple(None if block is None else _tagged(block.tag) for block in extraction.blocks)
    return replace(extraction, blocks=blocks, article_body="")


@lru_cache(maxsize=256)  # one value that stands in many places is sent once
def _tagged(tag: str) -> Block:
    return Block(tag=tag)


def use_rules(own: OwnRules) -> None:
    """Clean by the operator's own rules as well, from the first task on."""
    _own[:] = own


def warm() -> None:
    """Load what the first task would otherwise wait for."""
    pages.warm()
    _rules()
    _sites()
    # What is loaded by now stays for good. Looking through it again and again for what may go took 0.8 ms a page.
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, *gc.get_threshold()[1:])


@cache
def _rules() -> Rules:
    """The boilerplate rules, read once a process."""
    return load_rules(tuple(_own))


@cache
def _sites() -> Mapping[str, SiteRules]:
    """The rules of single sites, read once a process."""
    return load_sites()


TASKS: Mapping[str, Callable[..., object]] = {
    "parse_feed": parse_feed,
    "find_feeds": find_feeds,
    "edit_page": edit_page,
    "edit_fragment": edit_fragment,
}
