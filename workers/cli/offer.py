"""The part of ``copydesk feeds add`` that asks: which feeds an address stands for; the user chooses a page's."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

import typer

from ingest.net.http import create_client
from ingest.settings import Settings, forget_secrets
from ingest.stages.discover import Discovery, Offer, discover
from ingest.urls import redact
from workers import VERSION
from workers.cli.endings import say
from workers.cli.meanings import meaning_of
from workers.cli.session import wait_for
from workers.show import said
from workers.wiring import open_sandbox

#: Addresses that are asked side by side.
AT_ONCE = 8


def discover_all(settings: Settings, urls: Sequence[str], *, is_all: bool, is_json: bool = False) -> list[str]:
    """
    The addresses to subscribe to, each once; what was found and what was not is said.

    An address that does not answer is kept, because it may tomorrow; a page is replaced by those of its feeds that the
    user takes: all with ``is_all``, else by number on a terminal, else none. With ``is_json`` stdout is left alone.
    """
    # The settings hold the store's address already; the children that read foreign bytes need not.
    forget_secrets()
    found = wait_for(_discover(settings, urls))
    chosen: list[str] = []
    for url, one in zip(urls, found, strict=True):
        chosen += _choose(url, one, is_all=is_all, is_json=is_json) if one.is_page else [url]
        if one.outcome and not one.is_page:
            say(f"{redact(url)}: {one.outcome}: {meaning_of(one.outcome)} It is subscribed and will be polled.")
    return list(dict.fromkeys(chosen))


async def _discover(settings: Settings, urls: Sequence[str]) -> list[Discovery]:
    turn = asyncio.Semaphore(AT_ONCE)
    async with (
        create_client(settings, VERSION) as client,
        open_sandbox(settings.model_copy(update={"sandbox_processes": 1})) as sandbox,
    ):

        async def one(url: str) -> Discovery:
            async with turn:
                return await discover(client, sandbox, settings, url)

        return list(await asyncio.gather(*map(one, urls)))


def _choose(url: str, found: Discovery, *, is_all: bool, is_json: bool) -> list[str]:
    if not found.offers:
        say(f"{redact(url)} is a page, and no feed of it was found.")
        return []
    typer.echo(f"{redact(url)} is a page. Its feeds:", err=is_json)
    for number, offer in enumerate(found.offers, start=1):
        typer.echo(f"  {number}  {_line(offer)}", err=is_json)
    if is_all:
        return [offer.url for offer in found.offers]
    if is_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        say("None is subscribed yet: add the one you want, or all of them with --all.")
        return []
    return [found.offers[number - 1].url for number in _numbers(len(found.offers))]


def _numbers(count: int) -> list[int]:
    """What the user picks, asked until it makes sense; an empty answer is the first feed, "0" none."""
    while True:
        answer = typer.prompt("Which (numbers with commas, 0 for none)?", default="1")
        parts = [part.strip() for part in answer.split(",") if part.strip()]
        if parts and all(part.isascii() and part.isdigit() and int(part) <= count for part in parts):
            return [int(part) for part in parts if int(part)]
        typer.echo(f"Numbers from 1 to {count}, please.")


def _line(offer: Offer) -> str:
    title = f"  {said(offer.title, 200)}" if offer.title else ""
    return f"{said(redact(offer.url), 4000)}{title}  ({offer.entries} entries)"
