"""What must hold of whatever comes out of a reader, and what its cases are read with."""

import re
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta

from tests.fuzz import seeds

URL = "https://harbour.example/news/channel"
_HTTP = re.compile(r"https?://\S+")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")


def fit(*texts: str | None) -> None:
    """Texts have a UTF-8 form and no control characters."""
    for text in filter(None, texts):
        assert text.encode(), "not to be encoded"
        assert not _CONTROLS.search(text), f"a control character in {text[:200]!r}"


def addresses(*urls: str | None) -> None:
    """Addresses are http(s), or not there."""
    for url in urls:
        if url is not None:
            assert _HTTP.fullmatch(url), f"no http(s) address: {url[:200]!r}"
            fit(url)


def aware(*moments: datetime | None) -> None:
    """Moments are in UTC."""
    for moment in filter(None, moments):
        assert moment.utcoffset() == timedelta(0), moment


def whole(value: object) -> None:
    """All there is in a value has a UTF-8 form."""
    match value:
        case str():
            value.encode()
        case tuple() | list() | frozenset():
            for part in value:
                whole(part)
        case dict():
            whole([*value.items()])
        case _ if is_dataclass(value):
            for each in fields(value):
                whole(getattr(value, each.name))


def hash_of(data: bytes) -> dict[str, bytes]:
    """The hash that ``seeds.rows`` wrote."""
    pairs = (row.partition(seeds.CELL) for row in data.split(seeds.ROW))
    return {name.decode("utf-8", "replace"): value for name, _, value in pairs}
