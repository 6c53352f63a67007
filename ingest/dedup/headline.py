"""Whether two headlines say the same."""

from __future__ import annotations

import re
from collections import Counter

from ingest.dedup.words import is_slip, letters, words

#: A headline of more words that differ is another one.
MAX_WORDS = 100

#: Words that carry no meaning of their own in a headline.
_EMPTY_WORDS = (
    "a an the of in on at to for by with from and or as is are was were be been has have had it its this that over "
    "after der die das den dem des ein eine einen einem einer und oder in im am an auf zu zum zur bei von vom mit "
    "für ist sind le la les un une des du de d l et ou à au aux en dans sur pour par avec est sont el los las una "
    "unos unas y o del al en con por para es son il lo gli i uno e ed da dal della dei in nel su per con è sono o "
    "os as um uma do dos das no na nos nas em ao e het een van op te met voor door bij en of w we z ze i na do od o "
    "en ett och av på för med till som et og af til"
)
_EMPTY = frozenset(_EMPTY_WORDS.split())
_LABEL = re.compile(
    r"\W{0,6}(?:breaking(?: news)?|update[d]?(?: \d{1,2})?|live(?: updates?)?|watch|video|exclusive|analysis|opinion"
    r"|just in|eil|liveblog|ticker|en direct|direct|vidéo|en vivo|vídeo|última hora|diretta|ultimora|ao vivo|liveblogg)"
    r"\s?[:|\u2013\u2014-]\s",
    re.IGNORECASE,
)
_SUFFIX = re.compile(r"^(?P<title>.{12,}?)\s+[|\u2013\u2014\u00b7-]\s+(?P<site>[^|\u2013\u2014]{2,40})$")
_CUT = re.compile(r"(?:\.{3}|\u2026)\W?$")


def is_same_headline(old: str, new: str) -> bool:
    """
    Whether two headlines differ in nothing that carries meaning.

    Case, punctuation, order, a label before ("LIVE:"), the site's name behind, a cut end, words such as "the" and slips
    of the pen make no difference.
    """
    return any(_says_the_same(one, other) for one in _readings(old) for other in _readings(new))


def _readings(title: str) -> tuple[str, ...]:
    """The headline without its label, and without what may be the site's name."""
    bare = _LABEL.sub("", title, count=1)
    suffixed = _SUFFIX.match(bare)
    return (bare, suffixed["title"]) if suffixed else (bare,)


def _says_the_same(old: str, new: str) -> bool:
    for cut, whole in ((old, new), (new, old)):
        if _CUT.search(cut) and letters(whole).startswith(letters(_CUT.sub("", cut))):
            return True
    before, now = (Counter(word.key for word in words(title) if word.key not in _EMPTY) for title in (old, new))
    gone, come = list((before - now).elements()), list((now - before).elements())
    if len(gone) > MAX_WORDS or len(come) > MAX_WORDS:
        return False
    for key in [*gone]:
        twin = next((other for other in come if is_slip(key, other)), None)
        if twin is not None:
            gone.remove(key)
            come.remove(twin)
    return "".join(gone) == "".join(come)
