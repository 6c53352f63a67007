"""
Which addresses are the article's own, so that nobody else may publish under them.

Merging two articles loses one for ever, publishing one twice does not: an address counts only if it cannot be a home
page, a section, a login or a consent page (dedup.md 4).
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from ingest.urls import registrable_domain, url_key

#: What the last part of an article's path looks like: a slug of at least four words, ...
_SLUG = re.compile(r"(?:[^-_]+[-_]){3,}[^-_]+")
#: ... or a number of at least four digits ...
_NUMBER = re.compile(r"[0-9]{4,}")
#: ... that is no year and no day: archives have those.
_DATE = re.compile(r"(?:19|20)[0-9]{2}(?:[01][0-9](?:[0-3][0-9])?)?")
_HOME = re.compile(r"/*(?:(?:index|default|home)\.\w{2,5})?", re.IGNORECASE)
#: Places that many articles redirect to.
_DETOUR = re.compile(
    r"\b(?:log-?in|sign-?(?:in|up)|register|sso|oauth2?|anmelden|connexion|consent|captcha|challenge|subscribe|paywall"
    r"|cookies?|privacy|error|404)\b",
    re.IGNORECASE,
)
#: Parts of a path under which there are lists of articles, however long their own names are.
_LISTS = frozenset(
    {"archive", "archives", "author", "authors", "categories", "category", "search", "tag", "tags", "topic", "topics"}
)


def article_keys(url: str, *, final_url: str | None = None, canonical_url: str | None = None) -> tuple[str, ...]:
    """
    URL keys that this article claims: its own, then where it redirected to, then what its page calls canonical.

    The latter two only if they look like one article's address; the canonical only on the site that served the page.
    """
    urls = [url]
    if final_url and is_articles_own(final_url):
        urls.append(final_url)
    served = final_url or url
    if (
        canonical_url
        and registrable_domain(canonical_url) == registrable_domain(served)
        and is_articles_own(canonical_url)
    ):
        urls.append(canonical_url)
    # Mostly they are one address.
    return tuple(dict.fromkeys(map(url_key, dict.fromkeys(urls))))


def is_articles_own(url: str) -> bool:
    """Whether an address looks like one article's."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    *above, last = ["", *filter(None, parts.path.split("/"))]
    is_named = _SLUG.fullmatch(last) or any(not _DATE.fullmatch(number) for number in _NUMBER.findall(last))
    is_list = not _LISTS.isdisjoint(part.lower() for part in above)
    return bool(is_named) and not is_list and not _DETOUR.search(f"{parts.netloc}{parts.path}")


def is_home(url: str) -> bool:
    """Whether an address is a site's home page: a bare host, or its index."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return not parts.query and _HOME.fullmatch(parts.path) is not None
