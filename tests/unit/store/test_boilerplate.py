"""What a source repeats: counted once, bounded, corrected by the operator; and what must never be learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from redis.exceptions import ResponseError

from ingest.cleaning.learned import Learned, digest_of, digests
from ingest.cleaning.unlearn import unlearn
from ingest.models import Cleaning
from ingest.store import boilerplate
from ingest.store.boilerplate import (
    MAX_LINES,
    Lessons,
    correct,
    forget,
    learn,
    list_sources,
    read_learned,
    read_source,
)
from ingest.store.connect import connect
from ingest.store.keys import BUCKETS
from ingest.store.scripts import Scripts
from tests.unit.store.records import record

DOMAIN = "gazette.example"
PROMO = "Get the harbour letter in your inbox every Friday"
SILENCE = timedelta(days=9)
TOWNS = ("Carrow", "Brannock", "Garrow", "Lunde", "Mirrel", "Ostrand", "Pell", "Quay", "Rathe", "Sorn")


def story(number: int, *more: str) -> tuple[str, ...]:
    """Paragraphs that no other story has, and further ones."""
    name = f"{TOWNS[number % 10]} {TOWNS[number // 10 % 10]} {TOWNS[number // 100 % 10]} {TOWNS[number // 1000]}"
    own = [
        f"The council of {name} {verb} on the question of the {thing} after a debate that lasted until midnight."
        for verb, thing in (("voted", "bridge"), ("was split", "school"), ("could not agree", "ferry"))
    ]
    return (own[0], *more, *own[1:])


@dataclass
class Source:
    """A source whose articles are published and learned."""

    room: object
    domain: str = DOMAIN
    n_articles: int = 0

    @property
    def store(self):
        return self.room.store

    async def publish(self, paragraphs: Sequence[str], *, day: int = 0, head: str = "", title: str = "") -> str:
        """One more article, as commit_article leaves it; what became of its lines."""
        self.n_articles += 1
        article = self.article(self.n_articles, day=day)
        await self.store.redis.set(self.store.keys.article(article.id), record(head=head))
        return await learn(self.store, article, digests(paragraphs, title=title), memory=SILENCE)

    def article(self, number: int, *, day: int = 0):
        article = self.room.article(f"{self.domain}-{number}")
        when = article.first_seen_at - timedelta(days=40 - day)
        return replace(article, source_domain=self.domain, published_at=when)

    async def learned(self) -> Learned:
        return await read_learned(self.store, self.domain, mode="active")

    async def taken(self, paragraphs: Sequence[str], *, title: str = "") -> list[str]:
        """What learning would take out of the source's next article."""
        found = unlearn(Cleaning(paragraphs=tuple(paragraphs)), await self.learned(), title=title).found
        return [removal.text for removal in found]

    async def line(self, text: str):
        """What is counted of a line."""
        found = await read_source(self.store, self.domain)
        return next((line for line in found.lines if line.digest == digest_of(text)), None)


@pytest.fixture
def source(room) -> Source:
    return Source(room)


async def test_a_promo_is_learned(source):
    """
    What a source repeats on several days is known as its boilerplate, in no other source, and a story's text is not.
    """
    for number in range(6):
        await source.publish(story(number, PROMO), day=number)
    other = replace(source, domain="courier.example")

    got = [await one.taken(story(9, PROMO)) for one in (source, other)]

    assert [[PROMO], []] == got


async def test_counted_once(source):
    """
    An article counts once however often that is asked, and only one that was published first.
    """
    assert await source.publish(story(1, PROMO)) == "learned"
    article, lines = source.article(1), digests(story(1, PROMO))

    again = await learn(source.store, article, lines, memory=SILENCE)
    copy = await source.publish(story(2, PROMO), head="another")
    unknown = await learn(source.store, source.article(77), lines, memory=SILENCE)
    nowhere = await learn(source.store, replace(article, source_domain=""), lines, memory=SILENCE)

    assert ("again", "copy", "unknown", "unknown") == (again, copy, unknown, nowhere)
    assert 1 == (await read_source(source.store, DOMAIN)).articles


