"""
The page's text or the feed's own: which of the two is the article.

The page is, unless it can be shown not to be. What is shown, in this order (the first that holds decides):

    page has no text                                                     feed, "page-empty"
    feed has no text                                                     page, "feed-empty"
    page is a wall (consent, JavaScript, robots' check, missing page)    feed, "page-consent-wall" and its like
    page asks for payment, the feed's text is whole and longer by 1/4    feed, "page-paywall"
    page is at most half the feed's text and stands in it                feed, "page-stub"
    page is at most half the feed's whole text and has none of it        feed, "page-stub"
    page has not a word of a long whole feed text                        feed, "page-other-text"
    otherwise                                                            page, "page"

A feed's text is whole unless it ends in "[...]", in "Read more" or in the middle of a sentence. One that is not never
takes the place of a page that is more than a wall, except where it holds all the page has and as much again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ingest.models import Cleaning
from ingest.pages.walls import Wall, has_paywall_line, wall_in

#: Below half the feed's text a page is a stub: feeds carry the text or a teaser of it, seldom a longer version of it
#: (captions and boxes that a page's extraction leaves out stay below a third of an article).
STUB_SHARE = 0.5
#: Shorter feed texts are teasers: nobody can tell from them that the page is wrong.
MIN_FEED_CHARS = 400
#: For a page that names a price: the free beginning and the feed's text differ by a caption or a box at most this much.
PAYWALL_GAIN = 1.25
#: Of a text that stands in another nearly all samples are found; editors change a headline, a comma, a dash.
CONTAINED_SHARE = 0.6
#: Two texts on one subject share names and phrases, but hardly samples of this length.
FOREIGN_SHARE = 0.1
#: An abstract in the editor's own words shares nothing with its article either, and is shorter than this.
MIN_FULL_CHARS = 1_500

#: Samples are runs of letters and digits: 16 are about three words, and six in Chinese.
SAMPLE_CHARS = 16
MAX_SAMPLES = 200
#: What is looked at of each text.
MAX_COMPARED_CHARS = 200_000

_CUT_MARK = re.compile(r"(?:\[\s*(?:\.\.\.|…|&hellip;)\s*\]|…|\.\.\.|\(more\)|\[more\]|»|→|>>)\s*$")
_READ_ON = re.compile(
    r"^\W*(?:"
    r"read (?:the )?(?:more|full (?:story|article)|rest|on)|continue reading|keep reading"
    r"|click (?:here )?to (?:read|continue)|view (?:the )?full|(?:more|full story)(?=\W*$)|weiterlesen|mehr lesen"
    r"|ganzen artikel lesen|lesen sie (?:den (?:ganzen )?artikel|weiter)|lire (?:la suite|l.article|plus)"
    r"|en savoir plus|leer más|seguir leyendo|sigue leyendo|leggi (?:tutto|l.articolo|di più)"
    r"|continua a leggere|leia mais|ler mais|continue lendo|continuar a ler|lees (?:meer|verder)"
    r"|czytaj (?:więcej|dalej)|číst (?:dál|více)|läs (?:mer|hela)|les (?:mer|hele)|læs (?:mere|hele)"
    r"|lue lisää|devam\u0131n\u0131 oku|читать (?:далее|дальше)|читати далі|続きを読む|全文を読む|阅读(?:全文|更多)"
    r"|閱讀(?:全文|更多)|더 ?보기|اقرأ المزيد|और पढ़ें"
    r")(?!\w)",
    re.IGNORECASE,
)
#: "Read more: Harbour to close" points elsewhere.
_POINTS_ELSEWHERE = re.compile(r":\s*\S")
MAX_READ_ON_CHARS = 120
_SENTENCE_END = re.compile(r"[.!?。\uff01\uff1f؟\u06d4।॥…:;)\]\"”“»«\u2019'\u203a』」\uff09]\s*$")
#: A last line this short may be a signature or a list's item: it needs no full stop.
MAX_SIGNATURE_CHARS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which text is published and why."""

    source: Literal["page", "feed"]
    #: "page", "feed-empty", "no-text", or the flag that decided.
    reason: str
    #: What a reader of the event should know about the text: "page-stub", "page-consent-wall", "feed-truncated", ...
    flags: tuple[str, ...] = ()


