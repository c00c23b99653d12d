"""P9: first chip on the screen, and blocks while importing, training and suggesting.

The block of the event loop is how much later than asked a timer of 5 ms comes; its 99th
percentile while a child process works is held against the same viewer idle, before and after.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from tests.benchmarks import material
from tests.benchmarks.measure import Row, arguments, median, percentile, write_rows
from tests.benchmarks.model_in_use import put_model_in_use
from tests.benchmarks.starting import start_window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from napari_s2label.desk import Desk
    from napari_s2label.lending import ProjectJobs

START_TARGET, BLOCK_TARGET_MS = 1.5, 20.0
_STARTS, _IDLE_S = 7, 10.0
_BEAT_MS = 5


def main() -> None:
    """Measure starting, then blocks."""
    given = arguments(__doc__.splitlines()[0])
    project = material.undecided(material.small_chips(given.work), given.work / "used")
    rows = [first_chip(project, starts=2 if given.quick else _STARTS)]
    tree = material.landcovernet(given.work, places=material.CHIPS // material.DATES + 1)
    chips = material.undecided(material.large_chips(given.work), given.work / "used-large")
    rows += blocks(chips, {"importing": importing(tree)})
    project = material.undecided(material.small_chips(given.work), given.work / "used")
    put_model_in_use(project)
    rows += blocks(project, {"training": training, "suggesting": suggesting})
    write_rows(given.out, rows)


def first_chip(project: Path, starts: int) -> Row:
    """Start the program and a bare viewer in turns."""
    ours, bare = [], []
    for _ in range(starts):
        bare.append(start_window("bare"))
        ours.append(start_window("open", project))
    figures = {"open_s": median(ours), "bare_s": median(bare), "starts": starts}
    what = "s2label open: process start to first chip, against a bare viewer"
    return Row("P9", what, median(ours) / median(bare), START_TARGET, figures=figures)


def blocks(project: Path, doing: Mapping[str, Callable[[Desk], ProjectJobs]]) -> Iterator[Row]:
    """Open a project as the program does, and have one job after the other run beside it."""
    import napari
    from napari_s2label.app import prepare_only_window
    from napari_s2label.desk import desk_of

    from tests.benchmarks.frames import come_to_rest

    viewer = napari.Viewer(title="s2label - benchmark")
    desk = desk_of(viewer)
    prepare_only_window(viewer)
    viewer.window.add_plugin_dock_widget("napari-s2label", "Project")
    desk.open(project)
    come_to_rest()
    beat = HeartBeat()
    for name, start in doing.items():
        yield _blocks_while(name, partial(start, desk), beat)
    desk.close()
    viewer.close()


def importing(source: Path) -> Callable[[Desk], ProjectJobs]:
    """Import what the project has already: all is read and compared, and nothing changes."""

    def start(desk: Desk) -> ProjectJobs:
        assert desk.project is not None
        desk.jobs.start("import", ["import", str(desk.project.folder), str(source)], writes=True)
        return desk.jobs

    return start


def training(desk: Desk) -> ProjectJobs:
    """Train the recommended network, as the Train dock does."""
    assert desk.project is not None
    given = ["--recipe", "vessels_resnet34", "--set", "fit.epochs=3", "--trust", "imported"]
    desk.training.train(desk.project.folder, given)
    return desk.training


def suggesting(desk: Desk) -> ProjectJobs:
    """Suggest for all open chips, as the Suggest dock does."""
    assert desk.project is not None
    desk.jobs.start("suggest", ["suggest", str(desk.project.folder)], writes=False)
    return desk.jobs


def _blocks_while(name: str, start: Callable[[], ProjectJobs], beat: HeartBeat) -> Row:
    from tests.benchmarks.frames import come_to_rest, pause

    beat.take()
    pause(_IDLE_S)
    idle = beat.take()
    begin = time.perf_counter()
    _run(start())
    job_s = time.perf_counter() - begin
    busy = beat.take()
    come_to_rest()
    beat.take()
    pause(_IDLE_S)
    idle += beat.take()
    p99 = {name: percentile(busy, 0.99), "idle": percentile(idle, 0.99)}
    figures = {f"{key}_p99_ms": value for key, value in p99.items()}
    figures |= {f"{name}_max_ms": max(busy), "idle_max_ms": max(idle)}
    figures |= {"job_s": job_s, "beats": len(busy)}
    what = f"p99 block of the event loop while {name}, beyond the idle viewer"
    return Row("P9", what, p99[name] - p99["idle"], BLOCK_TARGET_MS, unit="ms", figures=figures)


def _run(jobs: ProjectJobs) -> None:
    """Wait for the job that runs."""
    from qtpy.QtCore import QEventLoop

    assert jobs.job is not None
    ended, failures = QEventLoop(), list[str]()
    jobs.job.failed.connect(failures.append)
    jobs.ended.connect(ended.quit)
    ended.exec_()
    assert not failures, failures


class HeartBeat:
    """Notes how much too late a timer comes."""

    def __init__(self) -> None:
        from qtpy.QtCore import Qt, QTimer

        self._late_ms: list[float] = []
        self._last_s = time.perf_counter()
        self._timer = QTimer(interval=_BEAT_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_timer_timeout)
        self._timer.start()

    def take(self) -> list[float]:
        """Return the milliseconds since the last time that it was asked, and begin anew."""
        late_ms, self._late_ms = self._late_ms, []
        self._last_s = time.perf_counter()
        return late_ms

    def _on_timer_timeout(self) -> None:
        now = time.perf_counter()
        self._late_ms.append(max(0.0, 1e3 * (now - self._last_s) - _BEAT_MS))
        self._last_s = now


if __name__ == "__main__":
    main()
