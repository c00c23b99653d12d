"""Which tiles an epoch sees: by chance, near objects, and where the network was most wrong.

Everything is drawn from the seed, the epoch and what was noted of the tiles, so that a fit that is
resumed sees what it would have seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from s2label.tiling import Edge, tile_origins

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from s2label_training.sections import SamplingSettings

# Of the tiles that were seen, the most wrong ones: the share from which hard ones are drawn.
_HARD_OF_ALL = 0.25
# A tile is moved by at most this share of its side; one near an object as far as it still holds its
# middle well inside, so that objects lie everywhere and not only in the middle.
_REACH, _REACH_OF_OBJECTS = 4 / 16, 6 / 16
# What counts more, what a tile was lately or before: half and half.
_KEPT_WRONGNESS = 0.5
_STREAM = 1  # tells these random numbers from those of other files with the same seed


class Tile(NamedTuple):
    """A square of a chip; ``slot`` is the one of the fixed grid that it is nearest to."""

    chip: int
    y: int
    x: int
    slot: int


class Sampler:
    """Draws the tiles of each epoch.

    Parameters
    ----------
    targets : sequence of ndarray
        Per chip, (y, x) uint8, network class index.
    weights : sequence of ndarray
        Per chip, (y, x) float32, 0 where there is no label.
    foreground : sequence of int
        Network class indices that objects can have.
    settings : SamplingSettings
        Shares and how many.
    tile_px, batch_size : int
        Side of a tile; an epoch is as many whole batches as its tiles fill.
    seed : int
        Of all that is drawn.
    """

    def __init__(
        self,
        targets: Sequence[NDArray[np.uint8]],
        weights: Sequence[NDArray[np.float32]],
        foreground: Sequence[int],
        settings: SamplingSettings,
        tile_px: int,
        batch_size: int,
        seed: int,
    ) -> None:
        self._shapes = [target.shape for target in targets]
        self._tile_px, self._batch_size, self._seed = tile_px, batch_size, seed
        self._settings = settings
        self._slots = find_slots(weights, tile_px)
        self._objects: list[NDArray[np.int32]] = []
        if settings.object_share:
            self._objects = find_objects(targets, weights, foreground)
        self._wrongness = np.full(len(self._slots), np.nan, np.float32)

    @property
    def steps(self) -> int:
        """Batches of an epoch."""
        tiles = self._settings.tiles_per_epoch or len(self._slots)
        return -(-tiles // self._batch_size)

    @property
    def wrongness(self) -> NDArray[np.float32]:
        """How wrong the network was lately, per slot; NaN where it has not been."""
        return self._wrongness.copy()

    @wrongness.setter
    def wrongness(self, values: NDArray[np.float32]) -> None:
        if values.shape != self._wrongness.shape:
            raise ValueError(f"{values.shape} is not the wrongness of {len(self._slots)} tiles")
        self._wrongness = values.astype(np.float32)

    def note(self, slots: NDArray[np.int64], wrong: NDArray[np.float32]) -> None:
        """Remember how wrong the network was on tiles, (tile,) each."""
        for slot, now in zip(slots, wrong, strict=True):
            before = self._wrongness[slot]
            kept = now if np.isnan(before) else before
            self._wrongness[slot] = _KEPT_WRONGNESS * kept + (1 - _KEPT_WRONGNESS) * now

    def draw(self, epoch: int) -> list[list[Tile]]:
        """Return the batches of an epoch, counted from 0."""
        random = np.random.default_rng([self._seed, _STREAM, epoch])
        count = self.steps * self._batch_size
        near = self._near_objects(round(count * self._settings.object_share), random)
        hard = self._hard(round(count * self._settings.hard_share), random)
        rest = self._by_chance(count - len(near) - len(hard), random)
        tiles = [*near, *hard, *rest]
        mixed = [tiles[number] for number in random.permutation(count)]
        return [mixed[n : n + self._batch_size] for n in range(0, count, self._batch_size)]

    def _near_objects(self, count: int, random: np.random.Generator) -> list[Tile]:
        """Draw a class, each alike, then one of its objects: rare ones come as often as others."""
        if not self._objects:
            return []
        tiles = []
        for number in random.integers(len(self._objects), size=count):
            objects = self._objects[number]
            chip, y, x = objects[random.integers(len(objects))]
            middle = self._tile_px // 2
            y, x = self._moved(chip, y - middle, x - middle, random, _REACH_OF_OBJECTS)
            tiles.append(Tile(int(chip), y, x, self._nearest_slot(chip, y, x)))
        return tiles

    def _hard(self, count: int, random: np.random.Generator) -> list[Tile]:
        seen = np.flatnonzero(~np.isnan(self._wrongness))
        if not len(seen):
            return []
        worst = seen[np.argsort(-self._wrongness[seen], kind="stable")]
        worst = worst[: max(1, round(len(seen) * _HARD_OF_ALL))]
        return [self._of_slot(slot, random) for slot in random.choice(worst, count)]

    def _by_chance(self, count: int, random: np.random.Generator) -> list[Tile]:
        """Draw every slot once before any comes twice."""
        rounds = -(-count // len(self._slots))
        order = [slot for _ in range(rounds) for slot in random.permutation(len(self._slots))]
        return [self._of_slot(slot, random) for slot in order[:count]]

    def _of_slot(self, slot: int, random: np.random.Generator) -> Tile:
        chip, y, x = self._slots[slot]
        return Tile(int(chip), *self._moved(chip, y, x, random), int(slot))

    def _moved(
        self, chip: int, y: int, x: int, random: np.random.Generator, share: float = _REACH
    ) -> tuple[int, int]:
        """Return the first pixel of a tile, moved by chance, so that it fits into the chip."""
        reach = int(self._tile_px * share)
        shifts = random.integers(-reach, reach + 1, size=2)
        most = np.maximum(np.array(self._shapes[chip]) - self._tile_px, 0)
        moved = np.clip(np.array([y, x]) + shifts, 0, most)
        return int(moved[0]), int(moved[1])

    def _nearest_slot(self, chip: int, y: int, x: int) -> int:
        first, last = np.searchsorted(self._slots[:, 0], [chip, chip + 1])
        distance = np.abs(self._slots[first:last, 1:] - (y, x)).sum(axis=1)
        return int(first + distance.argmin())


def find_slots(weights: Sequence[NDArray[np.float32]], tile_px: int) -> NDArray[np.int32]:
    """Return a grid of tiles over all chips, (slot, 3) int32: chip, first y, first x.

    Tiles without any label are left out; a chip smaller than a tile has one.
    """
    slots = []
    for chip, weight in enumerate(weights):
        rows, columns = (
            tile_origins(side, tile_px, tile_px, Edge.SHIFT) or [0] for side in weight.shape
        )
        slots += [
            (chip, y, x)
            for y in rows
            for x in columns
            if weight[y : y + tile_px, x : x + tile_px].any()
        ]
    return np.array(slots, np.int32).reshape(-1, 3)


def find_objects(
    targets: Sequence[NDArray[np.uint8]],
    weights: Sequence[NDArray[np.float32]],
    foreground: Sequence[int],
) -> list[NDArray[np.int32]]:
    """Return the middle of each labelled object, (object, 3) int32: chip, y, x, by class.

    Objects are 8-connected pixels of a class; classes without any are left out.
    """
    from scipy import ndimage

    found: dict[int, list[tuple[int, int, int]]] = {index: [] for index in foreground}
    for chip, (target, weight) in enumerate(zip(targets, weights, strict=True)):
        for index in np.intersect1d(target[weight > 0], foreground):
            of_class = (target == index) & (weight > 0)
            numbered, _ = ndimage.label(of_class, np.ones((3, 3)))
            for rows, columns in ndimage.find_objects(numbered):
                middle = ((rows.start + rows.stop) // 2, (columns.start + columns.stop) // 2)
                found[int(index)].append((chip, *middle))
    return [np.array(middles, np.int32) for middles in found.values() if middles]
