"""
How an article's paragraphs lie in its page: which element holds the story, and what stands beside it.

The *trunk* is the innermost element that holds most of the prose. What lies between the trunk and a paragraph is the
paragraph's *branch*: the class of a branch says something about the paragraph, the class of the trunk, or of what is
around it, nothing ("has-newsletter" on the body of every page). Over all ancestors, class names cost 11.7 % of the true
paragraphs (cleaning.md 3); over branches alone they cost next to none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, NamedTuple

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


class Line(NamedTuple):  # a frozen dataclass takes three times as long to make, and each paragraph is one
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
        return (self.block.tag, *self.block.ancestors[: self.n_branch - 1]) if self.n_branch else ()

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
    #: The largest share of links that a line has.
    link_share: float


def layout_of(numbered: Sequence[tuple[int, str, Block]]) -> Layout:
    """How these paragraphs (number, text, place) lie in their page."""
    sizes = [_size(text) for _, text, _ in numbered]
    prose = [
        size >= MIN_PROSE_CHARS and block.link_share < MAX_PROSE_LINKS and block.tag not in _NO_PROSE
        for (_, _, block), size in zip(numbered, sizes, strict=True)
    ]
    told = [
        (block.path, size) for (_, _, block), size, is_prose in zip(numbered, sizes, prose, strict=True) if is_prose
    ]
    n_prose = sum(size for _, size in told)
    held, paths = _held(told)
    has_trunk = len(told) >= MIN_PROSE and n_prose >= MIN_PROSE_SHARE * sum(sizes)
    trunk = _trunk((path for path, _ in told), paths, held, n_prose) if has_trunk else None
    if trunk is None:
        lines = tuple(
            Line(at, text, block, is_prose, "within", False, 1, 1)
            for (at, text, block), is_prose in zip(numbered, prose, strict=True)
        )
    else:
        spots = _Spots(trunk=trunk, held=held, limit=MAX_SMALL_SHARE * n_prose)
        lines = _lines(numbered, prose, [spots.find(block.path) for _, _, block in numbered])
    lead = next((at for (at, _, _), is_prose in zip(numbered, prose, strict=True) if is_prose), -1)
    linked = max((block.link_share for _, _, block in numbered), default=0.0)
    return Layout(lines=lines, has_trunk=trunk is not None, lead=lead, n_prose_chars=n_prose, link_share=linked)


@lru_cache(maxsize=1024)
def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text) + len(_DENSE.findall(text))


#: The numbers of an element and of all around it, the innermost first: an element's number tells those around it.
_Path = tuple[int, ...]


def _held(prose: Iterable[tuple[_Path, int]]) -> tuple[dict[int, int], dict[int, _Path]]:
    """How many characters of prose each element holds, siblings counted together; and a path from each's parent on."""
    held: dict[int, int] = {}
    beside: dict[int, int] = {}
    paths: dict[int, _Path] = {}
    for path, size in prose:
        for element in path[:1]:
            held[element] = held.get(element, 0) + size
        for parent in path[1:2]:
            beside[parent] = beside.get(parent, 0) + size
            paths[parent] = path[1:]
    for parent, size in beside.items():
        for element in paths[parent]:
            held[element] = held.get(element, 0) + size
    return held, paths


def _trunk(prose: Iterable[_Path], paths: Mapping[int, _Path], held: Mapping[int, int], n_prose: int) -> int | None:
    """The number of the innermost element that holds most of the prose."""
    large = {element for element, n_held in held.items() if n_held >= TRUNK_SHARE * n_prose}
    best: tuple[int, int] | None = None
    # Siblings share what is around them, and hardly one of them is large itself.
    for path in (*paths.values(), *(path for path in prose if path[:1] and path[0] in large)) if large else ():
        at = next((at for at, element in enumerate(path) if element in large), None)
        if at is not None:
            best = max(best, (len(path) - at, path[at])) if best else (len(path) - at, path[at])
    return best[1] if best else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spots:
    """Where paths lie: how many of their elements are small, and which is the trunk (None: none of them)."""

    trunk: int | None
    held: Mapping[int, int]
    #: An element that holds more is not small.
    limit: float
    #: What is known of the paths from a parent on (None: from nowhere), which siblings share.
    known: dict[int | None, tuple[int, int | None]] = field(default_factory=dict)

    def find(self, path: _Path) -> tuple[int, int | None]:
        """How many elements of the path are small, the innermost first, and where in it the trunk is."""
        if not path:
            return 0, None
        parent = path[1] if len(path) > 1 else None
        around = self.known.get(parent)
        if around is None:
            around = self.known[parent] = self._look(path[1:])
        n_small, at_trunk = around
        n_small = 0 if self.held.get(path[0], 0) > self.limit else n_small + 1
        if path[0] == self.trunk:
            return n_small, 0
        return n_small, None if at_trunk is None else at_trunk + 1

    def _look(self, path: _Path) -> tuple[int, int | None]:
        # An element holds what the elements in it hold, so the small ones come first.
        n_small = next((n for n, element in enumerate(path) if self.held.get(element, 0) > self.limit), len(path))
        return n_small, path.index(self.trunk) if self.trunk in path else None


def _lines(
    numbered: Sequence[tuple[int, str, Block]], prose: Sequence[bool], spots: Sequence[tuple[int, int | None]]
) -> tuple[Line, ...]:
    """The lines of a text whose trunk is known, each with where its path lies."""
    inner = [row for row, (_, at_trunk) in enumerate(spots) if prose[row] and at_trunk is not None]
    first, last = (inner[0], inner[-1]) if inner else (0, len(numbered))
    found: list[Line] = []
    for row, (at, text, block) in enumerate(numbered):
        n_small, at_trunk = spots[row]
        place: Place = "before" if row < first else "after" if row > last else "within"
        n_branch = n_small if at_trunk is None else at_trunk
        found.append(Line(at, text, block, prose[row], place, at_trunk is not None, n_branch, min(n_small, n_branch)))
    return tuple(found)
