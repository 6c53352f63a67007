"""
``make fuzz``: every target for a set time, each in a process of its own, so that a crash or a hang is a finding too.

    python -m tests.fuzz.run [--seconds N] [--engine atheris|hypothesis] [TARGET ...]

COPYDESK_FUZZ_SECONDS is the time of all targets together, 600 by default. atheris (coverage-guided) is used where it is
installed, Hypothesis elsewhere. The corpora that atheris grows, and the cases that break a promise, are kept in
build/fuzz; a case that was found belongs into found.py once it is small.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import random
import subprocess
import sys
import time

from tests.fuzz.place import KEPT, ROOT
from tests.fuzz.probe import probe
from tests.fuzz.targets import TARGETS

#: A case that runs longer is a hang: libFuzzer ends it and keeps it.
HANG_SECONDS = 20
MEMORY_MB = 2048
ROUND_EXAMPLES = 300
#: Those with most code behind them take most time a case.
WEIGHTS = {"page": 8, "feed": 5, "fragment": 3}


def main() -> int:
    """Fuzz; 1 when a promise was broken."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("targets", nargs="*", metavar="TARGET", help=f"of: {' '.join(TARGETS)}")
    asked.add_argument("--seconds", type=int, default=int(os.environ.get("COPYDESK_FUZZ_SECONDS", "600")))
    has_atheris = importlib.util.find_spec("atheris") is not None
    asked.add_argument(
        "--engine", choices=("atheris", "hypothesis"), default="atheris" if has_atheris else "hypothesis"
    )
    options = asked.parse_args()
    names = options.targets or [*TARGETS]
    if unknown := {*names} - {*TARGETS}:
        asked.error(f"no such target: {', '.join(sorted(unknown))}")
    run = _atheris if options.engine == "atheris" else _hypothesis
    unit = options.seconds / sum(WEIGHTS.get(name, 1) for name in names)
    broken = [name for name in names if not run(name, max(1, round(unit * WEIGHTS.get(name, 1))))]
    print(f"\n{len(names)} targets, {options.seconds} s, by {options.engine}: {len(broken)} broken {' '.join(broken)}")
    return 1 if broken else 0


def _atheris(name: str, seconds: int) -> bool:
    """Whether a target held under atheris; what broke it stands in KEPT/NAME."""
    corpus, cases = KEPT / name / "corpus", KEPT / name / "found"
    for folder in (corpus, cases):
        folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(TARGETS[name].seeds):
        (corpus / f"seed-{number}").write_bytes(seed)
    command = [sys.executable, "-m", "tests.fuzz.under_atheris", name, str(corpus), f"-max_total_time={seconds}"]
    limits = [f"-timeout={HANG_SECONDS}", f"-rss_limit_mb={MEMORY_MB}", "-max_len=60000", "-print_final_stats=1"]
    return _is_well(name, [*command, *limits, f"-artifact_prefix={cases}/"], seconds)


def _hypothesis(name: str, seconds: int) -> bool:
    """Whether a target held under Hypothesis, which prints the smallest case that broke it."""
    code = f"from tests.fuzz.run import rounds; rounds({name!r}, {seconds})"
    return _is_well(name, [sys.executable, "-c", code], seconds)


def rounds(name: str, seconds: int) -> None:
    """Read new cases until the time is over."""
    end, number, dice = time.monotonic() + seconds, 0, random.SystemRandom()
    folder = KEPT / name / "found"
    folder.mkdir(parents=True, exist_ok=True)
    while time.monotonic() < end:
        number += 1
        probe(name, ROUND_EXAMPLES, seed=dice.getrandbits(64), keep=folder / "smallest")
    print(f"{number * ROUND_EXAMPLES} cases")


def _is_well(name: str, command: list[str], seconds: int) -> bool:
    print(f"== {name}", flush=True)
    try:
        done = subprocess.run(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds + 120, check=False
        )
    except subprocess.TimeoutExpired as error:
        print((error.stdout or b"").decode("utf-8", "replace")[-4000:], f"{name} hangs", sep="\n")
        return False
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    told = [line for line in lines if "cases" in line or "number_of_executed_units" in line or "DONE" in line]
    print("\n".join(line[:400] for line in (lines[-60:] if done.returncode else told[-2:])), flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
