"""Part A of the checklist: a document that we have is asked for with its validators (RFC 9110 13, RFC 9111 4.3)."""

from __future__ import annotations

import gzip
from datetime import timedelta

from tests.politeness.site import RSS, Answer, document, honest, rss, say, sent_to
from tests.politeness.world import DAY, HOUR, MINUTE

LM = "Mon, 02 Mar 2026 10:00:00 GMT"
LATER = "Mon, 02 Mar 2026 11:00:00 GMT"


def validators(requests):
    return [(one.field("if-none-match"), one.field("if-modified-since")) for one in requests]


async def polled(world, site, *answers, hours=None):
    """The validators of each poll of a feed whose server answers like this, an hour apart."""
    await world.subscribe(site.on("/feed.xml", list(answers)), interval=HOUR)
    await world.run((hours or len(answers)) * HOUR)
    return validators(site.asked())


async def test_p01_one_unconditional_request(world, site):
    """
    Of a hundred polls within a day only the first one is without validators.
    """
    url = site.on("/feed.xml", honest(rss("g-1"), etag='"a"'))
    await world.subscribe(url, interval=10 * MINUTE)

    await world.run(99 * 10 * MINUTE)

    assert [None, *['"a"'] * 99] == [one.field("if-none-match") for one in site.asked()]


async def test_p02_etag_byte_for_byte(world, site):
    """
    An ETag goes back as it came; one whose bytes are no UTF-8 is not sent at all rather than changed.
    """
    etags = [
        b'"a"',
        b'W/"a"',
        b'""',
        b'" a  b "',
        '"größe"'.encode(),
        b"unquoted",
        b'"' + b"k" * 1000 + b'"',
        b'"\xe9"',
    ]
    for number, etag in enumerate(etags):
        url = site.on(f"/{number}.xml", document(rss("g-1"), etag=etag))
        await world.subscribe(url, interval=HOUR)

    await world.run(HOUR + MINUTE)

    sent = [[one.raw("if-none-match") for one in site.asked(f"/{number}.xml")] for number in range(len(etags))]
    assert [*[[None, etag] for etag in etags[:-1]], [None, None]] == sent


async def test_p03_last_modified_byte_for_byte(world, site):
    """
    A Last-Modified goes back as it came, however odd a date it is, and is never one of our own clock.
    """
    dates = [
        LM,
        "Thu, 1 Jan 2026 00:00:00 GMT",
        "mon, 02 mar 2026 10:00:00 gmt",
        "Sunday, 02 Mar 2026",
        "yesterday",
        "0",
    ]
    for number, date in enumerate([*dates, None]):
        fields = {"last_modified": date} if date else {"date": LM}
        await world.subscribe(site.on(f"/{number}.xml", document(rss("g-1"), **fields)), interval=HOUR)

    await world.run(HOUR + MINUTE)

    sent = [[one.field("if-modified-since") for one in site.asked(f"/{n}.xml")] for n in range(len(dates) + 1)]
    assert [[None, date] for date in [*dates, None]] == sent


async def test_p04_what_was_sent_goes_back(world, site):
    """
    Both validators go back where both came, one where one came, none where none did.
    """
    answers = [
        document(rss("1"), etag='"a"', last_modified=LM),
        document(rss("2"), etag='"b"'),
        document(rss("3"), last_modified=LM),
        document(rss("4")),
    ]

    sent = await polled(world, site, *answers)

    assert [(None, None), ('"a"', LM), ('"b"', None), (None, LM), (None, None)] == sent


async def test_p05_same_body_with_new_validators(world, site):
    """
    A server that sends the same body under new validators gets the new ones next time (the SimplePie defect).
    """
    first, touched = (document(rss("g-1"), etag=etag, last_modified=at) for etag, at in (('"a"', LM), ('"b"', LATER)))

    sent = await polled(world, site, first, touched)

    assert [(None, None), ('"a"', LM), ('"b"', LATER)] == sent


