"""The water of a scene in bands of rows: what is near it, as if all of it were seen at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label_training.water import LEAST_PX, infrared_band, is_near_water

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from s2label_training.scene.rows import Rows

# Opening looks at two pixels around each.
_OPENING_PX = 2


def context_rows(reach_px: int) -> int:
    """Return how many rows above and below a band tell all of its water.

    A water that reaches from the band's surroundings to the end of so many rows has a pixel in each
    of them, and so is as large as a water has to be; any smaller one is seen whole.
    """
    return LEAST_PX + reach_px + _OPENING_PX


def near_water(
    infrared: Rows, band: tuple[int, int], height: int, reach_px: int, names: Sequence[str]
) -> NDArray[np.bool_]:
    """Return what `is_near_water` of the whole scene would, (y, x), for a band of its rows.

    Parameters
    ----------
    infrared : Rows
        Reflectance (y, x) of the band that tells water, NaN at nodata; `context_rows` above and
        below have to be there, as far as the scene reaches.
    band : tuple of int
        First row, and the one after the last.
    height : int
        Rows of the scene.
    reach_px : int
        How far from water still counts.
    names : sequence of str
        Bands of the model.
    """
    around = context_rows(reach_px)
    first, end = max(0, band[0] - around), min(height, band[1] + around)
    name = infrared_band(names)
    is_near = is_near_water(infrared.between(first, end)[None], [name], reach_px)
    return is_near[band[0] - first : band[1] - first]
