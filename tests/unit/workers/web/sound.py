"""What makes a page sound HTML that does nothing by itself, and the way from page to page."""

import re

from lxml import html

from tests.unit.workers.web.conftest import links

PAGES = (
    "/",
    "/articles",
    "/feeds",
    "/sources",
    "/clusters",
    "/queue",
    "/dead",
    "/search",
    "/search?q=harbour",
    "/login",
)


def faults(path: str, text: str) -> list[str]:
    """What is wrong with a page."""
    found = []
    document = html.document_fromstring(text)
    if len(document.xpath("//h1")) != 1:
        found.append(f"{len(document.xpath('//h1'))} h1")
    if not document.xpath("/html/@lang") or not document.xpath("//head/title/text()"):
        found.append("no language or title")
    ids = document.xpath("//@id")
    found += [f"id {one} twice" for one in {one for one in ids if ids.count(one) > 1}]
    labelled = set(document.xpath("//label/@for"))
    for field in document.xpath("//input[not(@type='hidden')] | //select"):
        if field.get("id") not in labelled:
            found.append(f"{field.get('name')} has no label")
    found += [f"{one} leads nowhere" for one in document.xpath("//@aria-labelledby | //label/@for") if one not in ids]
    found += [
        f"{one.tag} {name} runs"
        for one in document.iter()
        if isinstance(one.tag, str)
        for name in one.attrib
        if name.startswith("on") or name == "style"
    ]
    found += ["a script inside" for one in document.xpath("//script") if one.text or not one.get("src")]
    found += ["a style inside" for _ in document.xpath("//style")]
    for address in document.xpath("//@src | //link/@href"):
        if not address.startswith("/static/"):
            found.append(f"loads {address}")
    for link in document.xpath("//a"):
        if not re.match(r"/(?!/)|#main|https?://", link.get("href", "")):
            found.append(f"leads to {link.get('href')!r}")
        if link.get("href", "").startswith("http") and link.get("rel") != "noopener noreferrer":
            found.append(f"{link.get('href')} without rel")
    found += ["a form that is sent elsewhere" for one in document.xpath("//form/@action") if not one.startswith("/")]
    return [f"{path}: {one}" for one in found]


async def crawl(site, *starts: str) -> dict[str, str]:
    """Every page that links lead to from there, and every file, by address."""
    seen, waiting = {}, list(starts)
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        status, fields, text = await site.get(path)
        if status in {301, 303}:
            seen[path] = ""
            waiting.append(fields["Location"])
            continue
        assert 200 == status, path
        assert "default-src 'none'" in fields["Content-Security-Policy"]
        assert ("nosniff", "same-origin") == (fields["X-Content-Type-Options"], fields["Referrer-Policy"])
        seen[path] = text
        waiting += links(html.document_fromstring(text)) if fields["Content-Type"].startswith("text/html") else []
    return seen
