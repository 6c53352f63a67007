"""What an archive holds, found again; the part of it that reads WARC files is warc.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from ingest.archive.index import WARC, Place, all_rows, answer_key, article_key, file_of, look_up
from ingest.archive.records import FoundArticle
from ingest.archive.warc import read_answer, read_article
from ingest.errors import ArchiveError
from ingest.models import Response

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Reader:
    """The archive of one folder; what other processes write into it at the same time is found as well."""

    folder: Path

    def articles(self) -> Iterator[Place]:
        """Every row of an article, file by file."""
        return all_rows(self.folder, "article")

    def versions(self, article_id: str) -> list[Place]:
        """The rows of one article, the oldest first."""
        return [place for place in look_up(self.folder, article_key(article_id)) if place.row.kind == "article"]

    def article(self, place: Place) -> FoundArticle:
        """
        The article at a place.

        Raises:
            ArchiveError: it cannot be read.
        """
        return self._read(place, read_article)

    def page_place(self, url: str, until: datetime) -> Place | None:
        """Where the newest page is that was asked for by this address and fetched until then."""
        places = [
            place
            for place in look_up(self.folder, answer_key(url))
            if place.row.kind == "page" and place.row.at <= until
        ]
        return places[-1] if places else None

    def page(self, place: Place) -> Response:
        """
        The page at a place.

        Raises:
            ArchiveError: it cannot be read.
        """
        revisited = self._read(self._body_of(place), bytes) if place.row.is_revisit else None
        return self._read(place, lambda data: read_answer(data, revisited))

    def _body_of(self, place: Place) -> Place:
        """
        Where the body is that an answer shares with one before it.

        Raises:
            ArchiveError: nowhere.
        """
        for other in look_up(self.folder, place.row.key):
            if other.stem == place.stem and other.row.digest == place.row.digest and not other.row.is_revisit:
                return other
        raise ArchiveError(f"{place.stem.name}{WARC}: the body of a record is missing")

    @staticmethod
    def _read(place: Place, made: Callable[[bytes], Found]) -> Found:
        """
        What is made of the record at a place.

        Raises:
            ArchiveError: it cannot be read.
        """
        path = file_of(place.stem, WARC)
        try:
            with path.open("rb") as file:
                file.seek(place.row.offset)
                data = file.read(place.row.length)
        except OSError as error:
            raise ArchiveError(f"{path.name}: {error.strerror}") from error
        if len(data) < place.row.length:
            raise ArchiveError(f"{path.name}: the record is torn")
        try:
            return made(data)
        except ArchiveError as error:
            raise ArchiveError(f"{path.name}, offset {place.row.offset}: {error}") from error
