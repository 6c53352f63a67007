"""
The names in an author field, whatever else publishers put there.

Order of the steps: what is no name at all goes (addresses, handles, mails, logins, credits of pictures); then the word
before the name ("By"); then several people in one text are told apart. A text is only taken apart where the parts look
like people: organisations have "and" and commas in their names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ingest.text import collapse

#: More characters than this are a biography.
MAX_NAME_CHARS = 120
#: "Jose Maria de la Cruz Santos" has six words.
MIN_NAME_WORDS, MAX_NAME_WORDS = 2, 6

_ADDRESS = re.compile(r"(?:https?:)?//\S+|\b(?:www\.)[\w.-]+\S*|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,10}/\S*", re.IGNORECASE)
_MAIL = re.compile(r"[<(\[]?\s?(?:mailto:)?[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+\s?[>)\]]?")
_HANDLE = re.compile(r"(?<!\w)[(\[]?@\w[\w.]{0,40}[)\]]?")
_PICTURE = re.compile(
    r"[(\[]?\s*(?:image|images|photo|photos|picture|foto|fotos|bild|photographie|imagen|immagine)\s*:[^)\]]*[)\]]?",
    re.IGNORECASE,
)
_PREFIX = re.compile(
    r"^(?:(?:view )?(?:all )?(?:posts|articles|stories) by|(?:written|posted|published|reported|words|story|text"
    r"|analysis|opinion)\s+by|by|interview|veröffentlicht von|authors?|autor(?:in|en|es|a)?|auteurs?"
    r"|autore|forfatter|skribent|автор|text|texto|texte|testo|tekst|yazan|penulis)\s*[:\uff1a]\s*|^(?:(?:written|posted|published|"
    r"reported|words|story|text|(?:view )?(?:all )?(?:posts|articles|stories))\s+by|by)\s+",
    re.IGNORECASE,
)
#: Prefixes that are also names ("Von Miller", "Par Lagerkvist"): only before two words.
_WEAK_PREFIX = re.compile(r"^(?:von|por|par|door|av|af|od|przez|oleh)\s+(?=\S+\s+\S)", re.IGNORECASE)
_SUFFIX = re.compile(r"\s+(?:기자|특파원|記者|记者)$")
#: Signs that stand between people or between a name and an affiliation, never inside a name.
_HARD = re.compile(r"\s*[;|•·/\n、]\s*|\s+[\u2013\u2014-]\s+")
_AND = re.compile(
    r"\s+(?:and|und|et|y|e|og|och|en|i|a|ve|ja|dan|và|и|та|και|&|\+|with|mit|avec|con|com)\s+", re.IGNORECASE
)
_AROUND = ' ,;:|/-\u2013\u2014•·<>[]"“”*'
#: What stays of ", and" behind its comma.
_LEFT_OVER = re.compile(r"^(?:and|und|et|og|och|&)\s+", re.IGNORECASE)
#: After a comma these belong to the name before it.
_GENERATION = re.compile(r",\s*(?=(?:Jr|Sr|II|III|IV)\b\.?)")
_PARTICLES = frozenset(
    {
        "al", "af", "av", "ben", "bin", "bint", "da", "das", "de", "del", "della", "den", "der", "di",
        "do", "dos", "du", "el", "ibn", "la", "las", "le", "los", "ter", "ten", "van", "vom", "von",
        "y", "zu", "zum", "zur",
    }
)  # fmt: skip  # one name a line is longer, not clearer
#: Words that a person's name does not hold: roles, desks and firms.
_OFFICES = frozenset(
    {
        "agency", "agencies", "analyst", "associate", "author", "blog", "bureau", "chief", "columnist",
        "company", "contributor", "contributors", "correspondent", "desk", "digital", "director", "editor",
        "editorial", "editors", "freelance", "foundation", "gmbh", "group", "inc", "institute", "journal",
        "journalist", "ltd", "magazine", "media", "ministry", "network", "news", "newsroom", "office",
        "online", "photographer", "post", "press", "producer", "professor", "redaktion", "redaktor",
        "redaktør", "redakteur", "redakteurin", "redaktionen", "redazione", "redacción", "redação",
        "rédaction", "report", "reporter", "reporters", "reporting", "senior", "service", "services",
        "staff", "team", "times", "university", "wire", "writer", "writers", "zeitung",
    }
)  # fmt: skip  # one name a line is longer, not clearer
#: Agencies sign with one word, and together: "dpa, AFP".
_AGENCIES = frozenset(
    {
        "aap", "aa", "adnkronos", "afp", "ani", "anp", "ansa", "ap", "apa", "belga", "bloomberg", "cna",
        "dpa", "efe", "epd", "ians", "kna", "kyodo", "lusa", "ntb", "pa", "pap", "pti", "reuters",
        "ritzau", "rtr", "sid", "tass", "tt", "upi", "xinhua", "yonhap",
        "agence france-presse", "associated press", "pa media", "press association", "the associated press",
        "the canadian press",
    }
)  # fmt: skip  # one name a line is longer, not clearer
#: What a CMS writes when nobody is named.
_NOBODY = frozenset(
    {
        "admin", "administrator", "anonymous", "author", "by", "default", "false", "guest", "n/a", "na",
        "no author", "none", "null", "root", "superadmin", "sysadmin", "test", "true", "undefined",
        "unknown", "user", "web", "webmaster", "wpadmin", "object object", "autor", "автор",
    }
)  # fmt: skip  # one name a line is longer, not clearer


def read_names(field: str, *, is_organisation: bool = False) -> tuple[str, ...]:
    """
    The names in one author field of plain text, in their order; () where nobody is named.

    An organisation's name is never taken apart.
    """
    text = collapse(field)
    if len(text) > 10 * MAX_NAME_CHARS:
        return ()
    text = _PICTURE.sub(" ", _HANDLE.sub(" ", _MAIL.sub(" ", _ADDRESS.sub(" ", text))))
    text = _tidy(_GENERATION.sub(" ", text))
    if is_organisation:
        return _named([text])
    pieces = [piece for part in _HARD.split(text) if (piece := _tidy(part))]
    people = [name for piece in pieces for name in _people(piece)]
    if people:
        # Beside people, the rest is what they are and where they work; agencies they share the story with stay.
        return _named(people)
    return _named(_agencies(pieces) or [text])


def distinct_names(fields: Iterable[str]) -> tuple[str, ...]:
    """The names in several fields, each once whatever its case, in their order."""
    found = dict.fromkeys(name for field in fields for name in read_names(field))
    unique: dict[str, str] = {}
    for name in found:
        unique.setdefault(name.casefold(), name)
    return tuple(unique.values())


def is_person(name: str) -> bool:
    """Whether a text looks like one person's name: two to six capitalised words without a desk, a role or a number."""
    words = name.split()
    if not MIN_NAME_WORDS <= len(words) <= MAX_NAME_WORDS or any(letter.isdigit() for letter in name):
        return False
    bare = [word.strip(".,'\u2019").lower() for word in words]
    if not _OFFICES.isdisjoint(bare) or bare[0] in {"the", "die", "le", "la", "el"}:
        return False
    return all(_is_capital(word) or word.lower() in _PARTICLES for word in words) and _is_capital(words[-1])