@pytest.mark.parametrize("which", ["source", "lines"])
async def test_a_foreign_source(source, which: str):
    """
    Where another key stands in a source's place nothing is known of it: no article is held up for what was learned.
    """
    keys = source.store.keys
    await source.store.redis.set(keys.source(DOMAIN) if which == "source" else keys.lines(DOMAIN)[3], "foreign")

    assert Learned() == await source.learned()


async def test_a_foreign_record(source):
    """
    An article in whose place another key stands is not known to be published: it teaches nothing.
    """
    article = source.article(1)
    await source.store.redis.lpush(source.store.keys.article(article.id), "x")

    assert "unknown" == await learn(source.store, article, digests(story(1)), memory=SILENCE)


async def test_a_full_store(settings, start_server, room_type):
    """
    A full store learns nothing and hinders nothing: what is known can be read, and forgotten.
    """
    async with connect(settings, start_server().url) as store:
        source = Source(room_type(store))
        for number in range(6):
            await source.publish(story(number, PROMO), day=number)
        article = source.article(7)
        await store.redis.set(store.keys.article(article.id), record())
        await store.redis.config_set("maxmemory", 1)

        got = await learn(store, article, digests(story(7, PROMO)), memory=SILENCE)

        assert ("full", [PROMO]) == (got, await source.taken(story(9, PROMO)))
        assert await forget(store, DOMAIN, has_corrections=True)


async def test_a_foreign_key(source):
    """
    A key in our place that is not ours is no full store.
    """
    await source.store.redis.set(source.store.keys.source(DOMAIN), "foreign")

    with pytest.raises(ResponseError, match="WRONGTYPE"):
        await source.publish(story(1))


@pytest.mark.parametrize("stored", [b"", b"\xff", b"99999999999999999999"])
async def test_damaged_counts(source, stored: bytes):
    """
    What is damaged of a source is as if it were not known: lines are passed over, and its counts start over.
    """
    for number in range(6):
        await source.publish(story(number, PROMO), day=number)
    keys = source.store.keys
    names = [name for name in keys.lines(DOMAIN) if await source.store.redis.exists(name)]
    for name in names:
        for digest in await source.store.redis.hkeys(name):
            await source.store.redis.hset(name, digest, stored)
    await source.store.redis.hset(keys.source(DOMAIN), mapping={"articles": stored + b"x", "copies": stored + b"x"})

    await source.store.redis.zadd(keys.sources, {b"\xff": 1e15})

    read = await read_source(source.store, DOMAIN)
    listed = [one async for one in list_sources(source.store)]
    got = [await source.publish(story(number, PROMO), day=number) for number in range(10, 13)]

    assert (None, []) == (read, listed)
    assert ["learned"] * 3 == got
    assert (3, 3) == ((await read_source(source.store, DOMAIN)).articles, (await source.line(PROMO)).articles)


async def test_a_full_bucket_with_damage(source):
    """
    What is damaged is the first to make room.
    """
    names = source.store.keys.lines(DOMAIN)
    for name in names:
        await source.store.redis.hset(name, mapping={f"damaged {n}": "?" for n in range(MAX_LINES)})

    got = await source.publish(story(1, PROMO))

    full = names[digest_of(PROMO)[0] % BUCKETS]
    assert "learned" == got
    assert await source.store.redis.hexists(full, digest_of(PROMO))
    assert MAX_LINES * 3 // 4 == await source.store.redis.hlen(full)


async def test_a_near_copy_is_not_counted(source):
    """
    An article that came out twice under another headline and lead teaches nothing new.
    """
    await source.publish(story(1, PROMO))

    got = await source.publish(("A lead of its own stands over the second edition of it.", *story(1, PROMO)))

    found = await read_source(source.store, DOMAIN)
    assert ("near-copy", 1, 1) == (got, found.articles, found.copies)


@pytest.mark.parametrize(
    ("paragraphs", "expected"),
    [
        pytest.param(story(1), "near-copy", id="the same"),
        pytest.param(story(1)[:2], "learned", id="two paragraphs of it"),
        pytest.param((*story(1), *story(2), *story(3)), "learned", id="a third of the text"),
    ],
)
async def test_how_near_a_copy_is(source, paragraphs, expected):
    """
    Three paragraphs and most of the prose make a near copy; fewer, or a smaller part, make none.
    """
    await source.publish(story(1))

    assert expected == await source.publish(paragraphs)


