"""How many pixels have which value, counted a moment after they changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtCore import QObject, QTimer, Signal

from napari_s2label.parts.class_legend import IGNORED_IN_IMAGE
from s2label.canvases import CanvasKind
from s2label.types import IGNORE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_s2label.easel import Easel

# Five times a second is as often as somebody can read it.
_EVERY_MS = 200


class PixelCounts(QObject):
    """Counts the chip in view, at most five times a second and never during a stroke.

    Signals
    -------
    counted : dict
        Value, or `IGNORED_IN_IMAGE` -> pixels that have it.
    """

    counted = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._easel: Easel | None = None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_EVERY_MS)
        self._rest.timeout.connect(self._on_rest_timeout)

    def follow(self, easel: Easel | None) -> None:
        """Count another easel's chip from now on, or none."""
        self._easel = easel
        self.ask()

    def ask(self) -> None:
        """Say that pixels have changed."""
        if not self._rest.isActive():
            self._rest.start()

    def _on_rest_timeout(self) -> None:
        easel = self._easel
        if easel is None or easel.painter.chip is None:
            return
        if easel.layers.mask.is_painting or easel.layers.ignore.is_painting:
            self._rest.start()
            return
        mask, ignore = (easel.painter.canvas(kind).classes for kind in CanvasKind)
        ignored = int(np.count_nonzero(ignore == IGNORE))
        self.counted.emit(count_values(mask) | {IGNORED_IN_IMAGE: ignored})


def count_values(classes: NDArray[np.uint8]) -> dict[int, int]:
    """Return value -> pixels of a mask (y, x) that have it, for values that occur."""
    counts = np.bincount(classes.reshape(-1), minlength=256)
    return {int(value): int(counts[value]) for value in np.flatnonzero(counts)}
