"""Predicts a scene again and again in processes that are killed at random moments.

``python -m tests.factories.scene_killing MODEL SCENE FOLDER KILLS SEED`` prints a line for each
kill: whether the process was still at work, and how many bands of rows were done. The last one is
left to end. Processes are forked, since loading torch takes longer than the work.
"""

from __future__ import annotations

import random
import signal
import sys
import time
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from tests.factories import whole_scenes as scenes

if TYPE_CHECKING:
    from multiprocessing.context import ForkProcess


def predict(model: str, source: str, folder: Path) -> None:
    """Predict in this process."""
    wanted = scenes.request(Path(source), folder, "rgb.tif", "probabilities.tif")
    scenes.predict(wanted, scenes.predictor(Path(model)))


def forked(model: str, source: str, folder: Path) -> ForkProcess:
    """Begin to predict in another process."""
    process = get_context("fork").Process(target=predict, args=(model, source, folder))
    process.start()
    return process


def finish(process: ForkProcess) -> None:
    """Leave a process to its end."""
    process.join()
    assert process.exitcode == 0


def kill(process: ForkProcess, after_s: float) -> bool:
    """Kill a process after some seconds; tell whether it was still at work."""
    process.join(after_s)
    if process.exitcode is None:
        process.kill()
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0


def require_same(expected: Path, folder: Path) -> None:
    """Raise if a result that came to its end is another one, else delete it."""
    for path in sorted(expected.iterdir()):
        found = folder / path.name
        assert found.read_bytes() == path.read_bytes(), path.name
        found.unlink()


def main(model: str, source: str, folder: str, kills: str, seed: str) -> None:
    """Predict once undisturbed, for the time that it takes, then with kills."""
    begin, undisturbed = time.monotonic(), Path(folder) / "undisturbed"
    finish(forked(model, source, undisturbed))
    duration = time.monotonic() - begin
    chance, killed = random.Random(int(seed)), Path(folder) / "killed"
    for _ in range(int(kills)):
        was_at_work = kill(forked(model, source, killed), chance.uniform(0.05, 0.5) * duration)
        done = len(list(killed.glob(".classes.tif.part/rows-*.tif")))
        there = sorted(path.name for path in killed.iterdir() if path.name[0] != ".")
        print(int(was_at_work), done, *there, flush=True)
        if not was_at_work:  # from the beginning
            require_same(undisturbed, killed)
    finish(forked(model, source, killed))


if __name__ == "__main__":
    main(*sys.argv[1:])
