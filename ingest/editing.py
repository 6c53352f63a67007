"""
Cleaning of one text or page in the caller's own process.

The service does the same in killable children (ingest.sandbox); who hands a hostile page to these functions waits.
"""

from __future__ import annotations

from ingest.cleaning.clean import clean, clean_lines
from ingest.cleaning.rules import Rules, in_language, load_rules
from ingest.cleaning.sites import load_sites, site_of
from ingest.models import Cleaning, Page
from ingest.pages.extract import extract


def clean_text(text: str, *, url: str | None = None, language: str | None = None) -> Cleaning:
    """
    Plain text without its boilerplate, each line a paragraph; the lines that stay are byte-identical.

    ``language`` (ISO 639, "de" or "de-AT") leaves out rules worded in other languages; without it all are tried.
    ``url`` is the article's address, for rules of a single source; none ship with this version.
    """
    del url
    return clean_lines(text.split("\n"), _rules(language))


def clean_page(html: str, url: str) -> Cleaning:
    """The main text of a page without its boilerplate; nothing in ``paragraphs`` when the page has none."""
    page = Page(url=url, content_type="text/html; charset=utf-8", body=html.encode("utf-8", "replace"))
    return clean(extract(page), load_rules(), site=site_of(url, load_sites()))


def _rules(language: str | None) -> Rules:
    rules = load_rules()
    if language is None:
        return rules
    spoken = language.lower().replace("_", "-").partition("-")[0]
    return in_language(rules, spoken)
