"""The status pages over a real store with something of everything in it, asked over a real connection."""

import re
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import CookieJar
from aiohttp.test_utils import TestClient, TestServer
from lxml import html

from ingest.settings import Settings
from ingest.store.connect import connect
from tests.unit.workers.web import seed
from workers.web import access
from workers.web.serve import create_app

TOKEN = "a-token-of-twenty-letters"


@dataclass
class Site:
    """A browser of sorts: it keeps cookies and sends forms."""

    client: TestClient
    ids: dict[str, str]
    store: Any

    async def get(self, path: str, **options: Any):
        """Status, fields and text."""
        async with self.client.get(path, allow_redirects=False, **options) as answer:
            return answer.status, answer.headers, await answer.text()

    async def post(self, path: str, **options: Any):
        async with self.client.post(path, allow_redirects=False, **options) as answer:
            return answer.status, answer.headers, await answer.text()

    async def page(self, path: str):
        """A page that is there, parsed."""
        status, _, text = await self.get(path)
        assert 200 == status, (path, text)
        return html.document_fromstring(text)

    async def form_token(self, path: str = "/") -> str:
        """What the forms of a page carry."""
        return (await self.page(path)).xpath("//input[@name='form']/@value")[0]

    async def log_in(self, token: str = TOKEN, **fields: str):
        form = await self.form_token("/login")
        return await self.post("/login", data={"form": form, "token": token, **fields})

    async def send(self, path: str, page: str = "/", *, headers: Any = None, **fields: str):
        """A form of ours, sent."""
        fields = {"form": await self.form_token(page), "back": page} | fields
        return await self.post(path, data=fields, headers=headers)


async def opened(store, settings, ids: dict[str, str] | None = None, **changes: Any) -> Site:
    """The pages of a desk with other settings, over the same store."""
    # Made anew, for a copy of settings is not checked.
    made = type(settings)(_env_file=None, **settings.model_dump() | changes)
    # Cookies of an address without a name are kept, too.
    client = TestClient(TestServer(create_app(store, made)), cookie_jar=CookieJar(unsafe=True))
    await client.start_server()
    return Site(client, ids or {}, store)


@pytest.fixture
async def open_site(store, settings):
    """Opens sites over the test's own store."""
    sites: list[Site] = []

    async def open_one(ids: dict[str, str] | None = None, **changes: Any) -> Site:
        sites.append(await opened(store, settings, ids, **changes))
        return sites[-1]

    yield open_one
    for site in sites:
        await site.client.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def full(valkey_url, tmp_path_factory):
    """A full desk that no test changes; nobody is logged in."""
    data = tmp_path_factory.mktemp("desk")
    settings = Settings(_env_file=None, redis_url=valkey_url, prefix=f"full-{data.name}", data=data, web_token=TOKEN)
    async with connect(settings, valkey_url) as store:
        site = await opened(store, settings, await seed.fill(store))
        yield site
        await site.client.close()


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """A wrong token is answered slowly; not here."""
    monkeypatch.setattr(access, "FIRST_PAUSE", 0.01)


@pytest.fixture
async def site(open_site, store):
    """A full desk of the test's own; nobody is logged in."""
    return await open_site(await seed.fill(store), web_token=TOKEN)


@pytest.fixture
async def bare(open_site):
    """A desk on which nothing has happened, without a token."""
    return await open_site()


def links(document) -> set[str]:
    """The pages of this site that a page leads to."""
    return {href.partition("#")[0] for href in document.xpath("//a/@href") if re.match(r"/(?!/)", href)} - {""}
