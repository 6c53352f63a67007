"""The lead image of a page, with its caption and credit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from ingest.models import Image
from ingest.pages.jsonld import Node, names, texts
from ingest.pages.wording import first_text, plain_text, web_address
from ingest.text import collapse

#: Figures that are looked at; the lead picture is among the first.
MAX_FIGURES = 40
#: Longer captions are paragraphs that stand in a figure.
MAX_CAPTION_CHARS = 1_000
MAX_CREDIT_CHARS = 200

#: Pictures that stand for a site, not for an article.
_STAND_IN = re.compile(
    r"(?:^|[-_./])(?:logo|placeholder|default|fallback|no-?image|blank|spacer|favicon)(?:[-_./]|$)", re.IGNORECASE
)
#: What sizes and copies add to a picture's name.
_SIZE = re.compile(r"(?:[-_@](?:\d{2,5}x\d{2,5}|\d{2,5}w|\dx|scaled|e\d{10,13}|large|medium|small))+$", re.IGNORECASE)
#: Where a caption ends and the credit begins.
_CREDIT = re.compile(
    r"(?:^|(?<=[.!?…\"”»)])|\s[-\u2013\u2014|/•]|\s)\s*[(\[]?(?:(?:photograph|photo|picture|image|foto|fotos|bild"
    r"|bildquelle|crédits?(?: photos?)?|credits?|quelle|source|imagen|immagine|zdjęcie|kuva|fot|фото)"
    r"(?:\s+(?:by|credit|von|de|di|af|av|by the))?\s*[:.]\s*"
    r"|(?:photograph|photo|picture|image|foto|bild)s?\s+(?:by|von)\s+|©\s*)(?P<name>[^()\[\]]{2,120})[)\]]?\s*$",
    re.IGNORECASE,
)
_CREDIT_CLASS = re.compile(
    r"credit|copyright|photographer|(?:^|[-_ ])(?:byline|quelle|urheber|fotograf)", re.IGNORECASE
)
_LEADING = re.compile(
    r"^(?:(?:photograph|photo|picture|image|foto|fotos|bild|bildquelle|quelle|credit|credits|crédit|copyright|source|фото)"
    r"(?:\s+(?:by|credit|von))?\s*[:\uff1a]\s*|(?:photo|image|picture)\s+by\s+|©\s*)+",
    re.IGNORECASE,
)


def lead_image(node: Node, metas: Iterable[str], figures: Sequence[HtmlElement], base: str) -> Image | None:
    """
    The picture that the page puts first: JSON-LD, then ``metas`` (og:image and its like), then its first figure.

    A picture that by its name is a logo or a stand-in gives way to a later one. Caption and credit come from JSON-LD,
    else from the figure that shows the same picture; never from a figure that shows another.
    """
    described = [found for found in _described(node, base) if found]
    claimed = [*described, *(Image(url=url) for value in metas if (url := web_address(value, base)))]
    shown = list(_shown(figures, base))
    urls = [*(image.url for image in claimed), *(url for url, _ in shown[:1])]
    if not urls:
        return None
    lead = next((url for url in urls if not _STAND_IN.search(urlsplit(url).path)), urls[0])
    stem = _stem(lead)
    same = [image for image in claimed if _stem(image.url) == stem]
    same += [_captioned(url, caption) for url, caption in shown if _stem(url) == stem]
    return Image(
        url=lead,
        caption=first_text(image.caption for image in same),
        credit=first_text(image.credit for image in same),
    )


def split_credit(caption: str) -> tuple[str, str]:
    """A caption without the credit at its end, and the credit without its mark ("Photo: Ana Gull" is "Ana Gull")."""
    found = _CREDIT.search(caption[-2 * MAX_CREDIT_CHARS :])
    if found is None:
        return caption, ""
    start = max(0, len(caption) - 2 * MAX_CREDIT_CHARS) + found.start()
    return caption[:start].rstrip(" -\u2013\u2014|/•([").strip(), _credit(found["name"])


def _described(node: Node, base: str) -> Iterator[Image | None]:
    for field in ("image", "primaryImageOfPage", "thumbnailUrl"):
        given = node.get(field)
        for item in given if isinstance(given, list) else [given]:
            yield _image_object(item, base) if isinstance(item, dict) else _bare(item, base)


def _bare(item: object, base: str) -> Image | None:
    return Image(url=url) if (url := web_address(item, base)) else None


def _image_object(fields: Node, base: str) -> Image | None:
    address = next(iter([*texts(fields.get("url")), *texts(fields.get("contentUrl")), *_named_address(fields)]), None)
    url = web_address(address, base)
    if url is None:
        return None
    caption, credit = split_credit(first_text([fields.get("caption"), fields.get("description")])[:MAX_CAPTION_CHARS])
    said = first_text(
        (
            *texts(fields.get("creditText")),
            *names(fields.get("copyrightHolder")),
            *names(fields.get("creator")),
            *names(fields.get("author")),
            *texts(fields.get("copyrightNotice")),
        )
    )
    return Image(url=url, caption=caption, credit=_credit(said) or credit)


def _named_address(fields: Node) -> list[str]:
    """The node's own name where that can be its address: "https://...", without a fragment, which only names a node."""
    return [name for name in texts(fields.get("@id")) if name.startswith("http") and "#" not in name]


def _shown(figures: Sequence[HtmlElement], base: str) -> Iterator[tuple[str, HtmlElement | None]]:
    """The pictures in figures, in document order: address and caption element."""
    for figure in figures[:MAX_FIGURES]:
        picture = next(figure.iter("img"), None)
        url = _source(picture, base) if picture is not None else None
        if url is None or any(True for _ in figure.iterancestors("aside", "nav", "footer")):
            continue
        yield url, next(figure.iter("figcaption"), None)


def _captioned(url: str, text: HtmlElement | None) -> Image:
    caption, credit = _read_caption(text) if text is not None else ("", "")
    return Image(url=url, caption=caption, credit=credit)


def _source(picture: HtmlElement, base: str) -> str | None:
    """The picture's address; a picture that loads late has it under another name."""
    for name in ("data-src", "data-original", "data-lazy-src", "src"):
        if url := web_address(picture.get(name), base):
            return url
    first = (picture.get("srcset") or picture.get("data-srcset") or "").strip().partition(" ")[0]
    return web_address(first.rstrip(","), base)


def _read_caption(element: HtmlElement) -> tuple[str, str]:
    """A figcaption's text without its credit, and the credit."""
    whole = collapse(" ".join(element.itertext()))[: MAX_CAPTION_CHARS + MAX_CREDIT_CHARS]
    for child in element.iter("span", "small", "cite", "div", "p", "em", "i", "footer"):
        if _CREDIT_CLASS.search(f"{child.get('class') or ''} {child.get('itemprop') or ''}"):
            credit = collapse(" ".join(child.itertext()))[:MAX_CREDIT_CHARS]
            if credit:
                return plain_text(split_credit(whole.replace(credit, "", 1).strip())[0]), _credit(credit)
    caption, credit = split_credit(whole)
    return plain_text(caption)[:MAX_CAPTION_CHARS], credit


def _credit(text: str) -> str:
    return plain_text(_LEADING.sub("", plain_text(text).strip("()[] "))).strip(" .;,|-\u2013\u2014/()[]")[
        :MAX_CREDIT_CHARS
    ]


def _stem(url: str) -> str:
    """What two addresses of one picture share: its file's name without size, copy and format."""
    last = unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2])
    name = last.rpartition(".")[0] or last
    return _SIZE.sub("", name).lower() or url
