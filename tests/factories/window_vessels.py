"""Vessels as somebody in front of a real window sees them, and points at them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage as ndi

from tests.factories.window_mouse import mouse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tests.factories.window_painter import WindowPainter

# On the screen what is labelled or suggested as vessel is red; its picture is grey.
_REDDER = 60


def is_red(painter: WindowPainter, where: NDArray[np.bool_]) -> bool:
    """Tell whether pixels of the chip in view (y, x) are shown as vessel, most of them."""
    red, green = (painter.chip.seen()[..., band].astype(int) for band in (0, 1))
    return bool(np.median((red - green)[where]) > _REDDER)


def point_at_one(painter: WindowPainter, vessels: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Put the mouse on the first of some vessels (y, x), and return which pixels are its."""
    numbers, _ = ndi.label(vessels, np.ones((3, 3)))
    one = numbers == 1
    y, x = np.argwhere(one)[one.sum() // 2]
    mouse("mousemove", *painter.chip.to_screen((y, x)), "sleep", 0.2)
    return np.asarray(one)
