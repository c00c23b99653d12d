"""Reading images of an export back: pixels and ground, whatever the format."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from PIL import Image, UnidentifiedImageError

from s2label.errors import InputError
from s2label.grid import Grid
from s2label.raster import grid_of, open_raster

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

_ADVICE = "export again"


class WrittenImage(NamedTuple):
    """An image of an export: pixels (band, y, x) and where they lie."""

    pixels: NDArray[Any]
    grid: Grid


def read_written(path: Path) -> WrittenImage:
    """Read an image of an export.

    Raises
    ------
    InputError
        If it is missing, damaged, or of no format that exports are written in.
    """
    read = _READERS.get(path.suffix)
    if read is None:
        raise InputError(path, "no image of an export", ", ".join(_READERS), _ADVICE)
    try:
        return read(path)
    except FileNotFoundError as error:
        raise InputError(path, "no such file", advice=_ADVICE) from error
    except (OSError, KeyError, ValueError, zipfile.BadZipFile, UnidentifiedImageError) as error:
        raise InputError(path, f"damaged ({error})", "an image of an export", _ADVICE) from error


def _read_geotiff(path: Path) -> WrittenImage:
    with open_raster(path) as dataset:
        return WrittenImage(dataset.read(), grid_of(dataset))


def _read_png(path: Path) -> WrittenImage:
    with Image.open(path) as picture:
        rgb = np.asarray(picture.convert("RGB"))
        text: dict[str, str] = picture.text  # type: ignore[attr-defined]
    transform = tuple(float(number) for number in text["transform"].split())
    return WrittenImage(rgb.transpose(2, 0, 1), _grid(text["crs"], transform, rgb.shape[:2]))


def _read_npz(path: Path) -> WrittenImage:
    with np.load(path, allow_pickle=False) as archive:
        pixels, transform = archive["image"], tuple(archive["transform"].tolist())
        return WrittenImage(pixels, _grid(str(archive["crs"]), transform, pixels.shape[1:]))


def _grid(crs: str, transform: tuple[float, ...], shape: tuple[int, ...]) -> Grid:
    if len(transform) != 6:
        raise ValueError(f"{len(transform)} numbers of a transform instead of 6")
    return Grid(crs, transform, *shape)


_READERS: dict[str, Callable[[Path], WrittenImage]] = {
    ".tif": _read_geotiff,
    ".png": _read_png,
    ".npz": _read_npz,
}
