"""What a model proposes: a bundle becomes probabilities per class and pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from s2label_training.answers import predict
from s2label_training.blending import cut_image, predicted_tile
from s2label_training.bundle import read_record, verify_weights
from s2label_training.channels import normalise, with_indices
from s2label_training.hardware import choose_device, choose_precision
from s2label_training.networks import build_network
from s2label_training.water import can_tell_water, is_near_water, kept_to_water
from s2label_training.weights import load_weights

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from torch import nn

    from s2label_training.blending import CutImage
    from s2label_training.bundle import ModelRecord

# Pixels of a batch: 64 tiles of 64 px; more is no quicker on a processor.
_BATCH_PX = {"cpu": 2**18, "cuda": 2**22}


class Predictor:
    """A model that is loaded once and asked often; by one thread at a time.

    Parameters
    ----------
    folder : Path
        The bundle.
    device, precision : str
        See `hardware.choose_device` and `hardware.choose_precision`.
    tile_px : int
        Side of the tiles that larger images are cut into, a multiple of 32; 0: see
        `blending.predicted_tile`.

    Raises
    ------
    InputError
        If the bundle is damaged.
    """

    def __init__(
        self, folder: Path, device: str = "auto", precision: str = "auto", tile_px: int = 0
    ) -> None:
        self.record: ModelRecord = read_record(folder)
        self._device = choose_device(device)
        self._precision = choose_precision(precision, self._device)
        self._tile_px = tile_px or predicted_tile(self.record.tile_px)
        self._network = self._load(folder)

    def _load(self, folder: Path) -> nn.Module:
        record = self.record
        channels = len(record.bands) + len(record.indices)
        network = build_network(record.recipe.network, channels, len(record.classes))
        load_weights(verify_weights(folder, record), network)
        network = network.to(self._device).to(memory_format=torch.channels_last)
        return network.eval()

    def probabilities(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what the model proposes for one image, see `probabilities_of`."""
        return self.probabilities_of([values])[0]

    def probabilities_of(self, images: Sequence[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
        """Return what the model proposes for images, of any sizes.

        Parameters
        ----------
        images : sequence of ndarray
            (band, y, x) float32 reflectance in the order of ``record.bands``, NaN at nodata.

        Returns
        -------
        list of ndarray
            (class, y, x) float32, 0..1, in the order of ``record.class_values``; they add up to
            1, and are all 0 where there is no data.
        """
        cut = [self._cut(values) for values in images]
        tiles = [tile for image in cut for tile in image.tiles()]
        predicted = iter(self._predict(tiles))
        whole = [image.put_together(predicted) for image in cut]
        return [self._kept(*each) for each in zip(images, whole, strict=True)]

    def tile_probabilities(self, tiles: Sequence[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
        """Return what the network says of tiles as they are, each (class, y, x) float32.

        Nothing is cut, blended or left out; threads may ask at once.

        Parameters
        ----------
        tiles : sequence of ndarray
            (band, y, x) float32 reflectance, NaN at nodata; sides are multiples of 32.
        """
        return self._predict([self._channels(tile) for tile in tiles])

    @property
    def way(self) -> str:
        """What the numbers of an answer depend on besides model and image, in words."""
        return f"{self._precision.value} on {self._device.type}"

    @property
    def is_on_gpu(self) -> bool:
        """Whether the network runs elsewhere than on the processor."""
        return self._device.type != "cpu"

    @property
    def tile_px(self) -> int:
        """Side of the tiles that larger images are cut into."""
        return self._tile_px

    def tiles_together(self, shape: tuple[int, int]) -> int:
        """Return how many tiles of a shape (height, width) go through the network at once."""
        most = _BATCH_PX.get(self._device.type, _BATCH_PX["cpu"])
        return max(1, most // (shape[0] * shape[1]))

    def _kept(
        self, values: NDArray[np.float32], probabilities: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Return the probabilities without those where the model proposes nothing."""
        bands, reach_px = self.record.bands, self.record.recipe.proposals.near_water_px
        if reach_px and can_tell_water(bands):
            is_near = is_near_water(values, bands, reach_px)
            probabilities = kept_to_water(probabilities, is_near, self.record.class_values)
        probabilities[:, ~np.isfinite(values).all(axis=0)] = 0
        return probabilities

    def _cut(self, values: NDArray[np.float32]) -> CutImage:
        return cut_image(self._channels(values), self._tile_px)

    def _channels(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        record = self.record
        if values.ndim != 3 or len(values) != len(record.bands):
            raise ValueError(f"{values.shape} is no (band, y, x) of {len(record.bands)} bands")
        channels = with_indices(values, record.bands, record.indices)
        return normalise(channels, record.offset, record.scale)

    def _predict(self, tiles: Sequence[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
        """Return the probabilities of tiles, in their order."""
        all_ways = self.record.recipe.proposals.turns_and_flips
        found: dict[int, NDArray[np.float32]] = {}
        for numbers in self._batches([tile.shape for tile in tiles]):
            batch = np.stack([tiles[n] for n in numbers])
            answers = predict(self._network, batch, self._precision, turns_and_flips=all_ways)
            found.update(zip(numbers, answers, strict=True))
        return [found[number] for number in range(len(tiles))]

    def _batches(self, shapes: Sequence[tuple[int, ...]]) -> Iterator[list[int]]:
        """Yield numbers of tiles that go through the network together: of one shape."""
        for shape in sorted(set(shapes)):
            numbers = [n for n, each in enumerate(shapes) if each == shape]
            most = self.tiles_together((shape[1], shape[2]))
            yield from (numbers[n : n + most] for n in range(0, len(numbers), most))
