"""Later looks at published articles: what is sent, what is not, and what it takes to say that one is gone."""

from datetime import timedelta

import pytest
from aiohttp import web

from ingest.models import Entry, FeedRef
from ingest.stages.article import ingest_entry
from ingest.stages.poll import poll_feed
from ingest.stages.revisit import CONFIRM, LEAST_PAUSE, revisit
from ingest.store.entries import counts
from ingest.store.feeds import feed_id
from ingest.store.revisits import HASTE, hasten

PARAGRAPHS = (
    "The council of Port Ellery voted on Tuesday evening to widen the old quay, after two years of argument.",
    "The work will begin in spring and cost four million crowns, half of which the province has promised to pay.",
    "Fishermen had asked for the change since the winter of 2019, when two boats were crushed against the wall.",
    "Opponents said the money should have gone to the school, whose roof has leaked since the storms of last year.",
)
OTHER = tuple(text.replace("quay", "bridge").replace("council", "senate") for text in reversed(PARAGRAPHS))
LATER = (*PARAGRAPHS[:2], PARAGRAPHS[2].replace("2019", "2018"), PARAGRAPHS[3])
PATH = "/news/quay-to-be-widened-soon"
RSS = "application/rss+xml"
HOUR = timedelta(hours=1)


def page(*paragraphs: str, title: str = "Quay to be widened", head: str = "") -> str:
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    return (
        f'<html lang="en"><head><title>{title}</title>{head}</head><body><nav><a href="/">Home</a></nav>'
        f"<h1>{title}</h1><article>{body}</article></body></html>"
    )


class Watch:
    """A published article, and looks at it one after the other."""

    def __init__(self, office, rss):
        self.office = office
        self.rss = rss
        self.id = ""

    async def publish(self, *paragraphs, desk=None, item=None, **fields):
        """Publish a page; the feed's item says what ``item`` adds."""
        office = self.office
        url = office.site.say(PATH, page(*(paragraphs or PARAGRAPHS)), **fields)
        office.site.say("/feed.xml", self.rss({"link": url, "guid": "g-1"} | (item or {})), kind=RSS)
        await poll_feed(office.desk, await office.subscribe())
        self.entry = await office.claim("entries")
        report = await ingest_entry(desk or office.desk, self.entry)
        office.site.requests.clear()
        self.id = report.article.id
        return self

    async def look(self, desk=None):
        claim = await self.office.hurry("revisits", self.id)
        return await revisit(desk or self.office.desk, claim)

    async def outcomes(self, times):
        return [(await self.look()).outcome for _ in range(times)]

    async def types(self):
        return [(event.type.split(".")[1], event.id.rpartition("-")[2]) for event in await self.office.events()]

    async def is_watched(self):
        return await self.office.store.redis.exists(self.office.store.keys.draft(self.id)) == 1

    async def pause(self):
        """How long until the next look, to a minute."""
        found = await self.office.pause("revisits", self.id)
        return timedelta(minutes=round(found / timedelta(minutes=1)))

    async def count(self):
        return {name[9:]: n for name, n in (await counts(self.office.store)).items() if name.startswith("revisits.")}


@pytest.fixture
def watch(office, rss):
    return Watch(office, rss)


# ------------------------------------------------------------------------------------------------ the times


async def test_ages(watch):
    """
    A published article is looked at again at the ages of the setting, and then forgotten.
    """
    await watch.publish()
    pauses = [await watch.pause()]

    for _ in range(2):
        await watch.look()
        pauses.append(await watch.pause())
    await watch.look()

    assert [HOUR, 6 * HOUR, 24 * HOUR] == pauses
    assert not await watch.is_watched()
    assert {"unchanged": 3} == await watch.count()


@pytest.mark.parametrize(
    ("changes", "item"),
    [
        ({"revisits": ()}, {}),
        ({"max_revisits": 0}, {}),
        ({}, {"pubDate": "Wed, 25 Feb 2026 11:00:00 GMT"}),
    ],
    ids=["off", "full", "old"],
)
async def test_not_watched(watch, changes, item):
    """
    Nothing is looked at again where that is off, where as many are watched as may be, or where the article is old.
    """
    await watch.publish(desk=watch.office.with_settings(**changes).desk, item=item)

    assert not await watch.is_watched()
    assert [("published", "1")] == await watch.types()


async def test_conditional(watch):
    """
    From the second look on the page is asked for with its validators, and an unchanged page costs a 304.
    """
    await watch.publish(ETag='"v1"')

    await watch.look()
    asked = [request.headers.get("If-None-Match") for request in watch.office.site.requests]
    watch.office.site.say(PATH, status=304)
    report = await watch.look()

    asked.append(watch.office.site.requests[-1].headers.get("If-None-Match"))
    assert ([None, '"v1"'], "unchanged") == (asked, report.outcome)


