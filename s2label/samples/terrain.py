"""Relief, winding lines and smooth steps."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from s2label.samples.noise import FloatImage


def ramp(values: NDArray[np.floating], start: float, end: float) -> FloatImage:
    """Rise smoothly from 0 at `start` to 1 at `end` (cubic Hermite step).

    Parameters
    ----------
    values
        Array of any shape.
    start, end
        Values at which the result is 0 and 1; `start` may be the larger one.

    Returns
    -------
    numpy.ndarray
        As `values`, float32, range 0..1.
    """
    t = np.clip((values - start) / (end - start), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), dtype=np.float32)


def shade_relief(
    elevation_m: FloatImage, gsd_m: float, sun_azimuth_deg: float, sun_elevation_deg: float
) -> FloatImage:
    """Give the direct light on slopes relative to flat ground.

    Parameters
    ----------
    elevation_m
        (y, x), metres.
    gsd_m
        Pixel size in metres.
    sun_azimuth_deg, sun_elevation_deg
        Where the sun stands, clockwise from north and above the horizon.

    Returns
    -------
    numpy.ndarray
        (y, x), float32, 1 on flat ground, 0.15 or more in the shade.
    """
    down, right = np.gradient(elevation_m, gsd_m)
    azimuth, elevation = np.radians(sun_azimuth_deg), np.radians(sun_elevation_deg)
    east, north = np.sin(azimuth), np.cos(azimuth)
    slope_light = (north * down - east * right) / np.tan(elevation) + 1
    light = slope_light / np.sqrt(1 + down**2 + right**2)
    return np.asarray(np.clip(light, 0.15, 1.8), dtype=np.float32)


def trace_curve(
    rng: np.random.Generator, start_xy: tuple[float, float], end_xy: tuple[float, float],
    swing_px: float,
) -> NDArray[np.float64]:  # fmt: skip
    """Draw a winding line between two points, as rivers and roads run.

    Parameters
    ----------
    rng
        Source of randomness.
    start_xy, end_xy
        Ends of the line in pixels.
    swing_px
        How far the line swings to the sides, in pixels.

    Returns
    -------
    numpy.ndarray
        (point, 2), x and y in pixels, points about 0.3 px apart on a straight line.
    """
    start, end = np.asarray(start_xy, dtype=float), np.asarray(end_xy, dtype=float)
    length = float(np.hypot(*(end - start)))
    t = np.linspace(0, 1, int(length / 0.3) + 2)
    waves = np.arange(1, 7)
    phases, weights = rng.uniform(0, 2 * np.pi, 6), rng.uniform(0.5, 1, 6) / waves
    swing = (weights * np.sin(2 * np.pi * t[:, None] * waves * 0.9 + phases)).sum(axis=1)
    swing *= swing_px * np.minimum(1, 6 * t * (1 - t) + 0.3)
    normal = np.array([-(end - start)[1], (end - start)[0]]) / max(length, 1)
    return np.asarray(start + t[:, None] * (end - start) + swing[:, None] * normal)


def measure_distance(points_xy: NDArray[np.float64], shape: tuple[int, int]) -> FloatImage:
    """Measure each pixel's distance to a line.

    Parameters
    ----------
    points_xy
        (point, 2), pixels; points outside the image are left out.
    shape
        (height, width) in pixels.

    Returns
    -------
    numpy.ndarray
        (y, x), float32, pixels; very large where no point lies inside.
    """
    columns, rows = np.round(points_xy).astype(int).T
    inside = (rows >= 0) & (rows < shape[0]) & (columns >= 0) & (columns < shape[1])
    if not inside.any():
        return np.full(shape, 1e6, dtype=np.float32)
    away = np.ones(shape, dtype=bool)
    away[rows[inside], columns[inside]] = False
    return np.asarray(ndimage.distance_transform_edt(away), dtype=np.float32)
