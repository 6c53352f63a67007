"""The words and numbers of a text, one like another whatever the hand that set it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import Final

from ingest.text import beyond_ascii

#: What is read of a text, where an article has 500 words: a longer one is known by its beginning.
MAX_CHARACTERS: Final = 200_000
MAX_TOKENS: Final = 30_000

#: Han, Kana and Bopomofo have no spaces between words; four characters are about two words ...
_HAN: Final = (
    "\u3005-\u3007\u3040-\u30ff\u3105-\u312f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
)
#: ... and neither have Thai, Lao, Myanmar and Khmer, whose words are longer.
_THAI: Final = "\u0e01-\u0e4e\u0e81-\u0ece\u1000-\u103f\u1050-\u108f\u1780-\u17d3"
_HAN_WIDTH: Final = 4
_THAI_WIDTH: Final = 8


def _marks() -> str:
    r"""Vowel signs and accents, which ``\w`` leaves out: without them a word of Hindi falls apart."""
    letters = (chr(code) for code in range(0x300, 0x1E00))
    runs = groupby(enumerate(x for x in letters if unicodedata.category(x)[0] == "M"), lambda at: ord(at[1]) - at[0])
    spans = ([letter for _, letter in run] for _, run in runs)
    return "".join(f"{span[0]}-{span[-1]}" for span in spans)


_APOSTROPHES: Final = "'\u2018\u2019\u02bc`\u00b4"
#: What stands around words; none of it is ever part of a token.
AROUND: Final = '.,;:!?"()[]\u2026\u00ab\u00bb\u2039\u203a\u201c\u201d\u201e\u2013\u2014-'
_INITIALS: Final = re.compile(r"\b(?:[^\W\d_]\.){2,}")
_LETTER: Final = rf"[^\W\d_{_HAN}{_THAI}]"
_MARK: Final = f"[{_marks()}]"
_TOKEN: Final = re.compile(
    rf"{_LETTER}+(?:{_MARK}+{_LETTER}*)*|\d+(?:[.,]\d+)*|[{_HAN}]+|[{_THAI}]+|{_MARK}+(?:{_LETTER}+{_MARK}*)*"
)
_UNSPACED: Final = re.compile(f"([{_HAN}])|[{_THAI}]")
_ANY_UNSPACED: Final = re.compile(f"[{_HAN}{_THAI}]")
_THOUSANDS: Final = re.compile(r"[,.](?=\d{3}(?:\D|$))")
#: "10 000" as French and Russian write it (no-break spaces are spaces by then); an expression that begins with its
#: digits finds them at a fifth of what one takes that looks behind.
_GROUP: Final = 3
_DIGITS: Final = re.compile("[0-9][0-9 ]*[0-9]")
_SPACED: Final = re.compile("[0-9]{1,3}(?: [0-9]{3})+")


def tokens(text: str) -> list[str]:
    """
    The words and numbers of a text in their order.

    Case, compatibility forms, apostrophes, the dots of initials and the marks in numbers make no difference.
    Where a script has no spaces between words, a token is some characters, and the next begins one character later.
    """
    plain = folded(text[:MAX_CHARACTERS])
    bare = plain.replace("-", " ")
    for mark in _APOSTROPHES:
        bare = bare.replace(mark, "")
    pieces = bare.split()
    if not bare.isascii() and _ANY_UNSPACED.search(beyond_ascii(bare)):
        return [token for piece in pieces for token in _parts(piece)][:MAX_TOKENS]
    # No token has a space in it. Four pieces in five are a word, and nearly all others a word and what stands around
    # it, which is seen at a fourth of what the expressions take.
    found: list[str] = []
    n_done = 0
    for at in [at for at, is_word in enumerate(map(str.isalpha, pieces)) if not is_word]:
        word = pieces[at].strip(AROUND)
        if word.isalpha():
            pieces[at] = word
        elif word.isascii() and word.isdigit():
            is_group = len(word) == _GROUP and pieces[at - 1].isdigit() and f"{pieces[at - 1]} {word}" in plain
            if is_group and (joined := _joined(plain)) != plain:
                return tokens(joined)
            pieces[at] = word
        else:
            found += pieces[n_done:at]
            found += _parts(pieces[at]) if word else ()
            n_done = at + 1
    found += pieces[n_done:]
    return found[:MAX_TOKENS]


@lru_cache(maxsize=1)  # each article's text is asked about twice, for its digest and for its sketch
def folded(text: str) -> str:
    """The text without case and compatibility forms."""
    # Of what NFKC rewrites, hardly a text has more than three dots in one: without them there is nothing to rewrite.
    return unicodedata.normalize("NFKC", text.replace("\u2026", "...")).casefold()


def _joined(text: str) -> str:
    """The text with its spaced thousands as one number each."""
    return _DIGITS.sub(lambda found: found[0].replace(" ", "") if _SPACED.fullmatch(found[0]) else found[0], text)


def _parts(piece: str) -> list[str]:
    """The tokens of any text that is folded and has no apostrophes."""
    found: list[str] = []
    joined = _INITIALS.sub(lambda initials: initials[0].replace(".", ""), piece) if "." in piece else piece
    for token in _TOKEN.findall(joined):
        if len(found) >= MAX_TOKENS:
            break
        if token.isascii():
            found.append(token if token.isalnum() else _plain(token))
        elif is_number(token):
            found.append(_plain(_ascii(token)))
        elif script := _UNSPACED.match(token):
            width = _HAN_WIDTH if script[1] else _THAI_WIDTH
            last = min(len(token) - width + 1, MAX_TOKENS)
            found += [token[at : at + width] for at in range(max(1, last))]
        else:
            found.append(token)
    return found


def is_number(token: str) -> bool:
    """Whether a token is a number; none that has a letter in it is."""
    return token[0].isdecimal()


def n_words(found: Sequence[str]) -> int:
    """About how many words so many tokens are: those of scripts without spaces begin at each character."""
    letters = "".join(found)
    if letters.isascii() or not _ANY_UNSPACED.search(beyond_ascii(letters)):
        return len(found)
    return len(found) - sum(1 for token in found if _UNSPACED.match(token)) // 2


def _plain(number: str) -> str:
    """A number without the marks between thousands, with a point before decimals."""
    return _THOUSANDS.sub("", number).replace(",", ".")


def _ascii(number: str) -> str:
    """A number of any script in ASCII digits."""
    return "".join(digit if digit in ".," else str(unicodedata.decimal(digit)) for digit in number)