# ------------------------------------------------------------------------------------------------ what changed


async def test_updated(watch):
    """
    A changed number is sent as the next revision, with what it was and what it is; once.
    """
    await watch.publish()
    watch.office.site.say(PATH, page(*LATER))

    outcomes = await watch.outcomes(2)

    assert ["updated", "unchanged"] == outcomes
    first, second = await watch.office.events()
    assert (f"{first.subject}-2", "article.updated.v1") == (second.id, second.type)
    assert {
        "id": first.id,
        "changes": [{"kind": "numbers", "removed": PARAGRAPHS[2], "added": LATER[2]}],
    } == second.article["revision_of"]
    same = ("id", "url", "guid", "feed", "cluster", "first_seen_at", "title", "published_at", "content_source")
    assert [first.article[name] for name in same] == [second.article[name] for name in same]
    assert [*LATER] == second.article["paragraphs"]


@pytest.mark.parametrize(
    "later",
    [
        [text.replace("'", "\u2019").replace(" the ", "  the ") for text in PARAGRAPHS],
        ["Updated 3 hours ago", *PARAGRAPHS],
        [*PARAGRAPHS, "Sign up for our daily newsletter"],
        [PARAGRAPHS[0].replace("argument", "arguments"), *PARAGRAPHS[1:]],
        [*reversed(PARAGRAPHS)],
    ],
    ids=["typography", "stamp", "promo", "slip", "order"],
)
async def test_cosmetic(watch, later):
    """
    What only looks different is not sent.
    """
    await watch.publish()
    watch.office.site.say(PATH, page(*later))

    report = await watch.look()

    assert report.outcome in {"unchanged", "cosmetic"}
    assert [("published", "1")] == await watch.types()


async def test_small_steps(watch):
    """
    Changes too small to be told add up, because they are compared with what was sent.
    """
    fleet = " ".join(f"Boat {n} of the fleet came home on day {n} of the long and stormy month." for n in range(6))
    steps = ("quay", "pier"), ("argument", "debate"), ("evening to widen", "night to enlarge")
    text = PARAGRAPHS[0]
    await watch.publish(*PARAGRAPHS, fleet)
    outcomes = []

    for old, new in steps:
        text = text.replace(old, new)
        watch.office.site.say(PATH, page(text, *PARAGRAPHS[1:], fleet))
        outcomes += await watch.outcomes(1)

    assert ["cosmetic", "cosmetic", "updated"] == outcomes


async def test_headline(watch):
    """
    A page's new headline is the article's, and stays it.
    """
    await watch.publish(item={"title": "Quay: it comes"})
    watch.office.site.say(PATH, page(*PARAGRAPHS, title="Quay to be closed"))

    outcomes = await watch.outcomes(2)

    assert ["updated", "unchanged"] == outcomes
    article = (await watch.office.events())[-1].article
    assert ("Quay to be closed", ["title"]) == (
        article["title"],
        [change["kind"] for change in article["revision_of"]["changes"]],
    )


async def test_correction(watch):
    """
    A notice that the article was corrected is sent and kept as a fact.
    """
    notice = "Correction: an earlier version of this article gave the wrong year."
    await watch.publish()
    watch.office.site.say(PATH, page(*PARAGRAPHS, notice))

    await watch.look()

    article = (await watch.office.events())[-1].article
    assert [notice] == article["corrections"]
    assert [{"kind": "correction", "removed": "", "added": notice}] == article["revision_of"]["changes"]


async def test_shrunk(watch):
    """
    A text of which little is left is sent only when a second look, hours later, sees the same.
    """
    await watch.publish()
    watch.office.site.say(PATH, page("The council has taken its vote of Tuesday evening back."))

    first = await watch.look()
    pause = await watch.pause()
    second = await watch.look()

    assert ("doubtful", "shrunk", CONFIRM) == (first.outcome, first.reason, pause)
    assert "updated" == second.outcome


# ------------------------------------------------------------------------------------------------ gone


def redirect(to):
    return lambda _: web.Response(status=302, headers={"Location": to})


GONE = {
    "404": lambda _: web.Response(status=404),
    "410": lambda _: web.Response(status=410),
    "home": redirect("/"),
    "emptied": lambda _: web.Response(text=page(), content_type="text/html"),
}


