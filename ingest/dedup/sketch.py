"""What a text is, whatever it is dressed in."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from hashlib import blake2b

#: A text of fewer letters and digits says too little: "Read more on our site" is no story two sites share.
MIN_CHARACTERS = 40

_DIGEST_BYTES = 16


def text_digest(paragraphs: Sequence[str]) -> str:
    """
    32 hex digits of the letters and digits of a text, or "" where there are fewer than 40 of them.

    Case, compatibility forms (NFKC), accents written in two ways, spaces, punctuation, quote styles and where
    paragraphs end make no difference. Letters are those of any script with the marks that belong to them, because
    without its vowel signs a word of Hindi or Thai is another word.
    """
    letters = normalised(" ".join(paragraphs))
    if len(letters) < MIN_CHARACTERS:
        return ""
    return blake2b(letters.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES).hexdigest()


def normalised(text: str) -> str:
    """The letters, marks and digits of a text, folded (Unicode 3.13, D146: NFKC after case folding)."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    # Judged once for each of a text's few different characters, not for each of its many.
    kept = {letter for letter in set(folded) if _is_kept(letter)}
    return "".join(filter(kept.__contains__, folded))


def _is_kept(letter: str) -> bool:
    """Whether it is a letter, a mark or a number; the selectors of emoji styles are marks by name only."""
    return unicodedata.category(letter)[0] in "LMN" and not "\ufe00" <= letter <= "\ufe0f"
