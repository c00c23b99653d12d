"""What a process holds, for programs of a few lines that tests run in a process of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[2]


def held_kib() -> int:
    """Return how much of this process's memory is its own and was written, in KiB; Linux only."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Private_Dirty"))


def number_printed_by(program: str) -> int:
    """Run a program of Python that prints one number, and return that."""
    command = [sys.executable, "-W", "ignore", "-c", program]
    done = subprocess.run(command, cwd=_ROOT, check=True, capture_output=True)
    return int(done.stdout)
