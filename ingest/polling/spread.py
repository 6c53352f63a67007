"""When many new feeds are first polled: not all at once."""

from __future__ import annotations

from datetime import timedelta


def first_pauses(count: int, interval: timedelta) -> list[timedelta]:
    """When so many new feeds are first polled: evenly over a second each, or over the interval if that is less."""
    whole = min(timedelta(seconds=count), interval)
    return [whole * number / count for number in range(count)]