def is_agency(name: str) -> bool:
    """Whether a text is the name of a news agency."""
    return name.lower() in _AGENCIES


def _is_capital(word: str) -> bool:
    """Whether a word begins like a name; scripts without capitals always do."""
    letter = next((letter for letter in word if letter.isalpha()), "")
    return bool(letter) and not letter.islower()


def _people(piece: str) -> list[str]:
    """The people in a piece, and the agencies among them; none unless it begins with a person."""
    found: list[str] = []
    for raw in piece.split(","):
        part = _tidy(raw)
        sides = [side for side in map(_tidy, _AND.split(part)) if side]
        # All sides or none: "Food and Drug Administration" is one, and so is "José Ortega y Gasset".
        if len(sides) > 1 and all(is_person(side) or side.lower() in _AGENCIES for side in sides):
            found += sides
        elif is_person(part) or (found and part.lower() in _AGENCIES):
            found.append(part)
        if not found:
            return []
    return found


def _agencies(pieces: list[str]) -> list[str]:
    """The agencies, if a text consists of nothing else."""
    parts = [
        part
        for piece in pieces
        for raw in re.split(r"[,/]", piece)
        for side in _AND.split(raw)
        if (part := _tidy(side))
    ]
    return parts if parts and all(part.lower() in _AGENCIES for part in parts) else []


def _named(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(
        name
        for name in dict.fromkeys(_tidy(name) for name in names)
        if name.casefold() not in _NOBODY and len(name) <= MAX_NAME_CHARS and any(letter.isalpha() for letter in name)
    )


def _tidy(text: str) -> str:
    """The text without the words and signs around a name."""
    text = collapse(text).strip(_AROUND)
    text = _WEAK_PREFIX.sub("", _PREFIX.sub("", _LEFT_OVER.sub("", text)))
    text = _SUFFIX.sub("", text).strip(_AROUND)
    return text[1:-1].strip() if text.startswith("(") and text.endswith(")") else text
