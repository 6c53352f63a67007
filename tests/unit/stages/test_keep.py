"""What goes into an archive in the course of a desk's work, and that no article depends on it."""

from dataclasses import dataclass, field, replace

import pytest

from ingest.archive.records import KeptAnswer, KeptArticle
from ingest.stages.article import ingest_entry
from ingest.stages.poll import poll_feed
from ingest.stages.revisit import revisit
from ingest.store.entries import counts, read_ref

PARAGRAPHS = (
    "The council of Port Ellery voted on Tuesday evening to widen the old quay, after two years of argument.",
    "The work will begin in spring and cost four million crowns, half of which the province has promised to pay.",
    "Fishermen had asked for the change since the winter of 2019, when two boats were crushed against the wall.",
)
PATH = "/news/quay-to-be-widened-soon"


@dataclass
class Shelf:
    """An archive that remembers; a double, because what a real one writes is told in tests/unit/archive."""

    reason: str = ""
    kept: list = field(default_factory=list)
    #: Events on the stream when each was kept.
    events: list = field(default_factory=list)
    office: object = None

    async def keep(self, kept):
        self.kept.append(kept)
        self.events.append(len(await self.office.events()))
        return self.reason

    def answers(self, kind):
        return [kept for kept in self.kept if isinstance(kept, KeptAnswer) and kept.kind == kind]

    @property
    def articles(self):
        return [kept for kept in self.kept if isinstance(kept, KeptArticle)]


@pytest.fixture
def shelf(office):
    return Shelf(office=office)


def page(*paragraphs: str) -> str:
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    title = "Quay to be widened"
    head = f"<html lang='en'><head><title>{title}</title></head>"
    return f"{head}<body><h1>{title}</h1><article>{body}</article></body></html>"


class Work:
    """One feed with one article, polled and published by a desk that archives."""

    def __init__(self, office, rss, shelf, archive):
        office = office.with_settings(archive=archive)
        self.office = replace(office, desk=replace(office.desk, archive=shelf))
        self.rss = rss

    async def poll(self, query=""):
        claim = await self.office.subscribe(f"/feed.xml{query}")
        return await poll_feed(self.office.desk, claim)

    async def publish(self, path=PATH, *, query="", **answer):
        site = self.office.site
        url = site.say(path.partition("?")[0], page(*PARAGRAPHS), **answer) + path[len(path.partition("?")[0]) :]
        site.say("/feed.xml", self.rss({"link": url, "guid": f"{url}#g"}), kind="application/rss+xml")
        await self.poll(query)
        return await ingest_entry(self.office.desk, await self.office.claim("entries"))


@pytest.fixture
def work(office, rss, shelf):
    return lambda *archive: Work(office, rss, shelf, archive)


async def test_an_article(work, shelf):
    """
    The page is kept, and the article with its entry, before it is published.
    """
    report = await work("pages").publish(kind="text/html")

    (answer,), (article,) = shelf.answers("page"), shelf.articles
    assert (report.outcome, [0, 0]) == ("published", shelf.events)
    assert answer.response.url.endswith(PATH)
    assert page(*PARAGRAPHS).encode() == answer.response.body
    assert (report.article.id, f"{report.article.id}-1", "article.published.v1") == (
        article.article_id,
        article.event_id,
        article.type,
    )
    assert read_ref(article.ref).entry.url == answer.response.url
    assert [] == shelf.answers("feed")


@pytest.mark.parametrize("archive", [(), ("feeds",)], ids=["off", "feeds"])
async def test_pages_are_not_kept(work, shelf, archive):
    """
    Without the word "pages" neither pages nor articles are kept.
    """
    await work(*archive).publish()

    assert ([], []) == (shelf.answers("page"), shelf.articles)


async def test_feeds(work, shelf):
    """
    With the word "feeds" each document of a feed that is new is kept, and one that is the same not again.
    """
    feeds = work("feeds")
    await feeds.publish()
    first = len(shelf.answers("feed"))
    feed = await feeds.office.feed()
    await poll_feed(feeds.office.desk, await feeds.office.hurry("feeds", feed.id))
    same = len(shelf.answers("feed"))
    feeds.office.site.say("/feed.xml", feeds.rss(title="Another"), kind="application/rss+xml")
    await poll_feed(feeds.office.desk, await feeds.office.hurry("feeds", feed.id))

    assert (1, 1, 2) == (first, same, len(shelf.answers("feed")))


async def test_later_looks(work, shelf):
    """
    The page of a look that finds it changed is kept, and the revision before it is sent.
    """
    one = work("pages")
    report = await one.publish()
    changed = (PARAGRAPHS[0].replace("Tuesday", "Wednesday"), *PARAGRAPHS[1:])
    one.office.site.say(PATH, page(*changed))
    looked = await revisit(one.office.desk, await one.office.hurry("revisits", report.article.id))

    assert ("updated", 2, 2) == (looked.outcome, len(shelf.answers("page")), len(shelf.articles))
    assert ([0, 0, 1, 1], "article.updated.v1") == (shelf.events, shelf.articles[-1].type)


@pytest.mark.parametrize(("status", "kind"), [(404, "text/html"), (200, "image/png")])
async def test_what_is_no_page(work, shelf, status, kind):
    """
    What is no page of an article is not kept.
    """
    await work("pages").publish(status=status, kind=kind)

    assert [] == shelf.answers("page")


async def test_failing(work, shelf):
    """
    An archive that fails is counted, and the article is published all the same.
    """
    shelf.reason = "No space left on device"
    one = work("pages")

    report = await one.publish()

    assert "published" == report.outcome
    assert 2 == (await counts(one.office.store))["archive.lost"]


async def test_secrets(work, shelf):
    """
    What has a key in its address is not kept; nor is the key of a feed in what is kept of its articles.
    """
    await work("pages", "feeds").publish(f"{PATH}?token=s3cret", query="?key=s3cret")

    assert [] == shelf.answers("page") == shelf.answers("feed")
    assert [False] == [b"s3cret" in article.ref for article in shelf.articles]


async def test_twice(work, shelf):
    """
    An attempt that died between the archive and the store is made again: kept twice, published once.
    """
    one = work("pages")
    office = one.office
    url = office.site.say(PATH, page(*PARAGRAPHS))
    office.site.say("/feed.xml", one.rss({"link": url, "guid": "g"}), kind="application/rss+xml")
    await one.poll()
    claim = await office.claim("entries")
    with pytest.raises(office.crash_error):
        await ingest_entry(office.crashing_at("commit_article"), claim)

    report = await ingest_entry(office.desk, await office.hurry("entries", claim.id))

    assert ("published", 1, 2) == (report.outcome, len(await office.events()), len(shelf.articles))
    assert 1 == len({article.event_id for article in shelf.articles})
