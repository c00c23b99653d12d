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


def write_mask_layer(path: str, data: ArrayLike, attributes: dict[str, Any]) -> list[str]:
    """Write a labels layer of the desk; returns the path.

    Raises
    ------
    ExportError
        If the layer is none of a chip, so that nobody knows where on Earth it lies.
    """
    grid = grid_of_layer(attributes.get("metadata", {}))
    classes = np.asarray(data)
    if grid is None or classes.shape != grid.shape:
        raise ExportError(f"{path}: this layer is no mask of a chip, its place is unknown")
    classes = classes.astype(np.uint8)
    provenance = np.where(classes == NOT_LABELLED, Provenance.NOBODY, Provenance.HUMAN)
    write_mask(Path(path), Mask(classes, provenance.astype(np.uint8), grid))
    return [path]
