"""Layers that know other articles' titles: teasers, "related" lines, lists and cards of links."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import chain

from ingest.cleaning.layout import MAX_PROSE_LINKS, Line
from ingest.cleaning.scene import (
    HEADINGS,
    LINKED,
    MAX_LABEL_CHARS,
    MAX_TEASER_CHARS,
    SENTENCE_END,
    Scene,
    Take,
    is_safe,
    take_all,
)  # fmt: skip  # one name a line is longer, not clearer

#: A run of links is of lines that are links for the most part, and has at least so many.
MOSTLY_LINKED = 0.7
MIN_RUN = 3
#: A heading with a link in it is the title of another article; the article's own have none.
TITLE_LINKS = 0.25
MIN_CARDS = 3


def labelled_link(scene: Scene) -> Iterator[Take]:
    """A label and a link: "Related: Harbour reopens"."""
    for line in scene.layout.lines if scene.layout.link_share >= MAX_PROSE_LINKS else ():
        if line.block.link_share < MAX_PROSE_LINKS or _is_item(line) or len(line.text) > MAX_TEASER_CHARS:
            continue
        label, colon, rest = line.text.partition(":")
        n_bare = len("".join(line.text.split())) * (1 - line.block.link_share)
        n_label = len("".join(label.split())) + 1
        is_label = n_label <= MAX_LABEL_CHARS // 2 and abs(n_label - n_bare) <= 2  # noqa: PLR2004 - an arrow, a stop
        # "Tip: Find more ideas here!" says something, unless it is the last word.
        is_said = rest.rstrip().endswith((".", "!")) and line is not scene.layout.lines[-1]
        if colon and rest.strip() and is_label and not is_said and not is_safe(line, scene):
            yield Take(at=line.at, kind="related", rule="structure-labelled-link", confidence=0.9)


def link_list(scene: Scene) -> Iterator[Take]:
    """A list of nothing but links."""
    lists: defaultdict[int, list[Line]] = defaultdict(list)
    for line in scene.layout.lines if scene.layout.link_share >= LINKED else ():
        if line.block.tag != "li" and "li" not in line.block.ancestors:
            continue
        for tag, element in zip((line.block.tag, *line.block.ancestors), line.block.path, strict=False):
            if tag in {"ul", "ol"}:
                lists[element].append(line)
                break
    for items in lists.values():
        if len(items) > 1 and all(line.block.link_share >= LINKED for line in items):
            yield from take_all(items, scene, kind="related", rule="structure-link-list")


def link_run(scene: Scene) -> Iterator[Take]:
    """Several short lines one after another that are links for the most part, and the label over them."""
    lines = scene.layout.lines if scene.layout.link_share >= MOSTLY_LINKED else ()
    row = 0
    while row < len(lines):
        end = row
        while end < len(lines) and _is_teaser(lines[end], scene):
            end += 1
        if end - row >= MIN_RUN:
            has_label = row > 0 and _is_label(lines[row - 1]) and lines[row - 1].at > scene.layout.lead
            yield from take_all(lines[row - has_label : end], scene, kind="related", rule="structure-link-run")
        row = max(end, row + 1)


def _is_teaser(line: Line, scene: Scene) -> bool:
    is_short = len(line.text) <= MAX_TEASER_CHARS // 2
    return line.block.link_share >= MOSTLY_LINKED and is_short and not _is_item(line) and not is_safe(line, scene)


def _is_item(line: Line) -> bool:
    """Whether the line is an item of a list."""
    return line.block.tag in {"li", "dd", "dt"} or "li" in line.tags


def _is_label(line: Line) -> bool:
    text = line.text.rstrip()
    return len(text) <= MAX_LABEL_CHARS // 2 and (not SENTENCE_END.search(text) or text.endswith(("...", "…")))


def cards(scene: Scene) -> Iterator[Take]:
    """Titles of other articles: said twice (a picture's title and the heading's), or several on one branch."""
    titles = [line for line in scene.layout.lines if _is_card_title(line)]
    yield from take_all(
        (line for line in titles if _is_double(line.text)),
        scene,
        kind="related",
        rule="structure-double-title",
        may_quote=True,
    )
    counts = Counter(chain.from_iterable(line.path[1:] for line in titles))
    decks = {element for element, n_titles in counts.items() if n_titles >= MIN_CARDS}
    held: defaultdict[int, list[Line]] = defaultdict(list)
    for line in scene.layout.lines if decks else ():
        for element in decks.intersection(line.path[1:]):
            held[element].append(line)
    for element, lines in held.items():
        is_deck = len(lines) <= 3 * counts[element] + 1
        if is_deck and all(len(line.text) <= MAX_TEASER_CHARS for line in lines):
            yield from take_all(lines, scene, kind="related", rule="structure-cards", may_quote=True)


def _is_card_title(line: Line) -> bool:
    return (line.block.tag in HEADINGS and line.block.link_share >= TITLE_LINKS) or _is_double(line.text)


def _is_double(text: str) -> bool:
    """Whether the text says one thing of several words twice: "Ships leave port Ships leave port"."""
    bare = text.removeprefix("- ")
    half = len(bare) // 2
    return bare[half : half + 1] == " " and bare[:half] == bare[half + 1 :] and bare.count(" ") >= 2 * MIN_RUN - 1
