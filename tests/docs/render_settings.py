"""
Writes docs/reference/settings.md from ingest/settings.py: the comment over each field, its type, default and bounds.

python -m tests.docs.render_settings
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AliasChoices, SecretStr
from pydantic.fields import FieldInfo

from ingest.settings import Settings

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "settings.md"
SOURCE = ROOT / "ingest" / "settings.py"

HEAD = """# Settings

Every setting there is. This page is made from `ingest/settings.py`: `make docs` writes it.

A setting is an environment variable, or a line of a file `.env` in the folder where the process starts; the environment
wins.

- A **duration** is a number of seconds (`90`) or ISO 8601 (`PT1H30M`, `P7D`).
- **yes or no** may also be `true` or `false`, `1` or `0`.
- A **list** has commas between its parts.

A value that makes no sense ends the program with a sentence that names the variable; `copydesk doctor` finds variables
that are misspelt. All processes of one desk should have the same settings.
"""

#: Defaults that are worked out on the machine.
WORKED_OUT = {"sandbox_processes": "a core each, at most 2"}
#: What a value is, where its Python type says too little to a reader.
TYPES = {
    "first_poll": "`all`, a number of entries, or a duration",
    "revisits": "list of durations, or `off`",
    "allowed_networks": "list of networks",
    "allowed_ports": "list of ports",
    "archive": "list of `pages`, `feeds`; or `off`",
}
PLAIN = {str: "text", int: "number", float: "number", bool: "yes or no", Path: "path", SecretStr: "text, secret"}
BOUNDS = {"ge": "at least {}", "gt": "more than {}", "le": "at most {}", "lt": "less than {}"}


def page() -> str:
    """The whole page."""
    return HEAD + "".join(f"\n## {title}\n\n{_table(names)}" for title, names in sections().items())


def variables(name: str) -> list[str]:
    """The variables that give a setting, the usual one first."""
    choices = Settings.model_fields[name].validation_alias
    if not isinstance(choices, AliasChoices):
        return [f"COPYDESK_{name.upper()}"]
    return [str(choice) for choice in choices.choices if str(choice).isupper()]


def sections() -> dict[str, list[str]]:
    """The settings' names under the headings that stand in the source (``# -- the store``)."""
    found: dict[str, list[str]] = {}
    title = ""
    for line in SOURCE.read_text(encoding="utf-8").splitlines():
        if heading := re.match(r"    # -- (.+)", line):
            title = heading[1].capitalize()
        elif (field := re.match(r"    (\w+): ", line)) and field[1] in Settings.model_fields:
            found.setdefault(title, []).append(field[1])
    return found


def meanings() -> dict[str, str]:
    """What the comment over each field says."""
    text = SOURCE.read_text(encoding="utf-8")
    found = re.findall(r"(?m)^((?:    #: .*\n)+)    (\w+): ", text)
    return {name: " ".join(line.strip()[3:] for line in comment.splitlines()) for comment, name in found}


def _table(names: list[str]) -> str:
    said = meanings()
    rows = ["| variable | value | default | meaning |", "|---|---|---|---|"]
    for name in names:
        field = Settings.model_fields[name]
        value = "; ".join([_kind(name, field), *_bounds(field)])
        first, *others = variables(name)
        also = f" ({', '.join(f'`{other}`' for other in others)} works too.)" if others else ""
        meaning = re.sub(r"[a-z]+_[a-z_]+", _named, said[name])
        cells = (f"`{first}`", value, default_of(name), meaning + also)
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"


def _named(found: re.Match[str]) -> str:
    """The variable of a setting that a comment names."""
    return f"`{variables(found[0])[0]}`" if found[0] in Settings.model_fields else found[0]


def _kind(name: str, field: FieldInfo) -> str:
    kind = TYPES.get(name) or _type(field.annotation)
    return f"{kind} of bytes" if name.endswith(("_bytes", "cluster_memory")) else kind


def _type(kind: Any) -> str:
    if get_origin(kind) is Annotated:
        return _type(get_args(kind)[0])
    if get_origin(kind) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(kind))
    if get_origin(kind) in {Union, UnionType}:
        return " or ".join(_type(part) for part in get_args(kind) if part is not NoneType)
    return "duration" if kind is timedelta else PLAIN[kind]


def _bounds(field: FieldInfo) -> Iterator[str]:
    """The bounds, the lower one first, wherever pydantic keeps them."""
    parts = [
        part for kind in (field.annotation, *get_args(field.annotation)) for part in getattr(kind, "__metadata__", ())
    ]
    found = {
        bound: value
        for part in (*field.metadata, *parts)
        for bound in BOUNDS
        if (value := _bound(part, bound)) is not None
    }
    yield from (text.format(_said(found[bound]).strip("`")) for bound, text in BOUNDS.items() if bound in found)


def _bound(part: Any, bound: str) -> Any:
    if isinstance(part, FieldInfo):
        return next((value for one in part.metadata if (value := _bound(one, bound)) is not None), None)
    return getattr(part, bound, None)


def default_of(name: str) -> str:
    """What a setting is where nobody says anything."""
    field = Settings.model_fields[name]
    if name in WORKED_OUT:
        return WORKED_OUT[name]
    value = field.get_default(call_default_factory=False)
    if value is None or value == "" or (isinstance(value, SecretStr) and not value.get_secret_value()):
        return ""
    return ", ".join(_said(part) for part in value) if isinstance(value, tuple) and value else _said(value)


def _said(value: Any) -> str:
    """A value as one would write it into the environment, with its unit."""
    if isinstance(value, bool):
        return "`yes`" if value else "`no`"
    if value == ():
        return ""
    if isinstance(value, timedelta):
        return _duration(value)
    return f"`{value}`"


def _duration(value: timedelta) -> str:
    seconds = value.total_seconds()
    for size, unit in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size and seconds % size == 0:
            number = int(seconds // size)
            return f"{number} {unit}{'s' if number != 1 else ''}"
    return f"{seconds:g} s"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
