"""Frames on the screen: how long from an event until the canvas shows what it asked for.

``draw`` tells that the canvas has drawn, ``frameSwapped`` that Qt has put the drawing together
with the rest of the window and handed it to the screen. A frame counts when it was drawn after
its data were set, and is over when it is swapped. Both sides of a ratio are taken this way.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QEventLoop, QTimer
from qtpy.QtWidgets import QApplication

if TYPE_CHECKING:
    from collections.abc import Callable

    import napari

_PATIENCE_MS = 20_000


class Frames:
    """Watches the canvas of a viewer.

    Parameters
    ----------
    viewer : napari.Viewer
        With its window on a screen.
    """

    def __init__(self, viewer: napari.Viewer) -> None:
        canvas = viewer.window._qt_viewer.canvas
        self.native: Any = canvas.native
        self._is_set = self._is_drawn = False
        self._swapped_s = 0.0
        self._loop = QEventLoop()
        canvas._scene_canvas.events.draw.connect(self._on_draw)
        self.native.frameSwapped.connect(self._on_swapped)

    def note_set(self, *_: object) -> None:
        """Note that the data are set: the next frame that is drawn shows them."""
        self._is_set = True

    def seconds_until_shown(self, do: Callable[[], object]) -> float:
        """Do something and wait for its frame; whoever sets the data calls `note_set`."""
        self._is_set = self._is_drawn = False
        self._swapped_s = 0.0
        begin = time.perf_counter()
        do()
        self.wait()
        return self._swapped_s - begin

    def wait(self) -> None:
        """Wait for the frame, in the event loop."""
        if self._swapped_s:
            return
        patience = QTimer(singleShot=True, interval=_PATIENCE_MS)
        patience.timeout.connect(self._loop.quit)
        patience.start()
        self._loop.exec_()
        if not self._swapped_s:
            raise TimeoutError("no frame was drawn")

    def _on_draw(self, _: object) -> None:
        self._is_drawn = self._is_set

    def _on_swapped(self) -> None:
        if self._is_drawn and not self._swapped_s:
            self._swapped_s = time.perf_counter()
            self._loop.quit()


def pause(seconds: float) -> None:
    """Let the window live for a while: somebody looks at the chip."""
    if seconds:
        loop = QEventLoop()
        QTimer.singleShot(round(1000 * seconds), loop.quit)
        loop.exec_()


def come_to_rest() -> None:
    """Let the window draw itself and do what it put off."""
    for _ in range(5):
        QApplication.processEvents()
        pause(0.2)