async def test_p06_one_of_two_changes(world, site):
    """
    A new ETag beside the same Last-Modified goes back, and the other way round.
    """
    answers = [
        document(rss("1"), etag='"a"', last_modified=LM),
        document(rss("2"), etag='"b"', last_modified=LM),
        document(rss("3"), etag='"b"', last_modified=LATER),
    ]

    sent = await polled(world, site, *answers)

    assert [(None, None), ('"a"', LM), ('"b"', LM), ('"b"', LATER)] == sent


async def test_p07_304_renews(world, site):
    """
    A 304 with new validators renews what is stored, and so does its Cache-Control.
    """
    renewed = say(304, etag='"b"', last_modified=LATER, cache_control="max-age=14400")
    old = rss(*map(str, range(20)), newest=world.clock.now() - 30 * DAY)
    await world.subscribe(site.on("/feed.xml", [document(old, etag='"a"', last_modified=LM), renewed]))

    await world.run(7 * HOUR)

    assert [(None, None), ('"a"', LM), ('"b"', LATER)] == validators(site.asked())
    assert site.pauses()[0] < 4 * HOUR <= site.pauses()[1]


async def test_p08_validators_are_dropped(world, site):
    """
    A 200 without validators ends the old ones: nothing is latched.
    """
    sent = await polled(world, site, document(rss("1"), etag='"a"', last_modified=LM), document(rss("2")), hours=4)

    assert [(None, None), ('"a"', LM), (None, None), (None, None), (None, None)] == sent


async def test_p09_validators_survive(world, site):
    """
    Neither a restart nor a kill makes a poll unconditional: not after the poll, not in the middle of one.
    """
    await world.subscribe(site.on("/feed.xml", honest(rss("g-1"), etag='"a"')), interval=HOUR)
    await world.run(MINUTE)

    await world.restart()
    await world.run(HOUR)
    world.clock.advance(HOUR)
    await world.poll_killed()
    await world.restart()
    await world.run(HOUR)

    assert 4 <= len(site.asked())
    assert [None, *['"a"'] * (len(site.asked()) - 1)] == [one.field("if-none-match") for one in site.asked()]


async def test_p10_entries_before_validators(world, site):
    """
    A worker that dies between the answer and the commit has not been told anything: the next poll asks for all of it.
    """
    await world.subscribe(site.on("/feed.xml", honest(rss("g-1", "g-2"), etag='"a"')))

    await world.poll_killed("commit_poll")
    reports = await world.run(2 * MINUTE)

    assert [(None, None), (None, None)] == validators(site.asked())
    assert [("modified", 2)] == [(report.outcome, report.new) for report in reports]


async def test_p11_broken_answers_leave_nothing(world, site):
    """
    The validators of a document that was cut short, or is no feed, are not taken over.
    """
    whole = document(rss("g-1"), etag='"a"').packed()
    new = rss("g-2").encode()
    head = b'HTTP/1.1 200 OK\r\nETag: "b"\r\nContent-Type: application/rss+xml\r\n'
    answers = [
        Answer(raw=whole),
        Answer(raw=head + b"Content-Length: %d\r\n\r\n" % len(new) + new[:-40]),
        Answer(raw=head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(new), new)),
        document("{", etag='"c"'),
        document("", etag='"d"'),
    ]
    await world.subscribe(site.on("/feed.xml", answers), interval=HOUR)

    reports = await world.run(3 * DAY)

    assert [(None, None), *[('"a"', None)] * 4] == validators(site.asked())[:5]
    assert ["modified", "fetch-truncated", "fetch-truncated"] == [one.outcome for one in reports][:3]
    assert all(one.outcome.startswith("not-a-feed-") for one in reports[3:])


async def test_p12_another_address(world, site):
    """
    An address that is adopted, or subscribed in the old one's place, is asked without the old one's validators.
    """
    there = site.on("/new.xml", honest(rss("g-1"), etag='"a"'))
    site.on("/feed.xml", sent_to(there))
    await world.subscribe(site.url(), interval=DAY)
    await world.run(12 * DAY)

    old = site.asked()
    (adopted,) = [one for one in site.asked("/new.xml") if timedelta(0) <= one.at - old[-1].at < MINUTE]
    assert (False, False) == (old[-1].is_conditional, adopted.is_conditional)
    assert DAY <= world.clock.now() - old[-1].at
    other = site.on("/other.xml", honest(rss("g-1"), etag='"a"'))
    await world.subscribe(other)
    await world.run(MINUTE)

    assert [(None, None)] == validators(site.asked("/other.xml"))


