"""The task of a sandbox that is put to the test: it asks for memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping


def hoard(n_bytes: int) -> int:
    """As many bytes as asked for, held for a moment; how many there were."""
    return len(bytearray(n_bytes))


TASKS: Mapping[str, Callable[..., object]] = {"hoard": hoard}
