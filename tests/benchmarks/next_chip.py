"""P1: from a key to the next chip on the screen, against a bare `.data` swap of the same arrays.

One window, real viewer and docks. The program shows a block of chips by its key (the decision is
written to the catalog and synced, the queue goes on, the docks follow), then the same arrays go
onto two plain layers in the same window, and so on in turns. "7 keys a second" pauses a tenth of
a second after each frame, less than people do; "keys held down" sends the next key as soon as
the last chip is there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

import napari
from napari_s2label.app import prepare_only_window
from napari_s2label.desk import desk_of
from napari_s2label.layers import mask_colormap
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from tests.benchmarks import bare, material
from tests.benchmarks.frames import Frames, come_to_rest, pause
from tests.benchmarks.measure import (
    Row,
    arguments,
    median,
    milliseconds,
    percentile,
    write_rows,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from napari_s2label.desk import Desk
    from numpy.typing import NDArray

    from s2label.chip_views import ChipView
    from s2label.review.pictures import Picture

BLOCK = 25
LOOK_S = 0.1
TARGET = 1.2


@dataclass
class Times:
    """Seconds until the frame, of the program and of the bare swap."""

    keys: list[float] = field(default_factory=list)
    swaps: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """How much longer the slow ones of the program take."""
        return percentile(self.keys, 0.95) / percentile(self.swaps, 0.95)

    @property
    def figures(self) -> dict[str, float]:
        """All that was measured."""
        counted = {"chips": len(self.keys), "p50_ratio": median(self.keys) / median(self.swaps)}
        return counted | milliseconds(self.keys, "key") | milliseconds(self.swaps, "swap")


class Bench:
    """A window with the program in it, and two plain layers beside its own."""

    def __init__(self) -> None:
        self.viewer = napari.Viewer(title="s2label - benchmark")
        self.desk: Desk = desk_of(self.viewer)
        prepare_only_window(self.viewer)
        self.frames = Frames(self.viewer)
        self._arrays: list[tuple[NDArray[Any], NDArray[Any]]] = []
        self._plain: tuple[Any, Any] | None = None
        self.desk.pictured.connect(self._on_desk_pictured)

    def open(self, project: Path) -> float:
        """Open a project; return the seconds until its first chip is on the screen."""
        self._remove_plain()
        self.desk.close()
        come_to_rest()
        seconds = self.frames.seconds_until_shown(lambda: self.desk.open(project))
        self._add_plain()
        come_to_rest()
        return seconds

    def close(self) -> None:
        """Close project and window."""
        self.desk.close()
        self.viewer.close()

    def measure(self, chips: int, look_s: float, times: Times) -> None:
        """Take times of so many chips, in blocks of one side and the other."""
        for first in range(0, chips, BLOCK):
            self._arrays.clear()
            count = min(BLOCK, chips - first)
            self._show(self.desk.layers.all if self.desk.layers else ())
            times.keys += islice(self._by_key(look_s), count)
            self._show(self._plain or ())
            times.swaps += self._by_swap(look_s)

    def _by_key(self, look_s: float) -> Iterator[float]:
        window = self.viewer.window._qt_window.windowHandle()
        while True:
            before = len(self._arrays)
            yield self.frames.seconds_until_shown(lambda: QTest.keyClick(window, Qt.Key_A))
            assert len(self._arrays) == before + 1, "the key brought no chip, or several"
            pause(look_s)

    def _by_swap(self, look_s: float) -> Iterator[float]:
        assert self._plain is not None
        image, labels = self._plain
        for rgb, mask in self._arrays:
            # Arrays of their own: what was on the screen a moment ago may be in some cache.
            pair = rgb.copy(), mask.copy()

            def swap(pair: tuple[NDArray[Any], NDArray[Any]] = pair) -> None:
                bare.swap_chip(image, labels, *pair)
                self.frames.note_set()

            yield self.frames.seconds_until_shown(swap)
            pause(look_s)

    def _on_desk_pictured(self, _: ChipView, picture: Picture) -> None:
        self.frames.note_set()
        if self.desk.layers is not None:
            self._arrays.append((picture.rgb, self.desk.layers.mask.data))

    def _show(self, layers: tuple[Any, ...]) -> None:
        for layer in self.viewer.layers:
            layer.visible = layer in layers
        self.viewer.layers.selection.active = layers[0] if layers else None
        self.frames.native.setFocus()
        come_to_rest()

    def _add_plain(self) -> None:
        assert self.desk.layers is not None
        assert self.desk.project is not None
        layers = self.desk.layers
        image, mask = (layer.data.copy() for layer in (layers.image, layers.mask))
        colormap = mask_colormap(self.desk.project.classes)
        self._plain = (
            self.viewer.add_image(image, rgb=True, name="plain image", visible=False),
            self.viewer.add_labels(
                mask, name="plain labels", colormap=colormap, opacity=0.6, visible=False
            ),
        )
        self.desk._bind_keys()

    def _remove_plain(self) -> None:
        for layer in self._plain or ():
            self.viewer.layers.remove(layer)
        self._plain = None


def main() -> None:
    """Measure both sizes of chips, at both speeds."""
    given = arguments(__doc__.splitlines()[0])
    chips = 50 if given.quick else material.CHIPS
    bench, rows = Bench(), []
    for size, project in (
        (material.SMALL_PX, material.small_chips(given.work)),
        (material.LARGE_PX, material.large_chips(given.work)),
    ):
        for pace, look_s in (("7 keys a second", LOOK_S), ("keys held down", 0.0)):
            # A folder each: the one before is still open.
            used = given.work / f"used-{size}-{'held' if not look_s else 'paced'}"
            bench.open(material.undecided(project, used))
            times = Times()
            bench.measure(chips, look_s, times)
            what = f"next chip, {size} px, {pace}: p95 against a bare swap"
            rows.append(Row("P1", what, times.ratio, TARGET, figures=times.figures))
    bench.close()
    write_rows(given.out, rows)


if __name__ == "__main__":
    main()