async def test_p13_304_without_a_question(world, site):
    """
    A 304 to a request without validators is asked about once more, then taken for unchanged; the next polls ask once.
    """
    await world.subscribe(site.on("/feed.xml", say(304)), interval=HOUR)

    reports = await world.run(2 * HOUR + MINUTE)

    assert ["not-modified"] * 3 == [report.outcome for report in reports]
    assert 4 == len(site.asked())
    assert site.pauses()[0] < MINUTE
    assert min(site.pauses()[1:]) >= HOUR


async def test_p14_a_lying_server(world, site):
    """
    One poll a day goes without validators; a server whose ETag names two documents is found out by it, and from then
    on asked without, once an hour at most. An honest server is asked so once a day at most.
    """
    await world.subscribe(site.on("/lie.xml", honest(rss("g-1"), etag='"a"')), interval=HOUR)
    await world.subscribe(site.on("/honest.xml", honest(rss("g-1"), etag='"a"')), interval=HOUR)
    await world.run(HOUR + MINUTE)
    site.on("/lie.xml", honest(rss("g-2"), etag='"a"'))

    await world.run(30 * HOUR)

    full = [one.at for one in site.asked("/honest.xml") if not one.is_conditional]
    assert 2 == len(full)
    assert full[1] - full[0] >= DAY
    found_out = [one.at for one in site.asked("/lie.xml") if not one.is_conditional][1]
    assert DAY <= found_out - site.times("/lie.xml")[0] <= DAY + 2 * HOUR
    assert not any(one.is_conditional for one in site.asked("/lie.xml") if one.at >= found_out)
    assert min(site.pauses("/lie.xml")) >= HOUR
    assert 3 == (await world.counts())["entries.seen"]


async def test_p15_compressed(world, site):
    """
    The ETag that a server changes with the coding ("-gzip") goes back as it came.
    """
    packed = gzip.compress(rss("g-1").encode())
    fields = {"content_encoding": "gzip", "vary": "Accept-Encoding", "etag": '"a-gzip"'}
    await world.subscribe(site.on("/feed.xml", document(packed, **fields)), interval=HOUR)

    reports = await world.run(HOUR)

    assert [(None, None), ('"a-gzip"', None)] == validators(site.asked())
    assert ["modified", "same-body"] == [report.outcome for report in reports]


async def test_p16_the_same_body(world, site):
    """
    A 200 with the body that we have is not parsed again, but its validators are taken over and it has its own count.
    """
    # Ill-formed, so that a parse is seen: it goes to the sandbox.
    body = rss("g-1").replace("</channel>", "<broken></channel>")
    answers = [document(body, etag=f'"{number}"') for number in range(3)]

    sent = await polled(world, site, *answers, hours=3)

    assert [None, '"0"', '"1"', '"2"'] == [etag for etag, _ in sent]
    assert ["parse_feed"] == world.sandbox.tasks
    counted = await world.counts()
    assert (1, 3) == (counted["polls.modified"], counted["polls.same-body"])


async def test_p17_no_deltas(world, site):
    """
    We never ask for a delta (A-IM, RFC 3229); a 226 that comes all the same changes nothing.
    """
    delta = say(226, rss("g-2"), im="feed", etag='"b"', content_type=RSS)
    await world.subscribe(site.on("/feed.xml", [document(rss("g-1"), etag='"a"'), delta]), interval=HOUR)

    reports = await world.run(4 * HOUR)

    assert [None] * len(site.asked()) == [one.field("a-im") for one in site.asked()]
    assert {"status-226"} == {report.outcome for report in reports[1:]}
    assert {('"a"', None)} == set(validators(site.asked())[1:])
