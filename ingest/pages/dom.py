"""
HTML without a browser: a tree where the markup allows one, and paragraphs in linear time where it does not.

The standard ``html.parser`` is quadratic on unclosed comments (30,000 ``<!--``: 11.5 s on Python 3.11.7), lxml on
attributes (50,000 on one tag: 11.5 s), and libxml2 drops all that is nested deeper than 255. Hence a reader of our own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree, html

from ingest.text import collapse, decode_entities, remove_controls

#: More characters than this are not given to a tree parser (5 MB is the fetch cap: reliability.md 2.1).
MAX_CHARS = 5_000_000
#: No page written by hand or CMS comes near; lxml's time is quadratic in them.
MAX_ATTRIBUTES = 256
#: A page has a few dozen comments.
MAX_COMMENTS = 5_000

#: A shorter paragraph may be a teaser, a caption or a button.
MIN_PROSE_CHARS = 80

_PARAGRAPH_ENDS = frozenset(
    {
        "address", "article", "aside", "blockquote", "body", "br", "caption", "center", "dd", "details", "dialog",
        "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5",
        "h6", "header", "hgroup", "hr", "html", "legend", "li", "main", "menu", "nav", "ol", "optgroup", "p", "pre",
        "search", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "title", "tr", "ul",
    }
)  # fmt: skip  # one name a line is longer, not clearer
#: Their content is no text of the page, even where their end tag is missing (HTML 13.2.6.4: raw text elements).
_RAW = frozenset({"iframe", "noembed", "noframes", "script", "style"})
#: Form controls, embedded things and captions; without an end tag only the tag itself goes.
_DROPPED = frozenset(
    {
        "audio", "button", "canvas", "datalist", "figcaption", "label", "math", "noscript", "object", "option",
        "select", "svg", "template", "textarea", "title", "video",
    }
)  # fmt: skip  # one name a line is longer, not clearer
#: What a whole page holds beside its text.
_PAGE_DROPPED = _DROPPED | {"aside", "footer", "head", "nav"}

#: One piece of markup. A quote opens a value only behind "=" (HTML 13.2.5.37): stray ones stand in real pages. Every
#: quantifier is possessive, so a scan over the text is linear.
_MARKUP = re.compile(
    r"<(?:(?P<comment>!--)|(?P<close>/?)(?P<name>[a-zA-Z][^\s/>]*+)"
    r"""(?:[^>=]++|=\s*+(?:"[^"]*+"|'[^']*+')?+)*+|(?P<bogus>[!?/]))"""
)
_LONG_TAG = re.compile(rf"<[a-zA-Z][^<>]{{{2 * MAX_ATTRIBUTES},}}")
_ATTRIBUTE = re.compile(r"""[^\s/="'>]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'>]++))?+""")
_SPACE = re.compile(r"[ \t\n\r\f]+")
_DOCTYPE = re.compile(r"\s*<!doctype[^>]{0,300}>", re.IGNORECASE)


