"""A desk with something of everything on it: for the tests of the status pages, and for looking at them."""

import asyncio
import hashlib
import math
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson

from ingest.cleaning.learned import digests
from ingest.feeds.window import Trace, pack
from ingest.messages.event import make_event, make_withdrawal, stream_fields
from ingest.models import (
    Article,
    Change,
    Cleaning,
    Cluster,
    Entry,
    Feed,
    FeedRef,
    Hints,
    Removal,
    Rhythm,
    Validators,
    Wire,
)
from ingest.store.articles import commit_article
from ingest.store.boilerplate import correct, learn
from ingest.store.due import claim_due
from ingest.store.entries import close_entry
from ingest.store.feeds import NewEntry, PollEnd, add_feed, commit_poll, feed_id, pause_feed
from tests.unit.store.records import change_record

MEMORY = timedelta(days=9)
HOUR = timedelta(hours=1)
SCRIPT = "<script>document.title='taken'</script><img src=x onerror=alert(1)>"
ARABIC = "افتتاح رصيف الميناء القديم بعد عامين من الجدل"
LONG = "A headline without an end " * 80
SECRET = "canary-feed-key"
TITLES = (
    "Harbour board delays vote on dredging",
    "Ferry fares frozen until spring, company says",
    SCRIPT,
    ARABIC,
    LONG,
    "Library to open on Sundays from March",
    "Council votes to widen the old quay",
    "Storm shuts coastal road for second day",
)
PARAGRAPHS = tuple(
    """\
The harbour board of Port Ellery put off its vote on dredging the inner channel on Monday, after a survey found less.
The survey, made over six weeks in autumn, measured a depth of 4.2 metres at low water. That is enough for the coasters.
Opponents of the plan had argued that the spoil would be dumped within sight of the oyster beds. They were glad.
Dredging was last done in 2009, at a cost of 1.1 million crowns.
""".splitlines()
)
REMOVALS = (
    Removal(kind="credit", rule="photo-credit-en", text="Photo: Mara Lind / Gazette", after_paragraph=0),
    Removal(
        kind="promo",
        rule="newsletter-sign-up-en",
        text="Sign up to our morning newsletter and never miss a tide.",
        after_paragraph=1,
    ),
    Removal(kind="related", rule="read-more-en", text="Read more: Ferry fares frozen until spring", after_paragraph=2),
    Removal(
        kind="disclaimer",
        rule="syndicated-feed-en",
        text="This story has not been edited by our staff and is published from a syndicated feed.",
        after_paragraph=4,
        confidence=0.9,
    ),
)


def digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:32]


async def claims(store, work, count):
    found = ()
    while len(found) < count:
        found += await claim_due(store, work, limit=count - len(found), lease=timedelta(minutes=5), max_in_hand=10_000)
        await asyncio.sleep(0)
    return found


async def poll(store, url, entries=(), *, claim=None, **end) -> Feed:
    """A feed, polled once; its entries wait."""
    await add_feed(store, url, **{name: end.pop(name) for name in ("folder", "title") if name in end})
    (claim,) = (claim,) if claim else await claims(store, "feeds", 1)
    feed = Feed(id=feed_id(url), url=url)
    now = datetime.now(UTC)
    hours = tuple(round(900 * (1 + math.sin((hour - 8) / 24 * 6.28))) for hour in range(24))
    rhythm = Rhythm(
        since=now - 20 * timedelta(days=1),
        until=now,
        newest_at=now - HOUR,
        hours=tuple(hour * 6 for hour in hours),
        days=(9000, 8000, 9500, 8700, 9100, 3000, 2200),
        shown=30,
    )
    new = tuple(
        NewEntry(id=digest(f"{url} {n}"), entry=entry, domain="gazette.example") for n, entry in enumerate(entries)
    )
    taught = end.pop("taught", None) or replace(
        feed,
        rhythm=rhythm,
        hints=Hints(pause=HOUR, said_by="ttl", skip_hours=(2, 3)),
        window=pack(Trace(id=one.id) for one in new),
    )
    fields = {
        "outcome": "modified",
        "detail": "",
        "reason": "own rhythm: about 9 entries a day",
        "pause": timedelta(minutes=40),
        "validators": Validators(etag='W/"5f-abc"', last_modified="Sun, 01 Mar 2026 12:00:00 GMT"),
        "body_digest": "d1",
        "failures": 0,
        "title": "The Gazette",
        "new": new,
        "shown": tuple(one.id for one in new),
        "taught": taught,
    } | end
    await commit_poll(store, feed, claim, PollEnd(**fields), memory=MEMORY, spacing=timedelta(0))
    return feed


