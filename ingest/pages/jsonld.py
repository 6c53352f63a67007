"""
The article a page describes in schema.org JSON-LD.

A page describes its neighbours too (teasers, related articles, a live blog's posts). A node speaks for the page if it
bears the page's address; where none does, if it is the page's only article, or the one with the page's headline. Where
several stay, none is believed: no date is better than a neighbour's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from urllib.parse import urlsplit

from ingest.text import decode_entities, letters_and_digits

#: Blocks and characters that are read; news pages carry one to five blocks of a few KB.
MAX_BLOCKS = 20
MAX_BLOCK_CHARS = 1_000_000
#: Broken blocks above this size are not mended: it takes 1.7 microseconds a quotation mark.
MAX_MENDED_CHARS = 200_000
#: Objects that are looked at; a comment thread in JSON-LD has hundreds.
MAX_NODES = 5_000
#: Values behind one another in one block; more is no mistake of a template.
MAX_VALUES = 50

#: The fields of a JSON-LD node.
Node = dict[str, object]

#: What counts as an article, the most telling first.
_TYPES = (
    "reportagenewsarticle", "analysisnewsarticle", "opinionnewsarticle", "backgroundnewsarticle", "reviewnewsarticle",
    "askpublicnewsarticle", "newsarticle", "liveblogposting", "satiricalarticle", "scholarlyarticle", "techarticle",
    "advertisercontentarticle", "article", "blogposting", "report", "socialmediaposting",
)  # fmt: skip  # one name a line is longer, not clearer
_RANKS = {kind: rank for rank, kind in enumerate(_TYPES)}
_NO_KINDS: frozenset[str] = frozenset()
_PAGES = frozenset({"webpage", "itempage", "aboutpage"})
#: Keys under which the page's own article may hang; under every other one hang other things' articles.
_OWN_KEYS = frozenset({"@graph", "@list", "@set", "mainentity", "mainentityofpage"})
#: Fields that may be no more than a reference to another node of the page (Yoast's graphs).
_REFERRING = (
    "author",
    "creator",
    "image",
    "publisher",
    "copyrightHolder",
    "thumbnail",
    "primaryImageOfPage",
    "isPartOf",
)
#: What a page's node may add to its article's.
_SHARED = ("inLanguage", "isAccessibleForFree", "datePublished", "dateModified", "primaryImageOfPage")

_OPENINGS = ("<!--", "<![CDATA[", "//<![CDATA[", "// <![CDATA[", "/*<![CDATA[*/", "/* <![CDATA[ */", "\ufeff")
_CLOSINGS = ("-->", "]]>", "//]]>", "// ]]>", "/*]]>*/", "/* ]]> */", "//-->", "//", ";")
_TRAILING_COMMA = re.compile(r",(?=\s*+[}\]])")
_QUOTE_OR_ESCAPE = re.compile(r'\\(?:u[0-9a-fA-F]{4}|["\\/bfnrt]|)|"')
#: What follows a quote that closes a text; after any other the text goes on.
_AFTER_TEXT = re.compile(r"\s*+(?:[:}\]]|,\s*+[\"{\[\-0-9tfn}\]]|$)")


def article_of(blocks: Iterable[str], *addresses: str, titles: Iterable[str] = ()) -> Node:
    """
    The fields of the page's own article, empty where none can be told.

    ``addresses`` are the page's own (as fetched, canonical), ``titles`` what else names its headline. Fields that
    refer to other nodes are filled from them; other nodes of the same article fill what this one leaves out. A block
    that is no JSON even after mending is passed over.
    """
    nodes = list(islice(_nodes(blocks), MAX_NODES))
    if not nodes:
        return {}
    places = {_place(address) for address in addresses if address}
    articles = [(node, is_own) for node, is_own in nodes if _rank(node) is not None]
    chosen = _choose(articles, places, titles)
    pages = [node for node, is_own in nodes if is_own and _kinds(node) & _PAGES and _is_at(node, places)]
    if not chosen and not pages:
        return {}
    merged: Node = {}
    for node in chosen:
        merged.update((key, value) for key, value in node.items() if key not in merged and value not in ("", None, []))
    for page in pages:
        merged.update((key, page[key]) for key in _SHARED if key in page and key not in merged)
    return _resolved(merged, [node for node, _ in nodes])


def body_of(node: Node) -> str:
    """The publisher's own text of the article, "" without one."""
    return "\n".join(texts(node.get("articleBody")))


def texts(value: object) -> list[str]:
    """The texts in a value that may be one text, a list of them, or a text with its language ({"@value": ...})."""
    found: list[str] = []
    for item in value if isinstance(value, list) else [value]:
        text = item.get("@value") if isinstance(item, dict) else item
        found += [text] if isinstance(text, str) else []
    return found


def names(value: object) -> list[str]:
    """The names in a value that may be a name, a Person or Organization, or a list of either."""
    found: list[str] = []
    for item in value if isinstance(value, list) else [value]:
        found += texts(item.get("name") or _full_name(item)) if isinstance(item, dict) else texts(item)
    return [name for name in found if name]


def kind_of(value: object) -> str:
    """The schema.org type of a node in lower case, "" for what has none."""
    return min(_kinds(value), default="") if isinstance(value, dict) else ""


def _full_name(person: Node) -> str:
    parts = (*texts(person.get("givenName")), *texts(person.get("familyName")))
    return " ".join(parts)


def _kinds(node: Node) -> frozenset[str]:
    kinds = node.get("@type")
    if not kinds:
        return _NO_KINDS
    return _kind(kinds) if isinstance(kinds, str) else _NO_KINDS.union(*map(_kind, texts(kinds)))


