"""``copydesk check``: one poll of a feed, told in full, with nothing stored."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.progress import Progress
from rich.text import Text

from ingest.models import Entry, Feed, Response
from ingest.net.http import FEED_ACCEPT, Client, create_client, user_agent
from ingest.settings import Settings, forget_secrets
from ingest.stages.ask import Look, Read, look
from ingest.store.feeds import feed_id
from ingest.urls import redact
from workers import VERSION
from workers.cli.endings import FAILED
from workers.cli.meanings import meaning_of, name_of
from workers.cli.names import address, complete_feeds
from workers.cli.session import print_documents, print_facts, print_rich, settings_of, wait_for
from workers.show import console_on, moment, said, table
from workers.wiring import open_sandbox

#: Entries that are listed.
NEWEST = 10
#: Addresses that are asked side by side.
AT_ONCE = 8
_OLDEST = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class Witness:
    """Stands before the client and remembers what was answered, which a poll's outcome does not tell."""

    client: Client
    responses: list[Response] = field(default_factory=list)

    async def get(self, url: str, **options: Any) -> Response:
        """As the client's."""
        response = await self.client.get(url, **options)
        self.responses.append(response)
        return response


def check(
    ctx: typer.Context,
    urls: Annotated[
        list[str],
        typer.Argument(metavar="URL...", help="Addresses of feeds.", show_default=False, autocompletion=complete_feeds),
    ],
    *,
    is_json: Annotated[bool, typer.Option("--json", help="One JSON object a feed instead of the report.")] = False,
) -> int:
    """
    Poll feeds, say what came back, and store nothing.

    No store is needed. The exit code is 1 when a poll of one of these feeds would fail.

    \b
    Example:  copydesk check https://example.org/feed.xml
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    settings = settings_of(ctx)
    asked = [address(url) for url in urls]
    forget_secrets()
    found = wait_for(_look(settings, asked))
    reports = [_report(settings, url, *one) for url, one in zip(asked, found, strict=True)]
    if is_json:
        print_documents(reports)
    else:
        for number, report in enumerate(reports):
            if number:
                typer.echo()
            _print(report)
    return 0 if all(isinstance(seen, Read) for seen, _ in found) else FAILED


async def _look(settings: Settings, urls: Sequence[str]) -> list[tuple[Look, Response | None]]:
    turn = asyncio.Semaphore(AT_ONCE)
    async with (
        create_client(settings, VERSION) as client,
        # One child for one feed.
        open_sandbox(
            settings.model_copy(update={"sandbox_processes": min(len(urls), settings.sandbox_processes)})
        ) as sandbox,
    ):
        with Progress(console=console_on(sys.stderr), transient=True, disable=not _is_shown(urls)) as progress:
            bar = progress.add_task("asking", total=len(urls))

            async def one(url: str) -> tuple[Look, Response | None]:
                async with turn:
                    witness = Witness(client)
                    # look asks nothing of its client but ``get``.
                    seen = await look(witness, sandbox, settings, Feed(id=feed_id(url), url=url))
                progress.advance(bar)
                return seen, witness.responses[-1] if witness.responses else None

            return list(await asyncio.gather(*map(one, urls)))


def _is_shown(urls: Sequence[str]) -> bool:
    return len(urls) > 1 and sys.stderr.isatty()


def _report(settings: Settings, url: str, seen: Look, response: Response | None) -> dict[str, Any]:
    outcome = "modified" if isinstance(seen, Read) else getattr(seen, "outcome", "") or getattr(seen, "rung", "")
    return {
        "url": redact(url),
        "asked": {"user_agent": user_agent(VERSION, settings.contact), "accept": FEED_ACCEPT},
        "answered": _answered(response) if response else None,
        "outcome": outcome,
        "detail": _utf8(getattr(seen, "detail", "")),
        "meaning": "" if isinstance(seen, Read) else meaning_of(outcome),
        "feed": _feed(seen) if isinstance(seen, Read) else None,
    }


def _answered(response: Response) -> dict[str, Any]:
    headers = {name: _utf8(value) for name, value in response.headers.items()}
    return {
        "status": response.status,
        "final_url": _utf8(redact(response.final_url)),
        "redirects": [{"status": hop.status, "url": _utf8(redact(hop.url))} for hop in response.redirects],
        "content_type": headers.get("content-type", ""),
        "bytes": len(response.body),
        "validators": {"etag": headers.get("etag"), "last_modified": headers.get("last-modified")},
    }


def _feed(seen: Read) -> dict[str, Any]:
    parsed = seen.parsed
    # sorted() is stable: where dates are equal or missing, the feed's own order stays.
    newest = sorted(parsed.entries, key=lambda entry: _date(entry) or _OLDEST, reverse=True)[:NEWEST]
    return {
        "format": parsed.format,
        "title": parsed.title,
        "entries": len(parsed.entries),
        "newest": [
            {
                "published_at": _date(entry),
                "title": entry.title,
                "url": redact(entry.url) if entry.url else None,
                "has_full_text": bool(entry.content_html),
            }
            for entry in newest
        ],
    }


def _date(entry: Entry) -> datetime | None:
    return entry.published_at or entry.updated_at


def _utf8(said_by_server: str) -> str:
    """What may hold foreign bytes, as JSON can take it."""
    return said_by_server.encode("utf-8", "replace").decode()


def _print(report: dict[str, Any]) -> None:
    print_facts(_facts(report))
    feed = report["feed"]
    if feed and feed["newest"]:
        listed = table("date", "title", "address", "full text")
        for entry in feed["newest"]:
            listed.add_row(
                Text(moment(entry["published_at"]) or "-"),
                Text(said(entry["title"], 200) or "-"),
                Text(said(entry["url"], 4000) or "-"),
                Text("yes" if entry["has_full_text"] else "no"),
            )
        print_rich(Text(""), listed)


def _facts(report: dict[str, Any]) -> list[tuple[str, str]]:
    answered, feed = report["answered"], report["feed"]
    facts = [("asked", f"GET {report['url']} as {report['asked']['user_agent']}")]
    if answered:
        validators = answered["validators"]
        facts += [("redirected", f"{name_of(hop['status'])} to {hop['url']}") for hop in answered["redirects"]]
        facts += [
            ("answered", f"{name_of(answered['status'])}, {answered['content_type'] or 'no type'}"),
            ("body", f"{answered['bytes']} bytes"),
            ("ETag", validators["etag"] or "none: every poll costs a whole answer unless there is a Last-Modified"),
            ("Last-Modified", validators["last_modified"] or "none"),
        ]
    facts.append(("outcome", report["outcome"] + (f" ({report['detail']})" if report["detail"] else "")))
    if report["meaning"]:
        facts.append(("that means", report["meaning"]))
    if feed:
        facts += [("format", feed["format"]), ("title", feed["title"]), ("entries", str(feed["entries"]))]
    return facts
