"""One attempt at one entry: what is published, and what becomes of everything else."""

from datetime import timedelta

import pytest

from ingest.stages.article import MAX_PAUSE, ingest_entry
from ingest.stages.poll import poll_feed

PARAGRAPHS = (
    "The council of Port Ellery voted on Tuesday evening to widen the old quay, after two years of argument.",
    "The work will begin in spring and cost four million crowns, half of which the province has promised to pay.",
    "Fishermen had asked for the change since the winter of 2019, when two boats were crushed against the wall.",
    "Opponents said the money should have gone to the school, whose roof has leaked since the storms of last year.",
)
OTHER = tuple(text.replace("quay", "bridge").replace("council", "senate") for text in reversed(PARAGRAPHS))
PROMO = "Sign up for our daily newsletter"
TEASER = "In a long night the council decided what had been argued about for two years: the quay will be wider soon."
RSS = "application/rss+xml"


def page(*paragraphs: str, title: str = "Quay to be widened", head: str = "") -> str:
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    return (
        f'<html lang="en"><head><title>{title}</title>{head}</head><body><nav><a href="/">Home</a></nav>'
        f"<h1>{title}</h1><article>{body}</article></body></html>"
    )


# ------------------------------------------------------------------------------------------------ published


async def test_published(office, entries):
    """
    A page's clean text is published, with the promo taken out and named, and the entry is over.
    """
    url = office.site.say("/news/quay-to-be-widened-soon", page(*PARAGRAPHS, PROMO))
    (claim,) = await entries({"link": url, "title": "Quay: it comes", "author": "Ida Tern", "guid": "g-1"})

    report = await ingest_entry(office.desk, claim)

    assert ("published", url) == (report.outcome, report.url)
    event = await office.event()
    article = event.article
    assert [*PARAGRAPHS] == article["paragraphs"]
    assert [PROMO] == [removed["text"] for removed in article["cleaning"]["removed"]]
    assert ("Quay: it comes", url, "g-1", "page", "head") == (
        article["title"],
        article["url"],
        article["guid"],
        article["content_source"],
        article["cluster"]["role"],
    )
    assert (f"copydesk/{office.desk.settings.prefix}", report.article.id) == (event.source, event.subject)
    assert () == await office.claims("entries")
    assert "published" == (await office.entry(claim.id))["outcome"]


async def test_secret_feed(office, entries):
    """
    A secret in a feed's address does not travel with its articles.
    """
    url = office.site.say("/news/quay-to-be-widened-soon", page(*PARAGRAPHS))
    (claim,) = await entries({"link": url}, query="?token=hush&page=1")

    await ingest_entry(office.desk, claim)

    assert f"{office.site.url}/feed.xml?token=***&page=1" == (await office.event()).article["feed"]["url"]


async def test_two_entries_one_text(office, entries):
    """
    Of two articles with one text the second is a copy, and its event names the first.
    """
    urls = [office.site.say(f"/news/quay-to-be-widened-{n}", page(*PARAGRAPHS)) for n in range(2)]
    claims = await entries(*({"link": url} for url in urls))

    reports = [await ingest_entry(office.desk, claim) for claim in claims]

    assert ["published", "published"] == [report.outcome for report in reports]
    head, copy = [event.article for event in await office.events()]
    assert ("head", head["id"]) == (head["cluster"]["role"], head["cluster"]["head_id"])
    assert ("copy", head["id"]) == (copy["cluster"]["role"], copy["cluster"]["head_id"])


