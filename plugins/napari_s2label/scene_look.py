"""A predicted scene to look at: levels of its rasters, read where one looks and no finer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import rasterio
from napari.layers import Image, Labels
from napari.utils.colormaps import DirectLabelColormap
from rasterio.windows import Window

from s2label.errors import InputError
from s2label.raster import grid_of, open_raster
from s2label.results.ground import metres_per_pixel
from s2label.results.rasters import read_record
from s2label.types import BACKGROUND, NOT_LABELLED

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import napari
    from napari.layers import Layer
    from numpy.typing import NDArray

    from s2label.results.rasters import ResultRecord

_OPACITY = 0.7
_NO_DATA_COLOUR = (0.5, 0.5, 0.5, 0.3)
_CACHE_BYTES = 128 * 2**20


class RasterLevel:
    """One level of a raster's overviews, as napari reads arrays: only what is in view is decoded.

    Parameters
    ----------
    path : Path
        A GeoTIFF.
    level : int
        Of its overviews; -1 is the raster itself.

    Attributes
    ----------
    shape : tuple of int
        (y, x), or (y, x, band) where there are several bands.
    """

    dtype = np.dtype(np.uint8)

    def __init__(self, path: Path, level: int) -> None:
        finer = {} if level < 0 else {"overview_level": level}
        self._dataset = rasterio.open(path, **finer)
        height, width, bands = self._dataset.height, self._dataset.width, self._dataset.count
        self.shape: tuple[int, ...] = (height, width) if bands == 1 else (height, width, 3)
        self.ndim = len(self.shape)
        self.size = int(np.prod(self.shape))

    def __len__(self) -> int:
        """Return the number of rows."""
        return self.shape[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Return all of it: napari asks the coarsest level only."""
        return np.asarray(self[:], dtype=dtype)

    def __getitem__(self, key: Any) -> NDArray[np.uint8]:
        """Return a part; whole numbers, slices of step 1 and ellipses are understood."""
        parts = key if isinstance(key, tuple) else (key,)
        if Ellipsis in parts:
            at = parts.index(Ellipsis)
            missing = self.ndim - len(parts) + 1
            parts = (*parts[:at], *[slice(None)] * missing, *parts[at + 1 :])
        parts = (*parts, *[slice(None)] * (self.ndim - len(parts)))
        spans = [_span(part, size) for part, size in zip(parts[:2], self.shape[:2], strict=True)]
        (top, rows), (left, columns) = spans
        window = Window(left, top, columns, rows)
        if self.ndim == 2:
            pixels = self._dataset.read(1, window=window)
        else:
            pixels = np.moveaxis(self._dataset.read((1, 2, 3), window=window), 0, -1)
        rest = tuple(0 if isinstance(p, int | np.integer) else slice(None) for p in parts[:2])
        return np.asarray(pixels[(*rest, *parts[2:])])


def _span(part: Any, size: int) -> tuple[int, int]:
    """Return the first index and how many are meant."""
    if isinstance(part, slice):
        first, end, _ = part.indices(size)
        return first, max(0, end - first)
    if not -size <= part < size:  # with it, going through an array ends
        raise IndexError(f"{part} of {size}")
    return int(part) % size, 1


def levels_of(path: Path) -> list[RasterLevel]:
    """Return the levels of a raster, the finest first.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    with open_raster(path) as dataset:
        count = len(dataset.overviews(1))
    return [RasterLevel(path, level) for level in range(-1, count)]


def look_layers(classes: Path, rgb: Path | None) -> list[Layer]:
    """Return the layers that show a result: its picture, if there is one, and its classes.

    Raises
    ------
    InputError
        If a file is no result, or they are not of one grid.
    """
    record, grid = read_record(classes), _grid(classes)
    steps = metres_per_pixel(grid, grid.width / 2, grid.height / 2)
    across_m, down_m = (float(np.hypot(*steps[:, axis])) for axis in (0, 1))
    placed: dict[str, Any] = {"scale": (down_m, across_m), "units": ("m", "m")}
    layers: list[Layer] = []
    if rgb is not None:
        if not _grid(rgb).is_same_as(grid):
            raise InputError(rgb, "another grid", f"that of {classes.name}")
        layers.append(Image(**_data(rgb), rgb=True, name="(picture)", **placed))
    labels = Labels(
        **_data(classes),
        name="(classes)",
        opacity=_OPACITY,
        colormap=colours_of(record),
        **placed,
    )
    labels.editable = False
    return [*layers, labels]


def _data(path: Path) -> dict[str, Any]:
    levels = levels_of(path)
    if len(levels) == 1:  # so small that it has no overviews: napari wants the array itself
        return {"data": np.asarray(levels[0]), "multiscale": False}
    return {"data": levels, "multiscale": True}


def _grid(path: Path) -> Any:
    with open_raster(path) as dataset:
        return grid_of(dataset)


def colours_of(record: ResultRecord) -> DirectLabelColormap:
    """Return the colours of a result's classes; background is seen through."""
    colours: dict[int | None, Any] = {c.value: c.colour for c in record.classes}
    colours |= {BACKGROUND: "transparent", None: "transparent", NOT_LABELLED: _NO_DATA_COLOUR}
    return DirectLabelColormap(color_dict=colours)


def show_result(viewer: napari.Viewer, classes: Path, rgb: Path | None) -> None:
    """Show a result in a viewer, with a scale bar and a list of its classes.

    Raises
    ------
    InputError
        If a file is no result.
    """
    for layer in look_layers(classes, rgb):
        viewer.add_layer(layer)
    viewer.canvas.overlays.scale_bar.visible = True
    names = ", ".join(f"{c.value} {c.name}" for c in read_record(classes).classes)
    viewer.canvas.overlays.text.text = names
    viewer.canvas.overlays.text.visible = True
    viewer.reset_view()


def look_in_window(classes: Path, rgb: Path | None, on_shown: Callable[[], None]) -> None:
    """Open a plain window with a result and run until it is closed.

    Raises
    ------
    InputError
        If a file is no result.
    """
    look_layers(classes, rgb)  # what is wrong is said before the window comes up
    import napari

    with rasterio.Env(GDAL_CACHEMAX=_CACHE_BYTES):
        viewer = napari.Viewer(title=f"s2label - scene {classes.stem}")
        show_result(viewer, classes, rgb)
        on_shown()
        napari.run()
