"""
How an article's paragraphs lie in its page: which element holds the story, and what stands beside it.

The *trunk* is the innermost element that holds most of the prose. What lies between the trunk and a paragraph is the
paragraph's *branch*: the class of a branch says something about the paragraph, the class of the trunk, or of what is
around it, nothing ("has-newsletter" on the body of every page). Over all ancestors, class names cost 11.7 % of the true
paragraphs (cleaning.md 3); over branches alone they cost next to none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ingest.models import Block

#: A shorter paragraph may be a caption, a teaser or a button.
MIN_PROSE_CHARS = 80
#: Prose that is mostly links is a list of links.
MAX_PROSE_LINKS = 0.5
#: The trunk holds this share of the prose: a related story of three paragraphs does not move it.
TRUNK_SHARE = 0.75
#: With less there is no telling what is beside what: so many paragraphs of prose, and this share of all text.
MIN_PROSE = 3
MIN_PROSE_SHARE = 0.5
#: An element that holds more of the prose than this is a part of the story, whatever it is called.
MAX_SMALL_SHARE = 0.15

#: Scripts in which a character says as much as two of Latin script.
_DENSE = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_NO_PROSE = frozenset({"li", "dt", "dd", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6", "figcaption", "caption"})

#: Where a line stands to the prose of the trunk.
Place = Literal["before", "within", "after"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One paragraph, and how it lies in the page."""

    #: Its number among the paragraphs.
    at: int
    text: str
    block: Block
    is_prose: bool
    place: Place
    is_in_trunk: bool
    #: How many elements its branch has, itself counted.
    n_branch: int
    #: How many of these, the innermost first, hold hardly any of the page's prose.
    n_small: int

    @property
    def tags(self) -> tuple[str, ...]:
        """The elements of its branch, the innermost first."""
        return (self.block.tag, *self.block.ancestors)[: self.n_branch]

    @property
    def names(self) -> tuple[str, ...]:
        """Class and id of the elements of its branch."""
        return self.block.names[: self.n_branch]

    @property
    def path(self) -> tuple[int, ...]:
        """The numbers of the elements of its branch."""
        return self.block.path[: self.n_branch]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The lines whose place in the page is known, in their order."""

    lines: tuple[Line, ...]
    #: Whether the trunk is found, and branches mean something.
    has_trunk: bool
    #: The number of the first paragraph of prose: a story's lead, never to be lost.
    lead: int
    #: How many characters of prose there are; one of dense scripts counts twice.
    n_prose_chars: int


def layout_of(numbered: Sequence[tuple[int, str, Block]]) -> Layout:
    """How these paragraphs (number, text, place) lie in their page."""
    sizes = [_size(text) for _, text, _ in numbered]
    prose = [_is_prose(block, size) for (_, _, block), size in zip(numbered, sizes, strict=True)]
    held: dict[int, int] = {}
    for (_, _, block), size, is_prose in zip(numbered, sizes, prose, strict=True):
        for element in block.path if is_prose else ():
            held[element] = held.get(element, 0) + size
    n_prose = sum(size for size, is_prose in zip(sizes, prose, strict=True) if is_prose)
    has_trunk = sum(prose) >= MIN_PROSE and n_prose >= MIN_PROSE_SHARE * sum(sizes)
    trunk = _trunk(numbered, prose, held, n_prose) if has_trunk else None
    inner = [row for row, (_, _, block) in enumerate(numbered) if prose[row] and trunk in block.path]
    lines = tuple(
        _line(numbered[row], is_prose=prose[row], place=_place(row, inner), trunk=trunk, held=held, n_prose=n_prose)
        for row in range(len(numbered))
    )
    lead = next((at for (at, _, _), is_prose in zip(numbered, prose, strict=True) if is_prose), -1)
    return Layout(lines=lines, has_trunk=trunk is not None, lead=lead, n_prose_chars=n_prose)


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text) + len(_DENSE.findall(text))


def _is_prose(block: Block, size: int) -> bool:
    return size >= MIN_PROSE_CHARS and block.link_share < MAX_PROSE_LINKS and block.tag not in _NO_PROSE


def _trunk(
    numbered: Sequence[tuple[int, str, Block]], prose: Sequence[bool], held: Mapping[int, int], n_prose: int
) -> int | None:
    """The number of the innermost element that holds most of the prose."""
    best: tuple[int, int] | None = None
    for (_, _, block), is_prose in zip(numbered, prose, strict=True):
        if not is_prose:
            continue
        for at, element in enumerate(block.path):
            if held[element] >= TRUNK_SHARE * n_prose:
                depth = len(block.path) - at
                best = max(best, (depth, element)) if best else (depth, element)
                break
    return best[1] if best else None


def _place(row: int, inner: Sequence[int]) -> Place:
    if not inner or inner[0] <= row <= inner[-1]:
        return "within"
    return "before" if row < inner[0] else "after"


def _line(
    numbered: tuple[int, str, Block],
    *,
    is_prose: bool,
    place: Place,
    trunk: int | None,
    held: Mapping[int, int],
    n_prose: int,
) -> Line:
    at, text, block = numbered
    is_in_trunk = trunk is not None and trunk in block.path
    limit = MAX_SMALL_SHARE * n_prose
    # An element holds what the elements in it hold, so the small ones come first.
    n_small = next((n for n, element in enumerate(block.path) if held.get(element, 0) > limit), len(block.path))
    if trunk is None:
        n_small = n_branch = 1
    else:
        n_branch = block.path.index(trunk) if is_in_trunk else n_small
    return Line(
        at=at,
        text=text,
        block=block,
        is_prose=is_prose,
        place=place,
        is_in_trunk=is_in_trunk,
        n_branch=n_branch,
        n_small=min(n_small, n_branch),
    )
