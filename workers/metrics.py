"""
The fleet's metrics, read from the store: workers on Heroku have no port of their own, and the counters there are
written by the same scripts as what they count.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ingest.store.articles import stream_length
from ingest.store.connect import Store
from ingest.store.due import InHand, in_hand
from ingest.store.entries import counts
from ingest.store.feeds import count_feeds
from ingest.store.keys import Work


class _Snapshot(Collector):
    """What the store said at one moment."""

    def __init__(self, counters: dict[str, int], hands: dict[Work, InHand], n_feeds: int, n_events: int) -> None:
        self._counters = counters
        self._hands = hands
        self._n_feeds = n_feeds
        self._n_events = n_events

    def collect(self) -> Iterator[Metric]:
        """The metric families."""
        yield CounterMetricFamily(
            "copydesk_entries_seen",
            "Entries that feeds showed for the first time.",
            self._counters.get("entries.seen", 0),
        )
        entries = CounterMetricFamily("copydesk_entries", "Entries that ended, by outcome.", labels=["outcome"])
        polls = CounterMetricFamily("copydesk_polls", "Polls, by outcome.", labels=["outcome"])
        revisits = CounterMetricFamily("copydesk_revisits", "Second looks, by outcome.", labels=["outcome"])
        for name, value in sorted(self._counters.items()):
            group, _, outcome = name.partition(".")
            if group == "entries" and outcome != "seen":
                entries.add_metric([outcome], value)
            elif group == "polls":
                polls.add_metric([outcome], value)
            elif group == "revisits":
                revisits.add_metric([outcome], value)
        yield entries
        yield polls
        yield revisits
        yield CounterMetricFamily(
            "copydesk_events_dropped",
            "Events that left the stream unread, by COPYDESK_STREAM_LIMIT.",
            self._counters.get("events.dropped", 0),
        )
        waiting = GaugeMetricFamily("copydesk_waiting", "Work that waits for its time or its turn.", labels=["work"])
        claimed = GaugeMetricFamily("copydesk_claimed", "Work that a worker has claimed.", labels=["work"])
        for work, hand in self._hands.items():
            waiting.add_metric([work], hand.waiting)
            claimed.add_metric([work], hand.claimed)
        yield waiting
        yield claimed
        yield GaugeMetricFamily("copydesk_feeds", "Subscriptions.", self._n_feeds)
        yield GaugeMetricFamily("copydesk_stream_events", "Events the output stream holds.", self._n_events)


async def exposition(store: Store) -> bytes:
    """All metrics in Prometheus' text format."""
    hands: dict[Work, InHand] = {work: await in_hand(store, work) for work in get_args(Work)}
    snapshot = _Snapshot(await counts(store), hands, await count_feeds(store), await stream_length(store))
    registry = CollectorRegistry()
    registry.register(snapshot)
    return generate_latest(registry)
