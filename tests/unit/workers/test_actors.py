"""Every kind of work has an actor, and what it is told is what is done."""

from typing import get_args

import pytest

from ingest.store.due import Claim
from ingest.store.keys import Work
from workers.actors import ACTOR_NAMES, BATCH, declare, make_broker, message
from workers.scheduler import LIMIT


@pytest.fixture
def broker(settings):
    made = make_broker(settings, settings.redis_url)
    yield made
    made.client.close()


def test_every_work():
    """
    No kind of work is forgotten: each has an actor, a size of message, and a limit for a tick.
    """
    works = set(get_args(Work))

    assert [works] * 3 == [set(table) for table in (ACTOR_NAMES, BATCH, LIMIT)]


@pytest.mark.parametrize("work", get_args(Work))
async def test_claims_arrive(broker, work):
    """
    The claims of a message are those that its actor performs, as its kind of work.
    """
    performed = []

    async def perform(work, claims):
        performed.append((work, claims))

    declare(broker, perform)
    claims = [Claim("a", 1), Claim("b", 2)]
    sent = message(work, claims)

    actor = broker.get_actor(sent.actor_name)
    # As declared, without dramatiq's event loop around it.
    await actor.fn.__wrapped__(*sent.args)

    assert (work, sent.queue_name) == (work, actor.queue_name)
    assert [(work, claims)] == performed