@pytest.mark.parametrize("answer", GONE.values(), ids=GONE)
async def test_withdrawn(watch, answer):
    """
    An article that is gone at two looks hours apart is withdrawn, once, as it was last sent.
    """
    await watch.publish()
    watch.office.site.say("/", page(*PARAGRAPHS, title="The Gazette"))
    watch.office.site.pages[PATH] = answer

    outcomes = [(await watch.look()).outcome, await watch.pause(), *await watch.outcomes(2)]

    assert ["doubtful", CONFIRM, "withdrawn", "gone"] == outcomes
    first, last = await watch.office.events()
    assert (f"{first.subject}-2", "article.withdrawn.v1") == (last.id, last.type)
    assert first.article | {"revision": 2, "revision_of": {"id": first.id, "changes": []}} == last.article


async def test_gone_for_a_moment(watch):
    """
    A page that was gone only once is not withdrawn, and a later absence must be confirmed anew.
    """
    await watch.publish()
    outcomes = []

    for is_there in (False, True, False):
        watch.office.site.say(PATH, page(*PARAGRAPHS) if is_there else "", status=200 if is_there else 404)
        outcomes += await watch.outcomes(1)

    assert ["doubtful", "unchanged", "doubtful"] == outcomes
    assert (CONFIRM, [("published", "1")]) == (await watch.pause(), await watch.types())


async def test_gone_at_the_last_look(watch):
    """
    A doubt at the last of the planned looks brings one more; a doubt without end does not bring looks without end.
    """
    await watch.publish(desk=watch.office.with_settings(revisits=(HOUR,)).desk)
    desk = watch.office.with_settings(revisits=(HOUR,)).desk
    watch.office.site.say(PATH, status=404)
    outcomes = [(await watch.look(desk)).outcome]
    watch.office.site.say(PATH, status=500)

    while await watch.is_watched():
        outcomes.append((await watch.look(desk)).outcome)

    assert ["doubtful", "failed", "failed"] == outcomes
    assert [("published", "1")] == await watch.types()


async def test_comeback(watch):
    """
    An article that comes back after it was withdrawn is an update, which says so first.
    """
    desk = watch.office.with_settings(revisits=tuple(n * HOUR for n in range(1, 9))).desk
    await watch.publish(desk=desk)
    watch.office.site.say(PATH, status=404)
    for _ in range(2):
        await watch.look(desk)
    watch.office.site.say(PATH, page(*LATER))

    reports = [await watch.look(desk), await watch.look(desk)]

    assert ["updated", "unchanged"] == [report.outcome for report in reports]
    assert ["restored", "numbers"] == [change.kind for change in reports[0].changes]
    assert [("published", "1"), ("withdrawn", "2"), ("updated", "3")] == await watch.types()


LOCK = '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": false}</script>'
FAILURES = {
    "server-error": lambda _: web.Response(status=500),
    "forbidden": lambda _: web.Response(status=403),
    "challenge": lambda _: web.Response(status=403, headers={"cf-mitigated": "challenge"}),
    "login": redirect("/login"),
    "pdf": lambda _: web.Response(body=b"%PDF", content_type="application/pdf"),
    "paywall": lambda _: web.Response(text=page(*LATER[:3], head=LOCK), content_type="text/html"),
    "loop": redirect(PATH),
}


@pytest.mark.parametrize("answer", FAILURES.values(), ids=FAILURES)
async def test_failed(watch, answer):
    """
    Any other answer is nobody's news: no event, and the next look at its planned time.
    """
    await watch.publish()
    watch.office.site.say("/login", page(*OTHER))
    watch.office.site.pages[PATH] = answer

    report = await watch.look()

    assert "failed" == report.outcome
    assert report.reason
    assert (6 * HOUR, [("published", "1")]) == (await watch.pause(), await watch.types())


@pytest.mark.parametrize("failure", ["deadline", "crashed", "memory", "failed"])
async def test_child_dies(watch, failure):
    """
    A page that kills its child is no news either.
    """
    await watch.publish()
    watch.office.sandbox.failures["edit_page"] = failure

    report = await watch.look()

    assert ("failed", f"extract-{failure}") == (report.outcome, report.reason)


async def test_robots(watch):
    """
    A page that robots.txt forbids by now is not asked for.
    """
    await watch.publish()
    watch.office.site.say("/robots.txt", "User-agent: *\nDisallow: /", kind="text/plain")

    report = await watch.look(watch.office.with_settings(robots=True).desk)

    assert ("failed", "fetch-robots") == (report.outcome, report.reason)
    assert ["/robots.txt"] == watch.office.site.paths


# ------------------------------------------------------------------------------------------------ the feed's text


