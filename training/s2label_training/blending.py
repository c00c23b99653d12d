"""Rasters of any size as tiles that a network takes, put together again without seams."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from s2label.tiling import Edge, tile_origins

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

# Networks halve their input up to five times.
_SIDE_STEP_PX = 32
# What is larger than a tile by no more than this is quicker whole than in pieces.
_WHOLE_UP_TO = 1.5
# Larger tiles than those of a training are quicker, since less is done twice, and each pixel sees
# more around it; beyond, memory counts.
_PREDICTED_PX = 512
# Neighbouring tiles share a quarter of a tile.
OVERLAP_SHARE = 4
# Next to its edge a tile hardly counts where another one covers the ground: there a network sees
# the padding of its convolutions. An eighth of the overlap, 16 px of a tile of 512.
_EDGE_SHARE = 8
_HARDLY = 1e-6


def predicted_tile(trained_px: int) -> int:
    """Return the side of the tiles that a network is used on, by that of the tiles it learnt from.

    Networks of convolutions take any side.
    """
    return max(trained_px, _PREDICTED_PX)


def tile_side(side_px: int, tile_px: int) -> int:
    """Return the side of the tiles for a raster of a side, a multiple of 32 px.

    One tile where the raster is smaller or hardly larger than a tile, padded if need be.
    """
    whole = _SIDE_STEP_PX * -(-side_px // _SIDE_STEP_PX)
    return whole if whole <= _WHOLE_UP_TO * tile_px else tile_px


def blend_weights(tile: tuple[int, int]) -> NDArray[np.float32]:
    """Return how much each pixel of a tile counts, (y, x), above 0 and at most 1.

    It rises over the overlap from the edge, where a network has seen least around a pixel.
    """
    rows, columns = (_ramp(side) for side in tile)
    return np.outer(rows, columns).astype(np.float32)


def _ramp(side: int) -> NDArray[np.float64]:
    overlap = side // OVERLAP_SHARE
    edge = overlap // _EDGE_SHARE
    from_edge = np.minimum(np.arange(side), np.arange(side)[::-1]) + 0.5
    return np.clip((from_edge - edge) / (overlap - 2 * edge), _HARDLY, 1.0)


@dataclass(frozen=True, eq=False)
class CutImage:
    """An image cut into tiles; `cut_image` makes it.

    Parameters
    ----------
    values : ndarray
        (channel, y, x), padded to at least a tile.
    corner : tuple of int
        (y, x) of the image's first pixel in it.
    shape, tile : tuple of int
        (height, width) of the image and of a tile.
    """

    values: NDArray[np.float32]
    corner: tuple[int, int]
    shape: tuple[int, int]
    tile: tuple[int, int]

    @property
    def starts(self) -> list[tuple[int, int]]:
        """(y, x) of the tiles."""
        rows, columns = (
            tile_origins(length, side, side - side // OVERLAP_SHARE, Edge.SHIFT)
            for length, side in zip(self.values.shape[1:], self.tile, strict=True)
        )
        return [(y, x) for y in rows for x in columns]

    def tiles(self) -> Iterator[NDArray[np.float32]]:
        """Yield the tiles, (channel, y, x)."""
        height, width = self.tile
        for y, x in self.starts:
            yield self.values[:, y : y + height, x : x + width]

    def put_together(self, predicted: Iterator[NDArray[np.float32]]) -> NDArray[np.float32]:
        """Return (class, y, x) float32 of the image, taking what was predicted for each tile.

        Where tiles overlap it is their mean, weighted by `blend_weights`.
        """
        weights = blend_weights(self.tile)
        height, width = self.tile
        total = np.zeros(self.values.shape[1:], np.float32)
        summed = np.zeros((), np.float32)
        for y, x in self.starts:
            tile = next(predicted)
            if not summed.ndim:
                summed = np.zeros((len(tile), *total.shape), np.float32)
            summed[:, y : y + height, x : x + width] += tile * weights
            total[y : y + height, x : x + width] += weights
        y, x = self.corner
        whole = summed / total
        return np.ascontiguousarray(whole[:, y : y + self.shape[0], x : x + self.shape[1]])


def cut_image(values: NDArray[np.float32], tile_px: int) -> CutImage:
    """Cut an image into overlapping tiles; it is mirrored at its edges where it is too small.

    Parameters
    ----------
    values : ndarray
        (channel, y, x) float32.
    tile_px : int
        Side of a tile, a multiple of 32.
    """
    height, width = values.shape[1:]
    tile = tile_side(height, tile_px), tile_side(width, tile_px)
    lacking = max(0, tile[0] - height), max(0, tile[1] - width)
    before = lacking[0] // 2, lacking[1] // 2
    margins = [(0, 0), *((b, rest - b) for b, rest in zip(before, lacking, strict=True))]
    padded = np.pad(values, margins, mode="reflect") if any(lacking) else values
    return CutImage(padded, before, (height, width), tile)