def read_tree(page: str) -> html.HtmlElement | None:
    """The page's tree; None where markup is hostile, nested too deep for the parser, or absent."""
    if is_hostile(page):
        return None
    # As bytes: a text with an XML declaration is refused, and lone surrogates have no bytes. The DOCTYPE makes libxml2
    # drop the attributes of <html> (lxml issue 1955915).
    body = _DOCTYPE.sub("", page, count=1).encode("utf-8", "ignore").replace(b"\0", b"")
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    try:
        tree = html.document_fromstring(body, parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return None
    is_cut = any("Excessive depth" in entry.message for entry in parser.error_log)
    return None if is_cut else tree


def is_hostile(page: str) -> bool:
    """Whether a tree parser's time on this page may be out of proportion. Linear, and below 1 ms on a usual page."""
    if len(page) > MAX_CHARS or page.count("<!--") > MAX_COMMENTS:
        return True
    # Scripts hold "<" and long runs too: the exact count is made only where a long tag is suspected.
    if not any(len(tag[0].split()) + tag[0].count("=") > MAX_ATTRIBUTES for tag in _LONG_TAG.finditer(page)):
        return False
    return any(
        sum(1 for _ in _ATTRIBUTE.finditer(tag)) > MAX_ATTRIBUTES
        for kind, tag in _pieces(page, frozenset())
        if kind == "open" and len(tag) > 2 * MAX_ATTRIBUTES
    )


def read_blocks(markup: str, *, is_page: bool = False) -> tuple[str, ...]:
    """
    The paragraphs of any markup, in time linear in its length.

    Block elements and ``<br>`` end a paragraph; inline tags vanish without eating or adding space; scripts, form
    controls and figure captions are left out, and of a whole page also its head, navigation, asides and footer.
    """
    paragraphs: list[str] = []
    line: list[str] = []
    is_verbatim = False
    for kind, text in _pieces(markup, _PAGE_DROPPED if is_page else _DROPPED):
        if kind == "text":
            line.append(decode_entities(text))
            continue
        name = _name(text)
        if name in _PARAGRAPH_ENDS:
            paragraphs.extend(_lines("".join(line), is_verbatim=is_verbatim))
            line.clear()
            is_verbatim = (kind == "open") if name == "pre" else is_verbatim
    paragraphs.extend(_lines("".join(line), is_verbatim=is_verbatim))
    return tuple(paragraphs)


def long_paragraphs(tree: html.HtmlElement) -> list[str]:
    """The texts of the tree's ``<p>`` elements that are prose rather than labels, each on one line."""
    texts = (collapse("".join(element.itertext())) for element in tree.iter("p"))
    return [text for text in texts if len(text) >= MIN_PROSE_CHARS]


def read_lines(text: str) -> tuple[str, ...]:
    """The non-empty lines of plain text, stripped, without control characters."""
    return tuple(_lines(text, is_verbatim=True))


def has_markup(text: str) -> bool:
    """Whether the text holds a tag or a comment."""
    return _MARKUP.search(text) is not None


def _lines(text: str, *, is_verbatim: bool) -> Iterator[str]:
    parts = remove_controls(text).replace("\r", "\n").split("\n") if is_verbatim else [_SPACE.sub(" ", text)]
    for part in parts:
        if paragraph := remove_controls(part).strip():
            yield paragraph


def _name(tag: str) -> str:
    """The element's name in a piece such as ``<p class=x``."""
    return re.split(r"[\s/>]", tag.lstrip("</"), maxsplit=1)[0].lower()


def _pieces(markup: str, dropped: frozenset[str]) -> Iterator[tuple[str, str]]:
    """The markup as ("text" | "open" | "close", characters), without comments and the content of dropped elements."""
    ends = _Ends(markup)
    at = 0
    while found := _MARKUP.search(markup, at):
        if found.start() > at:
            yield "text", markup[at : found.start()]
        at = found.end()
        if found["comment"]:
            at = ends.after("-->", at - 2, missing=at)
        elif found["bogus"]:
            at = ends.after(">", at - 1, missing=len(markup))
        else:
            yield "close" if found["close"] else "open", found[0]
            at = ends.after(">", at, missing=len(markup))
            name = found["name"].lower()
            if not found["close"] and (name in _RAW or name in dropped):
                at = ends.before_close(name, at, missing=len(markup) if name in _RAW else at)
    if at < len(markup):
        yield "text", markup[at:]


class _Ends:
    """Where things end in one text; a search that failed once is never made again, which keeps the whole linear."""

    def __init__(self, markup: str) -> None:
        self._markup = markup
        self._absent: set[str] = set()

    def after(self, mark: str, at: int, *, missing: int) -> int:
        """The place behind the next ``mark``, or ``missing``."""
        if mark in self._absent:
            return missing
        found = self._markup.find(mark, at)
        if found < 0:
            self._absent.add(mark)
            return missing
        return found + len(mark)

    def before_close(self, name: str, at: int, *, missing: int) -> int:
        """The place of the next end tag of ``name``, or ``missing``."""
        if name in self._absent:
            return missing
        found = re.compile(f"</{re.escape(name)}", re.IGNORECASE | re.ASCII).search(self._markup, at)
        if found is None:
            self._absent.add(name)
            return missing
        return found.start()
