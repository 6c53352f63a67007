"""Processes killed with -9, and frozen past their leases, at random: nothing lost, nothing twice."""

import os
import signal
import time
from datetime import timedelta

import pytest

from tests.e2e import fleet
from workers.demo.newsroom import make_newsroom

pytestmark = [pytest.mark.e2e, pytest.mark.chaos]

#: The long form has 300 (make chaos).
KILLS = int(os.environ.get("COPYDESK_TEST_KILLS", "3"))
#: Seconds between two kills: less than a worker's start takes, now and then.
PAUSES = (0.2, 3.0)
#: One fault in so many freezes its victim instead; the second one does always.
FROZEN_SHARE = 6
LEASE_SECONDS = 4
SETTINGS = {
    "poll_interval": 2,
    "poll_jitter": 0,
    "host_interval": 0.05,
    "tick": 0.2,
    "lease": LEASE_SECONDS,
    "heartbeat": 3,
    # The kills are ours, not the pages': no entry may give up because of them.
    "max_attempts": 1000,
}


class Crew:
    """The processes, and the nemesis that is after them."""

    def __init__(self, place: fleet.Site, names: list[str]) -> None:
        self.place = place
        self.names = names
        self.commands = fleet.procfile()
        self.processes = [place.start(*self.commands[name]) for name in names]
        #: Which of them stand still, and until when: past their leases, so that others have their work by then.
        self.frozen: dict[int, float] = {}

    def hurt(self, *, may_freeze: bool) -> None:
        """One fault: the store killed and restarted, a process killed and restarted, or frozen."""
        victim = fleet.DICE.randrange(len(self.names) + 1)
        if victim == len(self.names):
            fleet.restart_store(self.place)
        elif may_freeze and victim not in self.frozen:
            fleet.freeze(self.processes[victim])
            self.frozen[victim] = time.monotonic() + 1.5 * LEASE_SECONDS
        else:
            self.frozen.pop(victim, None)
            fleet.kill_tree(self.processes[victim])
            self.processes[victim] = self.place.start(*self.commands[self.names[victim]])

    def thaw(self, *, all_of_them: bool = False) -> None:
        for victim, until in list(self.frozen.items()):
            if all_of_them or time.monotonic() >= until:
                fleet.thaw(self.processes[victim])
                del self.frozen[victim]

    def stop(self) -> list[int]:
        """The exit codes, after SIGTERM to all at once."""
        return fleet.stop_all(self.processes)

    def kill(self) -> None:
        for process in self.processes:
            fleet.kill_tree(process)


@pytest.mark.timeout(7200)
def test_random_kills(tmp_path):
    """
    Workers, schedulers and the store are killed or frozen at random while articles appear; each is published exactly
    once, and at the end all of them drain and go.
    """
    newsroom = make_newsroom(outlets=4, stories=4 * KILLS, seed=3, over=timedelta(seconds=1.5 * KILLS))
    with fleet.origin(newsroom) as origin, fleet.site(tmp_path, **SETTINGS) as place:
        assert 0 == place.copydesk("feeds", "add", "--no-look", *origin.feeds).returncode
        crew = Crew(place, ["scheduler", "scheduler", "worker", "worker"])
        try:
            fleet.wait_until(lambda: place.redis.xlen("copydesk:articles") > 0, 60, "the first article")
            for number in range(KILLS):
                time.sleep(fleet.DICE.uniform(*PAUSES))
                crew.thaw()
                crew.hurt(may_freeze=number == 1 or fleet.DICE.randrange(FROZEN_SHARE) == 0)
            while crew.frozen:
                time.sleep(0.2)
                crew.thaw()
            fleet.wait_until(lambda: fleet.is_all_out(place, newsroom), 180, "everything published")
            codes = crew.stop()
        finally:
            crew.thaw(all_of_them=True)
            crew.kill()

        fleet.check_published(place, newsroom)
        # Who was killed a moment ago may not have come to where it listens to SIGTERM.
        assert {0, -signal.SIGTERM} >= set(codes)
        assert 0 in codes
