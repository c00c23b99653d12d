"""Starts a window in a process of its own and counts the seconds until its first frame."""

from __future__ import annotations

import subprocess
import sys
import time


def start_window(what: str, *arguments: object) -> float:
    """Return the seconds from process start to the first frame (see `first_frame.py`)."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.benchmarks.first_frame", what]
    begin = time.monotonic()
    answer = subprocess.run(
        [*command, *map(str, arguments)], stdout=subprocess.PIPE, text=True, timeout=120, check=True
    )
    # The moment is the last line: libraries may print before it.
    return float(answer.stdout.splitlines()[-1]) - begin
