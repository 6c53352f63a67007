"""The part of a page that its source's operator points at: an element, a class, an id, or an element with either."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lxml import html

_SELECTOR = re.compile(r"(?P<tag>[a-z][a-z0-9-]*)?(?:\.(?P<name>[\w-]+)|#(?P<id>[\w-]+))?")


def inside(tree: html.HtmlElement, selectors: Sequence[str]) -> str:
    """
    The markup of the elements that fit any of the selectors, in the page's order; "" where none does.

    Of two that stand one in the other the outer counts, so that no text comes twice.
    """
    found = [element for element in tree.iter() if isinstance(element.tag, str) and _fits(element, selectors)]
    chosen = set(found)
    outer = [element for element in found if chosen.isdisjoint(element.iterancestors())]
    return "".join(html.tostring(element, encoding="unicode", with_tail=False) for element in outer)


def _fits(element: html.HtmlElement, selectors: Sequence[str]) -> bool:
    for selector in selectors:
        parts = _SELECTOR.fullmatch(selector)
        if (
            parts
            and selector
            and parts["tag"] in {None, element.tag}
            and (parts["name"] is None or parts["name"] in (element.get("class") or "").split())
            and parts["id"] in {None, element.get("id")}
        ):
            return True
    return False
