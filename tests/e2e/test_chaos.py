"""Processes killed with -9 at random: nothing lost, nothing twice."""

import os
import time
from datetime import timedelta

import pytest

from tests.e2e import fleet
from workers.demo.newsroom import make_newsroom

pytestmark = [pytest.mark.e2e, pytest.mark.chaos]

KILLS = int(os.environ.get("COPYDESK_TEST_KILLS", "30"))
#: Seconds between two kills: less than a worker's start takes, now and then.
PAUSES = (0.2, 3.0)
SETTINGS = {
    "poll_interval": 2,
    "poll_jitter": 0,
    "host_interval": 0.05,
    "tick": 0.2,
    "lease": 5,
    "heartbeat": 3,
    # The kills are ours, not the pages': no entry may give up because of them.
    "max_attempts": 1000,
}


@pytest.mark.timeout(3600)
def test_random_kills(tmp_path):
    """
    Workers, schedulers and the store are killed at random while articles appear; each is published exactly once.
    """
    newsroom = make_newsroom(outlets=4, stories=4 * KILLS, seed=3, over=timedelta(seconds=1.5 * KILLS))
    commands = fleet.procfile()
    names = ["scheduler", "scheduler", "worker", "worker"]
    with fleet.origin(newsroom) as origin, fleet.site(tmp_path, **SETTINGS) as place:
        assert 0 == place.copydesk("feeds", "add", "--no-look", *origin.feeds).returncode
        processes = [place.start(*commands[name]) for name in names]
        try:
            fleet.wait_until(lambda: place.redis.xlen("copydesk:articles") > 0, 60, "the first article")
            for _ in range(KILLS):
                time.sleep(fleet.DICE.uniform(*PAUSES))
                victim = fleet.DICE.randrange(len(names) + 1)
                if victim == len(names):
                    fleet.restart_store(place)
                else:
                    fleet.kill_tree(processes[victim])
                    processes[victim] = place.start(*commands[names[victim]])
            fleet.wait_until(lambda: fleet.is_all_out(place, newsroom), 180, "everything published")
        finally:
            for process in processes:
                fleet.kill_tree(process)

        fleet.check_published(place, newsroom)
