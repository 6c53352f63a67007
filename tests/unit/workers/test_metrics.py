"""The law of the metrics: what the store knows is told in Prometheus' words, bounded, and each metric is documented."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ingest.errors import StoreError
from ingest.store.gauges import MAX_GROUPS, read_gauges
from ingest.store.hosts import acquire_host
from ingest.store.tally import Tally
from tests.e2e.fleet import ROOT
from workers.metrics import exposition

REFERENCE = (ROOT / "docs/reference/metrics.md").read_text(encoding="utf-8")
BOARD = json.loads((ROOT / "deploy/grafana/copydesk.json").read_text(encoding="utf-8"))
ALERTS = (ROOT / "deploy/alerts/copydesk.yml").read_text(encoding="utf-8")
RULES = json.loads(ALERTS.partition("\n")[2])["groups"][0]["rules"]
PANELS = [panel for panel in BOARD["panels"] if panel["type"] != "row"]
QUERIES = {
    **{f"panel {p['title']} {one['refId']}": one["expr"] for p in PANELS for one in p["targets"]},
    **{f"alert {rule['alert']}": rule["expr"] for rule in RULES},
}
#: What a query may name beside our metrics: Prometheus' own metric of a target.
OWN = {"up"}


async def _plant(store):
    """A desk with something of everything."""
    redis, keys = store.redis, store.keys
    now = datetime.now(UTC).timestamp() * 1000
    await redis.hset(
        keys.counts,
        mapping={
            "entries.seen": 9,
            "entries.published": 4,
            "entries.dead": 1,
            "polls.modified": 2,
            "revisits.cosmetic": 1,
            "events.dropped": 3,
            "sinks.to.rabbit.sent": 7,
            "delay.sight.5": 2,
            "delay.sight.30": 1,
            "delay.sight.more": 1,
            "delay.sight.milliseconds": 90_500,
        },
    )
    await redis.zadd(keys.due("entries"), {"a": now - 60_000, "b": now + 60_000})
    await redis.zadd(keys.lease("entries"), {"c": now + 60_000})
    await redis.hset(keys.feeds, mapping={"f1": "u", "f2": "u"})
    await redis.zadd(keys.due("feeds"), {"f1": now + 60_000})
    await redis.zadd(keys.dead, {"d": now})
    for minutes in (10, 5):
        await redis.xadd(keys.articles, {"id": "x"}, id=f"{round(now) - minutes * 60_000}-0")
    await redis.xgroup_create(keys.articles, "readers", 0)
    await redis.xadd(keys.aside("readers"), {"id": "a-1"})
    await redis.xgroup_create(keys.articles, "relay:to.rabbit", 0)
    await redis.xreadgroup("readers", "me", {keys.articles: ">"}, count=1)
    await redis.hset(keys.sink("to.rabbit"), "state", "running")
    await redis.xadd(keys.refused("to.rabbit"), {"reason": "x"})
    drift = {"kind": "silent", "reason": "no article", "found": 1, "expected": 2, "since": round(now)}
    await redis.hset(keys.drifts, "mute.example", json.dumps(drift))
    for _ in range(3):
        await acquire_host(store, "slow.example", spacing=timedelta(seconds=2), max_wait=timedelta(seconds=3))
    tally = Tally("one")
    tally.count("sandbox.deadline")
    await tally.add_to(store)


def _samples(text):
    """Values by the metric's name and its labels' values, in the order of the labels' names."""
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_what_is_told(store, settings):
    """
    Prometheus is told what stands in the store, in base units.
    """
    await _plant(store)

    got = _samples((await exposition(store, settings)).decode())

    expected = {
        ("copydesk_entries_seen_total",): 9,
        ("copydesk_entries_total", "dead"): 1,
        ("copydesk_polls_total", "modified"): 2,
        ("copydesk_revisits_total", "cosmetic"): 1,
        ("copydesk_events_dropped_total",): 3,
        ("copydesk_sandbox_failures_total", "deadline"): 1,
        ("copydesk_waiting", "entries"): 2,
        ("copydesk_claimed", "entries"): 1,
        ("copydesk_overdue", "entries"): 1,
        ("copydesk_overdue", "feeds"): 0,
        ("copydesk_overdue_oldest_seconds", "feeds"): 0,
        ("copydesk_feeds",): 2,
        ("copydesk_feeds_state", "resting"): 1,
        ("copydesk_dead_letters",): 1,
        ("copydesk_accounts_difference",): 1,
        ("copydesk_stream_events",): 2,
        ("copydesk_group_lag_events", "readers"): 1,
        ("copydesk_group_pending_events", "readers"): 1,
        ("copydesk_group_dead_letters", "readers"): 1,
        ("copydesk_group_dead_letters", "relay:to.rabbit"): 0,
        ("copydesk_group_lag_events", "relay:to.rabbit"): 2,
        ("copydesk_group_oldest_pending_seconds", "relay:to.rabbit"): 0,
        ("copydesk_pressure", "articles"): 0,
        ("copydesk_delay_seconds_bucket", "5.0", "sight"): 2,
        ("copydesk_delay_seconds_bucket", "60.0", "sight"): 3,
        ("copydesk_delay_seconds_bucket", "+Inf", "sight"): 4,
        ("copydesk_delay_seconds_count", "sight"): 4,
        ("copydesk_delay_seconds_sum", "sight"): 90.5,
        ("copydesk_delay_seconds_count", "publication"): 0,
        ("copydesk_host_waits_total", "reserved"): 1,
        ("copydesk_host_waits_total", "sent-away"): 1,
        ("copydesk_sink_events_total", "sent", "to.rabbit"): 7,
        ("copydesk_sink_up", "to.rabbit"): 1,
        ("copydesk_sink_dead_letters", "to.rabbit"): 1,
        ("copydesk_sources_drifting", "silent"): 1,
        ("copydesk_sources_drifting", "flood"): 0,
        ("copydesk_source_drift", "silent", "mute.example"): 1,
    }
    assert expected == {name: got.get(name) for name in expected}
    assert 59 < got["copydesk_overdue_oldest_seconds", "entries"] < 90
    assert 599 < got["copydesk_group_oldest_pending_seconds", "readers"] < 630
    assert 1.8 < got["copydesk_host_wait_seconds_total",] <= 2
    assert 4 < got["copydesk_host_recent_wait_seconds", "slow.example"] <= 5
    assert abs(got["copydesk_store_clock_difference_seconds",]) < 5
    assert got["copydesk_store_memory_bytes",] > got["copydesk_stream_bytes",] > 0
    assert [1] == [value for name, value in got.items() if name[0] == "copydesk_store_info"]


