"""An article under a second guid and a second address, from the feed to the accounts."""

from ingest.stages.article import ingest_entry
from ingest.store.entries import counts
from tests.unit.dedup.test_repost import PARAGRAPHS
from tests.unit.stages.test_copies import page
from tests.unit.store.records import change_record

TITLE = "Council votes to widen the old quay at Port Ellery"
OTHER_TITLE = "Old quay to be widened at last, council of Port Ellery decides"
NOTICE = "Correction: an earlier version of this article misstated who had collected the signatures."


async def put_twice(office, entries, *later, title=OTHER_TITLE, head=""):
    """An article, and what its source brings next: their claims."""
    urls = [
        office.site.say("/news/council-votes-to-widen-quay", page(*PARAGRAPHS, title=TITLE)),
        office.site.say("/news/old-quay-to-be-widened-at-last", page(*(later or PARAGRAPHS), title=title, head=head)),
    ]
    return await entries(*({"link": url} for url in urls))


async def test_repost(office, entries):
    """
    It is not published again and ends as a duplicate that names the first.
    """
    first, second = await put_twice(office, entries)

    reports = [await ingest_entry(office.desk, claim) for claim in (first, second)]

    event = await office.event()
    entry = await office.entry(second.id)
    assert [("published", ""), ("duplicate", "repost")] == [(one.outcome, one.reason) for one in reports]
    assert ("duplicate", "repost", event.subject) == (entry["outcome"], entry["reason"], entry["article"])
    counted = await counts(office.desk.store)
    assert (1, 1) == (counted["entries.published"], counted["entries.duplicate"])


async def test_its_change_is_told(office, entries):
    """
    Where it says something else its first one is looked at soon, at the new address.
    """
    first, second = await put_twice(office, entries, *PARAGRAPHS, NOTICE)
    await ingest_entry(office.desk, first)
    published = await office.event()
    keys, redis = office.desk.store.keys, office.desk.store.redis
    before = await redis.zscore(keys.due("revisits"), published.subject)

    report = await ingest_entry(office.desk, second)

    after = await redis.zscore(keys.due("revisits"), published.subject)
    draft = await redis.hgetall(keys.draft(published.subject))
    assert "repost" == report.reason
    assert after < before
    assert b"1" == draft[b"changed"]


async def test_only_the_address(office, entries):
    """
    Where it says the same under the same headline its first one is looked at as planned, but at the new address.
    """
    first, second = await put_twice(office, entries, title=TITLE)
    await ingest_entry(office.desk, first)
    published = await office.event()
    keys, redis = office.desk.store.keys, office.desk.store.redis
    before = await redis.zscore(keys.due("revisits"), published.subject)
    ref = await redis.hget(keys.draft(published.subject), "ref")

    report = await ingest_entry(office.desk, second)

    assert "repost" == report.reason
    assert before == await redis.zscore(keys.due("revisits"), published.subject)
    assert ref != await redis.hget(keys.draft(published.subject), "ref")


async def test_switched_off(office, entries):
    """
    Where reposts are not wanted to be joined it is published and marked as a copy.
    """
    office = office.with_settings(reposts=0)
    for claim in await put_twice(office, entries):
        await ingest_entry(office.desk, claim)

    head, copy = [event.article for event in await office.events()]
    assert ("head", "copy", head["id"]) == (
        head["cluster"]["role"],
        copy["cluster"]["role"],
        copy["cluster"]["head_id"],
    )


async def test_too_old(office, entries):
    """
    What was published longer ago than reposts reach is published again.
    """
    first, second = await put_twice(office, entries)
    await ingest_entry(office.desk, first)
    event = await office.event()
    await change_record(office.desk.store, event.subject, event="1-0")

    report = await ingest_entry(office.desk, second)

    assert "published" == report.outcome


async def test_another_number(office, entries):
    """
    With a number in another's place it is an article of its own.
    """
    first, second = await put_twice(office, entries, *(line.replace("4 million", "9 million") for line in PARAGRAPHS))

    reports = [await ingest_entry(office.desk, claim) for claim in (first, second)]

    assert ["published", "published"] == [report.outcome for report in reports]
