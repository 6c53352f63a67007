"""What an examination found, with what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: "problem": something does not work, or will lose data. "warning": it works, but not as well or as safely as it could.
Level = Literal["ok", "warning", "problem"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing examined."""

    #: A stable short name.
    check: str
    level: Level
    #: How it is, in one sentence part.
    what: str
    #: Why that matters, and what to do; "" where all is well.
    why: str = ""
    todo: str = ""


def fine(check: str, what: str) -> Finding:
    """All is well."""
    return Finding(check=check, level="ok", what=what)


def warning(check: str, what: str, *, why: str, todo: str) -> Finding:
    """It could be better."""
    return Finding(check=check, level="warning", what=what, why=why, todo=todo)


def problem(check: str, what: str, *, why: str, todo: str) -> Finding:
    """It does not work."""
    return Finding(check=check, level="problem", what=what, why=why, todo=todo)
