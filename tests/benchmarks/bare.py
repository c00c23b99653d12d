"""The denominators: the plainest code that does the bare work once, without a project around it.

Nothing here is tuned and nothing is left out that the work needs. What a function does not do
(checks, checksums, a catalog) is what the ratio charges the program for. What a program may not
leave out is here too: files that must outlive a power cut are synced, one after the other.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
import rasterio

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    import napari
    from napari.layers import Image as ImageLayer
    from napari.layers import Labels
    from numpy.typing import NDArray
    from PIL.Image import Image
    from rasterio.profiles import Profile
    from rasterio.windows import Window
    from torch import Tensor, nn
    from torch.optim import Optimizer


def swap_chip(image: ImageLayer, labels: Labels, rgb: NDArray[Any], mask: NDArray[Any]) -> None:
    """P1: show another chip on two layers that stay, rgb (y, x, 3) uint8 and mask (y, x) uint8."""
    image.data = rgb
    labels.data = mask


def read_rasters(paths: Iterable[Path | str]) -> None:
    """P3: read every band of every file, whole."""
    for path in paths:
        with rasterio.open(path) as raster:
            raster.read()


def read_windows(windows: Mapping[str, Sequence[tuple[int, Window]]]) -> None:
    """P7: open each file once and read (band, window) of it."""
    for path, wanted in windows.items():
        with rasterio.open(path) as raster:
            for band, window in wanted:
                raster.read(band, window=window)


def cloud_shares(images: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """C2: read all rasters of each image whole, SCL first; return its share of 8, 9 and 10."""
    shares = {}
    for id_, (scl, *others) in images.items():
        with rasterio.open(scl) as raster:
            shares[id_] = float(np.isin(raster.read(1), (8, 9, 10)).mean())
        read_rasters(others)
    return shares


def decode_blocks(paths: Iterable[str]) -> None:
    """C1: decode every block of the first band of each raster, one after the other."""
    for path in paths:
        with rasterio.open(path) as raster:
            for _, window in raster.block_windows(1):
                raster.read(1, window=window)


def write_rasters(folder: Path, rasters: Iterable[tuple[str, NDArray[Any], Profile]]) -> None:
    """P3 and P7: write (name, pixels (band, y, x), profile) as GeoTIFFs, folders included."""
    for name, pixels, profile in rasters:
        (folder / name).parent.mkdir(exist_ok=True)
        with rasterio.open(folder / name, "w", **profile) as raster:
            raster.write(pixels)


def sync_files(paths: Iterable[Path]) -> None:
    """P3 and P7: wait until each file is on the disk."""
    for path in paths:
        descriptor = os.open(path, os.O_RDWR)
        os.fsync(descriptor)
        os.close(descriptor)


def write_pngs(folder: Path, pictures: Iterable[tuple[str, Image]], level: int) -> None:
    """P7: write (name, picture) as PNGs with a compression level of zlib."""
    for name, picture in pictures:
        (folder / name).parent.mkdir(exist_ok=True)
        picture.save(folder / name, compress_level=level)


def show_image(rgb: NDArray[Any]) -> napari.Viewer:
    """P9: open a viewer with one image, rgb (y, x, 3) uint8."""
    import napari

    viewer = napari.Viewer()
    viewer.add_image(rgb, rgb=True)
    return viewer


def train_step(
    network: nn.Module,
    optimiser: Optimizer,
    loss: Callable[..., Tensor],
    tensors: tuple[Tensor, Tensor, Tensor],
    chosen: Tensor,
    *,
    is_bf16: bool,
) -> None:
    """P4: one step on images (n, channel, y, x), targets and weights (n, y, x) in memory."""
    import torch

    images, targets, weights = (tensor[chosen] for tensor in tensors)
    with torch.autocast(images.device.type, torch.bfloat16, enabled=is_bf16):
        logits = network(images.contiguous(memory_format=torch.channels_last))
        found = loss(logits, targets, weights)
    optimiser.zero_grad()
    found.backward()  # type: ignore[no-untyped-call]
    optimiser.step()


def is_bf16_chosen() -> bool:
    """P5, P6: tell whether the program computes in 16 bits on this processor; so do both sides."""
    import torch
    from s2label_training.hardware import Precision, choose_precision

    return choose_precision(device=torch.device("cpu")) is Precision.BF16


def propose(network: nn.Module, images: Tensor, *, is_bf16: bool) -> Tensor:
    """P5: probabilities (n, class, y, x) of images (n, channel, y, x) in memory."""
    import torch

    device = images.device.type
    with torch.inference_mode(), torch.autocast(device, torch.bfloat16, enabled=is_bf16):
        logits: Tensor = network(images.contiguous(memory_format=torch.channels_last))
        return logits.float().softmax(dim=1)
