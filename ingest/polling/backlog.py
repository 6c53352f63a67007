"""How much of a new feed's first document is published, and how much of it counts as read already."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

#: Entries without any date tell no age: so many of them, the newest by the feed's own order, are taken for recent.
UNDATED: Final = 20

#: Everything, so many of the newest entries, or those of so long (settings.FirstPoll).
FirstPoll = Literal["all"] | int | timedelta


def left_out(dates: Sequence[datetime | None], wanted: FirstPoll, now: datetime) -> int:
    """
    How many entries at the beginning are backlog that is not wanted; ``dates`` are those of all entries, oldest first.

    Asked for an age, entries without a date are old if others have one.
    """
    if wanted == "all":
        return 0
    if isinstance(wanted, timedelta):
        if not any(dates):
            return max(len(dates) - UNDATED, 0)
        return next((number for number, at in enumerate(dates) if at and now - at <= wanted), len(dates))
    return max(len(dates) - wanted, 0)
