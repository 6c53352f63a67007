"""
Writes docs/reference/events.md from the contract: the JSON Schema, the AsyncAPI document, the statement of ninjs.

python -m tests.docs.render_events
"""

import json
from importlib.resources import files
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "events.md"
MAX_EXAMPLE = 60

FOLDER = files("ingest.messages")
SCHEMA = json.loads(FOLDER.joinpath("article.v1.json").read_text(encoding="utf-8"))
API = json.loads(FOLDER.joinpath("asyncapi.v1.json").read_text(encoding="utf-8"))
NINJS = json.loads(FOLDER.joinpath("ninjs-subset.v3.json").read_text(encoding="utf-8"))

HEAD = """# Events

What copydesk puts on its queue: reference. [How to consume](../how-to/consume.md) says how to read it.

This page is made from `ingest/messages/article.v1.json` (JSON Schema, draft 2020-12), `asyncapi.v1.json` (AsyncAPI 3.0)
and `ninjs-subset.v3.json` beside them, which ship in the package: `make docs` writes it. What the tests publish is
validated against them.
"""
NINJS_HEAD = """
## The same as ninjs 3.0

A sink with `format = "ninjs"`, `copydesk tail --format ninjs` and, in Python,
`ingest.messages.ninjs.ninjs_document(data, type=...)` write the article as a document of
[IPTC's ninjs](https://iptc.org/standards/ninjs/) instead. What has no place there (removals other than disclaimers,
roles in a cluster, quality, changes) is left out: ninjs objects are closed. The attributes of the event stay the same.

Every document is validated against `ninjs-subset.v3.json`. That is our own statement of the part of the standard we
use: it has the standard's names, types and closed objects, and is stricter where we promise more. It is no copy of
IPTC's schema (3.0.1), against whose structure our documents were checked when it was written.
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD, _promises(), _attributes(), _messages(), _channels(), _data(), _example(), _ninjs()]
    return "\n".join(part.strip("\n") + "\n" for part in parts)


def _promises() -> str:
    return f"{API['info']['description']}\n"


def _attributes() -> str:
    schema = API["components"]["schemas"]["attributes"]
    headers = API["components"]["messages"]["published"]["examples"][0]["headers"]
    rows = [
        (f"`{name}`", field.get("type", "string"), field["description"], _code(headers[name]))
        for name, field in schema["properties"].items()
    ]
    return f"## Attributes\n\n{schema['description']} All of them are always there.\n\n" + _table(
        ("name", "type", "meaning", "example"), rows
    )


def _messages() -> str:
    rows = [(f"`{one['name']}`", one["summary"]) for one in API["components"]["messages"].values()]
    return "## Types\n\n" + _table(("type", "meaning"), rows)


def _channels() -> str:
    parts = ["## Where they are\n"]
    for channel in API["channels"].values():
        parts.append(f"### {channel['title']}\n")
        parts.append(f"Address `{channel['address']}`. {channel['description']}\n")
    headers = API["components"]["messageBindings"]["article"]["http"]["headers"]
    rows = [
        (f"`{name}`", "always" if name in headers["required"] else "optional", field["description"])
        for name, field in headers["properties"].items()
    ]
    return "\n".join([*parts, "A webhook has these headers besides:\n", _table(("header", "", "meaning"), rows)])


def _data() -> str:
    rows = [
        (f"`{path}`", kind, "always" if is_always else "optional", meaning, _code_or_none(path))
        for path, kind, is_always, meaning in walk(SCHEMA, SCHEMA)
    ]
    names = "`a.b` is a key of the object `a`, `a[].b` one of each object in the list `a`."
    text = f"## `data`\n\n{SCHEMA['description']}\n\n{names}\n\n"
    return text + _table(("name", "type", "", "meaning", "example"), rows)


def _example() -> str:
    body = json.dumps(SCHEMA["examples"][0], indent=2, ensure_ascii=False)
    return f"## An example of `data`\n\n```json\n{body}\n```\n"


def _ninjs() -> str:
    item = NINJS["$defs"]["item"]["properties"]
    whole = {**NINJS, "properties": {**item, **NINJS["properties"]}}
    rows = [
        (f"`{path}`", kind, "always" if is_always else "optional", meaning)
        for path, kind, is_always, meaning in walk(whole, NINJS)
    ]
    return NINJS_HEAD + "\n" + _table(("name", "type", "", "meaning"), rows)


def walk(node, root, path=""):
    """Each property below an object: its path, type, whether it is always there, and its meaning."""
    for name, field in node.get("properties", {}).items():
        here = f"{path}{name}"
        yield here, kind_of(field, root), name in node.get("required", ()), field["description"]
        yield from walk(field, root, f"{here}.")
        items = resolved(field.get("items", {}), root)
        if "properties" in items:
            yield from walk(items, root, f"{here}[].")


def resolved(field, root):
    """A field with what it points at."""
    if "$ref" not in field:
        return field
    target = root
    for step in field["$ref"].removeprefix("#/").split("/"):
        target = target[step]
    own = {name: value for name, value in field.items() if name != "$ref"}
    # An associated object of ninjs is an object like the article: its own keys are told, the others are above.
    return own if "properties" in own else {**target, **own}


def kind_of(field, root) -> str:
    """A field's type in words."""
    if "anyOf" in field:
        return " or ".join(kind_of(one, root) for one in field["anyOf"])
    if field.get("$ref") == "#/$defs/address":
        return "address"
    field = resolved(field, root)
    if "enum" in field:
        return " \\| ".join(f"`{value}`" for value in field["enum"])
    if "const" in field:
        return f"`{field['const']}`"
    kinds = field["type"] if isinstance(field["type"], list) else [field["type"]]
    if kinds == ["array"]:
        return f"list of {kind_of({k: v for k, v in field['items'].items() if k != 'enum'}, root)}s"
    return " or ".join("time" if field.get("format") == "date-time" else kind for kind in kinds)


def example_of(path: str):
    """A value that an example of the schema has there; KeyError where none has."""
    for document in (
        reversed(SCHEMA["examples"]) if path.startswith(("revision_of", "corrections")) else SCHEMA["examples"]
    ):
        found = [document]
        for step in path.split("."):
            name, _, is_list = step.partition("[")
            found = [one[name] for one in found if name in one]
            found = [inner for one in found for inner in one] if is_list else found
        if found:
            return found[0]
    raise KeyError(path)


def _code_or_none(path: str) -> str:
    try:
        return _code(example_of(path))
    except KeyError:
        return ""


def _code(value) -> str:
    text = json.dumps(value, ensure_ascii=False).replace("|", "\\|")
    return f"`{text if len(text) <= MAX_EXAMPLE else text[: MAX_EXAMPLE - 1] + '…'}`"


def _table(heads, rows) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
