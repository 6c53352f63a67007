"""The article a page describes in schema.org JSON-LD."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from urllib.parse import urlsplit

#: Blocks and characters that are read; news pages carry one to five blocks of a few KB.
MAX_BLOCKS = 20
MAX_BLOCK_CHARS = 1_000_000
#: Objects that are looked at; a comment thread in JSON-LD has hundreds.
MAX_NODES = 5_000

#: What counts as an article, the most telling first.
_TYPES = (
    "reportagenewsarticle", "analysisnewsarticle", "opinionnewsarticle", "backgroundnewsarticle", "reviewnewsarticle",
    "newsarticle", "liveblogposting", "article", "blogposting", "report", "webpage",
)  # fmt: skip  # one name a line is longer, not clearer
_WRAPPING = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)|(?:-->|(?://|/\*)?\s*\]\]>(?:\s*\*/)?|;)\s*$"
)
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")


def article_of(blocks: Iterable[str], url: str) -> dict[str, object]:
    """
    The fields of the article at ``url``: the node of that address, else the most telling type, else the first.

    Empty when the page describes none. A block that is no JSON even after mending is passed over.
    """
    best: dict[str, object] = {}
    best_rank = (2, len(_TYPES))
    for node in islice(_nodes(blocks), MAX_NODES):
        kinds = [kind.rpartition("/")[2].lower() for kind in texts(node.get("@type"))]
        rank = min((_TYPES.index(kind) for kind in kinds if kind in _TYPES), default=None)
        if rank is None:
            continue
        # A page lists its neighbours' articles too; only its own bears its address.
        placed = (0 if _is_at(node, url) and _TYPES[rank] != "webpage" else 1, rank)
        if placed < best_rank:
            best, best_rank = node, placed
    return best


def texts(value: object) -> list[str]:
    """The texts in a value that may be one text or a list of them."""
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def names(value: object) -> list[str]:
    """The names in a value that may be a name, a Person or Organization, or a list of either."""
    found: list[str] = []
    for item in value if isinstance(value, list) else [value]:
        found += texts(item.get("name")) if isinstance(item, dict) else texts(item)
    return found


def _is_at(node: dict[str, object], url: str) -> bool:
    page = node.get("mainEntityOfPage")
    addresses = [node.get("url"), node.get("@id"), page.get("@id") if isinstance(page, dict) else page]
    wanted = _place(url)
    return any(isinstance(address, str) and _place(address) == wanted for address in addresses)


def _place(url: str) -> tuple[str, str]:
    """Host and path: what is left of an address without scheme, tracking and fragment."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ("", url)
    return (parts.netloc.lower(), parts.path.rstrip("/"))


def _nodes(blocks: Iterable[str]) -> Iterator[dict[str, object]]:
    """All objects of all blocks in document order, however deep."""
    for block in islice(blocks, MAX_BLOCKS):
        stack = [_json(block)] if len(block) <= MAX_BLOCK_CHARS else []
        while stack:
            value = stack.pop()
            if isinstance(value, dict):
                yield value
                stack.extend(reversed(value.values()))
            elif isinstance(value, list):
                stack.extend(reversed(value))


def _json(block: str) -> object:
    """The block's value, mended where publishers commonly break it; None where that is not enough."""
    for text in (block, _TRAILING_COMMA.sub(r"\1", _WRAPPING.sub("", _WRAPPING.sub("", block)))):
        try:
            value: object = json.loads(text, strict=False)  # raw line breaks in texts are the commonest fault
        except (ValueError, RecursionError):
            continue
        return value
    return None