async def test_pressure(store, settings):
    """
    What waits by the watermarks is 1.
    """
    await _plant(store)
    settings = settings.model_copy(update={"high_water_events": 1})

    got = _samples((await exposition(store, settings)).decode())

    assert (1, 1) == (got["copydesk_pressure", "articles"], got["copydesk_pressure", "polls"])


async def test_an_empty_desk(store):
    """
    Before anything is stored every metric is there, with nothing in it.
    """
    got = _samples((await exposition(store)).decode())

    assert (0, 0) == (got["copydesk_accounts_difference",], got["copydesk_stream_events",])


async def test_bounded(store):
    """
    Hosts, groups and drifting sources without number come out as the longest few.
    """
    await store.redis.zadd(store.keys.waits, {f"{n}.example": n for n in range(500)})
    await store.redis.xadd(store.keys.articles, {"id": "x"})
    for n in range(MAX_GROUPS + 9):
        await store.redis.xgroup_create(store.keys.articles, f"g{n}", 0)
    drift = {"kind": "silent", "reason": "no article", "found": 1, "expected": 2, "since": 5}
    await store.redis.hset(store.keys.drifts, mapping={f"{n}.example": json.dumps(drift) for n in range(300)})

    got = _samples((await exposition(store)).decode())

    names = [name[0] for name in got]
    assert 10 == names.count("copydesk_host_recent_wait_seconds") == names.count("copydesk_source_drift")
    assert MAX_GROUPS == names.count("copydesk_group_lag_events")
    assert (300, 0.499) == (
        got["copydesk_sources_drifting", "silent"],
        got["copydesk_host_recent_wait_seconds", "499.example"],
    )


