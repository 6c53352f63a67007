"""``copydesk rules``: the rules that say what a promo is, held against their own examples."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import PurePath
from typing import Annotated

import typer
from rich.text import Text

from ingest.cleaning.examples import failures
from ingest.cleaning.rules import Rules, read_rules, rule_texts
from ingest.errors import SettingsError
from workers.cli.endings import FAILED, WRONG, ended, say
from workers.cli.later import COMMANDS, new_app
from workers.cli.session import print_json, print_rich, read_input, settings_of
from workers.rules import own_rules
from workers.show import console_on

app = new_app(help=COMMANDS["rules"].help, no_args_is_help=True)

#: A rule file is a page of text; a megabyte of it is no rule file.
_MAX_BYTES = 1 << 20
_Files = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[FILE]...", help="Rule files of your own, read beside those of copydesk.", show_default=False
    ),
]
_Json = Annotated[bool, typer.Option("--json", help="As JSON.")]


@app.command("test")
def run_examples(ctx: typer.Context, files: _Files = None, *, is_json: _Json = False) -> int:
    """
    Run every example of every rule and name those that fail.

    What a rule says it removes must go, and what any rule says it keeps must stay. Ends with 1 where one fails. Those
    in COPYDESK_RULES are tested as well; a file that is named here stands in for the one of its name there.

    \b
    Example:  copydesk rules test
              copydesk rules test my-town.toml
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    rules = _rules(ctx, files or ())
    with console_on(sys.stderr).status("testing"):
        failed = tuple(failures(rules))
    n_examples = sum(len(rule.removes) + len(rule.keeps) for rule in rules.rules)
    if is_json:
        print_json({"rules": len(rules.rules), "examples": n_examples, "failed": [asdict(one) for one in failed]})
    else:
        for one in failed:
            print_rich(Text(f"{one.rule}: {one.example}: {one.text}\n  {one.reason}"))
        if not failed:
            print_rich(Text(f"{len(rules.rules)} rules: all {n_examples} examples hold."))
    if failed:
        say(f"{len(failed)} of {n_examples} examples fail")
    return FAILED if failed else 0


@app.command("list")
def list_rules(
    ctx: typer.Context,
    files: _Files = None,
    *,
    language: Annotated[str, typer.Option("--lang", help="Only those of this language.")] = "",
    is_json: _Json = False,
) -> int:
    """
    List the rules: id, kind, language, where each acts, and whether a speaker has checked it.

    \b
    Example:  copydesk rules list --lang de
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    rows = [
        {
            "id": rule.id,
            "kind": rule.kind,
            "lang": rule.lang,
            "position": rule.position,
            "block": rule.block,
            "checked": rule.is_checked,
            "patterns": len(rule.lines),
        }
        for rule in _rules(ctx, files or ()).rules
        if language in ("", rule.lang)
    ]
    if is_json:
        print_json(rows)
    elif not rows:
        typer.echo("No such rules.")
    else:
        for row in rows:
            mark = "" if row["checked"] else "  unchecked"
            line = f"{row['id']:34} {row['kind']:10} {row['lang']:3} {row['position']:4} {row['block']:5}{mark}"
            print_rich(Text(line), is_wrapped=False)
    return 0


def _rules(ctx: typer.Context, files: Sequence[str]) -> Rules:
    """
    The rules of copydesk, those of COPYDESK_RULES, and those of the files, which stand in for that one's of their name.

    What makes no sense ends the command with the sentence that says why.
    """
    shipped = rule_texts()
    texts = shipped | dict(own_rules(settings_of(ctx)))
    for file in files:
        name = PurePath(file).name
        if name in shipped or not name.endswith(".toml"):
            raise ended(f"{file}: a rule file needs a name of its own that ends in .toml", WRONG)
        try:
            texts[name] = read_input(file, _MAX_BYTES).decode("utf-8")
        except UnicodeDecodeError:
            raise ended(f"{file}: this is no UTF-8 text", WRONG) from None
    try:
        return read_rules(texts)
    except SettingsError as error:
        raise ended(str(error), WRONG) from error