async def test_head_appears_meanwhile(office, entries):
    """
    A text that somebody else publishes while we compose makes ours the copy, not a second head.
    """
    urls = [office.site.say(f"/news/quay-to-be-widened-{n}", page(*PARAGRAPHS)) for n in range(2)]
    first, second = await entries(*({"link": url} for url in urls))

    class Overtaken:
        is_done = False

        async def __call__(self, name, keys, arguments):
            if name == "commit_article" and not self.is_done:
                self.is_done = True
                await ingest_entry(office.desk, second)
            return await office.store.scripts(name, keys, arguments)

    report = await ingest_entry(office.with_scripts(Overtaken()), first)

    assert ("published", "copy") == (report.outcome, report.article.cluster.role)
    events = await office.events()
    assert ["head", "copy"] == [event.article["cluster"]["role"] for event in events]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/login?next=/news/quay-to-be-widened-soon", "/go/1"),
        ("/consent/collect-your-free-choices", "/go/1"),
        ("/news/quay-to-be-widened-soon", "/news/quay-to-be-widened-soon"),
    ],
)
async def test_redirect(office, entries, target, expected):
    """
    Where a redirect leads becomes the article's address only if it looks like one article's.
    """
    url = office.site.say("/go/1", status=302, Location=target)
    office.site.say(target.partition("?")[0], page(*PARAGRAPHS))
    (claim,) = await entries({"link": url})

    report = await ingest_entry(office.desk, claim)

    assert ("published", office.site.url + expected) == (report.outcome, report.article.url)


async def test_redirect_home(office, entries):
    """
    A page that was sent to the home page is no page of the article: the feed's text stands, and says so.
    """
    url = office.site.say("/go/1", status=302, Location="/")
    office.site.say("/", page(*PARAGRAPHS))
    (claim,) = await entries({"link": url, "description": TEASER})

    report = await ingest_entry(office.desk, claim)

    article = report.article
    assert ("published", "feed", ("page-failed:bad-redirect",)) == (
        report.outcome,
        article.content_source,
        article.flags,
    )


# ------------------------------------------------------------------------------------------------ duplicates


async def test_duplicate(office, entries, rss):
    """
    An address that has been published is a duplicate in every feed, and is not asked again.
    """
    url = office.site.say("/news/quay-to-be-widened-soon", page(*PARAGRAPHS))
    (claim,) = await entries({"link": url})
    first = await ingest_entry(office.desk, claim)
    office.site.say("/other.xml", rss({"link": f"{url}?utm_source=other"}), kind=RSS)
    await poll_feed(office.desk, await office.subscribe("/other.xml"))
    office.site.requests.clear()
    second = await office.claim("entries")

    report = await ingest_entry(office.desk, second)

    assert ("duplicate", []) == (report.outcome, office.site.requests)
    assert first.article.id == (await office.entry(second.id))["article"]
    assert 1 == len(await office.events())


async def test_duplicate_after_redirect(office, entries):
    """
    Two addresses that lead to one article publish it once.
    """
    office.site.say("/news/quay-to-be-widened-soon", page(*PARAGRAPHS))
    urls = [office.site.say(f"/go/{n}", status=301, Location="/news/quay-to-be-widened-soon") for n in range(2)]
    claims = await entries(*({"link": url} for url in urls))

    reports = [await ingest_entry(office.desk, claim) for claim in claims]

    assert ["published", "duplicate"] == [report.outcome for report in reports]
    assert 1 == len(await office.events())


async def test_home_page_owns_nothing(office, entries):
    """
    Two articles whose addresses both redirect to the home page are not taken for one.
    """
    office.site.say("/", page(*PARAGRAPHS))
    urls = [office.site.say(f"/go/{n}", status=302, Location="/") for n in range(2)]
    claims = await entries(*({"link": url, "description": TEASER} for url in urls))

    reports = [await ingest_entry(office.desk, claim) for claim in claims]

    assert ["published", "published"] == [report.outcome for report in reports]


# ------------------------------------------------------------------------------------------------ failing pages


def refuse(status):
    return lambda office: office.site.say("/p", status=status)


def hang_up(office):
    def close(request):
        request.transport.abort()
        raise ConnectionResetError

    office.site.pages["/p"] = close
    return f"{office.site.url}/p"


