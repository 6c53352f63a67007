"""``copydesk sources``: what was learned of each source, and the operator's word on it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

import typer
from rich.text import Text

from ingest.cleaning.learned import LineCount, Verdict, weigh
from ingest.store.boilerplate import Source, correct, forget, list_sources, read_source
from ingest.store.connect import Store
from ingest.store.volume import Drifting, read_drifts
from workers.cli.endings import WRONG, ended
from workers.cli.later import COMMANDS, new_app
from workers.cli.session import print_json, print_rich, settings_of
from workers.cli.stored import with_store
from workers.show import said, table

_DIGEST = re.compile(r"[0-9a-f]{16}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STYLES = {"learned": "yellow", "kept": "green", "dropped": "red", "watched": "dim"}

#: "watched" repeats, but there is not enough evidence that it is boilerplate.
State = Literal["learned", "kept", "dropped", "watched"]

app = new_app(help=COMMANDS["sources"].help)

Domain = Annotated[str, typer.Argument(metavar="DOMAIN", help="A source, as in the list.", show_default=False)]
Digest = Annotated[str, typer.Argument(metavar="DIGEST", help="A line, as in 'sources show'.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of the table.")]


@app.command("list")
def list_(ctx: typer.Context, *, is_json: AsJson = False) -> int:
    """
    List all sources with the number of their articles counted and of their lines known as boilerplate.

    Near copies of an article that was counted are not counted again.

    \b
    Example:  copydesk sources list
              copydesk sources list --json | jq -r '.[] | select(.learned > 20) | .domain'
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart

    async def work(store: Store) -> list[Source]:
        return [source async for source in list_sources(store)]

    rows = [_source_row(source) for source in with_store(settings_of(ctx), work)]
    if is_json:
        print_json(rows)
    elif rows:
        shown = table("source", "articles", "near copies", "learned", "corrected")
        for row in rows:
            shown.add_row(*(Text(said(str(value))) for value in row.values()))
        print_rich(shown)
    else:
        typer.echo("Nothing was learned yet: a source's lines are counted as its articles are published.")
    return 0


@app.command()
def show(
    ctx: typer.Context,
    domain: Domain,
    *,
    is_all: Annotated[bool, typer.Option("--all", help="Lines that only repeat, too.")] = False,
    is_json: AsJson = False,
) -> int:
    """
    Show the lines known as boilerplate of a source, and those that were corrected.

    Counts are of the source's last few hundred articles. A line is learned once it stands in enough articles on enough
    days; a line with other digits each time is data, and never is.

    \b
    Example:  copydesk sources show gazette.example
              copydesk sources show gazette.example --all --json
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    name = domain.lower()
    found = with_store(settings_of(ctx), lambda store: read_source(store, name))
    if found is None:
        raise ended(f"nothing is known of {name} (see copydesk sources list)", WRONG)
    lines = [(state, line) for line in found.lines if (state := _state(line, found)) != "watched" or is_all]
    if is_json:
        rows = [_line_row(state, line, found) for state, line in lines]
        print_json(_source_row(found) | {"lines": rows})
    else:
        _print(found, lines)
    return 0


@app.command()
def drift(ctx: typer.Context, *, is_json: AsJson = False) -> int:
    """
    List the sources that are no longer what they were: silent, flooding, or with other texts.

    Each is judged by its own last four weeks, twice an hour, once it has two weeks and twenty articles of history.

    \b
    Example:  copydesk sources drift
              copydesk sources drift --json | jq -r '.[] | select(.kind == "silent") | .domain'
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    rows = [_drift_row(one) for one in with_store(settings_of(ctx), read_drifts)]
    if is_json:
        print_json(rows)
    elif rows:
        shown = table("source", "drift", "since", "what was found")
        for row in rows:
            shown.add_row(*(Text(said(str(row[name]))) for name in ("domain", "kind", "since", "reason")))
        print_rich(shown)
    else:
        typer.echo("Every source is what it was, as far as is known.")
    return 0


