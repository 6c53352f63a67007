"""
Text of the article in an element whose name says otherwise.

trafilatura leaves out what has "slide", "bar", "embed" or "expand" anywhere in its class or id, and what is hidden
until somebody pays or clicks. So goes the second half of an article in <div class="expandable">. Names are weak
evidence, and how much of the text an element holds is strong: on 524 real pages 25 elements would go that hold 0.3 of
their frame, hardly any of it in links, and all 25 are the article.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from lxml.html import HtmlElement

from ingest.pages.dom import remove
from ingest.text import collapse

#: An element this long that holds this share of its frame, hardly any of it in links, is the article or a half of it.
MIN_BODY_CHARS = 1_000
MIN_BODY_SHARE = 0.3
MAX_LINKED_SHARE = 0.15
#: A <p> this long that ends like a sentence is a paragraph, unless its name says what else it is.
MIN_PARAGRAPH_CHARS = 80
#: A text in an element that stands elsewhere in the frame, too, is told by so much of its middle.
SAMPLE_CHARS = 80

#: Readers' words, and other articles: both are long and hold few links.
_OTHERS = re.compile(
    r"comment|disqus|repl(?:y|ies)|discussion|review|related|(?:^|\s)(?:sidebar|footer)", re.IGNORECASE
)
_NO_PARAGRAPH = re.compile(
    r"caption|credit|byline|author|tag|newsletter|subscri|promo|sponsor|shar|social|relat|cookie|consent|comment|copyright"
    r"|footer|nav|hid|(?:^|[\s_-])ads?(?:$|[\s_-])",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?\u2026\u3002\uff01\uff1f\u0964]['\")\]\u201d\u2019\u00bb\u300d]*$")
_LINKS = ("ref", "a")
#: Elements that a sentence may have words in, and how long the paragraph is that they do not stand alone in.
WORD_HOLDERS = ("time", "label")
MIN_SENTENCE_CHARS = 80


def misnamed(frame: HtmlElement, unwanted: Collection[HtmlElement]) -> Iterator[HtmlElement]:
    """Those of the elements that hold text of the article, the outer ones before what is in them."""
    whole = ""
    for one in unwanted:
        raw = one.text_content()
        if one.tag == "p":
            if len(raw) >= MIN_PARAGRAPH_CHARS and _is_paragraph(one, collapse(raw)):
                yield one
        elif len(raw) >= MIN_BODY_CHARS:
            whole = whole or collapse(frame.text_content())
            text = collapse(raw)
            if len(text) >= max(MIN_BODY_CHARS, MIN_BODY_SHARE * len(whole)) and _is_body(one, text, whole):
                yield one


def _is_paragraph(one: HtmlElement, text: str) -> bool:
    if _NO_PARAGRAPH.search(_name(one)) or one.get("style") or one.get("aria-hidden"):
        return False
    return _SENTENCE_END.search(text) is not None and _is_unlinked(one, text)


def _is_body(one: HtmlElement, text: str, whole: str) -> bool:
    if _OTHERS.search(_name(one)) or not _is_unlinked(one, text):
        return False
    middle = text[len(text) // 2 :][:SAMPLE_CHARS]
    return whole.count(middle) == 1  # else it is a copy for another width of the screen


def _is_unlinked(one: HtmlElement, text: str) -> bool:
    return sum(len(link.text_content()) for link in one.iter(*_LINKS)) <= MAX_LINKED_SHARE * len(text)


def _name(one: HtmlElement) -> str:
    return f"{one.get('class') or ''} {one.get('id') or ''}"


def twins_of(frame: HtmlElement) -> list[HtmlElement]:
    """The element that holds the article, and those beside it that are called the same and so hold the rest of it."""
    name, role = frame.get("class"), frame.get("itemprop")
    if frame.tag == "article" or not (name or role):
        return [frame]
    twins = [one for one in frame.itersiblings(frame.tag) if (one.get("class"), one.get("itemprop")) == (name, role)]
    is_other = any(heading.get("rend") == "h1" for one in twins for heading in one.iter("head"))
    return [frame] if is_other else [frame, *twins]


def keep_words(page: HtmlElement) -> None:
    """Let the words that a sentence has in a <time> or a <label> stay; dates and labels by themselves go."""
    for one in list(page.iter(*WORD_HOLDERS)):
        holder = one.getparent()
        if holder is not None and holder.tag == "p" and len(holder.text_content()) >= MIN_SENTENCE_CHARS:
            one.drop_tag()


def remove_forms(page: HtmlElement) -> None:
    """Take the forms out; one that holds most of the text is the page's frame, and becomes a div."""
    forms = list(page.iter("form"))
    n_all = len(page.text_content()) if forms else 0
    for form in forms:
        if n_all and len(form.text_content()) > n_all / 2:
            form.tag = "div"
        else:
            remove(form)
