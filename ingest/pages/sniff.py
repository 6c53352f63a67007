"""What a document that was served as a page is, by how it begins (WHATWG MIME Sniffing 7, for text)."""

from __future__ import annotations

import json
import re
from typing import Literal

#: What stands where a page should be.
Kind = Literal["html", "text", "empty", "json", "feed", "script"]

#: How much of a text is looked at.
HEAD_CHARS = 2_000
#: JSON above this size is told by its beginning alone.
MAX_JSON_CHARS = 5_000_000

_FEED = re.compile(r"<(?:rss|feed|rdf:RDF|urlset|sitemapindex|opml)[\s>]", re.IGNORECASE)
_PROLOG = re.compile(
    r"\s*(?:<\?xml[^>]{0,300}>\s*|<\?xml-stylesheet[^>]{0,500}>\s*|<!--[^>]{0,2000}-->\s*|<!DOCTYPE\s+rss[^>]{0,300}>\s*)*+",
    re.IGNORECASE,
)
_HTML = re.compile(
    r"<(?:!doctype|html|head|body|article|main|div|section|p|h[1-6]|table|span|a|title|meta|script|br|b|i|ul|ol|frameset|svg)"
    r"[\s/>]",
    re.IGNORECASE,
)
_JSON = re.compile(r"""\s*(?:\{\s*(?:"|\})|\[\s*(?:[{\["\d\-\]]|true\b|false\b|null\b))""")
_SCRIPT = re.compile(
    r"\s*(?:\"use strict\"|'use strict'|\(function\s*\(|!function\s*\(|window\.|var [\w$]+\s*=|/\*[!*])"
)


def kind_of(markup: str) -> Kind:
    """
    What the characters of a page are.

    "html" where any usual element stands in its beginning; "feed" for RSS, Atom, RDF, sitemaps and OPML, whose text is
    that of many articles; "json" and "script" for what is made for machines; else "text".
    """
    head = markup[:HEAD_CHARS]
    if not head.strip():
        return "empty" if not markup.strip() else "html"
    start = _PROLOG.match(head)
    if start and _FEED.match(head, start.end()):
        return "feed"
    if _JSON.match(head) and _is_json(markup):
        return "json"
    if _HTML.search(head):
        return "html"
    if _SCRIPT.match(head):
        return "script"
    return "html" if "</" in markup else "text"


def _is_json(text: str) -> bool:
    if len(text) > MAX_JSON_CHARS:
        return True
    try:
        json.loads(text, strict=False)
    except RecursionError:
        return True
    except ValueError:
        return False
    return True
