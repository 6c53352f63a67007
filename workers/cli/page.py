"""The part of ``copydesk clean`` that needs the network and the sandbox: a page as it was found, and cleaned."""

from __future__ import annotations

from ingest.errors import FetchError, SandboxError
from ingest.models import Cleaning, Extraction, Page
from ingest.net.http import PAGE_ACCEPT, create_client
from ingest.settings import Settings, forget_secrets
from ingest.urls import fetch_url, redact
from workers import VERSION
from workers.cli.endings import FAILED, ended
from workers.cli.meanings import meaning_of, name_of
from workers.cli.session import wait_for
from workers.wiring import open_sandbox


def edit_page(settings: Settings, url: str, body: bytes | None) -> Cleaning:
    """
    The text of a page, cleaned; ``body`` is the page where it is at hand, else the page is fetched.

    Raises:
        UrlError: these characters are no address.
        typer.Exit: no document came back, or one that cannot be read; the sentence has been said.
    """
    forget_secrets()
    return wait_for(_edit(settings, url, body))


async def _edit(settings: Settings, url: str, body: bytes | None) -> Cleaning:
    if body is None:
        page = await _fetch(settings, fetch_url(url))
    else:
        page = Page(url=fetch_url(url) if url else "", content_type="text/html", body=body)
    # One child: there is one page.
    async with open_sandbox(settings.model_copy(update={"sandbox_processes": 1})) as sandbox:
        try:
            edited: tuple[Extraction, Cleaning] = await sandbox.run("edit_page", page)
        except SandboxError as error:
            raise ended(f"the page cannot be read: {meaning_of(f'parse-{error.failure}')}", FAILED) from error
    return edited[1]


async def _fetch(settings: Settings, url: str) -> Page:
    try:
        async with create_client(settings, VERSION) as client:
            response = await client.get(url, accept=PAGE_ACCEPT, max_bytes=settings.max_page_bytes)
    except FetchError as error:
        raise ended(f"{redact(url)}: {error}", FAILED) from error
    if response.status not in {200, 203}:
        raise ended(f"{redact(url)}: status: {name_of(response.status)}", FAILED)
    content_type = response.headers.get("content-type", "")
    return Page(url=response.final_url, content_type=content_type, body=response.body)
