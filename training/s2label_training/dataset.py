"""Chips as a network meets them: pixels, targets and weights, from memory or from disk.

Arrays only; knows no torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from s2label_training.ahead import PoolPerThread
from s2label_training.channels import normalise, read_channels
from s2label_training.water import can_tell_water, is_near_water

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from s2label.labelled.chips import LabelledChip
    from s2label_training.labels import Labels
    from s2label_training.normalisation import Normalisation
    from s2label_training.sampling import Tile

# Of a pixel in memory: what `Labels` holds and whether there is data, beside its channels.
_LABEL_BYTES = 8


class Batch(NamedTuple):
    """Tiles of one step: images (tile, channel, y, x) and targets, weights (tile, y, x)."""

    images: NDArray[np.float32]
    targets: NDArray[np.int64]
    weights: NDArray[np.float32]
    slots: NDArray[np.int64]


def memory_gib(chips: Iterable[LabelledChip], channels: int) -> float:
    """Return how much memory chips need with all their channels, in GiB."""
    pixels = sum(chip.place.grid.height * chip.place.grid.width for chip in chips)
    return pixels * (4 * channels + _LABEL_BYTES) / 2**30


class ChipPixels:
    """Normalised channels of chips; once `keep` was given them they stay in memory.

    Parameters
    ----------
    chips : sequence of LabelledChip
        The chips, asked for by number.
    bands, indices : sequence of str
        The channels.
    normalisation : Normalisation
        Of these channels.
    """

    def __init__(
        self,
        chips: Sequence[LabelledChip],
        bands: Sequence[str],
        indices: Sequence[str],
        normalisation: Normalisation,
    ) -> None:
        self._chips, self._bands, self._indices = chips, bands, indices
        self._normalisation = normalisation
        self._pools = PoolPerThread()
        self._kept: dict[int, tuple[NDArray[np.float32], NDArray[np.bool_]]] = {}

    def __len__(self) -> int:
        return len(self._chips)

    def keep(self, number: int) -> None:
        """Read a chip and keep it in memory; any thread may."""
        self._kept[number] = self._read(number, slice(None), slice(None))

    def piece(
        self, number: int, rows: slice, columns: slice
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Return a part of a chip.

        Returns
        -------
        values : ndarray
            (channel, y, x) float32, normalised, 0 at nodata.
        has_data : ndarray
            (y, x) bool.
        """
        if number in self._kept:
            values, has_data = self._kept[number]
            return values[:, rows, columns], np.asarray(has_data[rows, columns])
        return self._read(number, rows, columns)

    def whole(self, number: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Return all of a chip, see `piece`."""
        return self.piece(number, slice(None), slice(None))

    def near_water(self, number: int, reach_px: int) -> NDArray[np.bool_]:
        """Tell of a chip's pixels whether water is near, (y, x); everywhere if no band tells."""
        values, has_data = self.whole(number)
        if not can_tell_water(self._bands):
            return np.ones_like(has_data)
        measured, count = self._normalisation, len(self._bands)
        scale, offset = (
            np.array(numbers[:count], np.float32)[:, None, None]
            for numbers in (measured.scale, measured.offset)
        )
        reflectance = np.where(has_data, values[:count] * scale + offset, np.nan)
        return is_near_water(reflectance, self._bands, reach_px)

    def _read(
        self, number: int, rows: slice, columns: slice
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        chip = self._chips[number]
        grid = chip.place.grid
        y, below, _ = rows.indices(grid.height)
        x, right, _ = columns.indices(grid.width)
        window = grid.window(x, y, right - x, below - y)
        open_ = self._pools.pool.open
        channels = read_channels(chip.image, window, self._bands, self._indices, open_)
        has_data = np.isfinite(channels[: len(self._bands)]).all(axis=0)
        measured = self._normalisation
        return normalise(channels, measured.offset, measured.scale), np.asarray(has_data)


class TileReader:
    """Puts tiles of chips together to batches.

    Parameters
    ----------
    pixels : ChipPixels
        The chips' channels.
    labels : sequence of Labels
        What each chip teaches.
    tile_px : int
        Side of a tile. Chips that are smaller are mirrored at their edges, as they are when a model
        is used, and what is mirrored does not count.
    """

    def __init__(self, pixels: ChipPixels, labels: Sequence[Labels], tile_px: int) -> None:
        self._pixels, self._labels, self._side = pixels, labels, tile_px

    def batch(self, tiles: Sequence[Tile]) -> Batch:
        """Return the batch of some tiles."""
        parts = [self._tile(tile) for tile in tiles]
        side, channels = self._side, len(parts[0][0])
        images = np.zeros((len(tiles), channels, side, side), np.float32)
        targets = np.zeros((len(tiles), side, side), np.int64)
        weights = np.zeros((len(tiles), side, side), np.float32)
        for number, (values, target, weight) in enumerate(parts):
            height, width = target.shape
            images[number] = _mirrored(values, side)
            targets[number, :height, :width] = target
            weights[number, :height, :width] = weight
        return Batch(images, targets, weights, np.array([tile.slot for tile in tiles], np.int64))

    def _tile(
        self, tile: Tile
    ) -> tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.float32]]:
        rows = slice(tile.y, tile.y + self._side)
        columns = slice(tile.x, tile.x + self._side)
        values, has_data = self._pixels.piece(tile.chip, rows, columns)
        labels = self._labels[tile.chip]
        return values, labels.target[rows, columns], labels.weight[rows, columns] * has_data


def _mirrored(values: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    lacking = [(0, side - length) for length in values.shape[1:]]
    if not any(right for _, right in lacking):
        return values
    return np.pad(values, [(0, 0), *lacking], mode="reflect")
