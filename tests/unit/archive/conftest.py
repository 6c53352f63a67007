"""An archive in a folder of the test's own, with a clock that the test turns."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from ingest.archive.index import stems
from ingest.archive.read import Reader
from ingest.archive.records import KeptAnswer, KeptArticle
from ingest.archive.write import Terms, Writer
from ingest.models import Response

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)
ARTICLE = "a" * 32
URL = "https://gazette.example/news/quay"


def answer(url: str = URL, body: bytes = b"<p>The quay.</p>", *, at: datetime = T0, kind="page", **more) -> KeptAnswer:
    fields = {"final_url": url, "status": 200, "headers": {"content-type": "text/html"}} | more
    return KeptAnswer(kind=kind, response=Response(url=url, body=body, **fields), at=at)


def article(
    article_id: str = ARTICLE, revision: int = 1, *, rules=("sign-up",), at: datetime = T0, feed: str = "f" * 16
) -> KeptArticle:
    document = {
        "id": article_id,
        "revision": revision,
        "url": URL,
        "title": "Quay",
        "feed": {"id": feed},
        "cleaning": {"removed": [{"rule": rule} for rule in rules]},
    }
    return KeptArticle(
        article_id=article_id,
        event_id=f"{article_id}-{revision}",
        type="article.published.v1",
        at=at,
        data=orjson.dumps(document),
        ref=b'{"entry":{"title":"Quay"},"feed":{"id":"f","url":"https://gazette.example/feed"}}',
    )


@dataclass
class Shop:
    """A folder, a clock, and writers."""

    folder: Path
    now: datetime = T0
    keep: timedelta = timedelta(days=30)
    max_bytes: int = 10**9
    failures: list[str] = field(default_factory=list)
    answer: Callable[..., KeptAnswer] = answer
    article: Callable[..., KeptArticle] = article
    t0: datetime = T0
    numbers: itertools.count = field(default_factory=itertools.count)

    def writer(self) -> Writer:
        terms = Terms(
            folder=self.folder, prefix="t", software="copydesk/test", keep=self.keep, max_bytes=self.max_bytes
        )
        return Writer(terms, now=lambda: self.now, told=self.failures.append)

    @property
    def reader(self) -> Reader:
        return Reader(self.folder)

    @property
    def names(self) -> list[str]:
        """Endings of the files that are there, sorted."""
        return sorted(path.name.partition(".")[2] for path in self.folder.iterdir())

    @property
    def stems(self) -> list[Path]:
        return stems(self.folder)

    def pages(self, count: int, size: int = 1000) -> list[KeptAnswer]:
        """Different pages whose bodies do not compress."""
        numbers = [next(self.numbers) for _ in range(count)]
        bodies = [b"".join(b"%08x" % (hash((n, i)) & 0xFFFFFFFF) for i in range(size // 4)) for n in numbers]
        return [answer(f"{URL}/{n}", body, at=self.now) for n, body in zip(numbers, bodies, strict=True)]

    def with_limits(self, **limits) -> "Shop":
        return replace(self, **limits)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(folder=tmp_path / "archive")
