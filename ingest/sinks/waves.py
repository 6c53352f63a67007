"""How a batch goes out: in waves without two parcels of one article, and what is out already is not sent again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ingest.sinks.sink import Parcel


def waves(parcels: Sequence[Parcel], most: int) -> Iterator[tuple[Parcel, ...]]:
    """
    The parcels in their order, in groups that may be in flight together.

    No group holds two parcels of one subject: while the first of them is not confirmed, nobody may have the second,
    or a failure between the two would turn their order round for good.
    """
    wave: list[Parcel] = []
    subjects: set[str] = set()
    for parcel in parcels:
        if len(wave) == most or parcel.subject in subjects:
            yield tuple(wave)
            wave, subjects = [], set()
        wave.append(parcel)
        subjects.add(parcel.subject)
    if wave:
        yield tuple(wave)


class Tally:
    """
    What the engine has of a batch that failed half way.

    The batch is given again as a whole; without this, one parcel that does not go through would have all the others
    sent again with every try.
    """

    def __init__(self) -> None:
        self._confirmed: set[str] = set()

    def rest(self, parcels: Sequence[Parcel]) -> tuple[Parcel, ...]:
        """Those of a batch that have to be sent."""
        self._confirmed &= {parcel.id for parcel in parcels}
        return tuple(parcel for parcel in parcels if parcel.id not in self._confirmed)

    def confirm(self, parcel_id: str) -> None:
        """The engine has it for good."""
        self._confirmed.add(parcel_id)

    def close(self) -> None:
        """The batch is through; who sends one of its ids again means it."""
        self._confirmed.clear()
