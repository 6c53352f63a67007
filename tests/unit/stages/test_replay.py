"""Articles made anew from the archive: what differs is shown, published once, and never over what came in between."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from ingest.archive.read import Reader
from ingest.archive.write import Terms, Writer
from ingest.errors import SandboxError
from ingest.models import Cleaning, Extraction, SourceOverride
from ingest.sandbox.tasks import edit_page
from ingest.stages.article import ingest_entry
from ingest.stages.poll import poll_feed
from ingest.stages.replay import publish, replay
from ingest.stages.replay_find import Selection, find_articles, find_by_url
from ingest.stages.revisit import revisit
from ingest.store.entries import counts
from tests.unit.store.records import change_record

PARAGRAPHS = (
    "The council of Port Ellery voted on Tuesday evening to widen the old quay, after two years of argument.",
    "The work will begin in spring and cost four million crowns, half of which the province has promised to pay.",
    "Fishermen had asked for the change since the winter of 2019, when two boats were crushed against the wall.",
    "Opponents said the money should have gone to the school, whose roof has leaked since the storms of last year.",
)
PROMO = "Sign up to our newsletter"
PATH = "/news/quay-to-be-widened-soon"
RSS = "application/rss+xml"


def page(*paragraphs: str, title: str = "Quay to be widened") -> str:
    body = "".join(f'<p class="{"rest" if number else "first"}">{text}</p>' for number, text in enumerate(paragraphs))
    note = '<p class="note">High water at the old quay is at seven in the evening on every day of this week.</p>'
    return (
        f'<html lang="en"><head><title>{title}</title></head><body><h1>{title}</h1>'
        f"<article>{body}{note}</article></body></html>"
    )


class Rules:
    """The sandbox's tasks with a rule of the test's own beside those of today."""

    def __init__(self, inner):
        self.inner = inner
        self.strip: tuple[str, ...] = ()
        self.failure = None
        self.is_blank = False

    async def run(self, task, *args):
        if task == "edit_page" and self.failure:
            raise SandboxError(self.failure, "as the test wants it")
        if task == "edit_page" and self.strip:
            return edit_page(args[0], SourceOverride(domain="127.0.0.1", strip=self.strip))
        if task == "edit_page" and self.is_blank:
            return Extraction(paragraphs=(), method="none"), Cleaning(paragraphs=())
        return await self.inner.run(task, *args)


class Archived:
    """A desk with an archive, a published article, and replays of it."""

    def __init__(self, office, rss, writer, folder):
        self.rules = Rules(office.desk.sandbox)
        self.office = office.with_settings(archive=("pages",))
        self.office = replace(self.office, desk=replace(self.office.desk, archive=writer, sandbox=self.rules))
        self.rss = rss
        self.reader = Reader(folder)
        self.id = ""

    @property
    def desk(self):
        return self.office.desk

    async def publish(self, *paragraphs, item=None, desk=None, **fields):
        office = self.office
        url = office.site.say(PATH, page(*(paragraphs or (*PARAGRAPHS, PROMO))), **fields)
        office.site.say("/feed.xml", self.rss({"link": url, "guid": "g-1"} | (item or {})), kind=RSS)
        await poll_feed(office.desk, await office.subscribe())
        report = await ingest_entry(desk or office.desk, await office.claim("entries"))
        office.site.requests.clear()
        self.id = report.article.id
        return self

    async def replay(self):
        return await replay(self.desk, self.reader, self.id)

    async def forget(self, *, stream=True, draft=True):
        """What time does: the draft and the row are gone."""
        redis, keys = self.office.store.redis, self.office.store.keys
        if draft:
            await redis.delete(keys.draft(self.id))
        if stream:
            await redis.xtrim(keys.articles, maxlen=0, approximate=False)


@pytest.fixture
async def archived(office, rss, tmp_path):
    terms = Terms(
        folder=tmp_path / "archive", prefix="t", software="copydesk/test", keep=timedelta(days=1), max_bytes=10**9
    )
    failures: list[str] = []
    async with Writer(terms, now=office.desk.now, told=failures.append) as writer:
        yield Archived(office, rss, writer, terms.folder)
    assert [] == failures


@pytest.mark.parametrize("forgotten", [{"stream": False, "draft": False}, {"stream": False}, {}], ids=str)
async def test_same(archived, forgotten):
    """
    An article of which no rule has changed is the same, wherever it is still known, and nobody is asked.
    """
    await archived.publish()
    await archived.forget(**forgotten)

    made = await archived.replay()

    assert ("same", [], None) == (made.outcome, archived.office.site.paths, made.difference.title)
    assert ((), (), ()) == (made.difference.passages, made.difference.cuts_gone, made.difference.facts)


async def test_differs_and_is_published_once(archived):
    """
    What a new rule takes out is shown, published as the next revision with what changed, and a second time the same.
    """
    await archived.publish()
    archived.rules.strip = ("p.note",)

    made = await archived.replay()
    before = len(await archived.office.events())
    done = await publish(archived.desk, made)
    again = await archived.replay()

    events = await archived.office.events()
    (passage,) = made.difference.passages
    assert ("differs", 1, "published", "same") == (made.outcome, before, done.outcome, again.outcome)
    assert ((), True) == (passage.added, passage.removed[0].startswith("High water"))
    assert [("article.updated.v1", f"{archived.id}-2")] == [(event.type, event.id) for event in events[1:]]
    assert ["text"] == [change["kind"] for change in events[-1].article["revision_of"]["changes"]]
    assert events[0].article["fetched_at"] == events[1].article["fetched_at"]
    assert events[0].article["guid"] == events[1].article["guid"]
    assert 1 == (await counts(archived.office.store))["replays.published"]


async def test_a_rule_that_is_gone(archived):
    """
    A sentence that a rule took wrongly comes back, and the rule is named as making the removal no more.
    """
    archived.rules.strip = ("p.note",)
    await archived.publish()
    archived.rules.strip = ()

    made = await archived.replay()

    (passage,) = made.difference.passages
    assert passage.added == tuple(cut.text for cut in made.difference.cuts_gone)
    assert "differs" == made.outcome


async def test_published_by_two(archived):
    """
    Of two replays of the same revision one is published; the other is told that another came in between.
    """
    await archived.publish()
    archived.rules.strip = ("p.note",)
    one, other = await archived.replay(), await archived.replay()

    got = [(await publish(archived.desk, made)).outcome for made in (one, other)]

    assert ["published", "moved"] == got
    assert 2 == len(await archived.office.events())


async def test_a_look_in_hand(archived):
    """
    While a look at the article is in hand nothing is published; after it a replay goes on from what the look said.
    """
    await archived.publish()
    archived.rules.strip = ("p.note",)
    made = await archived.replay()
    claim = await archived.office.hurry("revisits", archived.id)

    busy = await publish(archived.desk, made)
    await revisit(archived.desk, claim)
    done = await publish(archived.desk, await archived.replay())

    assert ("busy", "published") == (busy.outcome, done.outcome)


async def test_the_next_look(archived):
    """
    The look after a replay compares with what the replay published: it finds nothing new.
    """
    await archived.publish()
    archived.rules.strip = ("p.note",)
    await publish(archived.desk, await archived.replay())

    report = await revisit(archived.desk, await archived.office.hurry("revisits", archived.id))

    assert ("unchanged", 2) == (report.outcome, len(await archived.office.events()))


async def test_a_revision(archived):
    """
    After a look that found the page changed, the page of that look is replayed, under its headline.
    """
    await archived.publish()
    changed = (PARAGRAPHS[0].replace("Tuesday", "Wednesday").replace("two", "three"), *PARAGRAPHS[1:])
    archived.office.site.say(PATH, page(*changed, title="Bridge to be built instead of the quay"))
    later = replace(archived.desk, now=lambda: archived.office.t0 + timedelta(hours=2))
    report = await revisit(later, await archived.office.hurry("revisits", archived.id))
    await archived.forget()

    made = await archived.replay()

    assert ("updated", "same", 2) == (report.outcome, made.outcome, made.revision)
    assert "Bridge to be built instead of the quay" == made.article.title


async def test_a_later_page(archived):
    """
    A page that a later look fetched and did not publish is not what is replayed: only the rules may make a difference.
    """
    await archived.publish()
    typography = tuple(
        text.replace("two years", "two\u00a0years").replace("crowns,", "crowns -") for text in PARAGRAPHS
    )
    archived.office.site.say(PATH, page(*typography))
    later = replace(archived.desk, now=lambda: archived.office.t0 + timedelta(hours=2))
    report = await revisit(later, await archived.office.hurry("revisits", archived.id))

    made = await archived.replay()

    assert (1, "same", archived.office.t0) == (len(await archived.office.events()), made.outcome, made.page_at)
    assert report.outcome in {"cosmetic", "unchanged"}


async def test_repeated_command(archived):
    """
    A commit whose reply was lost and that is repeated publishes once.
    """
    await archived.publish()
    archived.rules.strip = ("p.note",)
    made = await archived.replay()
    desk = replace(archived.desk, store=archived.office.repeating("commit_replay").store)

    done = await publish(desk, made)

    assert ("published", 2) == (done.outcome, len(await archived.office.events()))


async def test_not_archived(archived):
    """
    An article that was published without an archive is told so, with its address.
    """
    await archived.publish(desk=replace(archived.desk, archive=None))

    made = await archived.replay()

    assert ("not-archived", True) == (made.outcome, made.url.endswith(PATH))


async def test_unknown(archived):
    """
    Where nobody knows what was last published, it is said; published all the same it tells of no changes.
    """
    await archived.publish()
    await change_record(archived.office.store, archived.id, revision=3)
    await archived.forget()

    made = await archived.replay()
    done = await publish(archived.desk, made)

    event = await archived.office.event()
    assert ("unknown", None, "published", f"{archived.id}-4") == (made.outcome, made.difference, done.outcome, event.id)
    assert [] == event.article["revision_of"]["changes"]


async def test_forgotten(archived):
    """
    What the store does not remember is not published again.
    """
    await archived.publish()
    await archived.office.store.redis.delete(archived.office.store.keys.article(archived.id))

    made = await archived.replay()

    assert ("forgotten", None) == (made.outcome, made.article)
    with pytest.raises(ValueError, match="nothing"):
        await publish(archived.desk, made)


async def test_withdrawn(archived):
    """
    A withdrawn article stays withdrawn.
    """
    await archived.publish()
    archived.office.site.say(PATH, status=404)
    for _ in range(2):
        await revisit(archived.desk, await archived.office.hurry("revisits", archived.id))
    known = await archived.replay()
    await archived.forget()

    made = await archived.replay()

    assert ("withdrawn", "withdrawn") == (known.outcome, made.outcome)


async def test_the_feeds_text(archived):
    """
    An article of which only the feed's text could be had is made of that text again, for the same reason.
    """
    office = archived.office
    url = office.site.say(PATH, status=404)
    text = "".join(f"<p>{one}</p>" for one in PARAGRAPHS)
    office.site.say("/feed.xml", archived.rss({"link": url, "guid": "g", "description": text}), kind=RSS)
    await poll_feed(office.desk, await office.subscribe())
    archived.id = (await ingest_entry(office.desk, await office.claim("entries"))).article.id
    await archived.forget()

    made = await archived.replay()

    assert ("same", "feed", ("page-failed:status-404",)) == (
        made.outcome,
        made.article.content_source,
        made.article.flags,
    )


@pytest.mark.parametrize(("failure", "outcome"), [("deadline", "failed"), ("crashed", "failed")])
async def test_a_page_that_cannot_be_read(archived, failure, outcome):
    """
    A page that today's extraction cannot read is no reason to publish the feed's text in its place.
    """
    await archived.publish(item={"description": " ".join(PARAGRAPHS)})
    archived.rules.failure = failure

    made = await archived.replay()

    assert (outcome, f"page-failed:extract-{failure}") == (made.outcome, made.reason)


async def test_shrunk(archived):
    """
    A rule that takes nearly everything is told apart from one that takes a paragraph.
    """
    await archived.publish(*PARAGRAPHS)
    archived.rules.strip = ("p.rest", "p.note")

    made = await archived.replay()

    assert "shrunk" == made.outcome


async def test_empty(archived):
    """
    An article of which no text would be left is not made.
    """
    await archived.publish()
    archived.rules.is_blank = True

    made = await archived.replay()

    assert ("empty", None) == (made.outcome, made.article)


async def test_a_damaged_archive(archived, tmp_path):
    """
    A record that is damaged ends this one replay with a sentence that names the file.
    """
    await archived.publish()
    (path,) = (tmp_path / "archive").glob("*.warc.gz.open")
    data = bytearray(path.read_bytes())
    data[len(data) // 2 :] = bytes(len(data) - len(data) // 2)
    path.write_bytes(data)

    made = await archived.replay()

    assert ("damaged", True) == (made.outcome, ".warc.gz" in made.reason)


async def test_selections(archived):
    """
    Articles are found by feed, time and rule, from the archive and, where that knows nothing of them, from the stream.
    """
    await archived.publish()
    office, t0 = archived.office, archived.office.t0
    (event,) = await office.events()
    rule = event.article["cleaning"]["removed"][0]["rule"]
    hour = timedelta(hours=1)

    async def found(**parts):
        return await find_articles(office.store, archived.reader, Selection(**parts))

    everywhere = [
        await found(),
        await found(rule=rule),
        await found(feed=event.article["feed"]["id"], since=t0 - hour),
    ]
    nowhere = [await found(rule="no-such-rule"), await found(feed="f" * 16), await found(until=t0 - hour)]
    by_url = [await find_by_url(archived.reader, url) for url in (office.site.url + PATH, "http://other.example/")]
    await archived.forget()
    archive_only = await found(rule=rule)
    await office.store.redis.xadd(
        office.store.keys.articles,
        {
            name: json.dumps(event.article) if name == "data" else value
            for name, value in {
                "specversion": "1.0",
                "id": event.id,
                "source": event.source,
                "type": event.type,
                "time": t0.isoformat(),
                "subject": event.subject,
                "datacontenttype": "application/json",
                "data": "",
            }.items()
        },
    )
    stream_only = await find_articles(office.store, Reader(archived.reader.folder / "none"), Selection(rule=rule))

    assert [[archived.id]] * 3 == everywhere
    assert [[]] * 3 == nowhere
    assert [archived.id, None] == by_url
    assert [archived.id] == archive_only == stream_only
