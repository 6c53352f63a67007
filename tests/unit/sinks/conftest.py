"""Parcels, and an endpoint that answers as a test wants."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from ingest.errors import FetchError
from ingest.models import Response
from ingest.sinks.sink import Parcel
from ingest.sinks.tools import Tools

T0 = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def parcel(number: int = 1, subject: str | None = None, data: bytes = b'{"title":"Quay"}', **more: str) -> Parcel:
    id_ = f"a{number}-1"
    attributes = {
        "specversion": "1.0",
        "id": id_,
        "source": "copydesk/test",
        "type": "article.published.v1",
        "time": "2026-03-01T12:00:00Z",
        "subject": subject or f"a{number}",
        "datacontenttype": "application/json",
    }
    return Parcel(
        id=id_,
        type="article.published.v1",
        subject=subject or f"a{number}",
        source_domain="gazette.example",
        attributes=attributes | more,
        data=data,
    )


@pytest.fixture(name="parcel")
def _parcel():
    return parcel


@dataclass
class Endpoint:
    """What is posted, and what is answered: a status, fields beside it, or a failure; the last one for ever."""

    answers: dict[str, list[int | tuple[int, dict[str, str]] | str]] = field(default_factory=dict)
    posts: list[tuple[str, bytes, dict[str, str]]] = field(default_factory=list)
    now: datetime = T0

    @property
    def ids(self) -> list[str]:
        return [fields["webhook-id"] for _, _, fields in self.posts]

    @property
    def tools(self) -> Tools:
        return Tools(post=self._post, get=self._get, now=lambda: self.now)

    def pass_time(self, pause: timedelta) -> None:
        self.now += pause

    async def _post(self, url, body, fields):
        self.posts.append((url, body, dict(fields)))
        script = self.answers.get(fields["webhook-id"], [200])
        return self._answer(url, script.pop(0) if len(script) > 1 else script[0])

    async def _get(self, url):
        return self._answer(url, self.answers.get("GET", [405])[0])

    @staticmethod
    def _answer(url, answer):
        if isinstance(answer, str):
            raise FetchError(answer, url)
        status, fields = answer if isinstance(answer, tuple) else (answer, {})
        return Response(url=url, final_url=url, status=status, headers=fields, body=b"")


@pytest.fixture
def endpoint() -> Endpoint:
    return Endpoint()
