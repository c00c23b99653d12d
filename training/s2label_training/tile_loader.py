"""Batches of an epoch on their way to the network, as tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch

from s2label_training.ahead import read_ahead

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from s2label_training.dataset import TileReader
    from s2label_training.sampling import Sampler, Tile

# Batches that wait for the network; more would only need memory.
_AHEAD = 3


class TensorBatch(NamedTuple):
    """A batch on the way to the network: (tile, channel, y, x), 2 x (tile, y, x), (tile,)."""

    images: Tensor
    targets: Tensor
    weights: Tensor
    slots: Tensor


class TileLoader:
    """The batches of each epoch in turn, read ahead.

    Parameters
    ----------
    reader : TileReader
        Puts batches together.
    sampler : Sampler
        Says of which tiles.
    threads : int
        How many read at the same time.
    is_pinned : bool
        Whether they are put where a GPU fetches them from while it computes.
    """

    def __init__(
        self, reader: TileReader, sampler: Sampler, threads: int, *, is_pinned: bool
    ) -> None:
        self._reader, self._sampler, self._threads = reader, sampler, threads
        self._is_pinned = is_pinned
        self.epoch = 0

    def __len__(self) -> int:
        return self._sampler.steps

    def __iter__(self) -> Iterator[TensorBatch]:
        """Begin when the first batch is asked for: only then the epoch is known for sure."""
        tiles = self._sampler.draw(self.epoch)
        yield from read_ahead(self._tensors, tiles, self._threads, _AHEAD)

    def _tensors(self, tiles: list[Tile]) -> TensorBatch:
        batch = TensorBatch(*map(torch.from_numpy, self._reader.batch(tiles)))
        return TensorBatch(*(t.pin_memory() for t in batch)) if self._is_pinned else batch
