"""One target under atheris: what its mutator and ours make of the corpus, guided by what new code it ran."""

from __future__ import annotations

import sys
from random import Random
from zlib import crc32

import atheris

from tests.fuzz.place import KEPT

with atheris.instrument_imports(include=["ingest"]):
    from tests.fuzz.mutate import mutate
    from tests.fuzz.targets import TARGETS, check

#: Counting covered code makes Python some times slower.
PATIENCE = 5


def main() -> None:
    """Run for as long as the options say (libFuzzer's); the first argument is the target's name."""
    name = sys.argv.pop(1)
    target = TARGETS[name]

    def read(data: bytes) -> None:
        try:
            check(name, data, patience=PATIENCE)
        except Exception:
            # libFuzzer keeps crashes and hangs itself, but not every exception.
            (KEPT / name / "found" / f"raised-{crc32(data):08x}").write_bytes(data)
            raise

    def mutated(data: bytes, max_size: int, seed: int) -> bytes:
        dice = Random(seed)
        if dice.random() < 0.3:
            return atheris.Mutate(data, max_size)
        return mutate(data, dice, words=target.words, others=target.seeds)[:max_size]

    atheris.Setup(sys.argv, read, custom_mutator=mutated)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
