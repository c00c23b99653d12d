"""P8: from a step of a stroke to its frame, and blocks while painting, against a bare Labels.

One window, two layers of the same size, `PaintLayer` and napari's own, of which one is shown at a
time; strokes go onto them in turns, as mouse events to the canvas. Every step paints pixels that
had another value, so that there is a frame to wait for. The block of the event loop is how much
later than asked a timer of 5 ms comes, while steps come 10 ms after each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import napari
import numpy as np
from napari.layers import Labels
from napari.utils.colormaps import DirectLabelColormap
from napari_s2label.painting.paint_layer import PaintLayer
from qtpy.QtCore import QEvent, QPointF, Qt
from qtpy.QtGui import QMouseEvent
from qtpy.QtWidgets import QApplication

from tests.benchmarks.frames import Frames, come_to_rest, pause
from tests.benchmarks.measure import (
    Row,
    arguments,
    median,
    milliseconds,
    percentile,
    seconds_of,
    write_rows,
)
from tests.benchmarks.window import HeartBeat

if TYPE_CHECKING:
    from collections.abc import Callable

    Step = Callable[[Callable[[], object]], object]

_MOVE = QEvent.Type.MouseMove
TARGET, BLOCK_TARGET_MS = 1.2, 20.0
_SIDES, _BLOCK_SIDES = (64, 256, 1024), (256, 1024)
_BRUSH_PX = 10
_TURNS, _STROKES, _STEPS = 8, 5, 16
_LANES = 5  # odd: each time a stroke comes to its lane again, it has the other class
_PACE_S = 0.01
_COLOURS = {0: "black", 1: "red", 2: "lime", None: "yellow"}


@dataclass
class Times:
    """Seconds of each step and of each release, and milliseconds of blocks of the event loop."""

    steps: list[float] = field(default_factory=list)
    releases: list[float] = field(default_factory=list)
    blocks: list[float] = field(default_factory=list)


class Easel:
    """A window with both layers over a picture."""

    def __init__(self, side: int) -> None:
        self.viewer = napari.Viewer(title="s2label - benchmark")
        self.frames = Frames(self.viewer)
        rgb = np.random.default_rng(0).integers(0, 255, (side, side, 3), np.uint8)
        self.viewer.add_image(rgb, rgb=True)
        shown: dict[str, Any] = {"colormap": DirectLabelColormap(color_dict=_COLOURS)}
        classes = np.zeros((side, side), np.uint8)
        self.layers: dict[str, Labels] = {
            "ours": PaintLayer(classes.copy(), selectable=(0, 1, 2), **shown),
            "bare": Labels(classes.copy(), **shown),
        }
        for layer in self.layers.values():
            self.viewer.add_layer(layer)
            layer.brush_size = _BRUSH_PX
            layer.events.labels_update.connect(self.frames.note_set)
        come_to_rest()
        self._side_px = side * self.viewer.scene.camera.zoom

    def take(self, name: str) -> None:
        """Show one of the layers, and take its brush."""
        layer = self.layers[name]
        for other in self.layers.values():
            other.visible = other is layer
        self.viewer.layers.selection.active = layer
        layer.mode = "paint"
        come_to_rest()

    def paint(self, name: str, turn: int, step: Step, times: Times) -> None:
        """Paint some strokes on one of the layers."""
        layer = self.layers[name]
        for number in range(turn * _STROKES, (turn + 1) * _STROKES):
            layer.selected_label = 1 + number % 2
            self._stroke(number, step)
            times.releases.append(seconds_of(self._release))
            pause(_PACE_S)

    def _stroke(self, number: int, step: Step) -> None:
        for place in range(_STEPS):
            is_first = place == 0
            at = self._point(place / (_STEPS - 1), (number % _LANES + 0.5) / _LANES)
            step(partial(self._send, QEvent.Type.MouseButtonPress if is_first else _MOVE, at))
        self._last = at

    def _release(self) -> None:
        self._send(QEvent.Type.MouseButtonRelease, self._last)

    def _point(self, across: float, down: float) -> QPointF:
        native, inner_px = self.frames.native, 0.9 * self._side_px
        x, y = (inner_px * (share - 0.5) for share in (across, down))
        return QPointF(round(native.width() / 2 + x), round(native.height() / 2 + y))

    def _send(self, kind: Any, at: QPointF) -> None:
        left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        there = QPointF(self.frames.native.mapToGlobal(at.toPoint()))
        changed = none if kind == _MOVE else left
        held = none if kind == QEvent.Type.MouseButtonRelease else left
        event = QMouseEvent(kind, at, there, changed, held, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(self.frames.native, event)

    def close(self) -> None:
        """Close the window."""
        self.viewer.close()
        come_to_rest()


def measure(side: int, turns: int) -> tuple[dict[str, Times], dict[str, Times]]:
    """Return the times of steps that wait for their frame, and of steps that come at a pace."""
    easel = Easel(side)
    waited: dict[str, Times] = {name: Times() for name in easel.layers}
    paced: dict[str, Times] = {name: Times() for name in easel.layers}
    for turn in range(turns):
        for name in sorted(easel.layers, reverse=bool(turn % 2)):
            easel.take(name)
            step = partial(_until_shown, easel.frames, waited[name].steps)
            easel.paint(name, turn, step, waited[name])
    beat = HeartBeat()
    for turn in range(turns, 2 * turns):
        for name in sorted(easel.layers, reverse=bool(turn % 2)):
            easel.take(name)
            beat.take()
            easel.paint(name, turn, _at_a_pace, paced[name])
            paced[name].blocks += beat.take()
    easel.close()
    return waited, paced


def _until_shown(frames: Frames, steps: list[float], do: Callable[[], object]) -> None:
    steps.append(frames.seconds_until_shown(do))


def _at_a_pace(do: Callable[[], object]) -> None:
    do()
    pause(_PACE_S)


def frame_row(side: int, times: dict[str, Times]) -> Row:
    """Return how much longer the slow steps take than napari's."""
    ours, bare = times["ours"], times["bare"]
    figures = {"steps": len(ours.steps), "p50_ratio": median(ours.steps) / median(bare.steps)}
    for name, one in times.items():
        figures |= milliseconds(one.steps, name) | {
            f"{name}_release_max_ms": 1e3 * max(one.releases)
        }
    ratio = percentile(ours.steps, 0.95) / percentile(bare.steps, 0.95)
    what = f"step of a stroke to its frame, {side} px: p95 against napari's Labels"
    return Row("P8", what, ratio, TARGET, figures=figures)


def block_row(side: int, times: dict[str, Times]) -> Row:
    """Return how much longer the event loop is blocked than by napari's layer."""
    p99 = {name: percentile(one.blocks, 0.99) for name, one in times.items()}
    figures = {f"{name}_p99_ms": value for name, value in p99.items()}
    figures |= {f"{name}_max_ms": max(one.blocks) for name, one in times.items()}
    what = f"p99 block of the event loop while painting, {side} px, beyond napari's Labels"
    return Row("P8", what, p99["ours"] - p99["bare"], BLOCK_TARGET_MS, unit="ms", figures=figures)


def main() -> None:
    """Measure all sizes."""
    given = arguments(__doc__.splitlines()[0])
    rows = []
    for side in _SIDES:
        waited, paced = measure(side, 2 if given.quick else _TURNS)
        rows.append(frame_row(side, waited))
        if side in _BLOCK_SIDES:
            rows.append(block_row(side, paced))
    write_rows(given.out, rows)


if __name__ == "__main__":
    main()
