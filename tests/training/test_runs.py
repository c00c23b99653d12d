"""Trainings on disk, and who looks at them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

from s2label_training.recipe import find_recipe
from s2label_training.runs import Runs

if TYPE_CHECKING:
    from pathlib import Path

LOOKERS, LOOKS = 4, 10


def test_whoever_looks_at_the_same_time_sees_what_can_go_on(tmp_path: Path) -> None:
    run = Runs(tmp_path).begin(find_recipe("vessels_unet"), hold_out=())
    run.checkpoint(1).mkdir()
    run.release()
    together = Barrier(LOOKERS)

    def look_often(_: int) -> list[int]:
        runs, seen = Runs(tmp_path), []
        for _ in range(LOOKS):
            together.wait()
            seen.append(len(runs.unfinished()))
        return seen

    with ThreadPoolExecutor(LOOKERS) as threads:
        assert list(threads.map(look_often, range(LOOKERS))) == [[1] * LOOKS] * LOOKERS
