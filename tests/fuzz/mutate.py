"""From one valid document to one that is nearly so: the mutator that all engines of the fuzz share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

#: A case is no longer: what takes time grows with it, and so do the reports.
MAX_CASE_BYTES = 60_000
#: Most cases are few steps away from valid: far away a sniffer refuses them, and the code behind it sees nothing.
MAX_STEPS = 8
MAX_COPIES = 300

#: What has broken parsers before, whatever the format.
TRAPS: tuple[bytes, ...] = (
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"\x85",
    b"\xc2\x85",
    b"\xe2\x80\xa8",
    b"\xe2\x80\xae",
    b"\r",
    b"\x1b[2J",
    b"&#0;",
    b"&#xD800;",
    b"&#x110000;",
    b"&#" + b"9" * 5000 + b";",
    b"&amp;amp;lt;",
    b"9" * 5000,
    b"-1",
    b"1e999",
    b"99999999999999999999",
    b"0000-00-00T00:00:00Z",
    b"9999-12-31T23:59:59+14:00",
    b"Thu, 01 Jan 0001 00:00:00 -2400",
    b"http://[::1",
    b"http://\xe2\x84\xa1.example/",
    b"http://a@b:99999999/\\",
    b"javascript:alert(1)",
    b"//",
    b"<!--",
    b"-->",
    b"<![CDATA[",
    b"]]>",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
    b"&b;",
    b"<",
    b">",
    b'"',
    b"'",
    b"{",
    b"[",
    b"}",
    b"]",
    b"\\ud800",
    b"\\u0000",
    b"NaN",
    b"null",
)
_CODECS = ("utf-16", "utf-16-be", "utf-32", "latin-1", "utf-8-sig", "gb18030", "cp1252", "koi8-r")


def mutate(data: bytes, dice: Random, *, words: Sequence[bytes] = (), others: Sequence[bytes] = ()) -> bytes:
    """The document after a few steps; ``words`` belong to its format, ``others`` are documents to graft from."""
    for _ in range(dice.randint(1, MAX_STEPS)):
        data = dice.choice(_STEPS)(data, dice, words or TRAPS, others or (data,))[:MAX_CASE_BYTES]
    return data


def _span(data: bytes, dice: Random, longest: int) -> tuple[int, int]:
    start = dice.randint(0, len(data))
    return start, min(len(data), start + dice.randint(0, longest))


def _cut(data: bytes, dice: Random, *_: object) -> bytes:
    start, end = _span(data, dice, 200)
    return data[:start] + data[end:]


def _end(data: bytes, dice: Random, *_: object) -> bytes:
    return data[: dice.randint(0, len(data))]


def _flip(data: bytes, dice: Random, *_: object) -> bytes:
    if not data:
        return bytes([dice.randint(0, 255)])
    at = dice.randint(0, len(data) - 1)
    return data[:at] + bytes([data[at] ^ 1 << dice.randint(0, 7)]) + data[at + 1 :]


def _swap(data: bytes, dice: Random, *_: object) -> bytes:
    (a, b), (c, d) = sorted((_span(data, dice, 100), _span(data, dice, 100)))
    return data if b > c else data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]


def _repeat(data: bytes, dice: Random, *_: object) -> bytes:
    start, end = _span(data, dice, 120)
    return data[:end] + data[start:end] * dice.randint(1, MAX_COPIES) + data[end:]


def _insert(data: bytes, dice: Random, words: Sequence[bytes], _: object) -> bytes:
    at = dice.randint(0, len(data))
    return data[:at] + dice.choice((TRAPS, words)[dice.randint(0, 1)]) + data[at:]


def _put(data: bytes, dice: Random, words: Sequence[bytes], _: object) -> bytes:
    """A word or a trap in the place of what stands between two marks: a value, a name, a text."""
    marks = [at for at, letter in enumerate(data) if letter in b"\"'<>=:,|/? \n"]
    if len(marks) < 2:
        return data
    nth = dice.randint(0, len(marks) - 2)
    word = dice.choice((TRAPS, words)[dice.randint(0, 1)])
    return data[: marks[nth] + 1] + word + data[marks[nth + 1] :]


def _nest(data: bytes, dice: Random, words: Sequence[bytes], _: object) -> bytes:
    start, end = _span(data, dice, 200)
    word, depth = dice.choice(words), dice.randint(1, MAX_COPIES)
    opening, closing = (word, word.replace(b"<", b"</", 1)) if word.startswith(b"<") else (b"[", b"]")
    return data[:start] + opening * depth + data[start:end] + closing * depth + data[end:]


def _graft(data: bytes, dice: Random, _: object, others: Sequence[bytes]) -> bytes:
    other = dice.choice(others)
    start, end = _span(other, dice, 2000)
    at, until = _span(data, dice, 200)
    return data[:at] + other[start:end] + data[until:]


def _recode(data: bytes, dice: Random, *_: object) -> bytes:
    return data.decode("utf-8", "replace").encode(dice.choice(_CODECS), "replace")


_Step = Callable[[bytes, Random, Sequence[bytes], Sequence[bytes]], bytes]
#: Those that keep most of the structure more often.
_STEPS: tuple[_Step, ...] = (
    _cut, _cut, _end, _flip, _flip, _swap, _repeat, _insert, _insert, _put, _put, _put, _put, _nest, _graft, _graft,
    _recode,
)  # fmt: skip  # one name a line is longer, not clearer