@app.command()
def keep(ctx: typer.Context, domain: Domain, digest: Digest, *, is_json: AsJson = False) -> int:
    """
    Keep a line in the text, however often it repeats.

    \b
    Example:  copydesk sources keep gazette.example 0b61d6e5c3a94f12
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    return _correct(ctx, domain, digest, "keep", is_json=is_json)


@app.command()
def drop(ctx: typer.Context, domain: Domain, digest: Digest, *, is_json: AsJson = False) -> int:
    """
    Take a line for boilerplate of its source, whatever the counts say.

    \b
    Example:  copydesk sources drop gazette.example 0b61d6e5c3a94f12
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    return _correct(ctx, domain, digest, "drop", is_json=is_json)


@app.command("forget")
def forget_(
    ctx: typer.Context,
    domain: Domain,
    *,
    has_corrections: Annotated[bool, typer.Option("--corrections", help="Forget what was corrected, too.")] = False,
    is_json: AsJson = False,
) -> int:
    """
    Forget what was counted of a source, so that it is learned anew; corrections stay unless told otherwise.

    \b
    Example:  copydesk sources forget gazette.example
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    name = domain.lower()
    if not with_store(settings_of(ctx), lambda store: forget(store, name, has_corrections=has_corrections)):
        raise ended(f"nothing is known of {name} (see copydesk sources list)", WRONG)
    if is_json:
        print_json({"domain": name, "result": "forgotten"})
    else:
        typer.echo(f"{said(name)}  forgotten")
    return 0


def _correct(ctx: typer.Context, domain: str, digest: str, verdict: Verdict, *, is_json: bool) -> int:
    name, line = domain.lower(), digest.lower()
    if not _DIGEST.fullmatch(line):
        raise ended(f"{digest!r} is no digest: 16 hex digits, as in copydesk sources show", WRONG)
    if not with_store(settings_of(ctx), lambda store: correct(store, name, bytes.fromhex(line), verdict)):
        raise ended(f"{name} has no line {line} (see copydesk sources show {name} --all)", WRONG)
    result = "kept" if verdict == "keep" else "dropped"
    if is_json:
        print_json({"domain": name, "digest": line, "result": result})
    else:
        typer.echo(f"{line}  {result} from now on")
    return 0


def _state(line: LineCount, source: Source) -> State:
    if line.verdict is not None:
        return "kept" if line.verdict == "keep" else "dropped"
    return "learned" if weigh(line, source.articles) is not None else "watched"


def _source_row(source: Source) -> dict[str, object]:
    states = [_state(line, source) for line in source.lines]
    return {
        "domain": source.domain,
        "articles": source.articles,
        "near_copies": source.copies,
        "learned": states.count("learned"),
        "corrected": len(source.verdicts),
    }


def _drift_row(one: Drifting) -> dict[str, object]:
    return {
        "domain": one.domain,
        "kind": one.drift.kind,
        "since": one.since.isoformat(timespec="seconds"),
        "found": one.drift.found,
        "expected": one.drift.expected,
        "reason": one.drift.reason,
    }


def _line_row(state: State, line: LineCount, source: Source) -> dict[str, object]:
    evidence = weigh(line, source.articles)
    return {
        "digest": line.digest.hex(),
        "state": state,
        "articles": line.articles,
        "share": evidence.share if evidence is not None else None,
        "confidence": evidence.confidence if evidence is not None else None,
        "days": line.days,
        "first_day": _day(line.first_day) if line.articles else None,
        "last_day": _day(line.last_day) if line.articles else None,
        "verdict": line.verdict,
        "sample": said(line.sample),
    }


def _print(source: Source, lines: list[tuple[State, LineCount]]) -> None:
    print_rich(Text(f"{said(source.domain)}: {source.articles} articles counted, {source.copies} near copies left out"))
    if not lines:
        typer.echo("No line of it is known as boilerplate.")
        return
    shown = table("digest", "state", "articles", "days", "first", "last", "line")
    shown.columns[0].no_wrap = True
    for state, line in lines:
        first, last = (_day(line.first_day), _day(line.last_day)) if line.articles else ("", "")
        shown.add_row(
            Text(line.digest.hex()),
            Text(state, style=_STYLES[state]),
            *(Text(str(value)) for value in (line.articles, line.days, first, last)),
            Text(said(line.sample) or "(no sample)"),
        )
    print_rich(shown)


def _day(number: int) -> str:
    return f"{_EPOCH + timedelta(days=number):%Y-%m-%d}"
