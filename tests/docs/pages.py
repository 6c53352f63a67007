"""
The pages of the documentation, taken apart: fenced blocks, headings, links.

A block's language says what is done with it:

    sh      each line is a command; those of a page are run in order, by tests/e2e/test_docs.py or as RUN_ELSEWHERE says
    text    what the last command before it says; "..." stands for anything, white space for any white space
    python  a program; one that goes on for ever is stopped once it has said something
    toml    feeds, sinks or rules, read by the product's own reader
    json    JSON
    (none)  commands that a program knows (copydesk, Redis), to be read and not to be typed in this order
"""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: Every page, by its path from the root; what npm puts below the examples is none.
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    if "node_modules" not in path.parts
}
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

#: Pages that a test of their own follows, with more around them than a demo newsroom.
RUN_ELSEWHERE = {
    "docs/explanation/benchmarks.md": "tests/docs/test_benchmarks_page.py",
    "docs/how-to/consume.md": "tests/e2e/test_examples.py",
    "docs/how-to/deploy-docker.md": "tests/docs/test_how_to.py",
    "docs/how-to/deploy-heroku.md": "tests/docs/test_how_to.py",
    "docs/how-to/deploy-kubernetes.md": "tests/docs/test_how_to.py",
    "docs/how-to/deploy-systemd.md": "tests/docs/test_how_to.py",
    "docs/how-to/monitor.md": "tests/unit/workers/test_monitor_page.py",
    "docs/how-to/replay.md": "tests/e2e/test_replay.py",
    "docs/how-to/runbook.md": "tests/docs/test_how_to.py",
    "docs/how-to/scale.md": "tests/docs/test_how_to.py",
    "docs/how-to/sinks.md": "tests/unit/sinks/test_docs.py",
}
#: Programs whose commands no test can run here: they need an engine, a cluster, a network or another user.
NOT_RUN = {"docker", "heroku", "kubectl", "pip", "sudo", "git", "cd"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block, and the text before it."""

    page: str
    language: str
    text: str
    before: str

    def __str__(self) -> str:
        line = self.before.count("\n") + 1
        return f"{self.page}:{line}"


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page, in their order."""
    text = PAGES[page]
    return [
        Block(page=page, language=found[1], text=found[2], before=text[: found.start()])
        for found in _FENCED.finditer(text)
    ]


BLOCKS = [block for page in PAGES for block in blocks(page)]


def prose(page: str) -> str:
    """A page without its fenced blocks."""
    return _FENCED.sub("", PAGES[page])


def anchors(page: str) -> set[str]:
    """Where a link into the page may lead: its headings, as GitHub writes them."""
    found: set[str] = set()
    for title in re.findall(r"(?m)^#+ (.+)$", prose(page)):
        plain = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title).lower()).replace(" ", "-")
        found.add(plain if plain not in found else f"{plain}-1")
    return found


def links(page: str) -> list[str]:
    """The targets of a page's links and pictures that lead to no other site."""
    found = re.findall(r"\]\(([^)\s]+)\)", prose(page))
    return [target for target in found if not target.startswith(("http://", "https://", "mailto:"))]
