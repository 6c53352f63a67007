"""The whole thing: the Procfile's processes, a real store, a real newsroom."""

import signal
from datetime import timedelta

import pytest

from ingest.store.consume import consume
from tests.e2e import fleet
from workers.demo.newsroom import make_newsroom

pytestmark = pytest.mark.e2e

FAST = {"poll_interval": 2, "host_interval": 0.05, "tick": 0.2, "poll_jitter": 0}


def test_every_article_once(tmp_path):
    """
    honcho runs the Procfile, and every article of the newsroom is published exactly once with exactly its text.
    """
    newsroom = make_newsroom(outlets=4, stories=40, seed=1, over=timedelta(seconds=8))
    with fleet.origin(newsroom) as origin, fleet.site(tmp_path, **FAST) as place:
        assert 0 == place.copydesk("feeds", "add", "--no-look", *origin.feeds).returncode
        place.environment["PORT"] = fleet.honcho_port()
        honcho = place.start("honcho", "-f", str(fleet.ROOT / "Procfile"), "start", "-c", "release=0")
        try:
            fleet.wait_until(lambda: fleet.is_all_out(place, newsroom), 90, "everything published")
        finally:
            fleet.stop(honcho)

        fleet.check_published(place, newsroom)
        got = [event.id for event in consume(place.url, "downstream", "one", stop_when_idle=True)]
        assert [event.id for event in place.events()] == got


def test_restart(tmp_path):
    """
    A restarted service sends the validators it had, publishes nothing twice, and keeps its schedule.
    """
    newsroom = make_newsroom(outlets=2, stories=8, seed=2)
    with fleet.origin(newsroom) as origin, fleet.site(tmp_path, **FAST) as place:
        place.copydesk("feeds", "add", "--no-look", *origin.feeds)
        for _ in range(2):
            seen = len(origin.requests)
            processes = [place.start(*command) for command in fleet.procfile().values()]
            try:
                fleet.wait_until(
                    lambda seen=seen: (
                        sum("feed" in r.path or "atom" in r.path for r in origin.requests[seen:]) >= 4
                        and fleet.is_all_out(place, newsroom)
                    ),
                    90,
                    "polled and published",
                )
            finally:
                codes = fleet.stop_all(processes)
            assert {0} == set(codes)

        fleet.check_published(place, newsroom)
        polls = [request for request in origin.requests if not request.path.endswith((".html", "/robots.txt"))]
        unconditional = [request for request in polls if request.if_none_match is None]
        assert len(origin.feeds) == len(unconditional)
        assert {None} == {request.cookie for request in polls} | {request.referer for request in polls}
        assert signal.SIGTERM not in codes