@pytest.mark.parametrize(
    ("prepare", "name"),
    [(refuse(503), "status-503"), (refuse(403), "status-403"), (refuse(429), "status-429"), (hang_up, "disconnected")],
)
@pytest.mark.parametrize("has_text", [True, False])
async def test_retried(office, entries, prepare, name, has_text):
    """
    A passing failure is tried again after pauses that double; the last attempt takes the feed's text, or says why not.
    """
    url = prepare(office)
    (claim,) = await entries({"link": url} | ({"description": TEASER} if has_text else {}))
    settings = office.desk.settings
    pauses = []
    for _ in range(settings.max_attempts - 1):
        assert "retry" == (await ingest_entry(office.desk, claim)).outcome
        pauses.append(await office.pause("entries", claim.id))
        claim = await office.hurry("entries", claim.id)
        # By then the host's rest after a 429 is over as well.
        await office.store.redis.delete(office.store.keys.host("127.0.0.1"))

    asked = len(office.site.requests)
    report = await ingest_entry(office.desk, claim)

    assert asked < len(office.site.requests)
    wanted = [settings.retry_pause * 2**n for n in range(settings.max_attempts - 1)]
    assert all(due - timedelta(seconds=20) < got <= due for got, due in zip(pauses, wanted, strict=True))
    if has_text:
        article = (await office.event()).article
        assert ([TEASER], "feed", [f"page-failed:{name}"]) == (
            article["paragraphs"],
            article["content_source"],
            article["cleaning"]["flags"],
        )
    else:
        assert ("dead", f"page-failed:{name}") == (report.outcome, report.reason)
        assert [] == await office.events()
        assert [claim.id.encode()] == await office.store.redis.zrange(office.store.keys.dead, 0, -1)


async def test_longest_pause(office, entries):
    """
    Pauses between attempts stop growing at an hour.
    """
    office = office.with_settings(max_attempts=1000)
    (claim,) = await entries({"link": office.site.say("/p", status=503)})
    await office.store.redis.hset(office.store.keys.entry(claim.id), "strikes", 900)

    await ingest_entry(office.desk, claim)

    assert MAX_PAUSE - timedelta(minutes=1) < await office.pause("entries", claim.id) <= MAX_PAUSE


def pdf(office):
    return office.site.say("/p", "%PDF-1.7", kind="application/pdf")


def inside(_):
    return "http://10.0.0.1/news/quay-to-be-widened-soon"


def circle(office):
    return office.site.say("/p", status=302, Location="/p")


@pytest.mark.parametrize(
    ("prepare", "name"),
    [
        (refuse(404), "status-404"),
        (refuse(410), "status-410"),
        (refuse(451), "status-451"),
        (pdf, "not-html"),
        (inside, "blocked-address"),
        (circle, "redirect-loop"),
    ],
)
async def test_lasting_failure(office, entries, prepare, name):
    """
    A failure that will be the same tomorrow takes the feed's text at once, and says so.
    """
    (claim,) = await entries({"link": prepare(office), "description": TEASER})

    report = await ingest_entry(office.desk, claim)

    article = (await office.event()).article
    assert ("published", [TEASER], [f"page-failed:{name}"]) == (
        report.outcome,
        article["paragraphs"],
        article["cleaning"]["flags"],
    )


@pytest.mark.parametrize("failure", ["deadline", "crashed", "memory", "failed"])
async def test_sandbox_failure(office, entries, failure):
    """
    A page that its sandbox did not survive is not tried again: the feed's text is taken, and says so.
    """
    url = office.site.say("/p", page(*PARAGRAPHS))
    (claim,) = await entries({"link": url, "description": TEASER})
    office.sandbox.failures["edit_page"] = failure

    report = await ingest_entry(office.desk, claim)

    article = (await office.event()).article
    assert ("published", [TEASER], [f"page-failed:extract-{failure}"]) == (
        report.outcome,
        article["paragraphs"],
        article["cleaning"]["flags"],
    )


