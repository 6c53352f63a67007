"""Where the fuzz keeps what it grew and found."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "build" / "fuzz"
