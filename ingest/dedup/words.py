"""A text as sentences of comparable words: typography, case, spellings of accents and of numbers do not count."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

#: A sentence of more words is cut: what is compared stays small whatever the text.
MAX_SENTENCE_WORDS = 400

# A word with its inner apostrophes and hyphens, a number with its separators, or one letter of a script without spaces
# (Thai to Khmer, kana, Han).
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
# Vowel signs of India's scripts belong to their letters, though they are none by their category.
_LETTER = rf"(?:[^\W{_UNSPACED}]|[\u0900-\u0963\u0966-\u0dff])"
_TOKEN = re.compile(rf"\d+(?:[.,:]\d+)*{_LETTER}*|[{_UNSPACED}]|{_LETTER}+(?:['\u2019\u02bc\u2010\u2011-]{_LETTER}+)*")
#: "10 000", "10.000", "10,000" and "10'000" are one number.
_GROUPED = re.compile(r"(?<=\d)[ \u00a0\u2009\u202f.,'\u2019](?=\d{3}(?!\d))")
_IGNORED = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff\ufe00-\ufe0f]")
_JOINTS = re.compile(r"['\u2019\u02bc\u2010\u2011-]")
# A sentence ends at its mark, closing quotes included; not after one letter or a short abbreviation ("U.S. ", "Mr. ").
_END = re.compile(
    r"(?<![\s.][^\W\d])(?<!\bMr)(?<!\bMs)(?<!\bDr)(?<!\bSt)(?<!\bMrs)(?<!\bGen)(?<!\bSen)(?<!\bRep)(?<!\bGov)"
    r"(?<![.!?\u2026\u061f\u0964])[.!?\u2026\u061f\u0964]++[\"\u201d\u2019'\u00bb)\]]*+\s+"
    r"|(?<=[\u3002\uff01\uff1f])(?=.)"
)
_PROSE_END = re.compile(
    r"[.!?\u2026\u061f\u0964\u3002\uff01\uff1f:;,][\"\u201c\u201d\u2018\u2019'\u00bb\u00ab)\]\u300d\u300f]*\s*$"
)

#: Numbers as words, where the word is nothing else in the larger languages: "three killed" says what "3 killed" says.
NUMBER_WORDS = {
    word.casefold(): digits
    for digits, words in {
        "2": "two zwei deux dos twee två два две iki اثنان",
        "3": "three drei trois tres tre três drie trzy три üç ثلاثة ثلاث",
        "4": "four vier quatre cuatro quattro quatro fyra cztery четыре dört أربعة أربع",
        "5": "five fünf cinq cinco cinque vijf pięć пять beş خمسة خمس",
        "6": "six sechs seis zes sześć шесть ستة",
        "7": "seven sieben siete sette sete zeven siedem семь yedi سبعة سبع",
        "8": "eight huit ocho otto oito åtta osiem восемь sekiz ثمانية ثماني",
        "9": "nine neun neuf nueve nove negen nio dziewięć девять dokuz تسعة تسع",
        "10": "ten zehn dix diez dieci dez tien dziesięć десять عشرة",
        "11": "eleven onze undici",
        "12": "twelve zwölf douze doce dodici doze twaalf",
        "20": "twenty zwanzig vingt veinte venti vinte twintig",
        "30": "thirty dreißig trente treinta trenta trinta",
        "40": "forty vierzig quarante cuarenta quaranta quarenta",
        "50": "fifty fünfzig cinquante cincuenta cinquanta cinquenta",
    }.items()
    for word in words.split()
}

_NEGATION_WORDS = (
    "not no never nor none nobody nothing without cannot neither nicht kein keine keinen keiner keinem nie niemals ohne"
    " ne pas jamais sans aucun aucune non nunca jamás sin ningún ninguna nessun nessuno nessuna mai senza não nem sem"
    " nenhum nenhuma niet geen nooit zonder nie bez inte ingen inget aldrig utan ikke aldri uden не нет без никогда"
    " 不 没 沒 未 無 非"
)
#: Words that turn a statement round; losing one is never a slip.
NEGATIONS = frozenset(_NEGATION_WORDS.split())
#: Words one letter apart of which each is another thing.
_UNLIKE_WORDS = (
    "million billion millions billions millionen billionen millón billón millones billones milione bilione milioni"
    " bilioni milhão bilhão milhões bilhões june july juni juli junio julio iran iraq irak irán"
)
_UNLIKE = frozenset(_UNLIKE_WORDS.split())
#: Letters of a word in which one wrong letter is a slip: "now" and "not" are two words.
SLIP_LETTERS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word as compared, and whether it begins with a capital: a name perhaps, or the first of its sentence."""

    key: str
    is_name: bool = False

    @property
    def is_number(self) -> bool:
        """Whether it holds a digit."""
        return any(letter.isdigit() for letter in self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence as it stands and as it is compared."""

    text: str
    words: tuple[Word, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """Its words as compared."""
        return tuple(word.key for word in self.words)


def sentences(paragraphs: Iterable[str]) -> Iterator[Sentence]:
    """The sentences of a text, those without a letter or digit left out."""
    for paragraph in paragraphs:
        for text in _split(paragraph):
            found = words(text)
            for start in range(0, len(found), MAX_SENTENCE_WORDS):
                yield Sentence(text=text.strip(), words=found[start : start + MAX_SENTENCE_WORDS])


def words(text: str) -> tuple[Word, ...]:
    """The words of a text."""
    plain = unicodedata.normalize("NFKC", _GROUPED.sub("", _IGNORED.sub("", text)))
    return tuple(Word(key=_key(token), is_name=token[0].isupper()) for token in _TOKEN.findall(plain))


def letters(text: str) -> str:
    """The words of a text, joined: what is left when nothing but wording counts."""
    return "".join(word.key for word in words(text))


def is_slip(old: str, new: str) -> bool:
    """Whether two words are one letter apart: changed, put in, taken out, or swapped with its neighbour."""
    if min(len(old), len(new)) < SLIP_LETTERS or not (old.isalpha() and new.isalpha()) or abs(len(old) - len(new)) > 1:
        return False
    if not NEGATIONS.isdisjoint((old, new)) or {old, new} <= _UNLIKE:
        return False
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    if old[start + 1 :] == new[start + 1 :] or old[start + 1 :] == new[start:] or old[start:] == new[start + 1 :]:
        return True
    return old[start : start + 2] == new[start : start + 2][::-1] and old[start + 2 :] == new[start + 2 :]


def ends_as_prose(paragraph: str) -> bool:
    """Whether a paragraph ends as a sentence does; headings, links and list items do not."""
    return _PROSE_END.search(paragraph[-40:]) is not None


def _split(paragraph: str) -> Iterator[str]:
    start = 0
    for found in _END.finditer(paragraph):
        yield paragraph[start : found.end()]
        start = found.end()
    if start < len(paragraph):
        yield paragraph[start:]


def _key(token: str) -> str:
    folded = _JOINTS.sub("", unicodedata.normalize("NFKC", token.casefold()))
    return NUMBER_WORDS.get(folded, folded)