def article(name, *, feed, title="A headline", domain="gazette.example", **fields) -> Article:
    now = datetime.now(UTC)
    made = {
        "id": digest(name),
        "url": f"https://{domain}/{name}",
        "feed": FeedRef(id=feed.id, url=feed.url, title="The Gazette"),
        "source_name": domain.partition(".")[0].title(),
        "source_domain": domain,
        "title": title,
        "authors": ("Ada Quill", "Bo Marsh"),
        "byline": "By Ada Quill and Bo Marsh",
        "language": "en",
        "published_at": now - timedelta(minutes=25),
        "fetched_at": now,
        "first_seen_at": now,
        "cleaning": Cleaning(paragraphs=PARAGRAPHS, removals=REMOVALS),
        "cluster": Cluster(id=digest(name), role="head", head_id=digest(name)),
        "extraction_method": "trafilatura-fast",
        "content_digest": digest(f"text of {name}"),
        "tags": ("harbour", "council"),
        "rights": "© The Gazette",
    }
    return Article(**made | fields)


async def publish(store, claim, one: Article):
    event = stream_fields(make_event(one, source="urn:copydesk:test", now=datetime.now(UTC)))
    head = None if one.cluster.role == "head" else one.cluster.head_id
    keys = [f"key of {one.id}"]
    return await commit_article(store, claim, one, url_keys=keys, head=head, event=event, memory=MEMORY, attempts=1)


async def again(store, one: Article, event):
    """A later event of an article, as commit_revision writes it."""
    row = await store.redis.xadd(store.keys.articles, stream_fields(event))
    await change_record(store, one.id, revision=one.revision, revisit_event=row)


async def history(store, *, minutes=70):
    """An hour of counters, as the scheduler's chore keeps them."""
    dice = random.Random(7)
    counts = {name.decode(): int(value) for name, value in (await store.redis.hgetall(store.keys.counts)).items()}
    names = (
        "entries.published",
        "entries.duplicate",
        "entries.skipped",
        "entries.dead",
        "polls.modified",
        "polls.not-modified",
        "polls.status-500",
        "entries.seen",
    )
    values = [max(counts.get(name, 0), 0) for name in names]
    now = (await store.redis.time())[0] * 1000
    await store.redis.hset(store.keys.history("names"), mapping={name: n for n, name in enumerate(names)})
    for minute in range(1, minutes):
        row = f"{now - minute * 60_000} {','.join(map(str, values))}"
        await store.redis.hset(store.keys.history("minutes"), str(minute), row)
        busy = 1 + math.sin(minute / 9)
        steps = (
            dice.randint(0, 7) * busy,
            dice.randint(0, 3),
            0,
            dice.random() > 0.9,
            dice.randint(0, 5) * busy,
            14,
            dice.random() > 0.8,
            0,
        )
        values = [value + int(step) for value, step in zip(values, steps, strict=True)]
    # What was counted runs backwards above: turned round, it grows.
    most = values
    rows = {}
    for minute in range(1, minutes):
        raw = (await store.redis.hget(store.keys.history("minutes"), str(minute))).decode()
        at, _, told = raw.partition(" ")
        rows[str(minute)] = f"{at} {','.join(str(m - int(v)) for m, v in zip(most, told.split(','), strict=True))}"
    await store.redis.hset(store.keys.history("minutes"), mapping=rows)


