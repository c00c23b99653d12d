"""P9, the part without training: first chip on the screen, and blocks while importing.

The block of the event loop is how much later than asked a timer of 5 ms comes; its 99th
percentile while a child process imports is held against the same viewer idle, before and after.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.benchmarks import material
from tests.benchmarks.measure import Row, arguments, median, percentile, write_rows
from tests.benchmarks.starting import start_window

if TYPE_CHECKING:
    from pathlib import Path

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
    rows.append(blocks_while_importing(chips, tree))
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


def blocks_while_importing(project: Path, source: Path) -> Row:
    """Import into the open project, as the project dock does, what it has already.

    All of it is read and compared, as in a first import, and the project stays as it is.
    """
    import napari
    from napari_s2label.app import arrange_window
    from napari_s2label.desk import desk_of
    from qtpy.QtCore import QEventLoop

    from tests.benchmarks.frames import come_to_rest, pause

    viewer = napari.Viewer(title="s2label - benchmark")
    desk = desk_of(viewer)
    arrange_window(viewer)
    viewer.window.add_plugin_dock_widget("napari-s2label", "Project")
    desk.open(project)
    come_to_rest()
    beat = HeartBeat()
    pause(_IDLE_S)
    idle = beat.take()
    ended = QEventLoop()
    failures: list[str] = []
    job = desk.jobs.start("import", ["import", str(project), str(source)], writes=True)
    job.failed.connect(failures.append)
    desk.jobs.ended.connect(ended.quit)
    begin = time.perf_counter()
    ended.exec_()
    import_s = time.perf_counter() - begin
    assert not failures, failures
    busy = beat.take()
    come_to_rest()
    beat.take()
    pause(_IDLE_S)
    idle += beat.take()
    desk.close()
    viewer.close()
    p99 = {"importing": percentile(busy, 0.99), "idle": percentile(idle, 0.99)}
    figures = {f"{name}_p99_ms": value for name, value in p99.items()}
    figures |= {"importing_max_ms": max(busy), "idle_max_ms": max(idle)}
    figures |= {"import_s": import_s, "beats": len(busy)}
    what = "p99 block of the event loop while importing, beyond the idle viewer"
    extra_ms = p99["importing"] - p99["idle"]
    return Row("P9", what, extra_ms, BLOCK_TARGET_MS, unit="ms", figures=figures)


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
