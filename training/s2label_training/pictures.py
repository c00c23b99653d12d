"""Pictures of chips beside their masks, as PNG: image, truth, what models propose."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Protocol

import numpy as np

from s2label.display import draw_image
from s2label.durable import write_whole
from s2label.raster import open_raster
from s2label.review.pictures import Look, shown_view
from s2label.types import IGNORE, NOT_LABELLED
from s2label.views import views_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    import rasterio
    from numpy.typing import NDArray

    from s2label.grid import Grid
    from s2label.project import Project
    from s2label.types import ImageRecord

# A chip of 64 px would be a stamp on a screen: whole factors enlarge it to at least this.
_LEAST_SIDE_PX = 192
_GAP_PX = 4
_GAP_GREY = 40
_NOT_LABELLED_GREY = 80
_IGNORE_GREY = 150


class Coloured(Protocol):
    """A class as it is drawn: `s2label.types.LabelClass` and `bundle.ModelClass` are both one."""

    @property
    def value(self) -> int:
        """Stored value."""

    @property
    def colour(self) -> str:
        """Colour as ``#rrggbb``."""


def draw_row(
    rgb: NDArray[np.uint8], masks: Sequence[NDArray[np.uint8]], classes: Iterable[Coloured]
) -> NDArray[np.uint8]:
    """Draw an image and masks of it side by side.

    Parameters
    ----------
    rgb : ndarray
        (y, x, 3) uint8.
    masks : sequence of ndarray
        (y, x) uint8, stored values.
    classes : iterable
        Value and colour of each class; background is black, "not labelled" dark grey, ignored
        pixels light grey.

    Returns
    -------
    ndarray
        (height, width, 3) uint8: all enlarged by the same whole factor, with gaps between them.
    """
    table = _colour_table(classes)
    panels = [_enlarged(panel) for panel in (rgb, *(table[mask] for mask in masks))]
    gap = _grey(panels[0].shape[0], _GAP_PX)
    spaced = [part for panel in panels for part in (panel, gap)]
    return np.concatenate(spaced[:-1], axis=1)


def draw_preview(
    rows: Sequence[tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]],
    classes: Iterable[Coloured],
) -> NDArray[np.uint8]:
    """Draw rows of image (y, x, 3), truth and proposal (y, x) below each other.

    Returns
    -------
    ndarray
        (height, width, 3) uint8; one grey pixel without any row.
    """
    classes = tuple(classes)
    drawn = [draw_row(rgb, (truth, proposed), classes) for rgb, truth, proposed in rows]
    if not drawn:
        return _grey(1, 1)
    width = max(row.shape[1] for row in drawn)
    spaced = [part for row in drawn for part in (_widened(row, width), _grey(_GAP_PX, width))]
    return np.concatenate(spaced[:-1], axis=0)


def draw_true_colour(
    project: Project,
    image: ImageRecord,
    grid: Grid,
    open_: Callable[[str], AbstractContextManager[rasterio.DatasetReader]] = open_raster,
) -> NDArray[np.uint8]:
    """Read an image and draw it as the window first shows it: (y, x, 3) uint8, nodata black.

    Raises
    ------
    InputError
        If a source cannot be read.
    """
    names = [band.name for band in image.bands]
    view = shown_view(views_for(names, project.settings.all_views), Look())
    if view is None:
        return np.zeros((*grid.shape, 3), np.uint8)
    return draw_image(image, grid, view, project.settings.stretch, open_=open_)


def save_png(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write a picture (y, x, 3) uint8 as PNG, whole or not at all."""
    from PIL import Image  # only where something is drawn

    data = io.BytesIO()
    Image.fromarray(picture).save(data, format="PNG")
    write_whole(path, data.getvalue())


def _colour_table(classes: Iterable[Coloured]) -> NDArray[np.uint8]:
    table = np.zeros((256, 3), np.uint8)
    table[NOT_LABELLED] = _NOT_LABELLED_GREY
    table[IGNORE] = _IGNORE_GREY
    for each in classes:
        table[each.value] = list(bytes.fromhex(each.colour.removeprefix("#")))
    return table


def _enlarged(panel: NDArray[np.uint8]) -> NDArray[np.uint8]:
    factor = max(1, -(-_LEAST_SIDE_PX // min(panel.shape[:2])))
    return panel.repeat(factor, axis=0).repeat(factor, axis=1)


def _widened(row: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    return np.concatenate([row, _grey(row.shape[0], width - row.shape[1])], axis=1)


def _grey(height: int, width: int) -> NDArray[np.uint8]:
    return np.full((height, width, 3), _GAP_GREY, np.uint8)
