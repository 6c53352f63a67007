"""
A feed's XML as a tree, and its elements under short names: "title" is the format's own, "dc:creator" a module's.

The prefixes a document chooses mean nothing (XML Namespaces 1.0, 2.3); what counts is the address they stand for.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from functools import lru_cache
from typing import Final

from lxml import etree

from ingest.urls import resolve

Element = etree._Element  # noqa: SLF001 - the name lxml-stubs and lxml's own documentation give the type
#: An element's children by short name, in the document's order.
Parts = dict[str, list[Element]]

#: Modules by address: lower-case, without scheme and trailing "/" or "#". "" is RSS of every version.
_SPACES: Final = {
    "": "",
    "backend.userland.com/rss": "",
    "backend.userland.com/rss2": "",
    "blogs.law.harvard.edu/tech/rss": "",
    "cyber.law.harvard.edu/rss": "",
    "purl.org/rss/1.0": "",
    "purl.org/net/rss1.1": "",
    "my.netscape.com/rdf/simple/0.9": "",
    "channel.netscape.com/rdf/simple/0.9": "",
    "my.netscape.com/publish/formats/rss-0.91.dtd": "",
    "purl.org/rss/1.0/modules/rss091": "",
    "www.w3.org/2005/atom": "atom",
    "purl.org/atom/ns": "atom",
    "purl.org/rss/1.0/modules/content": "content",
    "purl.org/dc/elements/1.1": "dc",
    "purl.org/dc/elements/1.0": "dc",
    "purl.org/dc/terms": "dcterms",
    "search.yahoo.com/mrss": "media",
    "search.yahoo.com/rss": "media",
    "video.search.yahoo.com/mrss": "media",
    "www.rssboard.org/media-rss": "media",
    "www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "example.com/dtds/podcast-1.0.dtd": "itunes",
    "www.google.com/schemas/play-podcasts/1.0": "googleplay",
    "podcastindex.org/namespace/1.0": "podcast",
    "purl.org/rss/1.0/modules/syndication": "sy",
    "www.w3.org/1999/02/22-rdf-syntax-ns": "rdf",
    "www.w3.org/1999/xhtml": "xhtml",
    "purl.org/syndication/thread/1.0": "thr",
    "rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "webns.net/mvcb": "admin",
    "www.georss.org/georss": "georss",
    "www.sitemaps.org/schemas/sitemap/0.9": "",
    "www.google.com/schemas/sitemap/0.84": "",
    "www.google.com/schemas/sitemap/0.9": "",
    "www.google.com/schemas/sitemap-news/0.9": "news",
    "www.google.com/schemas/sitemap-image/1.1": "image",
    "wellformedweb.org/commentapi": "wfw",
    "purl.org/rss/1.0/modules/slash": "slash",
    "news.yandex.ru": "yandex",
    "turbo.yandex.ru": "turbo",
}
#: Prefixes with one meaning everywhere, for documents that declare none or another address for it.
_USUAL: Final = frozenset(_SPACES.values()) - {"", "rdf"}
#: Longer names are no names we know; they must not fill the memory of known ones.
_MAX_TAG_LENGTH: Final = 120
_XML: Final = "{http://www.w3.org/XML/1998/namespace}"
LANG: Final = f"{_XML}lang"
_XHTML: Final = "{http://www.w3.org/1999/xhtml}"
ABOUT: Final = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"


def _parser(*, recover: bool) -> etree.XMLParser:
    """Depth, text and attributes stay under libxml2's own limits; ``collect_ids`` would build a table nobody asks."""
    return etree.XMLParser(
        recover=recover,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )


_STRICT: Final = _parser(recover=False)


def read_tree(body: bytes) -> Element | None:
    """The root of a well-formed document; None when it is not. Nothing is fetched, no entity is read."""
    try:
        return etree.fromstring(body, _STRICT)
    except etree.XMLSyntaxError:
        return None


def mend_tree(body: bytes) -> Element | None:
    """
    The root of what can be read of a broken document; None where a mend would be a guess.

    A missing end is mended, as is a name without its namespace. Tags that do not match are not: libxml2 closes
    whatever is open then, and one item swallows the next.
    """
    parser = _parser(recover=True)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        return None
    return root if all(entry.type in _MENDABLE for entry in parser.error_log) else None


#: Faults after which the tree is what the author meant: a name without namespace, an end that is missing, "--" in a
#: comment, "<" in an attribute, a second XML declaration.
_MENDABLE: Final = frozenset(
    [
        etree.ErrorTypes.NS_ERR_UNDEFINED_NAMESPACE,
        etree.ErrorTypes.NS_ERR_XML_NAMESPACE,
        etree.ErrorTypes.NS_ERR_QNAME,
        etree.ErrorTypes.NS_ERR_ATTRIBUTE_REDEFINED,
        etree.ErrorTypes.WAR_NS_URI,
        etree.ErrorTypes.WAR_NS_URI_RELATIVE,
        etree.ErrorTypes.ERR_ATTRIBUTE_REDEFINED,
        etree.ErrorTypes.ERR_TAG_NOT_FINISHED,
        etree.ErrorTypes.ERR_DOCUMENT_END,
        etree.ErrorTypes.ERR_CDATA_NOT_FINISHED,
        etree.ErrorTypes.ERR_LTSLASH_REQUIRED,
        etree.ErrorTypes.ERR_GT_REQUIRED,
        etree.ErrorTypes.ERR_HYPHEN_IN_COMMENT,
        etree.ErrorTypes.ERR_LT_IN_ATTRIBUTE,
        etree.ErrorTypes.ERR_RESERVED_XML_NAME,
    ]
)


