"""The feeds of the pipeline's bench change as their kind says."""

import pytest

from ingest.feeds.parse import parse_feed
from ingest.feeds.slices import item_digest
from tests.bench.corpus import demo_feeds, is_plain_rss, rss_feeds
from tests.bench.origin import new_date, new_item

DEMO = [body for body in demo_feeds() if is_plain_rss(body)]


def guids(body):
    return [entry.guid for entry in parse_feed(body, "https://x.test/f", {}).entries]


@pytest.mark.parametrize("body", [*DEMO, *rss_feeds(12)])
def test_kinds(body):
    """
    A turn of one kind changes the bytes and no item, a turn of the other brings exactly one item that was not there.
    """
    first, second = new_date(body, 1), new_date(body, 2)

    assert first != second
    assert item_digest(first)
    assert item_digest(first) == item_digest(second)
    assert guids(body) == guids(first)
    assert len(set(guids(new_item(body, 1))) - set(guids(body))) == 1
    assert set(guids(new_item(body, 1))) != set(guids(new_item(body, 2)))