async def test_long_boilerplate_is_no_copy(source):
    """
    What three articles had is boilerplate, and of a short story it may be all but the lead.
    """
    common = story(7)
    for number in range(3):
        assert "learned" == await source.publish((*story(number), *common), day=number)

    assert "learned" == await source.publish(("The ferry was late.", *common), day=3)


async def test_a_near_copy_amid_boilerplate(source):
    """
    What three articles had counts for neither side: the rest of it is that of one earlier article.
    """
    common = story(7)
    for number in range(3):
        assert "learned" == await source.publish((*story(number), *common), day=number)

    assert "near-copy" == await source.publish((*story(2), *common), day=3)


async def test_counts(source):
    """
    The counts say in how many articles, on which days, with which digits a line stood, and its beginning.
    """
    texts = [f"Save {price}% on a year of the Gazette" for price in (20, 20, 35)]
    for number, text in enumerate(texts):
        await source.publish(story(number, text), day=2 * number)

    got = await source.line(texts[0])

    assert (3, 1, 3, 3, 4, 1, texts[1]) == (
        got.articles,
        got.first,
        got.last,
        got.days,
        got.last_day - got.first_day,
        got.changes,
        got.sample,
    )


async def test_samples_of_what_repeats_only(source):
    """
    The text of a line is kept from its second article on, and at most 200 characters of it.
    """
    long = "The Gazette is edited by a trust " * 12
    await source.publish(story(1, long))
    once = await source.store.redis.exists(source.store.keys.samples(DOMAIN))
    await source.publish(story(2, long))

    got = await source.line(long)

    assert (0, long[:200]) == (once, got.sample)
    assert await source.store.redis.pttl(source.store.keys.samples(DOMAIN)) > 0


async def test_old_counts_fade(source):
    """
    A line that was once everywhere and is gone for long counts half.
    """
    for number in range(3):
        await source.publish(story(number, PROMO), day=number)
    await source.store.redis.hset(source.store.keys.source(DOMAIN), "articles", 300)

    await source.publish(story(4, PROMO), day=9)

    got = await source.line(PROMO)
    assert (2, 301 - 128) == (got.articles, got.first)


async def test_late_counts_do_not_fade(source):
    """
    A line that a source began with lately counts in full, however many articles there were before.
    """
    await source.store.redis.hset(source.store.keys.source(DOMAIN), "articles", 200)

    for number in range(4):
        await source.publish(story(number, PROMO), day=number)

    got = await source.line(PROMO)
    assert (4, 201) == (got.articles, got.first)


async def test_samples_go_with_their_lines(source):
    """
    A line that makes room for others takes its sample along.
    """
    for number in range(2):
        await source.publish(story(number, PROMO), day=number)
    await source.store.redis.hset(source.store.keys.source(DOMAIN), "articles", 1000)
    for number in range(40):
        name = f"{TOWNS[number % 10]} {TOWNS[number // 10]}"
        await source.publish([f"{name} item {'x' * place} ends here" for place in range(60)])

    assert await source.line(PROMO) is None
    assert not await source.store.redis.hexists(source.store.keys.samples(DOMAIN), digest_of(PROMO))


async def test_the_list_of_sources(source):
    """
    A source that is silent for long leaves the list; one that was corrected stays, also when it goes on publishing.
    """
    name = source.store.keys.sources
    await source.publish(story(1, PROMO))
    await correct(source.store, DOMAIN, digest_of(PROMO), "keep")
    await source.store.redis.zadd(name, {"silent.example": 1})

    await source.publish(story(2, PROMO))

    assert [(DOMAIN.encode(), float("inf"))] == await source.store.redis.zrange(name, 0, -1, withscores=True)


async def test_bounded(source):
    """
    A source holds 80 lines a bucket at the most; what was seen long ago goes first, what repeats goes last.
    """
    for number in range(4):
        await source.publish(story(number, PROMO), day=number)
    names = source.store.keys.lines(DOMAIN)
    for number in range(40):
        many = [f"{TOWNS[number % 10]} {TOWNS[number // 10]} item {'x' * place} ends here" for place in range(60)]
        await source.publish(many, day=5)

    sizes = [await source.store.redis.hlen(name) for name in names]

    assert (True, BUCKETS) == (max(sizes) <= MAX_LINES, len(sizes))
    assert (await source.line(PROMO)).articles == 4
    assert not await source.store.redis.hexists(names[digest_of(story(0)[0])[0] % BUCKETS], digest_of(story(0)[0]))


