"""Cutting the mask of a scene into those of its chips."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from s2label.ids import mask_id
from s2label.masks import Mask, imported_mask
from s2label.types import NOT_LABELLED, ImageRecord, Lifetime, MaskRecord, Provenance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from s2label.grid import Grid
    from s2label.importers.contract import ImportContext
    from s2label.importers.mask_files import FoundMask
    from s2label.tiling import Tile


def mask_strip(found: FoundMask, rows: tuple[int, int]) -> FoundMask:
    """Return the rows of a scene's mask from the first to the one before the last."""
    strip, provenance = slice(*rows), found.provenance
    return replace(
        found,
        classes=found.classes[strip],
        provenance=provenance[strip] if provenance is not None else None,
    )


def cut_mask(
    found: FoundMask, tile: Tile, grid: Grid, image: ImageRecord, context: ImportContext
) -> tuple[MaskRecord, Mask]:
    """Cut the mask of a tile out of a larger one; what lies beyond is not labelled."""
    classes = _window(found.classes, tile, NOT_LABELLED)
    if found.provenance is None:
        mask = imported_mask(classes, grid)
    else:
        mask = Mask(classes, _window(found.provenance, tile, Provenance.NOBODY), grid)
    owner = image.id if context.classes.lifetime is Lifetime.MOVING else image.place_id
    return mask_record(mask, mask_id(owner), image, context, found.origin), mask


def mask_record(
    mask: Mask, id_: str, image: ImageRecord, context: ImportContext, origin: str
) -> MaskRecord:
    """Return the record of a mask that has no file yet."""
    is_moving = context.classes.lifetime is Lifetime.MOVING
    return MaskRecord(
        id=id_,
        place_id=image.place_id,
        image_id=image.id if is_moving else None,
        version=1,
        sha256="",
        content=mask.content,
        class_counts=mask.class_counts,
        origin=origin,
    )


def _window(array: NDArray[np.uint8], tile: Tile, fill: int) -> NDArray[np.uint8]:
    piece = array[slice(*tile.rows), slice(*tile.columns)]
    if piece.shape == (tile.height, tile.width):
        return piece
    padded = np.full((tile.height, tile.width), fill, dtype=np.uint8)
    y, x = tile.rows[0] - tile.y, tile.columns[0] - tile.x
    padded[y : y + piece.shape[0], x : x + piece.shape[1]] = piece
    return padded
