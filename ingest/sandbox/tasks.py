"""
What a sandboxed child can do; the only module that imports the rooms which touch foreign bytes.

It is imported by name, in children and in the process they are forked from, never by the main process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from ingest.cleaning.clean import clean
from ingest.cleaning.rules import Rules, load_rules
from ingest.cleaning.sites import SiteRules, load_sites, site_of, with_strips
from ingest.feeds.discover import find_feeds
from ingest.feeds.parse import parse_feed
from ingest.models import Cleaning, Extraction, Page, SourceOverride
from ingest.pages import extract as pages


def edit_page(page: Page, override: SourceOverride | None = None) -> tuple[Extraction, Cleaning]:
    """The main text of a page, as found and as cleaned, by what the operator says of its source."""
    extraction = pages.extract(page, override.within if override else ())
    site = site_of(page.url, _sites())
    if override:
        site = with_strips(site, override.domain, override.strip)
    return extraction, clean(extraction, _rules(), site=site)


def edit_fragment(html: str, url: str) -> tuple[Extraction, Cleaning]:
    """The text of an HTML fragment (a feed's own), as found and as cleaned."""
    extraction = pages.extract_fragment(html, url)
    return extraction, clean(extraction, _rules(), site=site_of(url, _sites()))


def warm() -> None:
    """Load what the first task would otherwise wait for."""
    pages.warm()
    _rules()
    _sites()


@cache
def _rules() -> Rules:
    """The boilerplate rules, read once a process."""
    return load_rules()


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
