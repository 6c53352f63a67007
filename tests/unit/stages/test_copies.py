"""Copies of a story and shared addresses, from the page to the event."""

from dataclasses import replace

from ingest.dedup.judge import cluster_for
from ingest.models import Article, Cleaning, FeedRef, Removal
from ingest.stages.article import ingest_entry
from ingest.stages.copies import sketch_of

PARAGRAPHS = (
    "The council of Port Ellery voted on Tuesday evening to widen the old quay, after two years of argument.",
    "The work will begin in spring and cost four million crowns, half of which the province has promised to pay.",
    "Fishermen had asked for the change since the winter of 2019, when two boats were crushed against the wall.",
    "Opponents said the money should have gone to the school, whose roof has leaked since the storms of last year.",
)
OTHER = (
    "Rain that fell for nine days has washed away the lower road to Brenmouth, and the bus turns back at the mill.",
    "The county's engineer expects that a bridge of timber can stand within the month if the river keeps its bed.",
    "Until then the school takes lessons in the hall of the upper village, where there is room for sixty children.",
)
RSS = "application/rss+xml"


def page(*paragraphs: str, title: str = "Quay to be widened", head: str = "") -> str:
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    return (
        f'<html lang="en"><head><title>{title}</title>{head}</head><body><nav><a href="/">Home</a></nav>'
        f"<h1>{title}</h1><article>{body}</article></body></html>"
    )


# ------------------------------------------------------------------------------------------------ copies

#: The story as another outlet has it: with a dateline, a word changed, and without its end.
CUT = (f"PORT ELLERY (ABC) - {PARAGRAPHS[0]}", *PARAGRAPHS[1:3])
LONGER = (
    "The harbour master said the wall would be raised by an arm's length and that no boat would have to lie outside.",
    "Stone for the work comes from the quarry on the far shore, which has been closed since the old bridge fell.",
    "A second vote, on the road that leads down to the fish market, was put off until the council meets in June.",
)


async def put_story(office, entries):
    """A story, and another outlet's cut of it: their claims."""
    urls = [
        office.site.say("/news/quay-to-be-widened-soon", page(*PARAGRAPHS, *LONGER)),
        office.site.say("/local/widening-of-the-old-quay", page(*CUT, *LONGER[:2], title="Old quay grows")),
    ]
    return await entries(*({"link": url} for url in urls))


async def test_near_copy(office, entries):
    """
    A cut with another dateline and title is published, and its event names the head.
    """
    office = office.with_settings(copies="publish")
    reports = [await ingest_entry(office.desk, claim) for claim in await put_story(office, entries)]

    head, copy = [event.article for event in await office.events()]
    assert ["published", "published"] == [report.outcome for report in reports]
    assert ("head", head["id"]) == (head["cluster"]["role"], head["cluster"]["id"])
    assert ("copy", head["id"], head["id"]) == (
        copy["cluster"]["role"],
        copy["cluster"]["id"],
        copy["cluster"]["head_id"],
    )
    assert copy["text"]


async def test_copies_without_text(office, entries):
    """
    Where only heads carry text a copy's event names its head and its address, and says where the text is.
    """
    office = office.with_settings(copies="head")
    for claim in await put_story(office, entries):
        await ingest_entry(office.desk, claim)

    head, copy = [event.article for event in await office.events()]
    assert ("", [], 0, ["text-at-head"]) == (
        copy["text"],
        copy["paragraphs"],
        copy["word_count"],
        copy["cleaning"]["flags"],
    )
    assert ("Old quay grows", head["id"]) == (copy["title"], copy["cluster"]["head_id"])
    assert head["text"]


async def test_copies_dropped(office, entries):
    """
    Where copies are not published one ends as a duplicate that names its head.
    """
    office = office.with_settings(copies="drop")
    claims = await put_story(office, entries)

    reports = [await ingest_entry(office.desk, claim) for claim in claims]

    head = await office.event()
    entry = await office.entry(claims[1].id)
    assert [("published", ""), ("duplicate", "copy")] == [(report.outcome, report.reason) for report in reports]
    assert ("duplicate", "copy", head.subject) == (entry["outcome"], entry["reason"], entry["article"])


async def test_known_furniture_is_no_story(office):
    """
    What is known as a source's boilerplate is not compared.
    """
    article = an_article(office, LONGER)
    furniture = tuple(Removal(kind="furniture", rule="learned", text=text, after_paragraph=0) for text in LONGER[1:])

    assert sketch_of(article, ()) != sketch_of(article, furniture)
    assert sketch_of(replace(article, cleaning=Cleaning(paragraphs=LONGER[:1])), ()) == sketch_of(article, furniture)


def an_article(office, paragraphs):
    return Article(
        id="a",
        url="https://gazette.example/a",
        feed=FeedRef(id="f", url="https://gazette.example/f"),
        source_domain="gazette.example",
        title="Quay",
        fetched_at=office.t0,
        first_seen_at=office.t0,
        cleaning=Cleaning(paragraphs=paragraphs),
        cluster=cluster_for("a", None),
    )


# ------------------------------------------------------------------------------------------------ shared addresses


async def test_one_canonical_for_all(office, entries):
    """
    Articles with different texts that give one canonical address are all published, and the address is nobody's.
    """
    canonical = f'<link rel="canonical" href="{office.site.url}/news/all-that-you-have-to-know">'
    texts = (PARAGRAPHS, OTHER, LONGER)
    urls = [
        office.site.say(f"/news/story-with-a-name-{n}", page(*text, head=canonical)) for n, text in enumerate(texts)
    ]
    claims = await entries(*({"link": url} for url in urls))

    reports = [await ingest_entry(office.desk, claim) for claim in claims]

    assert ["published"] * 3 == [report.outcome for report in reports]
    assert {"head"} == {report.article.cluster.role for report in reports}


async def test_one_canonical_for_one_text(office, entries):
    """
    Two addresses of one text with one canonical address are one article.
    """
    canonical = f'<link rel="canonical" href="{office.site.url}/news/quay-to-be-widened-soon">'
    texts = (PARAGRAPHS, (*PARAGRAPHS, LONGER[0]))
    urls = [
        office.site.say(f"/news/story-with-a-name-{n}", page(*text, head=canonical)) for n, text in enumerate(texts)
    ]
    claims = await entries(*({"link": url} for url in urls))

    reports = [await ingest_entry(office.desk, claim) for claim in claims]

    assert ["published", "duplicate"] == [report.outcome for report in reports]
