"""
What a paragraph's place in its page says of it: the layers of cleaning that do not read its words.

Each layer is a function from the layout of an article to the lines it takes, signed. What each takes and costs on real
pages is measured; a layer stays only while nine in ten of its lines are no part of the article.

Safe from all of them but the headline's: the lead (the first paragraph of prose), quotations, and tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from ingest.cleaning.branches import behind, enclosed, name_words, named
from ingest.cleaning.layout import layout_of
from ingest.cleaning.scene import (
    HEADINGS,
    MAX_LABEL_CHARS,
    MAX_TEASER_CHARS,
    SENTENCE_END,
    TABLE,
    Layer,
    Scene,
    Take,
    Told,
    is_safe,
    letters,
)  # fmt: skip  # one name a line is longer, not clearer
from ingest.cleaning.teasers import cards, labelled_link, link_list, link_run
from ingest.models import Block

#: The headline is looked for among so many first lines.
HEAD_LINES = 5
MIN_TITLE_CHARS = 8
MIN_PART_CHARS = 16
#: Dates and bylines are short: "Published 12 May 2026, 14:05 by Ann Coe".
MAX_MATTER_CHARS = 45
#: The publisher's own text must hold this share of what was extracted (cleaning.md 3).
MIN_BODY_SHARE = 0.7
#: A year, a time of day, or so many minutes to read.
_MOMENT = re.compile(r"(?:19|20)\d\d|\d{1,2}[:.h]\d\d|\d{1,3} ?(?:min|мин|dk|分)")
#: Letters of the publisher's text times lines to look up in it: news pages stay below a million.
MAX_BODY_WORK = 50_000_000
#: Class names of headlines that are no h1.
_HEADLINES = frozenset({"headline", "maintitle"})


def take_structural(
    numbered: Sequence[tuple[int, str, Block]], told: Told, layers: Iterable[Layer] | None = None
) -> dict[int, Take]:
    """The lines (number, text, place) that go because of where they stand; the first layer to take a line signs it."""
    scene = Scene(layout=layout_of(numbered), told=told)
    taken: dict[int, Take] = {}
    for layer in LAYERS if layers is None else layers:
        for take in layer(scene):
            taken.setdefault(take.at, take)
    return taken


def repeated_headline(scene: Scene) -> Iterator[Take]:
    """The headline on top of the text, and the site's name over it: both are in the metadata."""
    lines = scene.layout.lines
    title = scene.told.title
    head = next((row for row, line in enumerate(lines) if line.is_prose and letters(line.text) != title), 0)
    for line in lines[: min(HEAD_LINES, head)]:
        is_called = line.block.tag in HEADINGS and any(name_words(names) & _HEADLINES for names in line.names)
        is_apart = not line.is_in_trunk and scene.layout.has_trunk
        if scene.told.site and letters(line.text) == scene.told.site:
            yield Take(at=line.at, kind="furniture", rule="structure-site-name", confidence=0.95)
        if line.block.tag == "h1" or _is_title(letters(line.text), title) or (is_called and is_apart):
            yield Take(at=line.at, kind="furniture", rule="structure-headline", confidence=0.95)


def _is_title(line: str, title: str) -> bool:
    """Whether the line is the title, with its kicker or its site's name or without."""
    if len(title) < MIN_TITLE_CHARS or not line:
        return False
    if line == title:
        return True
    has_kicker = len(title) >= MIN_PART_CHARS and line.endswith(title) and len(line) <= len(title) + MAX_LABEL_CHARS
    return has_kicker or (len(line) >= MIN_PART_CHARS and title.startswith(line) and len(line) >= 0.6 * len(title))


def head_matter(scene: Scene) -> Iterator[Take]:
    """Dates, reading times and bylines between headline and story, outside the element that holds the story."""
    for line in scene.layout.lines:
        if line.place != "before" or len(line.text) > MAX_MATTER_CHARS or SENTENCE_END.search(line.text):
            continue
        if line.block.tag in TABLE or is_safe(line, scene):
            continue
        found = letters(line.text)
        if any(len(author) >= MIN_TITLE_CHARS and author in found for author in scene.told.authors):
            yield Take(at=line.at, kind="credit", rule="structure-byline", confidence=0.9)
        elif not line.is_in_trunk and line.block.tag not in HEADINGS and _MOMENT.search(line.text):
            yield Take(at=line.at, kind="furniture", rule="structure-dates", confidence=0.9)


def not_in_body(scene: Scene) -> Iterator[Take]:
    """
    What the publisher's own text of the article leaves out, where that holds most of what was extracted.

    Never headings, lists, tables and the first paragraph: publishers leave these out of it (cleaning.md 4).
    """
    lines = scene.layout.lines
    body = scene.told.body if len(scene.told.body) * len(scene.layout.lines) <= MAX_BODY_WORK else ""
    inside = [_holds(body, letters(line.text)) for line in lines] if body else []
    n_all = sum(len(line.text) for line in lines)
    n_inside = sum(len(line.text) for line, is_inside in zip(lines, inside, strict=False) if is_inside)
    if not any(inside) or n_inside < MIN_BODY_SHARE * n_all:
        return
    last = max(row for row, is_inside in enumerate(inside) if is_inside)
    for row, line in enumerate(lines):
        if inside[row] or not row:
            continue
        is_text = line.block.tag in {"p", "div"} and not {"li", "table", "blockquote"} & set(line.block.ancestors)
        # Behind its last word the publisher's text may only be cut off.
        may_go = len(line.text) <= MAX_TEASER_CHARS and not (row > last and line.is_prose and line.is_in_trunk)
        if is_text and may_go and not is_safe(line, scene):
            yield Take(at=line.at, kind="furniture", rule="structure-article-body", confidence=0.85)


def _holds(body: str, line: str) -> bool:
    """Whether the text holds the line, or one half of it."""
    half = len(line) // 2
    return line in body or (half >= MIN_PART_CHARS and (line[:half] in body or line[half:] in body))


#: In the order in which they sign.
LAYERS: tuple[Layer, ...] = (
    repeated_headline, head_matter, enclosed, named, labelled_link, link_list, link_run, cards, behind, not_in_body,
)  # fmt: skip  # one name a line is longer, not clearer
