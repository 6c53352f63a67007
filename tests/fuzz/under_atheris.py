"""One target under atheris: what its mutator and ours make of the corpus, guided by what new code it ran."""

from __future__ import annotations

import sys
from random import Random

import atheris

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
        check(name, data, patience=PATIENCE)

    def mutated(data: bytes, max_size: int, seed: int) -> bytes:
        dice = Random(seed)
        if dice.random() < 0.3:
            return atheris.Mutate(data, max_size)
        return mutate(data, dice, words=target.words, others=target.seeds)[:max_size]

    atheris.Setup(sys.argv, read, custom_mutator=mutated)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