async def test_nothing_survives(office, entries):
    """
    When neither the page nor the feed's text can be read, the entry is dead and names both.
    """
    (claim,) = await entries({"link": office.site.say("/p", page(*PARAGRAPHS)), "description": TEASER})
    office.sandbox.failures |= {"edit_page": "crashed", "edit_fragment": "deadline"}

    report = await ingest_entry(office.desk, claim)

    assert ("dead", "page-failed:extract-crashed, feed-text-failed:deadline") == (report.outcome, report.reason)


@pytest.mark.parametrize(("markup", "has_language"), [("", False), ('<html lang="de"><body> </body></html>', True)])
async def test_empty_page(office, entries, markup, has_language):
    """
    A page without text leaves the feed's, flagged, with what the page said of itself.
    """
    (claim,) = await entries({"link": office.site.say("/p", markup), "description": TEASER})

    await ingest_entry(office.desk, claim)

    article = (await office.event()).article
    assert ([TEASER], ["page-empty"]) == (article["paragraphs"], article["cleaning"]["flags"])
    assert has_language == (article["language"] == "de")


async def test_no_address(office, entries):
    """
    An entry without an address is published from the feed's text.
    """
    (claim,) = await entries({"guid": "g-1", "title": "Note", "description": TEASER})

    await ingest_entry(office.desk, claim)

    article = (await office.event()).article
    assert ([TEASER], ["no-page"], None) == (article["paragraphs"], article["cleaning"]["flags"], article["url"])
    assert [] == office.site.requests


async def test_feed_text_is_full_text(office, rss):
    """
    Of a feed's texts the whole one is taken, not the teaser.
    """
    item = (
        f"<item><guid>g</guid><description>{TEASER}</description><content:encoded><![CDATA[<p>{PARAGRAPHS[0]}</p>"
        f"<p>{PARAGRAPHS[1]}</p>]]></content:encoded></item>"
    )
    text = rss().replace("<rss ", '<rss xmlns:content="http://purl.org/rss/1.0/modules/content/" ')
    office.site.say("/feed.xml", text.replace("</channel>", f"{item}</channel>"), kind=RSS)
    await poll_feed(office.desk, await office.subscribe())

    await ingest_entry(office.desk, await office.claim("entries"))

    assert [*PARAGRAPHS[:2]] == (await office.event()).article["paragraphs"]


async def test_damaged_reference(office, entries):
    """
    An entry whose stored reference is damaged is dead, and nobody is asked.
    """
    (claim,) = await entries({"link": office.site.say("/p", page(*PARAGRAPHS))})
    await office.store.redis.hset(office.store.keys.entry(claim.id), "ref", '{"entry": 7')

    report = await ingest_entry(office.desk, claim)

    assert ("dead", []) == (report.outcome, office.site.requests)
    assert "damaged" in report.reason


# ------------------------------------------------------------------------------------------------ attempts


async def test_poisonous_page(office, entries):
    """
    A page whose attempts never came to an end is not asked again; the feed's text is published instead.
    """
    (claim,) = await entries({"link": office.site.say("/p", page(*PARAGRAPHS)), "description": TEASER})
    limit = office.desk.settings.max_attempts
    await office.store.redis.hset(office.store.keys.entry(claim.id), "strikes", limit)

    await ingest_entry(office.desk, claim)

    article = (await office.event()).article
    assert ([TEASER], ["page-failed:attempts"]) == (article["paragraphs"], article["cleaning"]["flags"])
    assert [] == office.site.requests


async def test_poisonous_entry(office, entries):
    """
    An entry that not even its feed's text could end becomes a dead letter with the last error.
    """
    (claim,) = await entries({"link": office.site.say("/p", page(*PARAGRAPHS)), "description": TEASER})
    limit = 2 * office.desk.settings.max_attempts
    fields = {"strikes": limit, "error": "ValueError: a defect"}
    await office.store.redis.hset(office.store.keys.entry(claim.id), mapping=fields)

    report = await ingest_entry(office.desk, claim)

    assert ("dead", f"{limit} attempts: ValueError: a defect") == (report.outcome, report.reason)
    assert [] == await office.events()