async def test_feed_text(watch):
    """
    A text that came from the feed is compared with the feed's when that changes, and its page is never asked for.
    """
    fed = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    office = watch.office
    url = office.site.url + PATH
    office.site.say("/feed.xml", watch.rss({"link": url, "guid": "g-1", "description": fed}), kind=RSS)
    await poll_feed(office.desk, await office.subscribe())
    entry = await office.claim("entries")
    office.site.say(PATH, status=410)
    watch.id = (await ingest_entry(office.desk, entry)).article.id
    office.site.requests.clear()
    outcomes = await watch.outcomes(1)

    changed = Entry(guid="g-1", url=url, summary_html=fed.replace("2019", "2018"))
    feed = FeedRef(id=feed_id(office.site.url + "/feed.xml"), url=office.site.url + "/feed.xml")
    assert await hasten(office.store, entry.id, changed, feed)
    outcomes += await watch.outcomes(1)

    assert ["unchanged", "updated"] == outcomes
    assert [] == office.site.paths
    event = (await office.events())[-1]
    assert ("feed", "numbers") == (event.article["content_source"], event.article["revision_of"]["changes"][0]["kind"])


async def test_hastened(watch):
    """
    A change in the feed brings the next look forward, and costs one of those planned.
    """
    await watch.publish()
    feed = FeedRef(id="f", url="https://gazette.example/feed.xml")
    changed = Entry(guid="g-1", url=watch.office.site.url + PATH, title="Quay to be closed")

    assert await hasten(watch.office.store, watch.entry.id, changed, feed)
    pause = await watch.pause()
    report = await watch.look()

    assert (HASTE, 6 * HOUR) == (pause, await watch.pause())
    assert "unchanged" == report.outcome


# ------------------------------------------------------------------------------------------------ claims


async def test_stale(watch):
    """
    A worker whose claim is gone writes nothing.
    """
    await watch.publish()
    claim = await watch.office.hurry("revisits", watch.id)
    watch.office.site.say(PATH, page(*LATER))
    await watch.office.hurry("revisits", watch.id)
    before = await watch.office.dump()

    report = await revisit(watch.office.desk, claim)

    assert (None, before) == (report, await watch.office.dump())


@pytest.mark.parametrize("is_after", [False, True])
async def test_crash(watch, is_after):
    """
    Wherever a worker dies, the revision is sent once.
    """
    await watch.publish()
    watch.office.site.say(PATH, page(*LATER))

    with pytest.raises(watch.office.crash_error):
        await watch.look(watch.office.crashing_at("commit_revision", is_after=is_after))
    await watch.look()

    assert [("published", "1"), ("updated", "2")] == await watch.types()


async def test_lost_reply(watch):
    """
    A commit repeated after a lost reply sends nothing again.
    """
    await watch.publish()
    watch.office.site.say(PATH, page(*LATER))

    report = await watch.look(watch.office.repeating("commit_revision"))

    assert "updated" == report.outcome
    assert ([("published", "1"), ("updated", "2")], {"updated": 1}) == (await watch.types(), await watch.count())


async def test_busy_host(watch):
    """
    A host whose slot is far away is not a look: the claim goes back, and the attempt does not count.
    """
    await watch.publish()
    desk = watch.office.with_settings(host_interval=timedelta(hours=2)).desk
    watch.office.site.say(PATH, page(*LATER))
    await watch.look(watch.office.with_settings(host_interval=timedelta(minutes=1)).desk)

    report = await watch.look(desk)

    assert "host-busy" == report.outcome
    assert 0 == await watch.office.strikes("revisits", watch.id)


async def test_poison(watch):
    """
    A page that never lets an attempt come to an end is left alone at this age, not for ever.
    """
    await watch.publish()
    keys = watch.office.store.keys
    await watch.office.store.redis.hset(keys.draft(watch.id), "strikes", watch.office.desk.settings.max_attempts)

    report = await watch.look()

    assert ("failed", "attempts", []) == (report.outcome, report.reason, watch.office.site.paths)
    assert 0 == await watch.office.strikes("revisits", watch.id)


@pytest.mark.parametrize("value", [b"", b"x", b"\x78\x9c"])
@pytest.mark.parametrize("field", ["data", "ref"])
async def test_damaged(watch, field, value):
    """
    A draft that cannot be read ends the looks and nothing else.
    """
    await watch.publish()
    await watch.office.store.redis.hset(watch.office.store.keys.draft(watch.id), field, value)

    report = await watch.look()

    assert "damaged" == report.outcome
    assert not await watch.is_watched()


async def test_least_pause(watch):
    """
    Two looks have a pause between them, however late the first was.
    """
    await watch.publish()
    keys = watch.office.store.keys
    await watch.office.store.redis.hincrby(keys.draft(watch.id), "published", -86_400_000)

    await watch.look()

    assert LEAST_PAUSE == await watch.pause()
