"""Host slots: the next moment a registrable domain, and the address behind it, may be asked; shared by all workers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from ingest.store.connect import Store
from ingest.store.due import milliseconds

#: The longest hold that is kept: what a site asks for beyond it was not meant (reliability.md P30 asks for 7 days).
MAX_HOLD = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A moment to ask a host: reserved, or too far away to wait for, and then ``wait`` says when to come back."""

    is_reserved: bool
    wait: timedelta


#: What most are told.
_AT_ONCE = Slot(is_reserved=True, wait=timedelta(0))


async def acquire_host(
    store: Store,
    domain: str,
    *,
    spacing: timedelta,
    max_wait: timedelta,
    address: str = "",
    address_spacing: timedelta = timedelta(0),
) -> Slot:
    """
    Reserve the next slot of the domain and of the address together, unless it is further away than ``max_wait``.

    Those who are sent away are told different moments to come back, one spacing apart.
    """
    keys = store.keys
    is_reserved, wait = await store.scripts(
        "acquire_host",
        [keys.counts, keys.waits, keys.host(domain), keys.back(domain), keys.address(address)],
        [milliseconds(spacing), milliseconds(max_wait), milliseconds(address_spacing) if address else 0],
    )
    if is_reserved and not wait:
        return _AT_ONCE
    return Slot(is_reserved=bool(is_reserved), wait=timedelta(milliseconds=int(wait)))


async def hold_host(store: Store, domain: str, pause: timedelta) -> None:
    """Let nobody ask the domain before the pause is over (Retry-After); a longer hold in force stays."""
    held = milliseconds(min(pause, MAX_HOLD))
    if held > 0:
        await store.scripts("hold_host", [store.keys.host(domain)], [held])
