"""
The fleet's metrics, read from the store: workers on Heroku have no port of their own, and the counters there are
written by the same scripts as what they count.

docs/reference/metrics.md lists all of them; a test holds it to what is served.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from ingest.drift import DriftKind
from ingest.settings import Settings
from ingest.store.clusters import Reach, read_reach
from ingest.store.connect import Store
from ingest.store.gauges import MAX_DRIFTS, Gauges, read_gauges
from ingest.store.volume import DELAYS, SINCE
from workers.pressure import Marks, pressure

_DRIFTS: tuple[DriftKind, ...] = ("silent", "flood", "shrunk", "feed-texts", "flagged", "removed")

Labels = tuple[str, ...]


class _Snapshot(Collector):
    """What the store said at one moment."""

    def __init__(self, gauges: Gauges, reach: Reach, marks: Marks | None, ahead: float, took: float) -> None:
        self._gauges = gauges
        self._reach = reach
        self._marks = marks
        self._ahead = ahead
        self._took = took

    def collect(self) -> Iterator[Metric]:
        """The metric families."""
        gauges = self._gauges
        yield from _outcomes(gauges.counts)
        yield from _work(gauges)
        yield from _stream(gauges)
        yield from _store(gauges, self._marks)
        yield from _delays(gauges.counts)
        yield from _waits(gauges)
        yield from _sinks(gauges)
        yield from _drifting(gauges)
        yield from _copies(self._reach, gauges.at)
        yield GaugeMetricFamily(
            "copydesk_store_clock_difference_seconds",
            "How far this process's clock is ahead of the store's, by which all times are kept.",
            self._ahead,
        )
        yield GaugeMetricFamily("copydesk_scrape_seconds", "What it took to read all this from the store.", self._took)


def _gauge(name: str, text: str, labels: Sequence[str], samples: Iterable[tuple[Labels, float]]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=labels)
    for values, value in samples:
        family.add_metric(values, value)
    return family


def _counter(name: str, text: str, labels: Sequence[str], samples: Iterable[tuple[Labels, float]]) -> Metric:
    family = CounterMetricFamily(name, text, labels=labels)
    for values, value in samples:
        family.add_metric(values, value)
    return family


def _group(counts: Mapping[str, int], group: str) -> list[tuple[Labels, float]]:
    """The counters of a group, by the rest of their names."""
    return [((name.partition(".")[2],), n) for name, n in sorted(counts.items()) if name.startswith(f"{group}.")]


def _outcomes(counts: Mapping[str, int]) -> Iterator[Metric]:
    seen = counts.get("entries.seen", 0)
    yield _counter("copydesk_entries_seen", "Entries that feeds showed for the first time.", [], [((), seen)])
    ended = [(labels, n) for labels, n in _group(counts, "entries") if labels != ("seen",)]
    yield _counter("copydesk_entries", "Entries that ended, by outcome.", ["outcome"], ended)
    yield _counter("copydesk_polls", "Polls, by outcome.", ["outcome"], _group(counts, "polls"))
    yield _counter("copydesk_revisits", "Second looks, by outcome.", ["outcome"], _group(counts, "revisits"))
    yield _counter(
        "copydesk_events_dropped",
        "Events that left the stream unread, by COPYDESK_STREAM_LIMIT.",
        [],
        [((), counts.get("events.dropped", 0))],
    )
    yield _counter(
        "copydesk_sandbox_failures",
        "Tasks that ended without a result in the sandbox, by reason; a killed process for most.",
        ["reason"],
        _group(counts, "sandbox"),
    )
    for name, text, field in (
        ("copydesk_archive_lost", "Pages and articles that the archive could not keep.", "archive.lost"),
        ("copydesk_replays", "Revisions that replays published.", "replays.published"),
    ):
        yield _counter(name, text, [], [((), counts.get(field, 0))])


def _work(gauges: Gauges) -> Iterator[Metric]:
    work = {(name,): hand for name, hand in gauges.work.items()}
    for name, text, samples in (
        ("waiting", "Work that waits for its time or its turn.", [(k, hand.waiting) for k, hand in work.items()]),
        ("claimed", "Work that a worker has claimed.", [(k, hand.claimed) for k, hand in work.items()]),
        ("overdue", "Work whose time has come and that nobody has claimed.", [(k, h.overdue) for k, h in work.items()]),
        (
            "overdue_oldest_seconds",
            "How long ago the time of the oldest such work came.",
            [(k, hand.oldest.total_seconds()) for k, hand in work.items()],
        ),
    ):
        yield _gauge(f"copydesk_{name}", text, ["work"], samples)
    feeds = gauges.work["feeds"]
    resting = max(0, gauges.feeds - feeds.waiting - feeds.claimed)
    yield _gauge("copydesk_feeds", "Subscriptions.", [], [((), gauges.feeds)])
    yield _gauge(
        "copydesk_feeds_state",
        "Subscriptions by state: waiting for their next poll, claimed by a worker, or paused or dormant.",
        ["state"],
        [(("waiting",), feeds.waiting), (("claimed",), feeds.claimed), (("resting",), resting)],
    )
    yield _gauge("copydesk_dead_letters", "Entries that could not be published and are kept.", [], [((), gauges.dead)])
    yield _gauge(
        "copydesk_accounts_difference",
        "Entries seen that neither ended nor are in hand; anything but 0 is a defect.",
        [],
        [((), gauges.accounts_difference)],
    )


def _stream(gauges: Gauges) -> Iterator[Metric]:
    groups = {(name,): group for name, group in sorted(gauges.groups.items())}
    size = gauges.stream_bytes
    yield _gauge("copydesk_stream_events", "Events the output stream holds.", [], [((), gauges.events)])
    yield _gauge("copydesk_stream_bytes", "Memory that they take, about.", [], [] if size is None else [((), size)])
    yield _gauge(
        "copydesk_group_lag_events",
        "Events that a consumer group was not given yet.",
        ["group"],
        [(name, group.lag) for name, group in groups.items() if group.lag is not None],
    )
    yield _gauge(
        "copydesk_group_pending_events",
        "Events that a consumer group was given and has not acknowledged.",
        ["group"],
        [(name, group.pending) for name, group in groups.items()],
    )
    yield _gauge(
        "copydesk_group_oldest_pending_seconds",
        "How long ago the first of them was published.",
        ["group"],
        [(name, group.oldest_pending.total_seconds()) for name, group in groups.items()],
    )
    yield _gauge(
        "copydesk_group_dead_letters",
        "Events that were delivered to a consumer group too often and put aside.",
        ["group"],
        [(name, group.dead) for name, group in groups.items()],
    )


def _store(gauges: Gauges, marks: Marks | None) -> Iterator[Metric]:
    limit, share = gauges.memory_limit_bytes, gauges.load.memory
    yield _gauge("copydesk_store_memory_bytes", "Memory that the store uses.", [], [((), gauges.memory_bytes)])
    yield _gauge(
        "copydesk_store_memory_limit_bytes",
        "Memory that it may use; nothing where there is no limit.",
        [],
        [] if limit is None else [((), limit)],
    )
    yield _gauge(
        "copydesk_store_memory_ratio",
        "The share of its limit that it uses; nothing where there is none.",
        [],
        [] if share is None else [((), share)],
    )
    told = gauges.durability
    yield InfoMetricFamily(
        "copydesk_store",
        "What the store is, and what a crash of it would lose.",
        {"server": told.server, "kept": "yes" if told.is_kept else "no", "promise": told.promise},
    )
    waits = "none" if marks is None else pressure(gauges.load, marks, "none")
    yield _gauge(
        "copydesk_pressure",
        "1 for what waits because the store fills up: articles, and then polls, too.",
        ["waits"],
        [(("articles",), float(waits != "none")), (("polls",), float(waits == "polls"))],
    )


def _delays(counts: Mapping[str, int]) -> Iterator[Metric]:
    family = HistogramMetricFamily(
        "copydesk_delay_seconds",
        "From an article's publication (where it says), and from our first sight of its entry, to its event.",
        labels=["since"],
    )
    for since in SINCE:
        total, buckets = 0, []
        for end in (*DELAYS, "more"):
            total += counts.get(f"delay.{since}.{end}", 0)
            buckets.append(("+Inf" if end == "more" else f"{float(end)}", float(total)))
        family.add_metric([since], buckets, counts.get(f"delay.{since}.milliseconds", 0) / 1000)
    yield family


def _waits(gauges: Gauges) -> Iterator[Metric]:
    counts = gauges.counts
    decisions = ("reserved", "sent-away")
    yield _counter(
        "copydesk_host_waits",
        "Requests that their host's line held up: waited for, or sent away to come back later.",
        ["decision"],
        [((decision,), counts.get(f"waits.{decision}", 0)) for decision in decisions],
    )
    waited = counts.get("waits.milliseconds", 0) / 1000
    yield _counter("copydesk_host_wait_seconds", "Time that was waited in these lines.", [], [((), waited)])
    yield _gauge(
        "copydesk_host_recent_wait_seconds",
        "The ten domains whose lines held us up longest of late; half is forgotten in a quarter of an hour.",
        ["domain"],
        [((domain,), round(wait, 3)) for domain, wait in gauges.host_waits.items()],
    )


def _sinks(gauges: Gauges) -> Iterator[Metric]:
    told = [(name.removeprefix("sinks."), n) for name, n in sorted(gauges.counts.items()) if name.startswith("sinks.")]
    yield _counter(
        "copydesk_sink_events",
        "Events that a sink's relay is done with, by what became of them.",
        ["sink", "outcome"],
        [((name.rpartition(".")[0], name.rpartition(".")[2]), n) for name, n in told],
    )
    yield _gauge(
        "copydesk_sink_up",
        "1 while a sink takes events; its lag is that of the group relay:NAME.",
        ["sink"],
        [((name,), float(sink.state == "running")) for name, sink in sorted(gauges.sinks.items())],
    )
    yield _gauge(
        "copydesk_sink_dead_letters",
        "Events that a sink refused for good and that are kept.",
        ["sink"],
        [((name,), sink.dead) for name, sink in sorted(gauges.sinks.items())],
    )


def _drifting(gauges: Gauges) -> Iterator[Metric]:
    kinds = [one.drift.kind for one in gauges.drifts]
    yield _gauge(
        "copydesk_sources_drifting",
        "Sources that are no longer what they were, by kind (copydesk sources drift).",
        ["kind"],
        [((kind,), kinds.count(kind)) for kind in _DRIFTS],
    )
    yield _gauge(
        "copydesk_source_drift",
        "1 for each of the ten sources that drift since the shortest time.",
        ["source", "kind"],
        [((one.domain, one.drift.kind), 1.0) for one in gauges.drifts[:MAX_DRIFTS]],
    )


def _copies(reach: Reach, now: datetime) -> Iterator[Metric]:
    since = 0.0 if reach.since is None else max(0.0, (now - reach.since).total_seconds())
    yield _gauge(
        "copydesk_copies_reach_seconds",
        "How far back copies of a text are recognised now; less than the window where memory is short.",
        [],
        [((), since)],
    )
    yield _gauge("copydesk_copies_bytes", "Memory that the index of copies takes, about.", [], [((), reach.bytes)])


async def exposition(store: Store, settings: Settings | None = None) -> bytes:
    """All metrics in Prometheus' text format; without settings nobody knows at what marks work waits."""
    began, clock = time.perf_counter(), datetime.now(UTC)
    gauges = await read_gauges(store)
    window: timedelta = Settings.model_fields["cluster_window"].default if settings is None else settings.cluster_window
    marks = None if settings is None else Marks(memory=settings.high_water_memory, events=settings.high_water_events)
    reach = await read_reach(store, window=window)
    ahead = (clock - gauges.at).total_seconds()
    registry = CollectorRegistry()
    registry.register(_Snapshot(gauges, reach, marks, round(ahead, 3), round(time.perf_counter() - began, 6)))
    return generate_latest(registry)