class Names(dict[str, str]):
    """Short names of one document's tags; a tag is looked up once."""

    def __init__(self, root: Element, *, is_atom: bool) -> None:
        super().__init__()
        self._is_atom = is_atom
        # The format's namespace is the root's, whatever its address; in RDF the one that needs no prefix. A usual
        # prefix says what an unknown address means.
        own, declared = _space_of(root.tag), root.nsmap
        own = str(declared.get(None, "")) if _module(own) == "rdf" else own
        self._here = {own: ""} if own and short_name(f"{{{own}}}x", is_atom) != "x" else {}
        for prefix, address in declared.items():
            if prefix in _USUAL and _module(address) is None:
                self._here[address] = str(prefix)

    def __missing__(self, tag: object) -> str:
        if not isinstance(tag, str) or len(tag) > _MAX_TAG_LENGTH:
            name = "?"
        else:
            name = self._short(tag) if self._here else short_name(tag, self._is_atom)
        self[tag] = name  # type: ignore[index]  # lxml has functions for the tags of comments and entities
        return name

    def _short(self, tag: str) -> str:
        address = _space_of(tag)
        if address not in self._here:
            return short_name(tag, self._is_atom)
        local = tag.rpartition("}")[2].lower()
        space = self._here[address]
        return f"{space}:{local}" if space else local


@lru_cache(maxsize=2048)
def short_name(tag: str, is_atom: bool) -> str:
    """The short name of a tag as lxml has it; in an Atom document Atom's own names have no prefix."""
    address, local = _space_of(tag), tag.rpartition("}")[2].lower()
    prefix, colon, rest = local.partition(":")
    if colon and not address:  # nobody declared the prefix
        return local if prefix in _USUAL and not (is_atom and prefix == "atom") else rest if prefix == "atom" else "?"
    space = _module(address)
    if space is None:
        return f"?:{local}"
    if not space or (is_atom and space == "atom"):
        return local
    return f"{space}:{local}"


def _space_of(tag: str) -> str:
    return tag[1:].partition("}")[0] if tag.startswith("{") else ""


def _module(address: str) -> str | None:
    """Our word for a namespace, None for one we do not know. Atom had a dozen before its RFC."""
    bare = address.lower().removeprefix("http://").removeprefix("https://").rstrip("/#")
    if bare.startswith(("purl.org/atom/ns", "purl.org/net/atom")):
        return "atom"
    return _SPACES.get(bare)


def parts_of(element: Element, names: Names) -> Parts:
    """The element's children by short name."""
    parts: Parts = {}
    # All in one list take lxml half the time they take one after the other.
    for child in element[:]:  # type: ignore[index]  # lxml-stubs know no slices
        name = names[child.tag]
        if name in parts:
            parts[name].append(child)
        else:
            parts[name] = [child]
    return parts


def text_in(element: Element) -> str:
    """All text inside, stripped."""
    text = "".join(map(str, element.itertext())) if len(element) else element.text
    return text.strip() if text else ""


def first_text(parts: Parts, wanted: Iterable[str]) -> str:
    """Text of the first child of these names that has any, in the order of the names."""
    for name in wanted:
        if name in parts:
            for element in parts[name]:
                text = "".join(map(str, element.itertext())) if len(element) else element.text
                if text and (text := text.strip()):
                    return text
    return ""


def first(parts: Parts, wanted: Iterable[str]) -> Element | None:
    """The first child of these names that is not empty."""
    for name in wanted:
        if name in parts:
            for element in parts[name]:
                # The text last: lxml makes a new string of it whenever it is asked.
                if element.attrib or len(element) or ((text := element.text) and not text.isspace()):
                    return element
    return None


def first_markup(parts: Parts, wanted: Iterable[str]) -> str:
    """Content of the first child of these names that has any, as an HTML fragment."""
    for name in wanted:
        if name in parts:
            for element in parts[name]:
                markup = markup_in(element)
                if markup:
                    return markup
    return ""


def attribute(element: Element, name: str) -> str:
    """An attribute whatever its case, "" when it is missing."""
    value = element.get(name)
    if value is None:  # most often it is not there: the lengths tell that in a third of the time
        for key in element.keys():  # noqa: SIM118 - an element's own iterator gives its children
            if len(key) == len(name) and key.lower() == name.lower():
                value = element.get(key)
                break
    return value.strip() if value else ""


def base_of(element: Element, url: str | None) -> str | None:
    """What the element's references are relative to: its xml:base, which may be relative itself, else ``url``."""
    own = element.base
    return (resolve(url, own) if own else None) or url


def markup_in(element: Element) -> str:
    """The content as an HTML fragment: escaped markup as it is, elements serialised, XHTML's outer div dropped."""
    if not len(element):
        text = element.text
        return text.strip() if text else ""
    inner = element
    if attribute(element, "type").lower() in {"xhtml", "application/xhtml+xml"} and len(element) == 1:
        only = element[0]
        if str(only.tag).rpartition("}")[2].lower() == "div" and not (element.text or "").strip():
            inner = only
    alone = deepcopy(inner)
    for part in alone.iter(f"{_XHTML}*"):
        local = str(part.tag).removeprefix(_XHTML)
        part.tag = local if ":" not in local else "span"  # "a:b:c" is no name that lxml lets us write
    alone.tag = "div"
    alone.attrib.clear()
    etree.cleanup_namespaces(alone)  # or the fragment would declare every namespace of the document
    shown = etree.tostring(alone, encoding="unicode", method="html", with_tail=False)
    return shown[shown.index(">") + 1 : shown.rindex("<")].strip()
