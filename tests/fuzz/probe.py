"""The mutator and the targets under Hypothesis, which makes a case smaller before it tells of it."""

from __future__ import annotations

from pathlib import Path

import hypothesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st

from tests.fuzz.mutate import mutate
from tests.fuzz.targets import TARGETS, check


def cases(name: str) -> st.SearchStrategy[bytes]:
    """Documents that are nearly valid for a target; each step of the mutator is Hypothesis's choice."""
    target = TARGETS[name]
    return st.builds(
        lambda seed, dice: mutate(seed, dice, words=target.words, others=target.seeds),
        st.sampled_from(target.seeds),
        st.randoms(use_true_random=False),
    )


def probe(name: str, examples: int, *, seed: int | None = None, keep: Path | None = None) -> None:
    """
    Read so many cases, the same ones every time without a seed; the smallest that breaks a promise is kept in a file.

    Raises:
        Exception: what the smallest case raised that breaks a promise.
    """

    @hypothesis.settings(
        max_examples=examples,
        deadline=None,  # time is counted by check, in CPU seconds
        database=None,
        derandomize=seed is None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(cases(name))
    def read(data: bytes) -> None:
        try:
            check(name, data)
        except Exception:
            if keep is not None:
                keep.write_bytes(data)  # the last one to fail is the smallest
            raise

    (read if seed is None else hypothesis.seed(seed)(read))()