async def test_foreign_names_stay_on_their_line(store):
    """
    A group or a host with quotes and line ends in its name is a label's value, and no line of its own.
    """
    odd = 'x"} 1\ncopydesk_feeds 99\n\\'
    await store.redis.xadd(store.keys.articles, {"id": "x"})
    await store.redis.xgroup_create(store.keys.articles, odd, 0)
    await store.redis.zadd(store.keys.waits, {odd: 5})

    got = _samples((await exposition(store)).decode())

    assert (0, 1) == (got["copydesk_feeds",], got["copydesk_group_lag_events", odd])


async def test_few_round_trips(store, monkeypatch):
    """
    A scrape is three round trips, however much is stored.
    """
    await _plant(store)
    pipeline, trips = store.redis.pipeline, []
    monkeypatch.setattr(store.redis, "pipeline", lambda **options: trips.append(options) or pipeline(**options))

    def refused(*_, **__):
        raise AssertionError("a command of its own")

    for alone in ("execute_command", "hgetall", "info"):
        monkeypatch.setattr(store.redis, alone, refused)

    await read_gauges(store)

    assert 3 == len(trips)


async def test_damaged_counters(store):
    """
    Counters that are no numbers are said to be damaged, rather than left out.
    """
    await store.redis.hset(store.keys.counts, "entries.seen", "many")

    with pytest.raises(StoreError, match="damaged"):
        await exposition(store)


async def test_documented_and_well_named(store):
    """
    The reference lists every metric with its type and its help, and nothing else; counters end in _total, units are
    base units and every metric has a help.
    """
    await _plant(store)
    families = list(text_string_to_metric_families((await exposition(store)).decode()))

    served = {(f.name + "_total" * (f.type == "counter"), f.type, f.documentation) for f in families}
    listed = re.findall(r"^\| `(copydesk_\w+)`[^|]*\| (\w+) \| (.*) \|$", REFERENCE, re.MULTILINE)

    assert sorted(served) == sorted(listed)
    assert not [name for name, _, help_ in served if not help_ or re.search(r"_(ms|milli|minutes|kb|mb)", name)]


async def _served(store) -> set[str]:
    await _plant(store)
    names = set(OWN)
    for family in text_string_to_metric_families((await exposition(store)).decode()):
        ends = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}.get(family.type, ("",))
        names |= {family.name + end for end in ends}
    return names


def _named(query: str) -> set[str]:
    """The metrics that a query names, beside words of labels' values."""
    return set(re.findall(r"\bcopydesk_\w+|\bup\b", re.sub(r'"[^"]*"', "", query)))


async def test_queries_name_served_metrics(store):
    """
    Every metric that the dashboard or an alert names is served.
    """
    served = await _served(store)

    assert {} == {place: unknown for place, query in QUERIES.items() if (unknown := _named(query) - served)}
    assert all(_named(query) for query in QUERIES.values())


async def test_the_dashboard_shows_everything(store):
    """
    Every metric stands on the dashboard.
    """
    shown = {name for place, query in QUERIES.items() if place.startswith("panel") for name in _named(query)}

    assert set() == {n for n in await _served(store) - OWN - shown if not n.endswith(("_sum", "_count"))}


def test_panels():
    """
    Every panel has a title, a unit and a description, and a place of its own.
    """
    places = [tuple(panel["gridPos"].values()) for panel in BOARD["panels"]]

    assert [] == [p["title"] for p in PANELS if not (p["description"] and p["fieldConfig"]["defaults"]["unit"])]
    assert len(set(places)) == len(places) == len({panel["id"] for panel in BOARD["panels"]})


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_rules(rule):
    """
    Every alert says how bad it is, what is wrong, and where to read what to do: under its own name.
    """
    anchor = re.sub(r"(?<!^)(?=[A-Z])", "-", rule["alert"]).lower()

    assert f"docs/how-to/runbook.md#{anchor}" == rule["annotations"]["runbook_url"]
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["description"]
    assert re.fullmatch(r"\d+[mh]", rule["for"])
    assert rule["expr"].count("(") == rule["expr"].count(")")


def test_alert_names():
    """
    Each alert has a name of its own.
    """
    names = [rule["alert"] for rule in RULES]

    assert sorted(set(names)) == sorted(names)
