"""Every page of a full desk says what is stored, and finds what is looked for."""

from urllib.parse import parse_qs, quote, urlsplit

import pytest

from ingest.store.feeds import feed_id
from tests.unit.workers.web import seed
from tests.unit.workers.web.conftest import links
from tests.unit.workers.web.sound import faults

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_overview(full):
    """
    The first page says whether the accounts add up, what waits and what an operator should know.
    """
    document = await full.page("/")

    text = " ".join(document.text_content().split())
    assert "12 seen = 11 ended + 1 in hand it adds up" in text
    assert "3 dead letters wait for your word." in text
    assert "search-index6 behind, 4 not acknowledged" in text
    assert len(document.xpath("//figure//rect")) > 60


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", 6),
        ("q=gazette", 5),
        ("q=tired+rss", 1),
        ("q=nothing+of+the+kind", 0),
        ("state=fine", 3),
        ("state=failing", 1),
        ("state=paused", 1),
        ("state=gone", 1),
        ("state=damaged", 0),
        ("folder=News+%2F+Coast", 2),
        ("q=%3Cscript%3E", 1),
        ("page=999999", 6),
        ("page=-1&sort=sideways&state=%00", 6),
    ],
)
async def test_feeds(full, query, expected):
    """
    Feeds are found by words of title, address and folder, and by state and folder.
    """
    document = await full.page(f"/feeds?{query}")

    assert expected == len(document.xpath("//tbody/tr"))


async def test_secrets_are_not_searched(full):
    """
    A secret in a feed's address cannot be found out by searching for it.
    """
    for page in ("/feeds", "/search", "/dead"):
        document = await full.page(f"{page}?q={seed.SECRET[:8]}")
        assert [] == document.xpath(f"//main//a[contains(@href, '{full.ids['secret']}')]")


@pytest.mark.parametrize(("sort", "first"), [("failures", "broken.example"), ("next", "new.example"), ("title", "")])
async def test_sorted(full, sort, first):
    """
    The list is in the order that is asked for.
    """
    document = await full.page(f"/feeds?sort={sort}")

    assert first in document.xpath("//tbody/tr")[0].text_content()


async def test_feed(full):
    """
    A feed's page says when it is polled next and why, what it asks for, and what became of its entries.
    """
    text = " ".join((await full.page(f"/feeds/{full.ids['feed']}")).text_content().split())

    assert "own rhythm: about 9 entries a day" in text
    assert 'W/"5f-abc"' in text
    assert "1 h (ttl)" in text
    assert "2, 3 h UTC" in text
    assert "status: 404" in text
    failing = (await full.page(f"/feeds/{feed_id('https://broken.example/rss')}")).text_content()
    assert "7 in a row" in failing
    assert "The server is in trouble" in failing


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", 10),
        ("q=oyster+beds", 10),
        ("q=dredging", 10),
        ("q=LIBRARY+sundays", 1),
        ("language=ar", 1),
        ("role=copy", 2),
        ("event=updated", 1),
        ("event=withdrawn", 1),
        ("kind=promo", 10),
        ("kind=caption", 0),
        ("flag=page-failed%3Atimeout", 2),
        ("source=courier.example", 2),
        ("source=nowhere.example&q=%25", 0),
        ("before=0-1", 0),
        ("before=x", 10),
    ],
)
async def test_articles(full, query, expected):
    """
    Articles are found by words, source, language, role, flags, and by what was taken out of them.
    """
    document = await full.page(f"/articles?{query}")

    assert expected == len(document.xpath("//li[@class='line']"))


async def test_removals_in_place(full):
    """
    What was taken out stands struck through where it stood, with its kind and rule beside it.
    """
    document = await full.page(f"/articles/{full.ids['article']}")

    got = [" ".join(one.text_content().split()) for one in document.xpath("//div[@class='text']/*")]
    texts = [one.text for one in seed.REMOVALS]
    assert [
        f"{texts[0]}credit photo-credit-en",
        seed.PARAGRAPHS[0],
        f"{texts[1]}promo newsletter-sign-up-en",
        seed.PARAGRAPHS[1],
        f"{texts[2]}related read-more-en",
        seed.PARAGRAPHS[2],
        seed.PARAGRAPHS[3],
        f"{texts[3]}disclaimer syndicated-feed-en 90 %",
    ] == got
    assert texts == [one.text_content() for one in document.xpath("//div[@class='text']//del")]


async def test_foreign_words_stay_words(full):
    """
    A headline that is markup is shown as what it is; one in another script stands in its own direction.
    """
    document = await full.page(f"/articles/{full.ids['script']}")
    arabic = await full.page(f"/articles/{full.ids['arabic']}")

    assert [seed.SCRIPT] == [one.text_content() for one in document.xpath("//h1")]
    assert [("ar", "auto")] == [(one.get("lang"), one.get("dir")) for one in arabic.xpath("//h1")]


async def test_revisions_and_cluster(full):
    """
    A revised article shows what changed in each revision, and a copied one who else has the story.
    """
    revised = await full.page(f"/articles/{full.ids['revised']}")
    first = await full.page(f"/articles/{full.ids['revised']}?revision=1")
    head = await full.page(f"/articles/{full.ids['article']}")
    copy = await full.page(f"/articles/{full.ids['copy']}")

    assert ["until spring"] == [one.text for one in revised.xpath("//p[@class='change']/del")]
    assert ["until <b>summer</b>"] == [one.text for one in revised.xpath("//p[@class='change']/ins")]
    assert "summer" in revised.xpath("//h1")[0].text
    assert "spring" in first.xpath("//h1")[0].text
    assert 2 == len(head.xpath("//section[@aria-labelledby='same']//li"))
    assert "Coast Wire" in copy.text_content()


