"""The part of ``copydesk sinks check`` that asks the engines."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.errors import CopydeskError
from ingest.settings import Settings
from ingest.sinks.engine import hide
from ingest.sinks.open import check_sink, open_sink
from ingest.sinks.sinks_toml import SinkPlan
from workers.lend import lent_tools

#: Seconds that an engine may take to answer.
CHECK_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of one sink came to."""

    plan: SinkPlan
    is_ok: bool
    answer: str


async def check_all(settings: Settings, plans: Sequence[SinkPlan]) -> list[Checked]:
    """What each of these engines answers; nothing is published."""
    return await asyncio.gather(*(_check(settings, plan) for plan in plans))


async def _check(settings: Settings, plan: SinkPlan) -> Checked:
    async with lent_tools(settings, plan) as tools:
        sink = None
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                sink = open_sink(plan, tools)
                answer = await check_sink(sink)
        except CopydeskError as error:
            return Checked(plan, is_ok=False, answer=hide(error, *plan.secrets))
        except TimeoutError:
            return Checked(plan, is_ok=False, answer=f"no answer within {CHECK_SECONDS} s")
        finally:
            if sink is not None:
                await sink.close()
    return Checked(plan, is_ok=True, answer=answer)
