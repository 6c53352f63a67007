"""The plain YAML that our manifests keep to: blocks of mappings and lists, flow lists, quoted and bare words."""

from __future__ import annotations

import json
import re
from typing import Any

_KEY = re.compile(r"(?P<key>[A-Za-z0-9_./-]+):(?:\s+(?P<value>.*))?$")


def documents(text: str) -> list[Any]:
    """All documents of a file. What is not plain (anchors, tags, block scalars) is refused."""
    return [_document(part) for part in re.split(r"(?m)^---$", text)]


def _document(text: str) -> Any:
    lines = [line.rstrip() for line in text.splitlines()]
    plain = [(len(line) - len(line.lstrip()), line.strip()) for line in lines if line.strip()]
    rows = [row for row in plain if not row[1].startswith("#")]
    value, rest = _block(rows, 0)
    assert not rest, f"not understood: {rest[0]}"
    return value


def _block(rows: list[tuple[int, str]], indent: int) -> tuple[Any, list[tuple[int, str]]]:
    if not rows or rows[0][0] < indent:
        return None, rows
    level = rows[0][0]
    return _sequence(rows, level) if rows[0][1].startswith("- ") else _mapping(rows, level)


def _sequence(rows: list[tuple[int, str]], level: int) -> tuple[list[Any], list[tuple[int, str]]]:
    found = []
    while rows and rows[0][0] == level and rows[0][1].startswith("- "):
        inside = rows[0][1][2:].strip()
        if _KEY.match(inside):
            # The first key of a mapping stands behind the dash.
            value, rows = _mapping([(level + 2, inside), *rows[1:]], level + 2)
        else:
            value, rows = _scalar(inside), rows[1:]
        found.append(value)
    return found, rows


def _mapping(rows: list[tuple[int, str]], level: int) -> tuple[dict[str, Any], list[tuple[int, str]]]:
    found: dict[str, Any] = {}
    while rows and rows[0][0] == level and not rows[0][1].startswith("- "):
        match = _KEY.match(rows[0][1])
        assert match, f"no key: {rows[0][1]}"
        key = match["key"]
        assert key not in found, f"twice: {key}"
        rows = rows[1:]
        if match["value"]:
            found[key] = _scalar(match["value"])
        else:
            found[key], rows = _block(rows, level + 1)
    return found, rows


def _scalar(text: str) -> Any:
    assert text[0] not in "&*!|>@`%", f"not plain: {text}"
    if text.startswith('"'):
        return json.loads(text)
    if text == "{}":
        return {}
    if text.startswith("["):
        inside = text.removeprefix("[").removesuffix("]")
        return [_scalar(part.strip()) for part in re.findall(r'"[^"]*"|[^,\s][^,]*', inside)]
    assert not re.search(": | #", text), f"not plain: {text}"
    if text in {"true", "false"}:
        return text == "true"
    return int(text) if re.fullmatch(r"-?[0-9]+", text) else text