async def test_forgotten_in_silence(source):
    """
    All that is kept of a source runs out with its silence, but for what the operator said.
    """
    for number in range(5):
        await source.publish(story(number, PROMO), day=number)
    await correct(source.store, DOMAIN, digest_of(PROMO), "keep")

    left = {name: await source.store.redis.pttl(name) for name in await source.room.dump() if DOMAIN in name}

    keys = source.store.keys
    kept = {name for name, ttl in left.items() if ttl < 0 and f":article:{DOMAIN}" not in name}
    assert {keys.verdicts(DOMAIN)} == kept
    assert max(left.values()) <= SILENCE / timedelta(milliseconds=1)


async def test_remembered_while_it_publishes(source):
    """
    A source that goes on publishing keeps all that is known of it, also the lines that come no more.
    """
    for number in range(5):
        await source.publish(story(number, PROMO), day=number)
    keys = source.store.keys
    kept = [keys.source(DOMAIN), keys.samples(DOMAIN), *keys.lines(DOMAIN)]
    held = [name for name in kept if await source.store.redis.exists(name)]
    day_ago = int((SILENCE - timedelta(days=1, hours=1)) / timedelta(milliseconds=1))
    for name in held:
        await source.store.redis.pexpire(name, day_ago)

    await source.publish(story(5), day=5)

    assert len(held) > len(story(5)) + 2
    assert min([await source.store.redis.pttl(name) for name in held]) > day_ago


async def test_silent_sources_leave_the_list(source):
    """
    A source that has been silent for too long is listed no more, unless it was corrected.
    """
    other = replace(source, domain="courier.example")
    await other.publish(story(1, PROMO))
    await other.publish(story(2, PROMO))
    await correct(source.store, other.domain, digest_of(PROMO), "drop")
    await source.store.redis.zadd(source.store.keys.sources, {"old.example": 1})

    await source.publish(story(3))

    assert ["courier.example", DOMAIN] == [one.domain async for one in list_sources(source.store)]


async def test_corrections(source):
    """
    The operator's word holds in the source it was said of, with its sample, after the counts are forgotten.
    """
    for number in range(6):
        await source.publish(story(number, PROMO, "Our tide tables are free"), day=number)
    told = [
        await correct(source.store, DOMAIN, digest_of(text), verdict)
        for text, verdict in (
            (PROMO, "drop"),
            (PROMO, "keep"),
            ("Our tide tables are free", "drop"),
            ("No such line", "keep"),
        )
    ]
    assert await forget(source.store, DOMAIN, has_corrections=False)
    told.append(await correct(source.store, DOMAIN, digest_of(PROMO), "keep"))

    got = await read_source(source.store, DOMAIN)

    assert [True, True, True, False, True] == told
    assert {(PROMO, "keep", 0), ("Our tide tables are free", "drop", 0)} == {
        (line.sample, line.verdict, line.articles) for line in got.lines
    }
    assert ["Our tide tables are free"] == await source.taken(story(9, PROMO, "Our tide tables are free"))


async def test_forget(source):
    """
    Forgetting with corrections leaves nothing of a source, and says whether there was anything.
    """
    for number in range(2):
        await source.publish(story(number, PROMO))
    await correct(source.store, DOMAIN, digest_of(PROMO), "keep")

    got = [await forget(source.store, DOMAIN, has_corrections=True) for _ in range(2)]

    left = [name for name in await source.room.dump() if ":article:" not in name]
    assert ([True, False], []) == (got, left)
    assert await read_source(source.store, DOMAIN) is None


async def test_foreign_bytes_are_left_alone(source):
    """
    A verdict that is none of ours counts nothing.
    """
    await source.publish(story(1))
    await source.store.redis.hset(source.store.keys.verdicts(DOMAIN), digest_of(PROMO), b"burn \xff")

    assert Learned(mode="active", max_chars=0) == await source.learned()


