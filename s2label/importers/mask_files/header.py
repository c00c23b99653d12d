"""The header of a raster that may be a mask, read once and kept instead of an open file."""

from __future__ import annotations

import re
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import rasterio
from rasterio.enums import ColorInterp
from rasterio.errors import NotGeoreferencedWarning

from s2label.raster import explained, grid_of, open_raster

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from s2label.grid import Grid
    from s2label.importers.mask_files.found_mask import Shape

PNG_HEAD = b"\x89PNG\r\n\x1a\n"
# GDAL (seen in 3.10.3) reads a PNG that is cut short as zeros, without an error, when it reads
# the whole image at once: all labels would become background.
_PNG_OPTIONS = {"GDAL_PNG_WHOLE_IMAGE_OPTIM": "NO"}


@dataclass(frozen=True)
class Header:
    """What a raster says of itself; ``grid`` is None where it does not say where it lies."""

    path: Path
    is_png: bool
    shape: Shape
    dtypes: tuple[str, ...]
    words: tuple[str, ...]
    nodata: float | None
    has_palette: bool
    grid: Grid | None
    own_void: tuple[int, ...] = ()

    @property
    def is_own_mask(self) -> bool:
        """Whether it is a mask that this program wrote: class and provenance, both uint8."""
        return self.words == ("class", "provenance") and set(self.dtypes) == {"uint8"}


def is_png(path: Path) -> bool:
    """Tell a PNG by its first bytes."""
    with path.open("rb") as file:
        return file.read(len(PNG_HEAD)) == PNG_HEAD


@contextmanager
def open_mask(path: Path) -> Iterator[rasterio.DatasetReader]:
    """Open a PNG, or any raster that scenes are read from, by content.

    Raises
    ------
    InputError
        If it is of another format or damaged; also for read errors inside.
    """
    with warnings.catch_warnings():
        # That a PNG lies nowhere on the ground is known and dealt with.
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        opened = _open_png(path) if is_png(path) else open_raster(path)
        with explained(path), opened as dataset:
            yield dataset


@contextmanager
def _open_png(path: Path) -> Iterator[rasterio.DatasetReader]:
    with rasterio.Env(**_PNG_OPTIONS), rasterio.open(path, driver="PNG") as dataset:
        yield dataset


def read_header(path: Path) -> Header:
    """Read the header of a raster.

    Raises
    ------
    InputError
        If it cannot be opened.
    """
    with open_mask(path) as dataset:
        return Header(
            path=path,
            is_png=dataset.driver == "PNG",
            shape=(dataset.height, dataset.width),
            dtypes=tuple(dataset.dtypes),
            words=tuple((word or "").strip().casefold() for word in dataset.descriptions),
            nodata=dataset.nodata,
            has_palette=dataset.colorinterp[0] == ColorInterp.palette,
            grid=_ground_of(dataset),
            own_void=_own_void(dataset.tags()),
        )


def _own_void(tags: dict[str, str]) -> tuple[int, ...]:
    """Return the value that our own exports name "not labelled", 254 unless asked otherwise."""
    named = [key for key, name in tags.items() if name == "not labelled"]
    return tuple(int(key[6:]) for key in named if re.fullmatch(r"CLASS_[0-9]{1,3}", key))


def _ground_of(dataset: rasterio.DatasetReader) -> Grid | None:
    is_placed = not (dataset.transform.is_identity or dataset.transform.is_degenerate)
    if dataset.driver == "PNG" or dataset.crs is None or not is_placed:
        return None
    return grid_of(dataset)
