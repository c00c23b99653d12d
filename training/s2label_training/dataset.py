"""Chips as a network meets them: pixels, targets and weights, from memory or from disk.

Arrays only; knows no torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from s2label.errors import InputError
from s2label.labelled.pixels import pixel_weights, read_labels
from s2label.types import BACKGROUND, NOT_LABELLED, Lifetime
from s2label_training.ahead import PoolPerThread
from s2label_training.channels import normalise, read_channels

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from s2label.labelled.chips import LabelledChip
    from s2label.project import Project
    from s2label.types import ClassTable
    from s2label_training.normalisation import Normalisation
    from s2label_training.sampling import Tile
    from s2label_training.sections import LabelSettings

# Of a pixel in memory: what `Labels` holds and whether there is data, beside its channels.
_LABEL_BYTES = 8


@dataclass(frozen=True, eq=False)
class Labels:
    """What a chip teaches, and what its pixels are scored with.

    Parameters
    ----------
    target : ndarray
        (y, x) uint8, index of the network's class; 0 where there is no label.
    weight : ndarray
        (y, x) float32, 0 where there is no label.
    truth : ndarray
        (y, x) uint8, stored values of the mask; 255 where the image is ignored too.
    counts : ndarray
        (y, x) bool, labelled and checked: what validates.
    """

    target: NDArray[np.uint8]
    weight: NDArray[np.float32]
    truth: NDArray[np.uint8]
    counts: NDArray[np.bool_]


class Batch(NamedTuple):
    """Tiles of one step: images (tile, channel, y, x) and targets, weights (tile, y, x)."""

    images: NDArray[np.float32]
    targets: NDArray[np.int64]
    weights: NDArray[np.float32]
    slots: NDArray[np.int64]


def network_values(table: ClassTable, chips: Iterable[LabelledChip]) -> tuple[int, ...]:
    """Return the stored value of each output of a network.

    Moving things lie on a background. Land cover has one only where somebody labelled it.
    """
    has_background = table.lifetime is Lifetime.MOVING or any(
        chip.class_counts.get(BACKGROUND) for chip in chips
    )
    return (BACKGROUND, *table.values) if has_background else table.values


def read_chip_labels(
    project: Project, chip: LabelledChip, values: Sequence[int], settings: LabelSettings
) -> Labels:
    """Read what a chip teaches.

    Parameters
    ----------
    project : Project
        Where the masks are.
    chip : LabelledChip
        The chip.
    values : sequence of int
        Stored value of each output of the network.
    settings : LabelSettings
        What labels are worth.

    Raises
    ------
    InputError
        If the mask is damaged, or holds a class that the class table lacks.
    """
    pixels = read_labels(project, chip, settings.trust)
    is_labelled = pixels.classes < NOT_LABELLED
    weight = pixel_weights(pixels, settings.unchecked_model, settings.unchecked_imported)
    index_of = np.full(256, 255, np.uint8)
    index_of[list(values)] = np.arange(len(values))
    target = np.where(is_labelled, index_of[pixels.classes], 0)
    if (target == 255).any():
        found = int(pixels.classes[target == 255][0])
        where = project.mask_path(chip.mask_id, chip.mask_version)
        raise InputError(where, f"class value {found}", "values of the project's class table")
    return Labels(
        target.astype(np.uint8),
        np.asarray(weight * is_labelled, np.float32),
        pixels.classes,
        pixels.checked & is_labelled,
    )


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
