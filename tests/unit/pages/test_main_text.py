"""The main text by trafilatura's steps, one by one."""

from __future__ import annotations

import pytest
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


@pytest.mark.parametrize(
    "name", [name for name in PAGES if name not in {"short of text", "little of its page", "empty"}]
)
def test_no_second_way(name, monkeypatch):
    """
    A page whose text is found at once goes through trafilatura's sequence of rescues no more.
    """
    monkeypatch.setattr(module, "bare_extraction", None)
    tree = document_fromstring(f"<html><body>{PAGES[name]}</body></html>")

    assert any("In week 7" in line for line in main_text(tree, is_fast=True))


@pytest.mark.parametrize("is_fast", [True, False])
def test_tree_stays(is_fast):
    """
    The tree is as it was.
    """
    tree = document_fromstring(f"<html><body>{PAGES['comments by class']}</body></html>")
    before = [(element.tag, element.text, element.tail) for element in tree.iter()]

    main_text(tree, is_fast=is_fast)

    assert before == [(element.tag, element.text, element.tail) for element in tree.iter()]
