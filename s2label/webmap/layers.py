"""The layers of a map as pictures: the whole ground coarse, and fine in tiles.

A browser unpacks a picture to four bytes a pixel: a whole scene of 20 m takes 120 MB, for every
class again. So from afar a map draws coarse pictures, and from near the few fine tiles in view.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from rasterio.windows import Window

from s2label.webmap.images import PlacedImage, encode_class, encode_picture
from s2label.webmap.warping import open_classes, open_picture, read_picture

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from s2label.results.rasters import ResultRecord
    from s2label.webmap.ground import MapGround

# Longest side of a picture that is drawn whole, and side of the tiles of a larger one.
COARSE_PX = 2048
TILE_PX = 1024


@dataclass(frozen=True)
class Layer:
    """One thing that is switched on and off.

    Parameters
    ----------
    coarse : list of PlacedImage
        For the view from afar.
    fine : list of PlacedImage
        For the view from near; empty where the coarse ones have all there is.
    """

    coarse: list[PlacedImage] = field(default_factory=list)
    fine: list[PlacedImage] = field(default_factory=list)

    @property
    def size(self) -> int:
        """How many letters its pictures take in a page."""
        return sum(len(image.url) for image in (*self.coarse, *self.fine))


def picture_layer(path: Path, ground: MapGround) -> Layer:
    """Return an RGB raster as a layer; ground without data is transparent."""
    coarse, is_whole = coarse_ground(ground)
    return Layer(_picture_tiles(path, coarse), [] if is_whole else _picture_tiles(path, ground))


def class_layers(path: Path, ground: MapGround, record: ResultRecord) -> dict[int, Layer]:
    """Return a layer for each class of a result, by class value."""
    coarse, is_whole = coarse_ground(ground)
    afar = _class_tiles(path, coarse, record)
    near = {} if is_whole else _class_tiles(path, ground, record)
    return {value: Layer(images, near.get(value, [])) for value, images in afar.items()}


def coarse_ground(ground: MapGround) -> tuple[MapGround, bool]:
    """Return the ground of the view from afar, and whether it has every pixel of the map."""
    factor = math.ceil(max(ground.width, ground.height) / COARSE_PX)
    return (ground, True) if factor == 1 else (ground.scaled(factor), False)


def _picture_tiles(path: Path, ground: MapGround) -> list[PlacedImage]:
    images = []
    with open_picture(path, ground) as warped:
        for window in _tiles(ground):
            rgb, valid = read_picture(warped, window)
            if valid.any():
                images.append(_place(encode_picture(rgb, valid), ground, window))
    return images


def _class_tiles(
    path: Path, ground: MapGround, record: ResultRecord
) -> dict[int, list[PlacedImage]]:
    images: dict[int, list[PlacedImage]] = {c.value: [] for c in record.classes}
    with open_classes(path, ground, record.lifetime) as warped:
        for window in _tiles(ground):
            values = warped.read(1, window=window)
            present = set(np.unique(values).tolist())
            for one in record.classes:
                if one.value in present:
                    url = encode_class(values == one.value, one.rgb)
                    images[one.value].append(_place(url, ground, window))
    return images


def _tiles(ground: MapGround) -> Iterator[Window]:
    side = COARSE_PX if max(ground.width, ground.height) <= COARSE_PX else TILE_PX
    for row in range(0, ground.height, side):
        for column in range(0, ground.width, side):
            width = min(side, ground.width - column)
            yield Window(column, row, width, min(side, ground.height - row))


def _place(url: str, ground: MapGround, window: Window) -> PlacedImage:
    left, top = ground.transform @ (window.col_off, window.row_off)
    width = window.width * ground.transform.a
    return PlacedImage(url, left, top, width, -window.height * ground.transform.e)
