"""P5: from the key to the suggestion on the screen, against the bare forward pass.

A ResNet34 U-Net that learnt nothing, loaded and warm in the worker. Not suggested ahead: chips far
from each other are shown, and each is asked for with its key. The bare side puts the normalised
pixels of the same chips, in memory, through the same network in its own precision. Suggested ahead:
the key that decides brings the next chip, and counts until its suggestion is on the screen too,
against the same key while nothing is suggested.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import napari
from napari_s2label.app import prepare_only_window
from napari_s2label.desk import desk_of
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from tests.benchmarks import material
from tests.benchmarks.forward_pass import bare_forward
from tests.benchmarks.frames import Frames, come_to_rest, pause
from tests.benchmarks.measure import (
    Row,
    arguments,
    median,
    milliseconds,
    percentile,
    write_rows,
)
from tests.benchmarks.model_in_use import put_model_in_use

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from napari_s2label.desk import Desk
    from napari_s2label.suggesting import Suggesting

ASKED_TARGET, AHEAD_TARGET = 1.3, 1.2
# The worker suggests for some chips more after each key; somebody looks meanwhile.
_LOOK_S = 0.6
_PATIENCE_S = 120


def main() -> None:
    """Measure chips of both sizes."""
    given = arguments(__doc__.splitlines()[0])
    count = 10 if given.quick else 40
    rows = []
    for size, chips in (
        (material.SMALL_PX, material.small_chips(given.work)),
        (material.LARGE_PX, material.large_chips(given.work)),
    ):
        project = material.undecided(chips, given.work / f"suggested-{size}")
        put_model_in_use(project)
        rows += measure(project, size, count)
    write_rows(given.out, rows)


def measure(project: Path, size: int, count: int) -> list[Row]:
    """Return the rows of one size of chips."""
    window = Window(project)
    asked = list(window.asked(count))
    plain = list(window.decided(count, is_suggested=False))
    ahead = list(window.decided(count, is_suggested=True))
    window.close()
    forward = bare_forward(project, count)
    figures = milliseconds(asked, "asked") | milliseconds(forward, "forward")
    figures |= {"beyond_forward_p50_ms": 1e3 * (median(asked) - median(forward))}
    what = f"key to suggestion drawn, {size} px, not suggested ahead: median against forward pass"
    first = Row("P5", what, median(asked) / median(forward), ASKED_TARGET, figures=figures)
    figures = milliseconds(ahead, "suggested") | milliseconds(plain, "plain")
    what = f"next chip with its suggestion, {size} px, suggested ahead: p95 against the chip alone"
    ratio = percentile(ahead, 0.95) / percentile(plain, 0.95)
    return [first, Row("P5", what, ratio, AHEAD_TARGET, figures=figures)]


class Window:
    """A window with a project and its worker, warm."""

    def __init__(self, project: Path) -> None:
        self._viewer = napari.Viewer(title="s2label - benchmark")
        self._desk: Desk = desk_of(self._viewer)
        prepare_only_window(self._viewer)
        self._frames = Frames(self._viewer)
        self._counts_pictures = True
        self._desk.pictured.connect(self._on_desk_pictured)
        self._frames.seconds_until_shown(lambda: self._desk.open(project))
        come_to_rest()
        self._suggesting: Suggesting = self._suggesting_of(self._desk)
        self._suggesting.changed.connect(self._on_suggesting_changed)
        self._wait_for_suggestion()

    @staticmethod
    def _suggesting_of(desk: Desk) -> Suggesting:
        assert desk.suggestions is not None
        return desk.suggestions.suggesting

    def close(self) -> None:
        """Close project and window."""
        self._desk.close()
        self._viewer.close()

    def asked(self, count: int) -> Iterator[float]:
        """Yield seconds from the key to a suggestion that was not there yet."""
        assert self._desk.session is not None
        assert self._desk.project is not None
        self._counts_pictures = False
        ids = self._desk.project.catalog.image_ids()
        for image_id in ids[10 :: len(ids) // (count + 2)][:count]:
            if self._suggesting.shown is not None:
                self._suggesting.hide()
            self._desk.session.show(image_id)
            pause(_LOOK_S)
            yield self._frames.seconds_until_shown(lambda: self._press(Qt.Key_S))
            pause(_LOOK_S)

    def decided(self, count: int, *, is_suggested: bool) -> Iterator[float]:
        """Yield seconds from a decision to the next chip, with its suggestion if there is one."""
        self._suggesting.shows_itself = is_suggested
        self._counts_pictures = not is_suggested
        pause(_PATIENCE_S / 40)
        for _ in range(count):
            yield self._frames.seconds_until_shown(lambda: self._press(Qt.Key_A))
            pause(_LOOK_S)

    def _press(self, key: Qt.Key) -> None:
        QTest.keyClick(self._viewer.window._qt_window.windowHandle(), key)

    def _on_desk_pictured(self, *_: object) -> None:
        if self._counts_pictures:
            self._frames.note_set()

    def _on_suggesting_changed(self) -> None:
        if not self._counts_pictures and self._suggesting.shown is not None:
            self._frames.note_set()

    def _wait_for_suggestion(self) -> None:
        self._press(Qt.Key_S)
        end = time.monotonic() + _PATIENCE_S
        while self._suggesting.shown is None and time.monotonic() < end:
            pause(0.2)
        assert self._suggesting.shown is not None, self._suggesting.status


if __name__ == "__main__":
    main()
