"""Saves a mask layer as GeoTIFF, with the CRS and transform of its chip."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_s2label.layers import grid_of_layer
from s2label.errors import ExportError
from s2label.masks import Mask, write_mask
from s2label.types import NOT_LABELLED, Provenance

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


_SUFFIXES = {".tif", ".tiff"}


def write_mask_layer(path: str, data: ArrayLike, attributes: dict[str, Any]) -> list[str]:
    """Write a labels layer of the desk; returns the path, which always ends in ``.tif``.

    Raises
    ------
    ExportError
        If the layer is none of a chip, so that nobody knows where on Earth it lies, or if a file
        would be replaced that the user was not asked about.
    """
    grid = grid_of_layer(attributes.get("metadata", {}))
    classes = np.asarray(data)
    if grid is None or classes.shape != grid.shape:
        raise ExportError(f"{path}: this layer is no mask of a chip, its place is unknown")
    classes = classes.astype(np.uint8)
    provenance = np.where(classes == NOT_LABELLED, Provenance.NOBODY, Provenance.HUMAN)
    file = _named(Path(path))
    write_mask(file, Mask(classes, provenance.astype(np.uint8), grid))
    return [str(file)]


def _named(path: Path) -> Path:
    """Return a path with the suffix that napari's dialog leaves out where it was not typed."""
    if path.suffix.casefold() in _SUFFIXES:
        return path
    named = path.with_name(f"{path.name}.tif")
    if named.exists():  # the dialog asked about the name without suffix
        raise ExportError(f"{named} is there already; type the whole name to replace it")
    return named
