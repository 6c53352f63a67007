"""
Which language a page is in: what it says, checked against its own letters and commonest words.

Themes ship with lang="en-US", and many a site never changed it. A claim is therefore believed unless the text speaks
clearly against it; without any claim the text alone decides, and stays silent where it is too short.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import chain
from string import ascii_letters

from ingest.pages.common_words import COMMON_WORDS
from ingest.text import beyond_ascii

#: Characters that are looked at; the commonest words of a language have come by then.
SAMPLE_CHARS = 3_000
#: Letters that decide a script, words that decide a language.
MIN_LETTERS = 40
MIN_WORDS = 25
#: A guess without any claim needs this share of common words among all (prose has 25 to 45 %) ...
MIN_SHARE = 0.12
#: ... and this lead over the second best (Danish and Norwegian share most of theirs).
MIN_LEAD = 1.15
#: A claim falls when another language has this many times the claimed one's common words, and these are this share.
OVERRULING_LEAD = 2.5
OVERRULING_SHARE = 0.18

_LABEL = re.compile(r"([A-Za-z]{2,3})((?:-[A-Za-z0-9]{2,8})*)")
#: What pages write instead of a code of ISO 639: names, and codes of countries or of ISO 639-2.
_NAMES = {
    "english": "en", "deutsch": "de", "german": "de", "french": "fr", "français": "fr", "spanish": "es",
    "español": "es", "italian": "it", "italiano": "it", "portuguese": "pt", "português": "pt", "nederlands": "nl",
    "dutch": "nl", "polish": "pl",
    "polski": "pl", "russian": "ru", "русский": "ru", "arabic": "ar", "chinese": "zh", "japanese": "ja",
    "korean": "ko", "turkish": "tr", "türkçe": "tr", "hindi": "hi", "greek": "el", "swedish": "sv", "danish": "da",
    "norwegian": "no", "finnish": "fi", "czech": "cs", "ukrainian": "uk", "vietnamese": "vi", "indonesian": "id",
    "persian": "fa", "farsi": "fa", "hebrew": "he", "urdu": "ur", "bengali": "bn", "thai": "th",
    "jp": "ja", "cz": "cs", "dk": "da", "gr": "el", "cn": "zh", "ua": "uk", "iw": "he", "in": "id", "eng": "en",
    "deu": "de", "ger": "de", "fra": "fr", "fre": "fr", "spa": "es", "ita": "it", "por": "pt", "nld": "nl", "pol": "pl",
    "rus": "ru", "ara": "ar", "zho": "zh", "jpn": "ja", "kor": "ko", "tur": "tr", "swe": "sv", "nor": "no", "fin": "fi",
}  # fmt: skip  # one name a line is longer, not clearer
#: One language under several codes, for comparing only.
_SAME = {
    "nb": "no",
    "nn": "no",
    "fil": "tl",
    "cmn": "zh",
    "yue": "zh",
    "in": "id",
    "prs": "fa",
    "sh": "sr",
    "bs": "sr",
    "hr": "sr",
}

#: The scripts that decide, and the languages written in each; the first is guessed where letters tell no more.
_SCRIPTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("latin", "a-zA-Z\u00c0-\u024f\u1e00-\u1eff", ()),
    (
        "cyrillic",
        "\u0400-\u052f",
        ("ru", "uk", "bg", "sr", "be", "mk", "kk", "ky", "mn", "tg", "tt", "uz", "ba", "cv", "os"),
    ),
    ("greek", "\u0370-\u03ff\u1f00-\u1fff", ("el", "grc")),
    (
        "arabic",
        "\u0600-\u06ff\u0750-\u077f",
        ("ar", "fa", "ur", "ps", "ckb", "ku", "ug", "sd", "pa", "ks", "az", "arz", "ary"),
    ),
    ("hebrew", "\u0590-\u05ff", ("he", "yi")),
    ("devanagari", "\u0900-\u097f", ("hi", "mr", "ne", "sa", "mai", "bho", "kok")),
    ("bengali", "\u0980-\u09ff", ("bn", "as")),
    ("gurmukhi", "\u0a00-\u0a7f", ("pa",)),
    ("gujarati", "\u0a80-\u0aff", ("gu",)),
    ("odia", "\u0b00-\u0b7f", ("or",)),
    ("tamil", "\u0b80-\u0bff", ("ta",)),
    ("telugu", "\u0c00-\u0c7f", ("te",)),
    ("kannada", "\u0c80-\u0cff", ("kn",)),
    ("malayalam", "\u0d00-\u0d7f", ("ml",)),
    ("sinhala", "\u0d80-\u0dff", ("si",)),
    ("thai", "\u0e00-\u0e7f", ("th",)),
    ("lao", "\u0e80-\u0eff", ("lo",)),
    ("burmese", "\u1000-\u109f", ("my", "shn", "mnw")),
    ("georgian", "\u10a0-\u10ff", ("ka",)),
    ("armenian", "\u0530-\u058f", ("hy",)),
    ("ethiopic", "\u1200-\u137f", ("am", "ti")),
    ("khmer", "\u1780-\u17ff", ("km",)),
    ("kana", "\u3040-\u30ff", ("ja",)),
    ("hangul", "\uac00-\ud7af\u1100-\u11ff", ("ko",)),
    ("han", "\u4e00-\u9fff\u3400-\u4dbf", ("zh", "ja", "ko")),
)
#: Letters that only one language of a script has, commonly.
_TELLING = (
    ("cyrillic", "uk", "іїєґ"), ("cyrillic", "be", "ў"), ("cyrillic", "sr", "јљњћђ"), ("arabic", "ur", "ٹڈڑےںہ"),
    ("arabic", "fa", "پچژگی"),
)  # fmt: skip  # one name a line is longer, not clearer
#: Share of a script's letters that are telling, from where they count: Ukrainian has 7 %, Urdu 10 %, Persian 8 %.
MIN_TELLING = 0.02
#: Japanese is half kanji: this share of kana among kana and han makes it Japanese.
MIN_KANA = 0.08

_WORD = re.compile(r"[^\W\d_]+")
_ASCII_LETTERS = ascii_letters.encode()
#: What parts words, as spaces: of ASCII all that is no letter. Bytes past ASCII stay.
_SPACED = bytes(code if code >= 128 or chr(code).isalpha() else 32 for code in range(256))  # noqa: PLR2004 - ASCII ends there


def spoken(claims: Iterable[str], sample: str) -> str:
    """
    The language as a BCP 47 label such as "de" or "pt-BR"; "" where nothing says it.

    The first claim that is a label counts, unless the sample of the page's text speaks clearly against its language;
    then the first claim the text bears out does, else what the text shows.
    """
    labels = [label for claim in claims if (label := read_label(claim))]
    shares, script = _shares(sample[:SAMPLE_CHARS])
    fitting = [label for label in labels if _fits(_primary(label), shares, script)]
    if fitting:
        return fitting[0]
    guess = _guess(shares, is_contested=bool(labels))
    return guess or (labels[0] if labels else "")


def read_label(claim: str) -> str:
    """A language claim as a BCP 47 label; "" for what is none."""
    text = claim.strip().replace("_", "-").partition(",")[0].partition(".")[0].strip()
    if named := _NAMES.get(text.lower()):
        return named
    found = _LABEL.fullmatch(text)
    if not found:
        return ""
    # RFC 5646 2.1.1: regions in capitals, scripts with one. "formal" is WordPress's word for a tone, no variant.
    parts = [part for part in found[2].split("-")[1:] if part.lower() not in {"formal", "informal"}]
    shaped = (part.upper() if len(part) == 2 else part.title() if len(part) == 4 else part for part in parts)  # noqa: PLR2004 - ISO 3166 and ISO 15924
    return "-".join((found[1].lower(), *shaped))


def _primary(label: str) -> str:
    code = label.partition("-")[0].lower()
    return _SAME.get(code, code)


def _fits(code: str, shares: dict[str, float], script: tuple[str, ...] | None) -> bool:
    """Whether the text does not speak clearly against a language."""
    if script:
        return code in {_SAME.get(other, other) for other in script} | set(shares)
    if not shares:
        return True
    best, share = max(shares.items(), key=lambda pair: pair[1])
    own = max((value for other, value in shares.items() if _SAME.get(other, other) == code), default=0.0)
    is_known = any(_SAME.get(other, other) == code for other in COMMON_WORDS)
    if not is_known and script is None:
        return True  # we have no words of it, and it shares some with its neighbours: Galician 40 % with Portuguese
    return _SAME.get(best, best) == code or share < OVERRULING_SHARE or share < OVERRULING_LEAD * own


def _guess(shares: dict[str, float], *, is_contested: bool) -> str:
    ranked = sorted(shares.items(), key=lambda pair: -pair[1])
    if not ranked or ranked[0][1] < (OVERRULING_SHARE if is_contested else MIN_SHARE):
        return ""
    if len(ranked) > 1 and ranked[0][1] < MIN_LEAD * ranked[1][1]:
        return ""
    return ranked[0][0]


def _shares(sample: str) -> tuple[dict[str, float], tuple[str, ...] | None]:
    """
    How much the sample looks like each language, and the languages its script allows.

    None for the script where it is Latin or cannot be told; a language of a script of its own has the share 1.
    """
    if _is_plainly_latin(sample):
        return _words(sample, ()), None
    letters = {name: count for name, count in _letters(sample).items() if count}
    total = sum(letters.values())
    if total < MIN_LETTERS:
        return {}, None
    name = max(letters, key=lambda script: letters[script])
    if name == "han" and letters.get("kana", 0) >= MIN_KANA * (letters["han"] + letters.get("kana", 0)):
        name = "kana"
    if letters[name] * 2 < total and name != "kana":
        return {}, None  # two scripts by halves decide nothing
    if name in {"latin", "cyrillic"}:
        languages = next(languages for script, _, languages in _SCRIPTS if script == name)
        return _telling(name, sample, letters[name]) or _words(sample, languages), languages or None
    languages = next(languages for script, _, languages in _SCRIPTS if script == name)
    return _telling(name, sample, letters[name]) or {languages[0]: 1.0}, languages


def _is_plainly_latin(sample: str) -> bool:
    """Whether letters of ASCII are enough to tell a script, and more than all other characters outside it."""
    plain = sample.encode("ascii", "ignore")
    n_letters = len(plain) - len(plain.translate(None, _ASCII_LETTERS))
    return n_letters >= MIN_LETTERS and n_letters > len(sample) - len(plain)


def _telling(script: str, sample: str, letters: int) -> dict[str, float]:
    for name, language, telling in _TELLING:
        if name == script and sum(map(sample.count, telling)) >= MIN_TELLING * letters:
            return {language: 1.0}
    return {}


def words_of(text: str) -> list[str]:
    """The runs of letters in a text, as ``_WORD`` finds them; a page's own few signs go faster than a look at each."""
    for sign in set(beyond_ascii(text)):
        if not sign.isalnum() or sign.isdecimal():
            text = text.replace(sign, " ")
    return text.encode("utf-8", "surrogatepass").translate(_SPACED).decode("utf-8", "surrogatepass").split()


def _words(sample: str, languages: Sequence[str]) -> dict[str, float]:
    words = words_of(sample.lower())
    if len(words) < MIN_WORDS:
        return {}
    known = _languages_of()
    hits = Counter(chain.from_iterable(shared for word in words if (shared := known.get(word))))
    return {
        language: count / len(words)
        for language, count in hits.items()
        if (language in languages) or (not languages and language not in {"ru", "uk", "bg"})
    }


def _letters(sample: str) -> dict[str, int]:
    total = sum(map(len, _WORD.findall(sample)))
    found: dict[str, int] = {}
    for name, pattern in _script_patterns():
        found[name] = sum(map(len, pattern.findall(sample)))
        # The other scripts are not looked for once one has the majority; "han" alone may still be Japanese.
        if 2 * found[name] > total and name != "han":
            break
    return found


@cache
def _script_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(f"[{letters}]+")) for name, letters, _ in _SCRIPTS)


@cache
def _languages_of() -> dict[str, tuple[str, ...]]:
    """The languages in which a word is among the commonest."""
    found: dict[str, tuple[str, ...]] = {}
    for language, words in COMMON_WORDS.items():
        for word in dict.fromkeys(words.split()):
            found[word] = (*found.get(word, ()), language)
    return found