async def fill(store) -> dict[str, str]:
    """Something of everything; the ids of what a test may want to look at."""
    entries = [Entry(guid=f"g{n}", url=f"https://gazette.example/{n}", title=title) for n, title in enumerate(TITLES)]
    entries += [
        Entry(guid="dead-1", url=f"https://gazette.example/gone?key={SECRET}", title=f"Gone {SCRIPT}"),
        Entry(guid="dead-2", url="javascript:alert(1)", title="Never there"),
        Entry(guid="dead-3", url="https://gazette.example/three", title="Hung its reader"),
        Entry(guid="waits", url="https://gazette.example/waits", title="Waits for its turn"),
    ]
    gazette = await poll(store, "https://gazette.example/feed.xml", entries, folder="News / Coast")
    by_id = {claim.id: claim for claim in await claims(store, "entries", len(entries))}
    taken = [by_id[digest(f"https://gazette.example/feed.xml {n}")] for n in range(len(entries))]
    made = []
    for number, title in enumerate(TITLES):
        fields = {"language": "ar", "domain": "mina.example"} if title == ARABIC else {}
        one = article(f"a{number}", feed=gazette, title=title, **fields)
        if number in {5, 6}:
            head = made[0].id
            one = replace(
                one,
                cluster=Cluster(id=head, role="copy", head_id=head),
                source_domain="courier.example",
                source_name="Courier",
                content_digest=made[0].content_digest,
                wire=Wire(agency="Coast Wire", evidence=("(Coast Wire)",), is_syndicated=True, distributor="Nets & Co"),
                flags=("page-failed:timeout",),
                content_source="feed",
            )
        await publish(store, taken[number], one)
        made.append(one)
        await learn(store, one, digests((*one.cleaning.paragraphs, *(r.text for r in REMOVALS))), memory=MEMORY)
    for number, reason in ((8, "status: 404"), (9, "no address"), (10, "5 attempts: timeout")):
        await close_entry(store, taken[number], outcome="dead", reason=reason, memory=MEMORY)
    second = replace(made[1], revision=2, title="Ferry fares frozen until summer, company says")
    changes = (Change(kind="text", removed="until spring", added="until <b>summer</b>"),)
    await again(store, second, make_event(second, source="urn:copydesk:test", now=datetime.now(UTC), changes=changes))
    gone = make_event(made[7], source="urn:copydesk:test", now=datetime.now(UTC))
    last = orjson.loads(gone.data)
    await again(
        store, replace(made[7], revision=2), make_withdrawal(last, source="urn:copydesk:test", now=datetime.now(UTC))
    )
    line = digests((REMOVALS[1].text,))[0]
    await correct(store, "gazette.example", line.digest, "drop")

    secret = await poll(store, f"https://secret.example/feed.xml?key={SECRET}", title="x", folder=SCRIPT)
    failing = Feed(id="", url="", failures=7, failure="soft", failing_since=datetime.now(UTC) - 30 * HOUR)
    await poll(
        store,
        "https://broken.example/rss",
        title="",
        outcome="status-500",
        failures=7,
        reason="back-off after 7 failures (status-500)",
        taught=failing,
    )
    await poll(store, "https://gone.example/rss", title=SCRIPT, outcome="status-410", pause=None, reason="dormant: 410")
    await poll(store, "https://tired.example/rss", title=ARABIC)
    await pause_feed(store, feed_id("https://tired.example/rss"), "until the election is over")
    await add_feed(store, "https://new.example/feed.json", folder="News / Coast")
    await store.redis.xgroup_create(store.keys.articles, "search-index", id="0")
    await store.redis.xreadgroup("search-index", "indexer-1", {store.keys.articles: ">"}, count=4)
    await store.redis.xgroup_create(store.keys.articles, SCRIPT, id="$")
    await history(store)
    return {
        "feed": gazette.id,
        "secret": secret.id,
        "paused": feed_id("https://tired.example/rss"),
        "article": made[0].id,
        "revised": made[1].id,
        "script": made[2].id,
        "arabic": made[3].id,
        "copy": made[5].id,
        "withdrawn": made[7].id,
        "dead": taken[8].id,
        "waits": taken[11].id,
    }
