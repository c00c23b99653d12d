"""Parcels: man-made patterns, laid over the land block by block."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from s2label.samples.noise import FloatImage, make_smooth_noise

IntImage = NDArray[np.int32]
MaterialImage = NDArray[np.uint8]


@dataclass(frozen=True)
class BlockPlan:
    """Blocks of land, each with its own direction, and where a pixel lies in the pattern.

    Attributes
    ----------
    block
        (y, x), number of the block.
    row, column
        (y, x), position in a square pattern of `tile_px`, turned with the block.
    tile_px
        Side of the pattern.
    """

    block: IntImage
    row: IntImage
    column: IntImage
    tile_px: int

    def sample(self, pattern: NDArray[np.generic]) -> NDArray[np.generic]:
        """Lay a pattern over the land.

        Parameters
        ----------
        pattern
            (tile_px, tile_px), any dtype.

        Returns
        -------
        numpy.ndarray
            (y, x), dtype of `pattern`.
        """
        return pattern[self.row, self.column]


def plan_blocks(
    rng: np.random.Generator, shape: tuple[int, int], spacing_px: float, tile_px: int
) -> BlockPlan:
    """Divide land into irregular blocks with a direction each.

    Parameters
    ----------
    rng
        Source of randomness.
    shape
        (height, width) in pixels.
    spacing_px
        Usual distance between the centres of blocks.
    tile_px
        Side of the patterns that will be laid over the blocks.

    Returns
    -------
    BlockPlan
        The same for all patterns of `tile_px`.
    """
    centres = _scatter_centres(rng, shape, spacing_px)
    y, x = _bend_coordinates(rng, shape, spacing_px / 14)
    block = _find_nearest(centres, y, x)
    angle = rng.normal(rng.uniform(0, np.pi), 0.5, len(centres))[block]
    dy, dx = y - centres[block, 0], x - centres[block, 1]
    offset = rng.integers(0, tile_px, (2, len(centres)))[:, block]
    row = np.floor(np.cos(angle) * dy - np.sin(angle) * dx).astype(np.int32) + offset[0]
    column = np.floor(np.sin(angle) * dy + np.cos(angle) * dx).astype(np.int32) + offset[1]
    return BlockPlan(block.astype(np.int32), row % tile_px, column % tile_px, tile_px)


def split_tile(
    rng: np.random.Generator, tile_px: int, height_px: float, width_px: float
) -> IntImage:
    """Split a square into rectangular parcels.

    Parameters
    ----------
    rng
        Source of randomness.
    tile_px
        Side of the square.
    height_px, width_px
        Largest sides of a parcel; most are between half of this and this.

    Returns
    -------
    numpy.ndarray
        (tile_px, tile_px), number of the parcel from 0.
    """
    parcels = np.zeros((tile_px, tile_px), dtype=np.int32)
    waiting, count = [(0, tile_px, 0, tile_px)], 0
    while waiting:
        top, bottom, left, right = waiting.pop()
        share = rng.uniform(0.36, 0.64)
        if bottom - top > height_px:
            middle = top + round((bottom - top) * share)
            waiting += [(top, middle, left, right), (middle, bottom, left, right)]
        elif right - left > width_px:
            middle = left + round((right - left) * share)
            waiting += [(top, bottom, left, middle), (top, bottom, middle, right)]
        else:
            parcels[top:bottom, left:right] = count
            count += 1
    return parcels


def find_borders(labels: IntImage) -> NDArray[np.bool_]:
    """Mark the pixels whose right or lower neighbour has another number.

    Parameters
    ----------
    labels
        (y, x), whole numbers.

    Returns
    -------
    numpy.ndarray
        (y, x), bool.
    """
    border = np.zeros(labels.shape, dtype=bool)
    border[:-1] |= labels[1:] != labels[:-1]
    border[:, :-1] |= labels[:, 1:] != labels[:, :-1]
    return border


def _scatter_centres(
    rng: np.random.Generator, shape: tuple[int, int], spacing_px: float
) -> NDArray[np.float64]:
    rows = np.arange(-spacing_px / 2, shape[0] + spacing_px, spacing_px)
    columns = np.arange(-spacing_px / 2, shape[1] + spacing_px, spacing_px)
    grid = np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1).reshape(-1, 2)
    return np.asarray(grid + rng.uniform(-0.42, 0.42, grid.shape) * spacing_px)


def _find_nearest(centres: NDArray[np.float64], y: FloatImage, x: FloatImage) -> IntImage:
    # Large grids are searched at every second pixel: the search is the slowest step of all.
    step = 2 if y.size > 500_000 else 1
    points = np.stack([y[::step, ::step].ravel(), x[::step, ::step].ravel()], axis=1)
    nearest = cKDTree(centres).query(points)[1].reshape(y[::step, ::step].shape)
    repeated = nearest.repeat(step, axis=0).repeat(step, axis=1)
    return np.asarray(repeated[: y.shape[0], : y.shape[1]], dtype=np.int32)


def _bend_coordinates(
    rng: np.random.Generator, shape: tuple[int, int], amplitude_px: float
) -> tuple[FloatImage, FloatImage]:
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    bend = [make_smooth_noise(rng, shape, 2.2) * np.float32(amplitude_px) for _ in range(2)]
    return y + bend[0], x + bend[1]