def choose(page: Cleaning | None, feed: Cleaning | None, *, is_paywalled: bool | None = None) -> Choice:
    """
    Which text is the article; None for a text that could not be had. A text with something in it beats an empty one.

    ``is_paywalled`` is what the page's metadata say of it.
    """
    has_page, has_feed = bool(page and page.text.strip()), bool(feed and feed.text.strip())
    if page is None or not has_page:
        flag = "page-missing" if page is None else "page-empty"
        if feed is None or not has_feed:
            return Choice(source="page", reason="no-text", flags=(flag,))
        return _feed(flag, feed)
    wall, is_locked = _wall_of(page)
    if feed is None or not has_feed:
        flags = (f"page-{wall}",) if wall else ("page-paywall",) if is_locked and is_paywalled else ()
        return Choice(source="page", reason="feed-empty", flags=flags)
    if wall and wall != "paywall":
        return _feed(f"page-{wall}", feed)
    flag = _why_not(page, feed, is_locked=is_locked or bool(is_paywalled))
    if flag:
        return _feed(flag, feed)
    return Choice(source="page", reason="page", flags=("page-paywall",) if wall == "paywall" else ())


def choose_page(page: Cleaning | None, *, max_feed_chars: int, is_paywalled: bool | None = None) -> Choice | None:
    """The page, if it is chosen whatever a feed's text of at most so many characters says; else None."""
    if page is None or is_paywalled or max_feed_chars >= MIN_FEED_CHARS or not page.text.strip():
        return None
    return Choice(source="page", reason="page") if _wall_of(page) == (None, False) else None


def is_truncated(text: Cleaning) -> bool:
    """Whether a text stops before its end: cut with "[...]", sent on with "Read more", or inside a sentence."""
    tail = [removal.text for removal in text.removals if removal.after_paragraph >= len(text.paragraphs)]
    if any(_sends_on(line) for line in (*text.paragraphs[-2:], *tail)):
        return True
    prose = [line for line in text.paragraphs[-2:] if not _sends_on(line)]
    if not prose:
        return False
    last = prose[-1].rstrip()
    if _CUT_MARK.search(last):
        return True
    # A signature after a whole sentence is an end; a short line that is all there is tells nothing.
    return not _SENTENCE_END.search(last) and len(last) > MAX_SIGNATURE_CHARS


def _wall_of(page: Cleaning) -> tuple[Wall | None, bool]:
    """Which wall a page's text is, and whether it asks for payment, as a wall or at its end."""
    removed = _removed(page)
    wall = wall_in(page.paragraphs) or (wall_in([*page.paragraphs, *removed]) if removed else None)
    return wall, wall == "paywall" or has_paywall_line([*page.paragraphs[-3:], *removed])


def _feed(flag: str, feed: Cleaning) -> Choice:
    return Choice(source="feed", reason=flag, flags=(flag, "feed-truncated") if is_truncated(feed) else (flag,))


def _why_not(page: Cleaning, feed: Cleaning, *, is_locked: bool) -> str:
    """The flag of what shows that a page with text is not the article; "" where nothing does."""
    if len(feed.text) < MIN_FEED_CHARS and not is_locked:
        return ""
    ours, theirs = _letters(page.paragraphs), _letters(feed.paragraphs)
    is_whole = not is_truncated(feed)
    if is_locked and is_whole and len(theirs) >= PAYWALL_GAIN * len(ours):
        return "page-paywall"
    if len(feed.text) < MIN_FEED_CHARS:
        return ""
    shared = _share_found(ours, theirs)
    if len(ours) <= STUB_SHARE * len(theirs):
        if shared >= CONTAINED_SHARE:
            return "page-stub"
        return "page-stub" if is_whole and shared < FOREIGN_SHARE else ""
    if is_whole and len(feed.text) >= MIN_FULL_CHARS and shared == 0 and _share_found(theirs, ours) == 0:
        return "page-other-text" if len(ours) <= 2 * len(theirs) else ""
    return ""


def _removed(text: Cleaning) -> list[str]:
    return [removal.text for removal in text.removals]


def _sends_on(line: str) -> bool:
    found = _READ_ON.match(line)
    return bool(found) and len(line) <= MAX_READ_ON_CHARS and not _POINTS_ELSEWHERE.search(line)


def _letters(paragraphs: Sequence[str]) -> str:
    text = " ".join(paragraphs)[:MAX_COMPARED_CHARS].casefold()
    return "".join(filter(str.isalnum, text))


def _share_found(text: str, other: str) -> float:
    """Which share of samples taken evenly from ``text`` stands in ``other``; a text shorter than a sample is one."""
    if not text:
        return 0.0
    last = max(0, len(text) - SAMPLE_CHARS)
    step = max(SAMPLE_CHARS // 2, last // MAX_SAMPLES + 1)
    samples = [text[at : at + SAMPLE_CHARS] for at in range(0, last + 1, step)]
    return sum(sample in other for sample in samples) / len(samples)
