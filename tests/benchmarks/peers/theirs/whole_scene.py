"""The plain way to predict a scene: read everything, cut tiles, predict, put together, write.

The network is the same U-Net with a ResNet34, untrained, in bf16 and channels_last; tiles and what
they share are those of the other side. What a plain script does not do: look for land first, keep
to water, resume, note where the result comes from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import rasterio
import segmentation_models_pytorch as smp
import torch
from rasterio.enums import Resampling

from tests.benchmarks.peers.answering import answer

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CLASSES = 2
_TOGETHER = 4
_QUANTIFICATION, _OFFSET = 10_000.0, -1_000.0


def measure(request: dict[str, Any]) -> dict[str, Any]:
    """Predict a scene; the clock is the one of who asks, over the whole process."""
    scene, profile = read_everything(request["bands"], request["side"])
    mean, deviation = scene.mean((1, 2), keepdims=True), scene.std((1, 2), keepdims=True)
    scene -= mean
    scene /= deviation
    probabilities = predict(scene, request["tile"], request["stride"])
    profile |= {"driver": "GTiff", "dtype": "uint8", "count": 2, "nodata": None}
    profile |= {"tiled": True, "blockxsize": 256, "blockysize": 256, "compress": "deflate"}
    with rasterio.open(request["out"], "w", **profile) as out:
        out.write(probabilities.argmax(0).astype(np.uint8), 1)
        out.write((255 * probabilities[1]).astype(np.uint8), 2)
    return {"threads": torch.get_num_threads()}


def read_everything(paths: list[str], side: int) -> tuple[NDArray[np.float32], dict[str, Any]]:
    """Return all bands (band, y, x) as reflectance on the 10 m grid, and the profile of one."""
    layers, profile = [], dict[str, Any]()
    for path in paths:
        with rasterio.open(path) as raster:
            pixels = raster.read(1, out_shape=(side, side), resampling=Resampling.bilinear)
            if raster.width == side:
                profile = dict(raster.profile)
        layers.append((pixels.astype(np.float32) + _OFFSET) / _QUANTIFICATION)
    return np.stack(layers), profile


def predict(scene: NDArray[np.float32], tile: int, stride: int) -> NDArray[np.float32]:
    """Return probabilities (class, y, x), the mean of the tiles where they share pixels."""
    network = smp.Unet("resnet34", encoder_weights=None, in_channels=len(scene), classes=_CLASSES)
    network = network.eval().to(memory_format=torch.channels_last)
    side = scene.shape[1]
    sums = np.zeros((_CLASSES, side, side), np.float32)
    counts = np.zeros((side, side), np.float32)
    corners = [(y, x) for y in _starts(side, tile, stride) for x in _starts(side, tile, stride)]
    for first in range(0, len(corners), _TOGETHER):
        some = corners[first : first + _TOGETHER]
        batch = np.stack([scene[:, y : y + tile, x : x + tile] for y, x in some])
        for (y, x), found in zip(some, _forward(network, batch), strict=True):
            sums[:, y : y + tile, x : x + tile] += found
            counts[y : y + tile, x : x + tile] += 1
    sums /= counts
    return sums


def _forward(network: torch.nn.Module, batch: NDArray[np.float32]) -> NDArray[np.float32]:
    images = torch.from_numpy(batch).contiguous(memory_format=torch.channels_last)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        found: NDArray[np.float32] = network(images).float().softmax(1).numpy()
    return found


def _starts(side: int, tile: int, stride: int) -> list[int]:
    return [*range(0, side - tile, stride), side - tile]


if __name__ == "__main__":
    answer(measure)
