"""Cleaning by place: what goes, and what is safe."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cleaning.clean import clean, restore
from ingest.cleaning.rules import Rules, load_rules
from ingest.models import Extraction, Metadata
from ingest.pages.align import blocks_of, spans_of, text_of
from ingest.pages.dom import read_blocks, read_tree

#: Rules that fit nothing: what goes, goes by its place.
MUTE = Rules(
    rules=(),
    index={"any": {}, "head": {}, "tail": {}, "joins": {}},
    anywhere={"any": {}, "head": {}, "tail": {}, "joins": {}},
    speech=load_rules().speech,
    open_endings=frozenset(),
)
STORY = tuple(
    f"On day {day} the harbour lay still under a low sky, and nobody on the quay knew what day {day} was for."
    for day in ("one", "two", "three", "four", "five", "six", "seven", "eight")
)
TITLE = "Harbour lies still for eight days"


def paragraphs(*texts: str) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def extraction_of(
    body: str, *, title: str = TITLE, site: str = "Tidewater", authors: tuple[str, ...] = (), article_body: str = ""
) -> Extraction:
    markup = f"<body>{body}</body>"
    found = tuple(text for text in read_blocks(markup))
    text = text_of(read_tree(markup))
    return Extraction(
        paragraphs=found,
        method="test",
        metadata=Metadata(title=title, site_name=site, authors=authors),
        blocks=blocks_of(text, spans_of(text, found)),
        article_body=article_body,
    )


def removed(body: str, **told: object) -> list[tuple[str, str]]:
    """What goes from a page, by rule."""
    return [(removal.rule, removal.text) for removal in clean(extraction_of(body, **told), MUTE).removals]


def page(*, before: str = "", within: str = "", after: str = "", behind: str = "") -> str:
    story = f"{paragraphs(*STORY[:4])}{within}{paragraphs(*STORY[4:])}{after}"
    return f"{before}<article class=story>{story}</article>{behind}"


CARDS = "".join(f"<div class=c><h3><a href=/{n}>Other story {n}</a></h3><p>Its gist {n}</p></div>" for n in "abc")


@pytest.mark.parametrize(
    ("body", "rule", "texts"),
    [
        pytest.param(page(before=f"<h1>{TITLE}</h1>"), "structure-headline", [TITLE], id="h1"),
        pytest.param(page(before=f"<div>{TITLE.upper()}</div>"), "structure-headline", [TITLE.upper()], id="title"),
        pytest.param(page(before=f"<div>PORTS {TITLE}</div>"), "structure-headline", [f"PORTS {TITLE}"], id="kicker"),
        pytest.param(
            page(before="<div><a href=/>TIDEWATER</a></div>"),
            "structure-site-name",
            ["TIDEWATER"],
            id="the site's name",
        ),
        pytest.param(
            page(before="<header><h2 class=headline>Ships wait at sea</h2></header>"),
            "structure-headline",
            ["Ships wait at sea"],
            id="a headline by name",
        ),
        pytest.param(
            page(before="<div>12 May 2031, 14:05</div>"), "structure-dates", ["12 May 2031, 14:05"], id="dates"
        ),
        pytest.param(page(before="<h5>By Ann Morecoe</h5>"), "structure-byline", ["By Ann Morecoe"], id="byline"),
        pytest.param(
            page(within="<figure><p>The harbour at dawn</p></figure>"),
            "structure-enclosed",
            ["The harbour at dawn"],
            id="figure",
        ),
        pytest.param(
            page(within="<div class='story-relatedBox'><h3>More</h3><p>Ships wait at sea</p></div>"),
            "structure-named-related",
            ["More", "Ships wait at sea"],
            id="named",
        ),
        pytest.param(
            page(within="<p class=image-text>The harbour at dawn</p>"),
            "structure-named-caption",
            ["The harbour at dawn"],
            id="caption",
        ),
        pytest.param(
            page(within="<p>Related: <a href=/x>Ships wait at sea</a></p>"),
            "structure-labelled-link",
            ["Related: Ships wait at sea"],
            id="label and link",
        ),
        pytest.param(
            page(within="<ul><li><a href=/x>Ships wait</a></li><li><a href=/y>Pilots strike</a></li></ul>"),
            "structure-link-list",
            ["Ships wait", "Pilots strike"],
            id="list of links",
        ),
        pytest.param(
            page(within="<b>DON'T MISS</b>" + "".join(f"<p><a href=/{n}>Ships wait {n}</a> [N]</p>" for n in "abc")),
            "structure-link-run",
            ["DON'T MISS", "Ships wait a [N]", "Ships wait b [N]", "Ships wait c [N]"],
            id="run of links",
        ),
        pytest.param(
            page(within="<p>Ships wait at sea Ships wait at sea</p>"),
            "structure-double-title",
            ["Ships wait at sea Ships wait at sea"],
            id="said twice",
        ),
        pytest.param(
            page(within=f"<section>{CARDS}</section>"),
            "structure-cards",
            [text for n in "abc" for text in (f"Other story {n}", f"Its gist {n}")],
            id="cards",
        ),
        pytest.param(
            page(behind=f"<div><h3>On the coast</h3>{paragraphs('Tides', STORY[0] + ' Or so they say.')}</div>"),
            "structure-behind",
            ["On the coast", "Tides", STORY[0] + " Or so they say."],
            id="behind",
        ),
    ],
)
def test_goes(body, rule, texts):
    """
    What stands where no story stands goes, signed by its layer.
    """
    assert [(rule, text) for text in texts] == removed(body, authors=("Ann Morecoe",))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(page(within="<h1>The eighth day</h1>"), id="an h1 inside"),
        pytest.param(page(before="<div>Ormond 3-1 Tidewater</div>"), id="a score"),
        pytest.param(page(before="<div>ORMOND</div>"), id="a dateline"),
        pytest.param(page(before=f"<header><p>{STORY[0]} Or so they say.</p></header>"), id="a standfirst"),
        pytest.param(page(within="<blockquote class=related><p>Nobody knew why</p></blockquote>"), id="a quotation"),
        pytest.param(page(within="<div class=promo><p>“Nobody told us why.”</p></div>"), id="a quote in a named box"),
        pytest.param(page(within="<table class=related><tr><td>One</td></tr></table>"), id="a table"),
        pytest.param(page(within="<div class=has-image><p>A short line.</p></div>"), id="what an element has"),
        pytest.param(page(within="<p><a href=/x>One link of its own</a></p>"), id="one link"),
        pytest.param(
            page(within="<p>Tip: <a href=/x>Read the tide tables here!</a></p>"), id="a label that says something"
        ),
        pytest.param(page(within="<ul><li><a href=/x>Ships</a></li><li>Pilots</li></ul>"), id="a list with a link"),
        pytest.param(page(within="<h3>The pilots</h3><h3>The ships</h3><h3>The crews</h3>"), id="headings"),
        pytest.param(page(within="<p>Never, never, never again</p>"), id="a word said thrice"),
        pytest.param(page(behind=f"<div><p>{STORY[0]} Or so they say.</p></div>"), id="a last paragraph elsewhere"),
        pytest.param(
            "".join(f"<div class=image-text><p>{text}</p></div>" for text in STORY), id="a story in named boxes"
        ),
        pytest.param(f"<div class=newsletter>{paragraphs(*STORY)}</div>", id="a story inside a named element"),
        pytest.param(paragraphs("Ships wait", "Pilots strike"), id="too little to tell"),
    ],
)
def test_stays(body):
    """
    The story's own headings, quotes, tables, lists and last paragraphs stay, whatever they stand in.
    """
    assert [] == removed(body)


def test_lead():
    """
    The lead stays even in a box that is called after something else.
    """
    body = f"<main><div class=teaser><p>{STORY[0]}</p></div>{paragraphs(*STORY[1:])}</main>"

    assert [] == removed(body)


def test_article_body():
    """
    What the publisher's own text leaves out goes, where that holds most of the rest; headings and what may only be cut
    off stay.
    """
    body = page(within="<p>Ships wait at sea</p><h3>The quay</h3>")

    assert [("structure-article-body", "Ships wait at sea")] == removed(body, article_body="\n".join(STORY))
    assert [("structure-article-body", "Ships wait at sea")] == removed(body, article_body="\n".join(STORY[:7]))
    assert [] == removed(body, article_body="\n".join(STORY[:3]))


PIECES = st.lists(
    st.sampled_from(
        [
            *(f"<p>{text}</p>" for text in STORY[:4]),
            f"<h1>{TITLE}</h1>",
            "<div class=related>",
            "</div>",
            "<section>",
            "</section>",
            CARDS,
            "<p><a href=/x>Ships wait at sea</a> [N]</p>",
            "<ul><li><a href=/x>Ships wait</a></li><li><a href=/y>Pilots</a></li></ul>",
            "<figure><p>The quay</p></figure>",
            "<p>DON'T MISS</p>",
            "<p>Ships wait at sea Ships wait at sea</p>",
            "<blockquote>“Why?”</blockquote>",
            "<h3>The quay</h3>",
        ]
    ),
    max_size=25,
)


@given(pieces=PIECES)
def test_idempotent(pieces):
    """
    Cleaning what is clean, each paragraph with its place, changes nothing; putting back gives all again, in order.
    """
    extraction = extraction_of("".join(pieces), article_body="\n".join(STORY[:4]))

    once = clean(extraction, MUTE)

    assert extraction.paragraphs == restore(once)
    again = clean(kept(extraction, once.paragraphs), MUTE)
    assert once.paragraphs == again.paragraphs


def kept(extraction: Extraction, paragraphs: tuple[str, ...]) -> Extraction:
    """The extraction as if it had found no more than these paragraphs."""
    cleaning = clean(extraction, MUTE)
    gone = set()
    place = 0
    runs = [
        [removal for removal in cleaning.removals if removal.after_paragraph == at] for at in range(len(paragraphs) + 1)
    ]
    for run in runs:
        gone |= set(range(place, place + len(run)))
        place += len(run) + 1
    blocks = tuple(block for at, block in enumerate(extraction.blocks) if at not in gone)
    return Extraction(
        paragraphs=paragraphs,
        method="test",
        metadata=extraction.metadata,
        blocks=blocks,
        article_body=extraction.article_body,
    )
