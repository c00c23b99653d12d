"""Rocks off the cape: they look like anchored vessels."""

import numpy as np
from numpy.typing import NDArray

from s2label.samples.mosaics import MaterialImage
from s2label.samples.spectra import Material

SPOTS_XY = ((414, 66), (402, 40), (424, 92), (396, 22), (436, 118), (388, 54))


def scatter_rocks(
    rng: np.random.Generator,
    material: MaterialImage,
    is_water: NDArray[np.bool_],
    factor: int,
) -> tuple[tuple[float, float], ...]:
    """Set rocks into the sea.

    Parameters
    ----------
    rng
        Source of randomness.
    material
        (y, x), values of `Material`; changed in place.
    is_water
        (y, x), bool; changed in place.
    factor
        Pixels of these arrays per 10 m pixel.

    Returns
    -------
    tuple
        Centres as x and y in 10 m pixels.
    """
    reach = 6 * factor
    rocks = []
    for spot in SPOTS_XY:
        cx, cy = np.asarray(spot) + rng.normal(0, 2.5, 2)
        top, left = int(cy * factor) - reach, int(cx * factor) - reach
        area = (slice(top, top + 2 * reach), slice(left, left + 2 * reach))
        y, x = (np.mgrid[area] + 0.5) / factor
        radius, turn = rng.uniform(1.0, 2.3), rng.uniform(0, np.pi)
        u = (x - cx) * np.cos(turn) + (y - cy) * np.sin(turn)
        v = (y - cy) * np.cos(turn) - (x - cx) * np.sin(turn)
        inside = np.hypot(u / 1.7, v) < radius * (1 + 0.25 * np.sin(3 * np.arctan2(v, u) + turn))
        material[area][inside], is_water[area][inside] = Material.ROCK, False
        rocks.append((float(cx), float(cy)))
    return tuple(rocks)
