"""
HTML without a browser: a tree where the markup allows one, and paragraphs in linear time where it does not.

The standard ``html.parser`` is quadratic on unclosed comments (30,000 ``<!--``: 11.5 s on Python 3.11.7), lxml on
attributes (50,000 on one tag: 11.5 s), and libxml2 drops all that is nested deeper than 255. Hence a reader of our own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lxml import etree, html

from ingest.text import decode_entities, remove_controls

#: More characters than this are not given to a tree parser (5 MB is the fetch cap: reliability.md 2.1).
MAX_CHARS = 5_000_000
#: lxml's time is quadratic in the attributes of a tag: 4,096 of them, or several tags that come to as much, take 0.1 s.
MAX_ATTRIBUTES = 4_096
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
#: Elements without text of the page, and those whose text is beside the article.
_SILENT = (
    "script", "style", "svg", "link", "meta", "iframe", "object", "audio", "video", "canvas", "picture",
    "img", "button", "select",
)  # fmt: skip  # one name a line is longer, not clearer
#: Elements that are for what they hold.
_HOLDERS = ("div", "span", "section", "i", "ul")
_BESIDE = ("aside", "nav", "footer", "noscript", "template")
#: So much prose is no side column; and more such elements, one in another, are no accident.
MIN_MISPLACED_CHARS = 1_500
MAX_MISPLACED = 3
#: What a whole page holds beside its text.
_PAGE_DROPPED = _DROPPED | {"aside", "footer", "head", "nav"}

#: One piece of markup. A quote opens a value only behind "=" (HTML 13.2.5.37): stray ones stand in real pages. Every
#: quantifier is possessive, so a scan over the text is linear.
_MARKUP = re.compile(
    r"<(?:(?P<comment>!--)|(?P<close>/?)(?P<name>[a-zA-Z][^\s/>]*+)"
    r"""(?:[^>=]++|=\s*+(?:"[^"]*+"|'[^']*+')?+)*+|(?P<bogus>[!?/]))"""
)
_ATTRIBUTE = re.compile(r"""[^\s/="'>]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'>]++))?+""")
_SPACE = re.compile(r"[ \t\n\r\f]+")
#: A shorter tag has too few attributes to matter; of a longer one this much is read.
_LONG_TAG_BYTES = 512
_MAX_TAG_BYTES = 65_536
#: So many are looked at one by one; real pages have some 20.
_MAX_SUSPECTS = 500
#: A comment, what may be a long tag, or a script, which is no tags however it looks. Nothing is read twice: linear.
_SUSPECT = re.compile(
    rb"<(?:(?P<comment>!--)|(?P<tag>[a-zA-Z][^>]{%d})|[sS][cC][rR][iI][pP][tT][^>]*+>(?:[^<]++|<(?!/[sS][cC][rR][iI][pP][tT]))*+)"
    % (_LONG_TAG_BYTES - 1)
)
#: So much behind the document's end is no text: white space, the other end tag, a comment.
MAX_AFTER_END_BYTES = 100
_PARAGRAPH = re.compile(rb"<p[\s>]", re.IGNORECASE)
_BODY_END = re.compile(rb"</body\s*>", re.IGNORECASE)
_DOCUMENT_ENDS = (b"</html>", b"</HTML>")
_CLASSES = etree.ElementDefaultClassLookup(element=html.HtmlElement)
_string = etree.XPath("string()")
_DOCTYPE = re.compile(r"<!doctype[^>]{0,300}>", re.IGNORECASE)
#: It stands in the first characters of a page, or nowhere.
_DOCTYPE_CHARS = 4_096


def read_tree(page: str, encoded: bytes | None = None) -> html.HtmlElement | None:
    """
    The page's tree; None where markup is hostile, nested too deep for the parser, or absent.

    ``encoded`` is the page in UTF-8, where somebody has it.
    """
    if len(page) > MAX_CHARS:
        return None
    # As bytes: a text with an XML declaration is refused, and lone surrogates have no bytes. The DOCTYPE makes libxml2
    # drop the attributes of <html> (lxml issue 1955915).
    body = page.encode("utf-8", "ignore") if encoded is None else encoded
    if found := _DOCTYPE.search(page, 0, _DOCTYPE_CHARS):
        start, end = (len(page[:at].encode("utf-8", "ignore")) for at in found.span())
        body = body[:start] + body[end:]
    body = _without_early_end(body.replace(b"\0", b""))
    if is_hostile(body):
        return None
    tree = _parsed(body)
    if tree is not None and _is_ended_early(tree) and _BODY_END.search(body):
        return _parsed(_BODY_END.sub(b"", body))
    return tree


