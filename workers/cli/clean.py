"""``copydesk clean``: text in, text out, and what was taken out of it."""

from __future__ import annotations

import codecs
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated

import typer
from rich.text import Text

from ingest.cleaning.clean import clean_lines
from ingest.cleaning.rules import load_rules
from ingest.models import Cleaning, Removal
from ingest.text import remove_controls
from workers.cli.endings import FAILED, WRONG, ended
from workers.cli.later import PAGE_EDITOR, load
from workers.cli.session import print_json, print_rich, read_input, settings_of
from workers.rules import own_rules
from workers.show import removal_line

#: Bytes at the beginning in which a page shows itself as one.
_HEAD_BYTES = 4096
_HTML = re.compile(
    r"(?:\s|<\?xml[^>]*>|<!--.*?-->)*"
    r"<(?:!doctype\s+html|html|head|body|title|meta|link|script|style|main|article|section|header|nav|div|h[1-6]|p"
    r"|ul|ol|table|blockquote|figure|span|a)\b",
    re.IGNORECASE | re.DOTALL,
)
#: Longest first: the mark of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def clean(
    ctx: typer.Context,
    source: Annotated[str, typer.Argument(metavar="FILE|URL|-", help="Where the text is; - is stdin.")] = "-",
    *,
    url: Annotated[str, typer.Option(help="Address of a page that is given as a file.")] = "",
    is_diff: Annotated[bool, typer.Option("--diff", help="Show every line, the removed ones marked.")] = False,
    is_json: Annotated[bool, typer.Option("--json", help="Text, paragraphs, removals and flags as JSON.")] = False,
) -> int:
    """
    Clean one text, file or page: promos and disclaimers go.

    An address is fetched and its main text taken. A file or stdin that begins like HTML is taken for a page. Anything
    else is plain text, one paragraph a line; lines that stay, stay byte for byte. Stdout gets nothing but the text.

    \b
    Example:  copydesk clean article.txt > clean.txt
              copydesk clean https://example.org/story --diff
              copydesk clean --json < page.html | jq .removals
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    if is_diff and is_json:
        raise ended("--diff and --json exclude each other (see copydesk clean --help)", WRONG)
    settings = settings_of(ctx)
    is_address = source.lower().startswith(("http://", "https://"))
    data = b"" if is_address else read_input(source, settings.max_page_bytes)
    text = "" if is_address else _decode(data, source)
    if is_address or _HTML.match(text[:_HEAD_BYTES]):
        editor = load(PAGE_EDITOR)
        cleaning: Cleaning = editor(settings, source, None) if is_address else editor(settings, url, data)
        if not cleaning.paragraphs:
            raise ended(f"{source}: no text was found in the page", FAILED)
        lines = [f"{line}\n" for line in _restored(cleaning)]
    else:
        lines = _split(text)
        cleaning = clean_lines([line.rstrip("\r\n") for line in lines], load_rules(own_rules(settings)))
    if is_json:
        print_json(_document(cleaning))
    elif is_diff:
        _print_diff(lines, cleaning)
    else:
        _write("".join(line for line, removal in zip(lines, _fates(cleaning), strict=True) if removal is None))
    return 0


def _decode(data: bytes, source: str) -> str:
    """The input as text. Bytes that are no UTF-8 are carried along as they are."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    if b"\0" in data:
        raise ended(f"{source}: this is no text but binary data", WRONG)
    return data.removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogateescape")


def _split(text: str) -> list[str]:
    """The lines with their ends; only a line feed ends one, unlike in ``str.splitlines``."""
    *whole, rest = text.split("\n")
    return [f"{line}\n" for line in whole] + ([rest] if rest else [])


def _fates(cleaning: Cleaning) -> Iterator[Removal | None]:
    """For each line before cleaning, in order: its removal, or None where it stays."""
    removals = list(reversed(cleaning.removals))
    for kept in range(len(cleaning.paragraphs) + 1):
        while removals and removals[-1].after_paragraph == kept:
            yield removals.pop()
        if kept < len(cleaning.paragraphs):
            yield None


def _restored(cleaning: Cleaning) -> Iterator[str]:
    kept = iter(cleaning.paragraphs)
    return (next(kept) if removal is None else removal.text for removal in _fates(cleaning))


def _document(cleaning: Cleaning) -> dict[str, object]:
    return {
        "text": _utf8(cleaning.text),
        "paragraphs": [_utf8(line) for line in cleaning.paragraphs],
        "removals": [asdict(removal) | {"text": _utf8(removal.text)} for removal in cleaning.removals],
        "flags": cleaning.flags,
    }


def _utf8(text: str) -> str:
    """The text where it cannot carry foreign bytes: U+FFFD stands for them."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _print_diff(lines: list[str], cleaning: Cleaning) -> None:
    shown: list[Text] = []
    for line, removal in zip(lines, _fates(cleaning), strict=True):
        text = remove_controls(_utf8(line.rstrip("\r\n")))
        shown.append(Text(f"  {text}") if removal is None else removal_line(removal.kind, removal.rule, text))
    if cleaning.flags:
        shown.append(Text(f"! {', '.join(cleaning.flags)}", style="yellow"))
    print_rich(*shown, is_wrapped=False)


def _write(text: str) -> None:
    """The text as the bytes it came in; on a terminal without what would steer it."""
    if sys.stdout.isatty():
        text = remove_controls(text)
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
    sys.stdout.buffer.flush()
