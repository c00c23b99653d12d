"""Outlines in metres of a port, and the pixels that they enclose."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from skimage import draw

Outline = tuple[tuple[float, float], ...]
"""Corners as (metres out to sea, metres along the shore) from the port's origin."""


@dataclass(frozen=True)
class Frame:
    """Position and direction of the port in the scene.

    Attributes
    ----------
    origin_xy
        Pixel (10 m) of the port's origin on the shore.
    seaward_deg
        Azimuth in which the sea lies, clockwise from north.
    """

    origin_xy: tuple[float, float]
    seaward_deg: float

    def locate(self, outline: Outline) -> NDArray[np.float64]:
        """Turn metres of the port into pixels of the scene.

        Parameters
        ----------
        outline
            Points as (metres out to sea, metres along the shore).

        Returns
        -------
        numpy.ndarray
            (point, 2), x and y in 10 m pixels.
        """
        angle = np.radians(self.seaward_deg)
        seaward = np.array([np.sin(angle), -np.cos(angle)])
        along = np.array([seaward[1], -seaward[0]])
        metres = np.asarray(outline, dtype=float)
        return np.asarray(self.origin_xy + (metres[:, :1] * seaward + metres[:, 1:] * along) / 10)


def fill_outline(
    corners_xy: NDArray[np.float64], shape: tuple[int, int], factor: int = 2
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Find the pixels inside an outline.

    Parameters
    ----------
    corners_xy
        (point, 2), 10 m pixels.
    shape
        (height, width) of the finer grid.
    factor
        Finer pixels per 10 m pixel.

    Returns
    -------
    tuple of numpy.ndarray
        Rows and columns of the finer grid.
    """
    x, y = (corners_xy * factor).T
    rows, columns = draw.polygon(y, x, shape)  # type: ignore[no-untyped-call]
    return rows, columns


def widen_line(
    start: NDArray[np.float64], end: NDArray[np.float64], width_px: float
) -> NDArray[np.float64]:
    """Turn a line into a rectangle.

    Parameters
    ----------
    start, end
        (2,), x and y in pixels.
    width_px
        Breadth of the rectangle; it also reaches half of it beyond both ends.

    Returns
    -------
    numpy.ndarray
        (4, 2), corners in pixels.
    """
    length = max(float(np.hypot(*(end - start))), 1e-6)
    along = (end - start) / length * width_px / 2
    across = np.array([-along[1], along[0]])
    a, b = start - along, end + along
    return np.array([a - across, b - across, b + across, a + across])
