"""
Writes docs/reference/cli.md from the commands themselves.

    python -m tests.docs.cli_reference
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from workers.cli.later import COMMANDS, command_at

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "cli.md"

_HEAD = """# Command line

Written from the commands themselves (`python -m tests.docs.cli_reference`); `copydesk COMMAND --help` says the same.

Options before the command hold for all of them: `--data DIR` (instead of `COPYDESK_DATA`) and `--redis-url URL`
(instead of `REDIS_URL`). All other settings are environment variables.

- A **feed** is named by its address, its id, or an unambiguous beginning of its id (four characters or more).
- **`--json`** gives JSON on stdout and nothing else: a list as an array; things that were named as an object each,
  indented where there is one, else one a line; a process logs JSON lines. What went wrong is one sentence on stderr
  either way.
- **Exit codes**: 0 done; 1 could not be done (no store, no answer, a failed feed); 2 wrong usage or input; 130 Ctrl-C;
  143 SIGTERM. A reader who has seen enough (`copydesk tail | head -1`) is no failure.
- **Colours** are for terminals only, and not with `NO_COLOR` set. Progress of long work is shown on stderr, on a
  terminal.
- **Completion** of commands, options and feeds: `copydesk completion bash`, `zsh` or `fish`.
"""


def page() -> str:
    """The whole page."""
    parts = [_HEAD]
    panels: dict[str, list[str]] = {}
    for name, place in COMMANDS.items():
        panels.setdefault(place.panel or "", []).append(name)
    for panel, names in panels.items():
        parts.append(f"## {panel}\n")
        for name in names:
            parts += _command(f"copydesk {name}", command_at(COMMANDS[name].path))
    return "\n".join(parts)


def _command(path: str, command: Any) -> Iterator[str]:
    yield f"### `{path}`\n"
    if hasattr(command, "commands"):
        yield f"{_prose(command.help)}\n"
        with typer.Context(command) as context:
            names = command.list_commands(context)
        for name in names:
            found = command.commands[name]
            # One that comes later is an empty shell until it is called.
            yield from _command(f"{path} {name}", command_at(found._path) if hasattr(found, "_path") else found)
        return
    arguments = [param for param in command.params if param.param_type_name == "argument"]
    yield f"    {' '.join([path, '[OPTIONS]', *(_metavar(one) for one in arguments)])}\n"
    yield f"{_prose(command.help)}\n"
    rows = [*_rows(command)]
    if rows:
        yield "\n".join(["| | |", "|---|---|", *rows]) + "\n"


def _rows(command: Any) -> Iterator[str]:
    for param in command.params:
        said = _cell(param.help or "")
        if param.param_type_name == "argument":
            yield f"| `{_cell(_metavar(param))}` | {said} |"
        elif param.name != "help":
            names = ", ".join(f"`{name}`" for name in [*param.opts, *param.secondary_opts])
            yield f"| {names} | {said}{_default(param)} |"


def _metavar(param: Any) -> str:
    return str(param.metavar or param.name.upper())


def _default(param: Any) -> str:
    default = param.default
    if param.is_flag or default in (None, "", (), False) or callable(default):
        return ""
    return f" Default: {_cell(str(default))}."


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _prose(text: str) -> str:
    """A help text as Markdown: the lines after a backspace mark are an example."""
    told, _, example = inspect.cleandoc(text).partition("\b")
    told = re.sub(r"(?<!\n)\n(?!\n)", " ", told.strip())
    lines = example.strip("\n").splitlines()
    if not lines:
        return told
    return f"{told}\n\n```\n{inspect.cleandoc(chr(10).join(lines).replace('Example:', '        ', 1))}\n```"


def main() -> None:
    """Write the page."""
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