async def test_host_busy(office, entries):
    """
    A host whose slot is far away is not asked: the claim goes back for then, and that was no attempt.
    """
    office = office.with_settings(host_interval=timedelta(seconds=40))
    (claim,) = await entries({"link": office.site.say("/p", page(*PARAGRAPHS))})

    await office.store.redis.set(office.store.keys.host("127.0.0.1"), 10**15)
    report = await ingest_entry(office.desk, claim)

    assert ("host-busy", [], 0) == (report.outcome, office.site.requests, await office.strikes("entries", claim.id))
    assert timedelta(0) < await office.pause("entries", claim.id)


async def test_stale(office, entries):
    """
    A claim that somebody else has by now is not worked on, and nothing is written.
    """
    (old,) = await entries({"link": office.site.say("/p", page(*PARAGRAPHS))})
    await office.hurry("entries", old.id)
    before = await office.dump()

    report = await ingest_entry(office.desk, old)

    assert report is None
    assert (before, []) == (await office.dump(), office.site.requests)


async def test_overtaken(office, entries):
    """
    An attempt whose claim went to another before it could commit publishes nothing.
    """
    (claim,) = await entries({"link": office.site.say("/p", page(*PARAGRAPHS))})

    class Overtaken:
        async def __call__(self, name, keys, arguments):
            if name == "commit_article":
                await office.hurry("entries", claim.id)
            return await office.store.scripts(name, keys, arguments)

    report = await ingest_entry(office.with_scripts(Overtaken()), claim)

    assert ("stale", []) == (report.outcome, await office.events())


async def test_crash_before_commit(office, entries):
    """
    An attempt that dies between the page and the commit leaves nothing; the next one publishes once.
    """
    (claim,) = await entries({"link": office.site.say("/p", page(*PARAGRAPHS))})
    with pytest.raises(office.crash_error):
        await ingest_entry(office.crashing_at("commit_article"), claim)
    assert [] == await office.events()

    report = await ingest_entry(office.desk, await office.hurry("entries", claim.id))

    assert "published" == report.outcome
    assert 1 == len(await office.events())


async def test_reply_lost(office, entries):
    """
    A commit repeated because its reply was lost publishes once, and reports what happened.
    """
    (claim,) = await entries({"link": office.site.say("/p", page(*PARAGRAPHS))})

    report = await ingest_entry(office.repeating("commit_article"), claim)

    assert "published" == report.outcome
    assert 1 == len(await office.events())


async def test_crash_after_commit(office, entries):
    """
    An attempt that dies right after the commit has published; a second one finds nothing to do.
    """
    (claim,) = await entries({"link": office.site.say("/p", page(*PARAGRAPHS))})
    with pytest.raises(office.crash_error):
        await ingest_entry(office.crashing_at("commit_article", is_after=True), claim)

    report = await ingest_entry(office.desk, claim)

    assert report is None
    assert 1 == len(await office.events())
    assert () == await office.claims("entries")


async def test_accounts(office, entries):
    """
    Entries seen are entries ended, by outcome, whatever came of each.
    """
    links = [
        office.site.say("/a", page(*PARAGRAPHS)),
        office.site.say("/b", page(*OTHER)),
        office.site.say("/c", status=404),
        office.site.say("/a?utm_source=feed"),
    ]
    office.site.say("/a", page(*PARAGRAPHS))
    claims = await entries(*({"link": link, "guid": f"g-{n}"} for n, link in enumerate(links)))

    for claim in claims:
        await ingest_entry(office.desk, claim)

    counts = await office.store.redis.hgetall(office.store.keys.counts)
    assert {
        b"entries.seen": b"4",
        b"entries.published": b"2",
        b"entries.dead": b"1",
        b"entries.duplicate": b"1",
        b"polls.modified": b"1",
    } == counts