async def test_story_of_what_was_not_published(full):
    """
    An entry that is dead, or in hand, has a page with its story and without a text.
    """
    dead = (await full.page(f"/articles/{full.ids['dead']}")).text_content()
    waits = (await full.page(f"/articles/{full.ids['waits']}")).text_content()

    assert "status: 404" in dead
    assert "In a worker's hands" in waits


async def test_sources(full):
    """
    A source's page lists what repeats in its articles, and what the operator said of it.
    """
    listed = await full.page("/sources")
    lines = await full.page("/sources/gazette.example")

    assert {"/sources/gazette.example", "/sources/mina.example"} <= links(listed)
    states = dict(
        zip(
            lines.xpath("//td[@data-label='Line']/text()"),
            lines.xpath("//td[@data-label='It is']/span/text()"),
            strict=True,
        )
    )
    assert "dropped" == states[seed.REMOVALS[1].text]
    assert [] == (await full.page("/sources?q=nowhere")).xpath("//tbody/tr")


async def test_clusters_and_queue(full):
    """
    A cluster is listed with its copies, a group with its lag, its consumers and what they hold.
    """
    clusters, queue = await full.page("/clusters"), await full.page("/queue")

    assert 2 == len(clusters.xpath("//ol[@class='clusters']/li/ul/li"))
    row = queue.xpath("//tr[td//b[text()='search-index']]")[0]
    assert "indexer-1" in row.text_content()
    assert ["6", "4"] == [one.text for one in row.xpath("td[@class='num']")]


@pytest.mark.parametrize(
    ("query", "expected"), [("", 3), ("reason=status", 1), ("reason=no+address", 1), ("reason=x", 0)]
)
async def test_dead(full, query, expected):
    """
    Dead letters are listed with their reasons, and by reason.
    """
    document = await full.page(f"/dead?{query}")

    assert expected == len(document.xpath("//tbody/tr"))


@pytest.mark.parametrize(
    ("sought", "expected"),
    [
        ("https://gazette.example/feed.xml", "/feeds/{feed}"),
        ("ferry fares", "/articles/{revised}"),
        ("never there", "/articles/"),
        ("gazette.example", "/sources/gazette.example"),
        ("https://[", None),
        ("\x00", None),
        ("x" * 3000, None),
    ],
)
async def test_search(full, sought, expected):
    """
    A word, an address or a domain leads to what it names; nonsense to nothing.
    """
    document = await full.page(f"/search?q={quote(sought)}")

    found = set(document.xpath("//main//section//a/@href"))
    assert bool(expected) == bool(found)
    assert not expected or any(href.startswith(expected.format(**full.ids)) for href in found)


@pytest.mark.parametrize(("name", "place"), [("feed", "feeds"), ("article", "articles"), ("dead", "articles")])
async def test_search_for_an_id(full, name, place):
    """
    An id leads straight to what it names.
    """
    status, fields, _ = await full.get(f"/search?q={full.ids[name]}")

    assert (303, f"/{place}/{full.ids[name]}") == (status, fields["Location"])


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/feeds/0123456789abcdef",
        "/feeds/%2e%2e%2f",
        "/articles/" + "0" * 32,
        "/articles/%3Cscript%3E",
        "/articles/" + "x" * 4000,
        "/sources/nowhere.example",
        "/sources/%00",
        "/static/../serve.py",
        "/static/%2e%2e/serve.py",
        "/feeds/a/b/c",
    ],
)
async def test_unknown(full, path):
    """
    What is not there is a page that says so, whatever was asked for.
    """
    status, fields, text = await full.get(path)

    assert 404 == status
    assert [] == faults(path, text)
    assert "evil.example/?" not in fields.get("Location", "")


async def test_host_field(full):
    """
    Nothing of a page depends on the host that was asked for.
    """
    _, _, text = await full.get("/feeds", headers={"Host": "evil.example"})

    assert "evil.example" not in text


async def test_methods(full):
    """
    What only changes something cannot be asked with GET, and a page takes no form.
    """
    got = [(await full.get(f"/feeds/{full.ids['feed']}/pause"))[0], (await full.post("/articles", data={}))[0]]

    assert [405, 405] == got


async def test_files(full):
    """
    Style, script and picture are ours, may be kept, and have another address when they change.
    """
    document = await full.page("/")

    files = document.xpath("//script/@src | //link/@href")
    assert {"desk.css", "desk.js", "desk.svg"} == {urlsplit(one).path.rpartition("/")[2] for one in files}
    assert all(len(parse_qs(urlsplit(one).query)["v"][0]) == 12 for one in files)
    for one in files:
        status, fields, _ = await full.get(one)
        assert (200, "public, max-age=31536000, immutable") == (status, fields["Cache-Control"])


async def test_other_address_of_a_feed(full):
    """
    The id of an address that a feed left leads to the feed; one that leads to nonsense leads nowhere.
    """
    aliases = full.store.keys.aliases
    await full.store.redis.hset(aliases, mapping={"a" * 16: full.ids["feed"], "b" * 16: "//evil.example"})

    moved, lost = await full.get(f"/feeds/{'a' * 16}"), await full.get(f"/feeds/{'b' * 16}")

    assert (302, f"/feeds/{full.ids['feed']}") == (moved[0], moved[1]["Location"])
    assert 404 == lost[0]