@lru_cache(maxsize=1024)
def _kind(text: str) -> frozenset[str]:
    return frozenset({text.rpartition("/")[2].rpartition(":")[2].lower()})


def _rank(node: Node) -> int | None:
    return min((_RANKS[kind] for kind in _kinds(node) if kind in _RANKS), default=None)


def _choose(articles: list[tuple[Node, bool]], places: set[tuple[str, str]], titles: Iterable[str]) -> list[Node]:
    """The page's own article, its most telling node first; empty where several could be it."""
    here = [node for node, _ in articles if _is_at(node, places)]
    if not here:
        own = [node for node, is_own in articles if is_own] or [node for node, _ in articles]
        keys = [_key(headline(node)) for node in own]
        wanted = {_key(title) for title in titles} - {""} if len(set(keys)) > 1 else set(keys)
        here = [node for node, key in zip(own, keys, strict=True) if key in wanted]
    # Under one address there may be a page of several articles: only nodes of the same headline are the same article.
    ordered = sorted(here, key=lambda node: _rank(node) or 0)
    same = {"", *(_key(headline(node)) for node in ordered[:1])}
    return ordered[:1] + [node for node in ordered[1:] if _key(headline(node)) in same]


def headline(node: Node) -> str:
    """What a node calls its article."""
    return next(iter(texts(node.get("headline")) or texts(node.get("name"))), "")


def _key(title: str) -> str:
    """A headline's letters and digits: what stays of it through entities, quotes and dashes."""
    return letters_and_digits(decode_entities(title).casefold()[:200])


def _is_at(node: Node, places: set[tuple[str, str]]) -> bool:
    page = node.get("mainEntityOfPage")
    addresses = [node.get("url"), node.get("@id"), page.get("@id") if isinstance(page, dict) else page]
    return any(isinstance(address, str) and _place(address) in places for address in addresses)


def _place(url: str) -> tuple[str, str]:
    """Host and path: what is left of an address without scheme, tracking and fragment."""
    try:
        # Python remembers what it split: a live blog's posts have one address and each its own fragment.
        parts = urlsplit(url.strip().partition("#")[0])
    except ValueError:
        return ("", url)
    return (parts.netloc.lower().removeprefix("www."), parts.path.rstrip("/"))


def _resolved(node: Node, nodes: list[Node]) -> Node:
    """The node with references of its own fields replaced by what they refer to."""
    wanted: dict[str, Node] = {}
    for other in nodes:
        id_ = other.get("@id")
        if isinstance(id_, str) and len(other) > len(wanted.get(id_, {})):
            wanted[id_] = other

    def look_up(value: object) -> object:
        if isinstance(value, dict) and isinstance(id_ := value.get("@id"), str):
            return {**wanted.get(id_, {}), **value}
        return value

    return {
        key: value if key not in _REFERRING else [*map(look_up, value)] if isinstance(value, list) else look_up(value)
        for key, value in node.items()
    }


def _nodes(blocks: Iterable[str]) -> Iterator[tuple[Node, bool]]:
    """All objects of all blocks in document order, however deep, and whether they may be the page's own."""
    for block in islice(blocks, MAX_BLOCKS):
        stack = [(value, True) for value in reversed(_values(block))] if len(block) <= MAX_BLOCK_CHARS else []
        while stack:
            value, is_own = stack.pop()
            if isinstance(value, dict):
                yield value, is_own
                inner = [(key, item) for key, item in reversed(value.items()) if isinstance(item, dict | list)]
                stack += [(item, is_own and key.lower() in _OWN_KEYS) for key, item in inner]
            elif isinstance(value, list):
                stack += [(item, is_own) for item in reversed(value)]


def _values(block: str) -> list[object]:
    """The block's values, mended where publishers commonly break it; none where that is not enough."""
    text = _unwrapped(block)
    if text.startswith("&") or ('"' not in text and "&quot;" in text):
        text = _unwrapped(decode_entities(text))
    if not text.startswith(("{", "[")):
        return []
    return _decoded(text) or (_decoded(_mended(text)) if len(text) <= MAX_MENDED_CHARS else [])


def _decoded(text: str) -> list[object]:
    """The JSON values of a text, which should be one; none where any is broken."""
    decoder = json.JSONDecoder(strict=False)  # raw line breaks in texts are the commonest fault
    values: list[object] = []
    at = 0
    try:
        while at < len(text) and len(values) < MAX_VALUES:
            value, end = decoder.raw_decode(text, at)
            values.append(value)
            at = _next_value(text, end)
    except (ValueError, RecursionError):
        return []
    return values


def _next_value(text: str, at: int) -> int:
    """Where the next value begins: templates write several in one block, with a comma or a semicolon or nothing."""
    while at < len(text) and (text[at].isspace() or text[at] in ",;"):
        at += 1
    return at


def _unwrapped(block: str) -> str:
    """The block without the comment or CDATA marks around it."""
    text = block.strip()
    for _ in range(2):
        for mark in _OPENINGS:
            text = text.removeprefix(mark).lstrip()
        for mark in _CLOSINGS:
            text = text.removesuffix(mark).rstrip()
    return text


def _mended(text: str) -> str:
    """The text without commas before a bracket, with unknown escapes read as themselves and inner quotes escaped."""
    pieces: list[str] = []
    done, is_inside = 0, False
    for found in _QUOTE_OR_ESCAPE.finditer(text):
        pieces.append(text[done : found.start()])
        done = found.end()
        mark = found[0]
        if mark == '"':
            is_closing = is_inside and _AFTER_TEXT.match(text, done) is not None
            mark = '"' if is_closing or not is_inside else '\\"'
            is_inside = not is_closing
        elif mark == "\\":
            mark = ""
        pieces.append(mark)
    return _TRAILING_COMMA.sub("", "".join((*pieces, text[done:])))
