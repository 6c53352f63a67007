"""Layers that know what a paragraph's branch of the page is for: by its elements, its class names, its place."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache

from ingest.cleaning.layout import Line
from ingest.cleaning.scene import Scene, Take, is_safe, take_all
from ingest.models import RemovalKind

#: What is called the same all over the page is the story where it is more of the prose than this.
MAX_GROUP_SHARE = 0.3
#: What stands behind the story's element is not taken where it is more of the text than this.
MAX_TAIL_SHARE = 0.3
#: A caption is seldom longer, nor a note on the author: a longer text tells a story of its own.
MAX_CAPTION_CHARS = 400
MAX_BIO_CHARS = 700

_ENCLOSING: dict[str, RemovalKind] = {
    "figure": "caption", "figcaption": "caption", "aside": "related", "nav": "furniture", "footer": "furniture",
    "form": "promo", "dialog": "promo", "amp-lightbox": "promo", "amp-consent": "furniture",
}  # fmt: skip  # one name a line is longer, not clearer
#: Words of class names, as people who build pages write them. The kind of a line is that of the first set that fits.
_NAMED: tuple[tuple[RemovalKind, frozenset[str]], ...] = (
    ("caption", frozenset({"caption", "captions", "bildunterschrift", "legende"})),
    ("promo", frozenset({
        "newsletter", "newsletters", "signup", "singup", "subscribe", "subscription", "promo", "promos", "promotion",
        "promoted", "donate", "donation", "donations", "support", "cta", "lightbox", "modal", "popup", "toast",
        "dropdown", "tooltip", "popover", "login", "regwall", "whatsapp", "consent", "cookie", "cookies", "advert",
        "adverts", "advertisement", "advertisements", "ads", "sponsor", "sponsored", "sponsors", "appbox",
    })),
    ("related", frozenset({
        "related", "relateds", "similar", "similars", "recommend", "recommended", "recommendation", "recommendations",
        "recommends", "recirc", "recirculation", "popular", "trending", "mostread", "teaser", "teasers", "readmore",
        "outbrain", "taboola", "playlist",
    })),
    ("credit", frozenset({"byline", "bylines", "author", "authors", "bio", "biography", "credit", "credits"})),
    ("furniture", frozenset({
        "share", "shares", "sharing", "social", "socials", "follow", "breadcrumb", "breadcrumbs", "crumbs", "comment",
        "comments", "respond", "tags", "sidebar", "menu", "navbar", "dates", "kicker", "toolbar", "tools", "btn",
        "btns", "button", "buttons", "poll", "reaction", "reactions", "footer", "debug", "copyright", "cite",
        "citation",
    })),
)  # fmt: skip  # one name a line is longer, not clearer
#: Words of pictures stand on containers of text too ("has-image"); they count on the two innermost elements only.
PICTURE_DEPTH = 2
_PICTURES = frozenset({"image", "images", "img", "photo", "photos", "picture", "bild", "absatzbild", "foto"})
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
#: "hasCaption", "no-comments", "with-image": what an element has is not what it is.
_STATE = re.compile(r"\b(?:has|no|not|with|without|show|hide|hides|is)[^a-z]+[a-z]+")
_NOT_LETTERS = re.compile(r"[^a-z]+")


def enclosed(scene: Scene) -> Iterator[Take]:
    """What stands in a figure, an aside, a navigation, a form or a footer."""
    for line in scene.layout.lines:
        tags = line.tags
        if _ENCLOSING.keys().isdisjoint(tags) or is_safe(line, scene):
            continue
        kind = next((kind for tag in tags if (kind := _ENCLOSING.get(tag))), None)
        if kind:
            yield Take(at=line.at, kind=kind, rule="structure-enclosed", confidence=0.95)


def named(scene: Scene) -> Iterator[Take]:
    """What stands in a branch that is called after what it is: "author-bio", "related-box"."""
    groups: defaultdict[tuple[str, RemovalKind], list[Line]] = defaultdict(list)
    for line in scene.layout.lines if scene.layout.has_trunk else ():
        for at, names in enumerate(line.block.names[: line.n_small]):
            kind = _kind_of(names) or ("caption" if at < PICTURE_DEPTH and _is_of_picture(names) else None)
            if kind and len(line.text) <= (MAX_BIO_CHARS if kind == "credit" else MAX_CAPTION_CHARS):
                groups[_classes(names), kind].append(line)
            if kind:
                break
    for (_, kind), lines in groups.items():
        # "image-text" around each paragraph of a photo story: what holds much of the prose is the story.
        if sum(len(line.text) for line in lines if line.is_prose) <= MAX_GROUP_SHARE * scene.layout.n_prose_chars:
            yield from take_all(lines, scene, kind=kind, rule=f"structure-named-{kind}")


def _classes(names: str) -> str:
    """Class and id without the id, which is another one on every element."""
    return names.partition("#")[0].rstrip()


@lru_cache(maxsize=4096)
def name_words(names: str) -> frozenset[str]:
    """The words of a class or id: "authorBio-2 #box" has author, bio and box."""
    return frozenset(_NOT_LETTERS.split(_STATE.sub(" ", _CAMEL.sub(" ", names).lower())))


@lru_cache(maxsize=4096)
def _kind_of(names: str) -> RemovalKind | None:
    """The kind that a class or id says, None where it says none."""
    words = name_words(names)
    return next((kind for kind, known in _NAMED if not known.isdisjoint(words)), None)


@lru_cache(maxsize=4096)
def _is_of_picture(names: str) -> bool:
    """Whether a class or id is a picture's; near to a text, that makes it a caption."""
    return not _PICTURES.isdisjoint(name_words(names))


def behind(scene: Scene) -> Iterator[Take]:
    """
    What stands behind the story, outside its element, in elements that are not like those of its prose.

    Prose goes only below a heading or a label of the same tail: without one it may be the story's last paragraph.
    """
    if not scene.layout.has_trunk:
        return
    lines = scene.layout.lines
    outside = [line for line in lines if line.place == "after" and not line.is_in_trunk]
    if not outside:
        return
    kin = {
        (at == 0, _classes(names))
        for line in lines
        if line.is_prose and line.is_in_trunk
        for at, names in enumerate(line.block.names[: line.n_branch + 1])
        if _classes(names)
    }
    tail = [
        line for line in outside if not any((at == 0, _classes(names)) in kin for at, names in enumerate(line.names))
    ]
    if sum(len(line.text) for line in tail) > MAX_TAIL_SHARE * sum(len(line.text) for line in lines):
        return
    has_label = False
    for line in tail:
        has_label = has_label or not line.is_prose
        if has_label and not is_safe(line, scene):
            yield Take(at=line.at, kind="related", rule="structure-behind", confidence=0.9)
