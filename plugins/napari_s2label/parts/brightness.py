"""Whether a picture is too dark to be judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Of 0..255. Water beside bright land lies at 5 to 20 in the stretch of a whole project.
_DARK = 32
# Enough pixels for a median, and little time after each chip.
_STEP_PX = 4


def is_dark(rgb: NDArray[np.uint8]) -> bool:
    """Tell whether most of a picture is nearly black.

    Parameters
    ----------
    rgb : NDArray[np.uint8]
        Picture (y, x, 3); black pixels have no data and do not count.
    """
    brightness = rgb[::_STEP_PX, ::_STEP_PX].mean(axis=-1)
    valid = brightness[brightness > 0]
    return bool(valid.size) and float(np.median(valid)) < _DARK
