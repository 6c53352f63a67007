"""
Which Latin charset bytes are in that nobody declared, or declared wrongly.

A guesser by letters takes Spanish for windows-1250 and Polish for iso-8859-14: the charsets differ in a dozen letters.
What tells them apart is the language, and that is told by words without any of those letters.
"""

from __future__ import annotations

import re

from ingest.pages.language import spoken

#: The charset of each language, as browsers have it (WHATWG HTML 13.2.3.2, the table of locales); others are western.
_LANGUAGES = {
    "cp1250": ("pl", "cs", "sk", "hu", "sl", "hr", "bs", "sr", "ro", "sq"),
    "cp1254": ("tr", "az"),
    "cp1257": ("et", "lv", "lt"),
    "cp1258": ("vi",),
}
_CODECS = {language: codec for codec, languages in _LANGUAGES.items() for language in languages}

_HTML_LANGUAGE = re.compile(r"<html[^>]{0,300}?\slang\s*=\s*[\"']?([\w-]{2,12})", re.IGNORECASE)
_MARKUP = re.compile(r"<(?:script|style)[^<]*(?:<(?!/)[^<]*)*</|<[^>]*>?", re.IGNORECASE)
#: Letters and quotes of windows-1250, and controls in iso-8859-2.
_HIGH_CONTROLS = re.compile(rb"[\x82-\x9f]")
#: A word of another script in windows-1252 is a run of letters with marks; western words have one or two of them.
_FOREIGN_RUN = re.compile(rb"[\x80-\xff]{4,}")
_PAST_ASCII = re.compile(rb"[\x80-\xff]+")
#: Signs of windows-1252 that are letters in iso-8859-2 and its like; none stands inside a western word.
_SIGN_IN_WORD = re.compile(rb"[a-z][\xa1\xa5\xa6\xb1\xb3\xb6\xb9\xbc\xbe\xbf][a-z]")
MAX_SIGNS_IN_WORDS = 5
MAX_FOREIGN_SHARE = 0.5
MIN_FOREIGN_BYTES = 40


def may_be_western(body: bytes) -> bool:
    """Whether bytes make sense in windows-1252, which has a letter or a sign for every byte."""
    n_foreign = sum(map(len, _FOREIGN_RUN.findall(body)))
    if n_foreign >= MIN_FOREIGN_BYTES and n_foreign > MAX_FOREIGN_SHARE * sum(map(len, _PAST_ASCII.findall(body))):
        return False
    return len(_SIGN_IN_WORD.findall(body)) <= MAX_SIGNS_IN_WORDS


def latin_codec(body: bytes, guess: str) -> str:
    """Python's codec for the beginning of a page in Latin letters; the guess where no language shows another."""
    said = _HTML_LANGUAGE.search(body.decode("latin-1"))
    for codec in ("cp1252", *_LANGUAGES):
        text = " ".join(_MARKUP.sub(" ", body.decode(codec, "replace")).split())
        language = spoken([said[1]] if said else [], text)
        # Words past ASCII are few, and the others are the same in each charset: any of these tells most languages.
        if language and (found := _CODECS.get(language.partition("-")[0], "cp1252")):
            return _central(body) if found == "cp1250" else found
    if len(_SIGN_IN_WORD.findall(body)) > MAX_SIGNS_IN_WORDS:
        return _central(body)
    # What the guesser takes western letters for, nearly always.
    return "cp1252" if guess in {"cp1250", "iso8859_2"} else guess


def _central(body: bytes) -> str:
    return "cp1250" if _HIGH_CONTROLS.search(body) else "iso8859_2"