def _parsed(body: bytes) -> html.HtmlElement | None:
    """The tree of a page in UTF-8; None where it is too deep for the parser, or holds nothing."""
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    # lxml.html asks Python for the class of every element; that alone is 5 % of an extraction (performance.md 3).
    parser.set_element_class_lookup(_CLASSES)
    try:
        tree = html.document_fromstring(body, parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return None
    # The parser gives up at that error, so it is the last one; the log itself keeps 100.
    error = parser.error_log.last_error
    return None if error is not None and "Excessive depth" in error.message else tree


def _without_early_end(page: bytes) -> bytes:
    """The page without the end of its document where more of it follows: libxml2 stops there, and browsers go on."""
    for mark in _DOCUMENT_ENDS:
        at = page.find(mark)
        if at >= 0:
            has_more = at < len(page) - MAX_AFTER_END_BYTES and _PARAGRAPH.search(page, at) is not None
            return _BODY_END.sub(b"", page.replace(mark, b"")) if has_more else page
    return page


def _is_ended_early(tree: html.HtmlElement) -> bool:
    """Whether prose stands behind the end of the body."""
    body = tree.find("body")
    return body is not None and any(_prose_chars(one) for one in body.itersiblings())


def is_hostile(page: bytes) -> bool:
    """Whether a tree parser's time on this page may be out of proportion. Linear, and 0.4 ms on a usual page."""
    n_comments = most = 0
    suspects: list[int] = []
    for found in _SUSPECT.finditer(page):
        start, end = found.span()
        if found.lastgroup == "comment":
            n_comments += 1
        elif found.lastgroup == "tag":
            suspects.append(start)
            end = page.find(b">", end, start + _MAX_TAG_BYTES)
            most += ((end - start if end >= 0 else _MAX_TAG_BYTES) // 2) ** 2  # an attribute takes two bytes at least
    if n_comments > MAX_COMMENTS:
        return True
    if most <= MAX_ATTRIBUTES**2:
        return False
    if len(suspects) <= _MAX_SUSPECTS and _squares(_tag_at(page, start) for start in suspects) <= MAX_ATTRIBUTES**2:
        return False
    # Scripts hold "<" and long runs too: tags are told from them only where it may matter.
    pieces = _pieces(page.decode("utf-8", "ignore"), frozenset())
    tags = (tag for kind, tag in pieces if kind == "open" and len(tag) > _LONG_TAG_BYTES)
    return _squares(tags) > MAX_ATTRIBUTES**2


def _squares(tags: Iterable[str]) -> int:
    """The sum over the tags of the squared number of attributes: lxml's time."""
    total = 0
    for tag in tags:
        total += sum(1 for _ in _ATTRIBUTE.finditer(tag)) ** 2
        if total > MAX_ATTRIBUTES**2:
            break
    return total


def _tag_at(page: bytes, start: int) -> str:
    """What may be a long tag; of what is longer than any tag, as much as proves it."""
    tag = page[start : start + _MAX_TAG_BYTES].decode("utf-8", "ignore")
    found = _MARKUP.match(tag)
    return found[0] if found else tag


def prune(tree: html.HtmlElement) -> None:
    """
    Take out of a page's tree what holds none of its text, so that nothing later walks through it.

    What trafilatura would drop as well: it copies the tree five times and runs some 40 XPaths over it, and without
    these elements it takes 0.57 of the time. An aside, a navigation, a footer, a noscript or a template that holds most
    of the page's prose holds the article (markup with a missing end tag, pages written for scripts), and becomes a div;
    so does a template that browsers show (HTML 4.12.3: a shadow root).
    """
    etree.strip_elements(tree, *_SILENT, with_tail=False)
    for template in tree.iter("template"):
        if template.get("shadowrootmode"):
            template.tag = "div"
    n_prose = n_misplaced = 0
    for element in list(tree.iter(*_BESIDE)):
        if n_misplaced == MAX_MISPLACED or next(element.iterancestors(*_BESIDE), None) is not None:
            continue
        n_held = _prose_chars(element)
        if n_held >= MIN_MISPLACED_CHARS and n_held > (n_prose := n_prose or _prose_chars(tree)) / 2:
            element.tag = "div"
            n_misplaced += 1
    etree.strip_elements(tree, *_BESIDE, with_tail=False)
    for element in reversed(list(tree.iter(*_HOLDERS))):  # the inner ones first, so that what held only them goes too
        if len(element) == 0 and not (element.text and element.text.strip()):
            remove(element)


def remove(element: html.HtmlElement) -> None:
    """Take an element out and leave the text behind it."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        before = element.getprevious()
        if before is None:
            parent.text = (parent.text or "") + element.tail
        else:
            before.tail = (before.tail or "") + element.tail
    parent.remove(element)


def remove_all(elements: Iterable[html.HtmlElement]) -> None:
    """Take them out, each as ``remove`` does, once all are known."""
    for element in list(elements):
        remove(element)


def _prose_chars(element: html.HtmlElement) -> int:
    texts = (str(_string(paragraph)) for paragraph in element.iter("p"))
    return sum(len(text) for text in texts if len(text) >= MIN_PROSE_CHARS)


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


def read_lines(text: str) -> tuple[str, ...]:
    """The non-empty lines of plain text, stripped, without control characters."""
    return tuple(_lines(text, is_verbatim=True))


def has_markup(text: str) -> bool:
    """Whether the text holds a tag or a comment."""
    return _MARKUP.search(text) is not None


def _lines(text: str, *, is_verbatim: bool) -> Iterator[str]:
    parts = text.replace("\r", "\n").split("\n") if is_verbatim else [_SPACE.sub(" ", text)]
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