class CountingScripts(Scripts):
    """Counts what is asked of the store."""

    calls = 0

    async def __call__(self, *arguments):
        self.calls += 1
        return await super().__call__(*arguments)


async def test_read_once_a_minute(source, monkeypatch):
    """
    A worker reads a source once a minute, remembers some sources only, and asks nothing when learning is off.
    """
    monkeypatch.setattr(boilerplate, "MAX_REMEMBERED", 1)
    scripts = CountingScripts(source.store.redis)
    store = replace(source.store, scripts=scripts)
    times = iter(
        [source.room.article("a").fetched_at + timedelta(seconds=second) for second in (0, 59, 61, 61, 61, 62)]
    )
    lessons, off = (Lessons(store, mode, lambda: next(times)) for mode in ("shadow", "off"))
    seen = []
    for domain in (DOMAIN, DOMAIN, DOMAIN, "other.example", DOMAIN):
        await lessons.of(domain)
        seen.append(scripts.calls)

    await off.of(DOMAIN)

    assert ([1, 1, 2, 3, 4], 4) == (seen, scripts.calls)


# ------------------------------------------------------------------------------------------- what must not be learned


async def test_quote_of_the_day(source):
    """
    A quotation that an agency sent into five stories of a day, and into follow-ups, is never taken.
    """
    quote = "“We will rebuild every house that the river took,” the prime minister said."
    for number in range(20):
        await source.publish(story(number, *([quote] if number < 8 else [])), day=number // 5)

    assert [] == await source.taken(story(30, quote))


async def test_background_of_the_day(source):
    """
    A sentence of background in five of a day's articles is kept, and still when it comes back in a few more.
    """
    background = "The river has burst its banks four times since the dam was opened in the spring."
    for number in range(10):
        await source.publish(story(number, *([background] if number < 5 else [])), day=0)
    first = await source.taken(story(30, background))
    for number in range(10, 60):
        await source.publish(story(number, *([background] if number in {20, 40} else [])), day=number // 10)

    assert ([], []) == (first, await source.taken(story(31, background)))


async def test_running_headline(source):
    """
    A headline that heads an article every day is kept where it is the article's headline.
    """
    title = "Harbour watch: all ships today"
    for number in range(20):
        await source.publish((title, *story(number)), day=number, title=title)

    assert [] == await source.taken((title, *story(30)), title=title)


async def test_weekly_column(source):
    """
    The standing first line of a weekly column is kept: it stands in too few of its paper's articles.
    """
    opening = "Every Saturday our gardener answers what you asked her during the week."
    for number in range(84):
        day, place = divmod(number, 4)
        paragraphs = (opening, *story(number)) if day % 7 == 6 and place == 0 else story(number)
        await source.publish(paragraphs, day=day)

    assert [] == await source.taken((opening, *story(90)))


async def test_results_and_weather(source):
    """
    Lines that repeat but for their digits are results and readings, and stay.
    """
    for number in range(30):
        data = (
            f"Final score at the break: {number % 5}-{number % 3}",
            f"High tide at Carrow: {number % 12}.{10 + number}",
        )
        await source.publish(story(number, *data), day=number // 2)

    assert [] == await source.taken(story(50, "Final score at the break: 2-0", "High tide at Carrow: 3.15"))


async def test_house_phrases(source):
    """
    A house's favourite short sentence, in one article of ten, is kept.
    """
    phrase = "No injuries were reported."
    for number in range(40):
        await source.publish(story(number, *([phrase] if number % 10 == 0 else [])), day=number // 4)

    assert [] == await source.taken(story(50, phrase))


async def test_boilerplate_longer_than_the_story(source):
    """
    A source whose articles are short and whose standing lines are long is not taken for copies of one article.
    """
    lines = tuple(
        f"All {thing} of the Gazette are moderated and have to follow the guidelines of the house."
        for thing in TOWNS[:4]
    )
    for number in range(24):
        await source.publish(
            (*story(number)[:1], f"It was raining in {TOWNS[number % 7]} {'again ' * (number // 7)}then.", *lines),
            day=number // 3,
        )

    assert list(lines) == await source.taken((*story(40), *lines))
