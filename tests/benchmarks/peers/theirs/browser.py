"""The plain way to look through chips in napari: clear the viewer, read the files, add layers.

A key notes the decision in a table, empties the list of layers, reads three bands and the mask of
the next chip from their files, stretches and adds them. No reading ahead, no undo, no queue.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import napari
import numpy as np
import rasterio
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from rasterio.windows import Window

from tests.benchmarks.frames import Frames, come_to_rest, pause
from tests.benchmarks.peers.answering import answer, memory_mib

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Browser:
    """A viewer that shows one chip after the other.

    Parameters
    ----------
    chips : list of dict
        ``bands`` (red, green and blue: path and index), ``mask`` (path) and ``window`` (x, y,
        width, height) of each.
    table : Path
        Where decisions are noted.
    """

    def __init__(self, chips: list[dict[str, Any]], table: Path) -> None:
        self._chips, self._table, self._number = chips, table, 0
        self.viewer = napari.Viewer(title="browser")
        self.viewer.bind_key("a", self.accept, overwrite=True)
        self.show()

    def accept(self, _: napari.Viewer) -> None:
        """Note that this chip is good and show the next one."""
        with self._table.open("a") as table:
            table.write(f"{self._number},accept\n")
        self._number += 1
        self.show()

    def show(self) -> None:
        """Show the chip."""
        chip = self._chips[self._number % len(self._chips)]
        rgb, mask = read_chip(chip)
        self.viewer.layers.clear()
        self.viewer.add_image(rgb, rgb=True, name="image")
        self.viewer.add_labels(mask, name="mask", opacity=0.6)


def read_chip(chip: dict[str, Any]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return rgb (y, x, 3), stretched from its 2nd to its 98th percentile, and mask (y, x)."""
    window = Window(*chip["window"])
    layers = []
    for path, index in chip["bands"]:
        with rasterio.open(path) as raster:
            layers.append(raster.read(index, window=window))
    with rasterio.open(chip["mask"]) as raster:
        mask = raster.read(1)
    values = np.stack(layers, axis=-1).astype(np.float32)
    low, high = np.percentile(values, (2, 98))
    rgb = np.clip((values - low) / max(high - low, 1.0), 0, 1)
    return (255 * rgb).astype(np.uint8), mask


def measure(request: dict[str, Any]) -> dict[str, Any]:
    """Return seconds from key to frame, and the memory before and after."""
    browser = Browser(request["chips"], Path(request["table"]))
    frames = Frames(browser.viewer)
    come_to_rest()
    # The mask is the last thing that a switch adds; what is drawn after it shows the new chip.
    browser.viewer.layers.events.inserted.connect(
        lambda event: frames.note_set() if event.value.name == "mask" else None
    )
    window = browser.viewer.window._qt_window.windowHandle()
    before, seconds = memory_mib(), []
    for _ in range(request["switches"]):
        seconds.append(frames.seconds_until_shown(lambda: QTest.keyClick(window, Qt.Key_A)))
        pause(request["look_s"])
    come_to_rest()
    after = memory_mib()
    browser.viewer.close()
    return {"seconds": seconds, "before_mib": before, "after_mib": after}


if __name__ == "__main__":
    answer(measure)
