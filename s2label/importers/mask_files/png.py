"""Class masks as PNG: grey numbers, palettes, painted colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from rasterio.windows import Window

from s2label.errors import InputError
from s2label.importers.mask_files.colours import (
    MAX_COLOURS,
    legend_of_labelmap,
    legend_of_table,
    picture_error,
    values_of_colours,
)
from s2label.importers.mask_files.found_mask import FoundMask, NoMaskError, Rank, size_words
from s2label.importers.mask_files.header import open_mask
from s2label.importers.mask_files.labelmap import find_labelmap, read_labelmap
from s2label.importers.mask_files.values import count_values, stored_values, warnings_of_values
from s2label.raster import source_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import rasterio
    from numpy.typing import NDArray

    from s2label.importers.mask_files.colours import Legend
    from s2label.importers.mask_files.found_mask import Scene, Shape
    from s2label.importers.mask_files.header import Header
    from s2label.importers.mask_files.labelmap import Rgb
    from s2label.types import ClassTable

# Pixels of a block of rows, and how far into a PNG of the wrong size one looks for colours.
_BLOCK_PX = 1 << 20
_LOOK_PX = 1 << 24


class PngFile:
    """A PNG that may be a class mask.

    Parameters
    ----------
    header : Header
        Its header.
    root : Path
        Folder up to which ``labelmap.txt`` is looked for.
    """

    def __init__(self, header: Header, root: Path) -> None:
        self._header = header
        self._labelmap = find_labelmap(header.path, root)

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self._header.path

    @property
    def names(self) -> frozenset[str]:
        """Its stem."""
        return frozenset((self.path.stem,))

    @property
    def shapes(self) -> frozenset[Shape]:
        """Its size (height, width)."""
        return frozenset((self._header.shape,))

    def rank(self, scene: Scene) -> Rank | None:
        """Tell whether the stem or the size is the scene's."""
        if scene.name in self.names:
            return Rank.NAME
        return Rank.SIZE if scene.grid.shape in self.shapes else None

    def read(self, scene: Scene, table: ClassTable) -> FoundMask:
        """Read the mask; numbers or colours, whichever the file holds.

        Raises
        ------
        NoMaskError
            If it is a photograph.
        InputError
            If it has the scene's name and another size.
        """
        with open_mask(self.path) as dataset:
            self._refuse_other_size(dataset, scene)
            if dataset.count >= 3:
                stored, warnings = self._read_colours(dataset, table)
            else:
                stored, warnings = self._read_numbers(dataset, table)
        paths = [self.path] if self._labelmap is None else [self.path, self._labelmap]
        warnings += warnings_of_values(stored, self.path)
        sources = tuple(source_of(path) for path in paths)
        return FoundMask(stored, sources, f"class PNG {self.path.name}", warnings)

    def _refuse_other_size(self, dataset: rasterio.DatasetReader, scene: Scene) -> None:
        if scene.grid.shape in self.shapes:
            return
        if dataset.count >= 3:
            colour_pixels(dataset, self.path, _LOOK_PX)
        found = f"{size_words(self._header.shape)}, though it has the name of scene {scene.name}"
        raise InputError(self.path, found, size_words(scene.grid.shape))

    def _legend(self, table: ClassTable) -> Legend:
        if self._labelmap is None:
            return legend_of_table(table)
        return legend_of_labelmap(read_labelmap(self._labelmap), table)

    def _read_colours(
        self, dataset: rasterio.DatasetReader, table: ClassTable
    ) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
        if dataset.dtypes[0] != "uint8":
            raise NoMaskError(self.path, "a 16-bit colour picture", "8-bit colours or numbers")
        pixels = colour_pixels(dataset, self.path)
        values, warnings = values_of_colours(pixels, self._legend(table), table, self.path)
        return paint_colours(dataset, values), warnings

    def _read_numbers(
        self, dataset: rasterio.DatasetReader, table: ClassTable
    ) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
        raw = dataset.read(1)
        if self._header.has_palette:
            legend, palette = self._legend(table), dataset.colormap(1)
            values = values_of_palette(raw, palette, legend)
            if values is not None:
                return _painted_by_index(raw, values), ()
        return stored_values(raw, table, self.path), ()


def values_of_palette(
    raw: NDArray[Any], palette: dict[int, tuple[int, ...]], legend: Legend
) -> dict[int, int] | None:
    """Return index -> stored value where every used palette colour is exactly a known one.

    A colour with a name says more than an index: programs that write palettes number them as
    they like. None where a colour is unknown, or two indices share one (a palette of no meaning).
    """
    used = {index: palette.get(index, ())[:3] for index in count_values(raw)}
    known: dict[tuple[int, ...], int] = {
        colour: value for colour, (value, _) in legend.entries.items() if value is not None
    }
    if len(set(used.values())) != len(used) or not known.keys() >= set(used.values()):
        return None
    return {index: known[colour] for index, colour in used.items()}


def _painted_by_index(raw: NDArray[Any], values: dict[int, int]) -> NDArray[np.uint8]:
    stored = np.zeros(raw.shape, dtype=np.uint8)
    for index, value in values.items():
        stored[raw == index] = value
    return stored


def colour_pixels(
    dataset: rasterio.DatasetReader, where: Path, max_px: int | None = None
) -> dict[Rgb, int]:
    """Return colour -> pixels of an RGB raster, looking at `max_px` of them at most.

    Raises
    ------
    NoMaskError
        As soon as there are more colours than a mask can have.
    """
    pixels: dict[int, int] = {}
    for window in _blocks(dataset, max_px):
        codes, counts = np.unique(_codes(dataset, window), return_counts=True)
        for code, count in zip(codes.tolist(), counts.tolist(), strict=True):
            pixels[code] = pixels.get(code, 0) + count
        if len(pixels) > MAX_COLOURS:
            raise picture_error(where)
    return {(c >> 16, c >> 8 & 255, c & 255): n for c, n in pixels.items()}


def paint_colours(dataset: rasterio.DatasetReader, values: dict[Rgb, int]) -> NDArray[np.uint8]:
    """Return stored values (height, width) of an RGB raster whose colours are all in `values`."""
    lookup = np.zeros(1 << 24, dtype=np.uint8)
    for (red, green, blue), value in values.items():
        lookup[red << 16 | green << 8 | blue] = value
    stored = np.empty(dataset.shape, dtype=np.uint8)
    for window in _blocks(dataset):
        rows = slice(window.row_off, window.row_off + window.height)
        stored[rows] = lookup[_codes(dataset, window)]
    return stored


def _codes(dataset: rasterio.DatasetReader, window: Window) -> NDArray[np.uint32]:
    red, green, blue = dataset.read((1, 2, 3), window=window).astype(np.uint32)
    return np.asarray(red << 16 | green << 8 | blue)


def _blocks(dataset: rasterio.DatasetReader, max_px: int | None = None) -> Iterator[Window]:
    rows = max(1, _BLOCK_PX // dataset.width)
    height = dataset.height if max_px is None else min(dataset.height, max_px // dataset.width)
    for row in range(0, height, rows):
        yield Window(0, row, dataset.width, min(rows, height - row))
