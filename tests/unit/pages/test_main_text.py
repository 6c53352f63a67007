"""The main text by trafilatura's steps, one by one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml.html import document_fromstring
from trafilatura import bare_extraction

from ingest.pages import main_text as module
from ingest.pages.dom import prune, read_lines
from ingest.pages.main_text import main_text

STORY = "".join(
    f"<p>In week {week} the ferries ran late again, and the islanders stopped asking the harbour for reasons.</p>"
    for week in range(8)
)
COMMENTS = "<p>First! I was on that ferry and nobody told us anything for two hours, what a shame it all is.</p>" * 3
OTHER = "<p>Another story begins here, one that the page loads when readers scroll, and it is not this one.</p>" * 6

PAGES = {
    "plain": f"<article>{STORY}</article>",
    "comments by class": f"<article>{STORY}<div class='comments-area'>{COMMENTS}</div></article>",
    "comments by id": f"<article>{STORY}<section id='comolist'>{COMMENTS}</section></article>",
    "comments by vendor": f"<article>{STORY}<div id='disqus_thread'>{COMMENTS}</div></article>",
    "comments in a list": f"<article>{STORY}<ol class='Comment-list'><li>{COMMENTS}</li></ol></article>",
    "appended article": f"<article>{STORY}<div id='mvp-post-add-box'>{OTHER}</div></article>",
    "endless page": f"<article>{STORY}<div class='infinite-scroll'>{OTHER}</div></article>",
    "share buttons": f"<article><div class='elementor-widget'>{STORY}</div>"
    "<div class='elementor-share-buttons'><p>Share this now</p></div></article>",
    "in a form": f"<form><div class='article-body'>{STORY}</div></form>",
    "table, list, line breaks": f"<main>{STORY}<table><tr><td>Boats<td>12</table><ul><li>One<li>Two</ul>a<br>b</main>",
    "short of text": "<article><p>Only this line stands here, and nothing more than that.</p>"
    "<figure><p>In the harbour nobody knew why the ferry from the islands ran late again.</p></figure></article>",
    "little of its page": f"<article>{STORY[:500]}"
    + "".join(
        f"<div class='teaser'><p>Fish of harbour {row} was sold at a price nobody had seen.</p></div>"
        for row in range(90)
    )
    + "</article>",
    "more in a wider look": f"<article>{STORY[:700]}</article>"
    + "".join(f"<div>Fish of harbour {row} was sold at a price that nobody there had seen.</div>" for row in range(90)),
    "unwanted by name": f"<article>{STORY}<div class='newsletter-box'>{OTHER[:200]}</div><p class='author'>By Ann Coe"
    "</p><p style='display:none'>Not shown</p><div class='teaser'>Elsewhere</div><p id='caption'>A ferry</p></article>",
    "all unwanted by name": f"<article><div class='social-body'>{STORY}</div></article>",
    "by its first attribute": f"<article>{STORY}<p id='a' class='cookie'>Kept</p><p class='cookie'>Out</p></article>",
    "made of links": f"<article>{STORY}<div><a href=1>One</a> <a href=2>Two</a></div><ul><li><a href=3>Three</a></ul>"
    "<table><tr><td><a href=4>" + "A ferry ran late. " * 20 + "</a></table>"
    "<p><a href=5>All of it is one link, and a long one, so that nobody takes it for a paragraph of its story at all."
    "</a></p><p>A line with <a href=6>a link</a> in it.</p></article>",
    "said twice": f"<article>{STORY}{STORY[:100]}</p>{STORY[:100]}</p></article>",
    "text around blocks": f"<article>Before.{STORY}<blockquote>So.</blockquote>After.<ul><li>x</ul>y<br>z",
    "a run of text": "<div class='story'>" + "The ferry ran late again.<br>" * 30 + "</div>",
    "headline at the end": f"<article>{STORY}<h2>Elsewhere</h2></article>",
    "first frame too small": f"<div class='post-body'><p>Hm</p></div><article>{STORY}</article>",
    "odd names": f"<article>{STORY}<o:p class='x'>Odd</o:p><p class='\x01share-'>Odd</p></article>",
    "strays": f"<div>{STORY[:230]}</div><pre>x = 1</pre><table><tr><td>Boats<td>12</table><div class='w3-code'>y = 2"
    "</div><blockquote>So.<p>In it.</p></blockquote>",
    "strays beside a frame": f"<article><p>Hm.</p><p>Well.</p></article><p>Hm.</p><p>Well.<br>So.</p>{STORY[:110]}",
    "nothing that may stay": f"<div>{'A ferry ran late. ' * 9}</div>",
    "pictures by its own name": f"<article>{STORY[:110]}<graphic src=a.jpg></graphic></article>",
    "forms": f"<article>{STORY}<form><p>Sign up</p></form></article><form><figure><table><td>x</table></figure>"
    "</form><table role=none><tr><td>Laid out</table><menu><menu>x</menu>y</menu><menu>z</menu>",
    "mathematics": f"<article>{STORY}<p>So <math alttext='x+y'><mi>x</mi></math> it is.</p></article>",
    "empty": "<div></div>",
}


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_same_as_at_once(page):
    """
    Taken one by one, the steps give what trafilatura's fast way gives.
    """
    tree = document_fromstring(f"<html><body>{page}</body></html>")
    prune(tree)

    found = bare_extraction(tree, fast=True, include_comments=False, include_tables=True)

    assert read_lines(found.text if found else "") == main_text(tree, is_fast=True)


@pytest.mark.parametrize("name", [name for name in PAGES if name not in {"empty", "pictures by its own name"}])
def test_no_second_way(name, monkeypatch):
    """
    No page with text goes through trafilatura's own sequence of rescues.
    """
    monkeypatch.setattr(module, "bare_extraction", None)
    tree = document_fromstring(f"<html><body>{PAGES[name]}</body></html>")

    assert main_text(tree, is_fast=True)


WORDS = (
    "share-",
    "social",
    "author",
    "x",
    "cookie",
    "reply-1",
    " hidden",
    "teaser",
    "caption",
    "story",
    "content",
    "meta",
)
PARTS = st.lists(
    st.tuples(
        st.sampled_from(
            ["div", "p", "ul", "section", "span", "blockquote", "table", "h2", "article", "main", "a", "br"]
        ),
        st.dictionaries(st.sampled_from(["class", "id", "style", "role"]), st.sampled_from(WORDS), max_size=2),
        st.sampled_from(
            ["", "In the harbour nobody knew why the ferry from the islands ran late again. " * 3, "Short."]
        ),
        st.booleans(),
    ),
    min_size=4,
    max_size=30,
)


def page_of(parts):
    """A page of these elements, each in the one before or behind it."""
    html, is_open = f"<html><body><article>{STORY}", []
    for tag, names, text, is_inside in parts:
        html += "".join(f"</{one}>" for one in reversed(is_open)) if not is_inside else ""
        is_open = [*is_open, tag] if is_inside else [tag]
        html += f"<{tag} {' '.join(f'{key}={value!r}' for key, value in names.items())}>{text}"
    return html


@settings(max_examples=50)
@given(PARTS)
def test_same_as_at_once_whatever_the_page(parts):
    """
    So they do for any page.
    """
    tree = document_fromstring(page_of(parts))
    prune(tree)

    found = bare_extraction(tree, fast=True, include_comments=False, include_tables=True)

    assert read_lines(found.text if found else "") == main_text(tree, is_fast=True)


@pytest.mark.parametrize("is_fast", [True, False])
def test_tree_stays(is_fast):
    """
    The tree is as it was.
    """
    tree = document_fromstring(f"<html><body>{PAGES['comments by class']}</body></html>")
    before = [(element.tag, element.text, element.tail) for element in tree.iter()]

    main_text(tree, is_fast=is_fast)

    assert before == [(element.tag, element.text, element.tail) for element in tree.iter()]
