"""Ignoring the cloudy pixels of an image: its cloud raster becomes one stroke, one act."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from s2label.canvases import CanvasKind, StrokeRecord
from s2label.errors import PaintingError
from s2label.painting.canvas import blank_canvas, canvas_of, read_canvas, settle, start_canvas
from s2label.painting.stroke import painted
from s2label.screening.classes import CLOUD, SHADOW
from s2label.screening.cloud_rasters import read_clouds
from s2label.types import IGNORE, Provenance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from s2label.chip_views import ChipView
    from s2label.masks import Mask
    from s2label.project import Project
    from s2label.types import Act

# What the log calls it, in the place of a tool.
CLOUD_TOOL = "clouds"
# Whose pixels these are: a source's, so that a person's stay, and clouds found anew can be added.
CLOUD_PROVENANCE = Provenance.IMPORTED
# The edge of a cloud is thin, and masks of 20 m or 60 m pixels miss it.
GROW_PX = 3


def cloudy_pixels(
    clouds: NDArray[np.uint8], ignore: Mask, grow_px: int = GROW_PX
) -> NDArray[np.bool_]:
    """Return the pixels (y, x) to be ignored: cloud and shadow, grown, not yet ignored.

    What a person set in the ignore raster stays: ignored pixels, and those taken out again.

    Parameters
    ----------
    clouds : ndarray
        (y, x) uint8 cloud raster, see `screening.classes`.
    ignore : Mask
        The ignore raster as it is.
    grow_px : int
        By how many pixels cloud and shadow grow, 0 or more.
    """
    chosen: NDArray[np.bool_] = np.isin(clouds, (CLOUD, SHADOW))
    if grow_px and chosen.any():
        from scipy.ndimage import distance_transform_edt

        chosen = np.asarray(distance_transform_edt(~chosen) <= grow_px)
    stays = (ignore.provenance == Provenance.HUMAN) | (ignore.classes == IGNORE)
    chosen &= ~stays
    return chosen


def clouds_of(project: Project, chip: ChipView) -> NDArray[np.uint8]:
    """Return the cloud raster of the image of a chip, (y, x) uint8.

    Raises
    ------
    PaintingError
        If the image was not screened.
    """
    found = read_clouds(project.folder, chip.image.id, chip.image.version, chip.place.grid)
    if found is None:
        command = f"s2label screen {project.folder.name}"
        raise PaintingError(f"{chip.image.id}: no clouds are known of it; run `{command}`")
    return found


def ignore_clouds(project: Project, image_id: str, grow_px: int = GROW_PX) -> Act | None:
    """Ignore the cloudy pixels of an image that is not in view, as one act.

    In the window, `Painter.set_pixels` does the same with `cloudy_pixels`.

    Parameters
    ----------
    project : Project
        Open for writing.
    image_id : str
        The image.
    grow_px : int
        By how many pixels cloud and shadow grow.

    Returns
    -------
    Act or None
        None where there is nothing (more) to ignore.

    Raises
    ------
    PaintingError
        If there is no such image, or it was not screened.
    """
    chip = project.catalog.chip(image_id)
    if chip is None:
        raise PaintingError(f"{image_id}: no such image in this project")
    clouds = clouds_of(project, chip)
    ref = canvas_of(chip, CanvasKind.IGNORE, project.classes.lifetime)
    ignore = read_canvas(project, ref) or blank_canvas(CanvasKind.IGNORE, chip.place.grid)
    indices = np.flatnonzero(cloudy_pixels(clouds, ignore, grow_px)).astype(np.uint32)
    if not len(indices):
        return None
    stroke = painted(ignore, indices, np.full(len(indices), IGNORE, np.uint8), CLOUD_PROVENANCE)
    start_canvas(project, ref, chip)
    record = StrokeRecord(ref, image_id, CLOUD_TOOL, stroke.packed())
    act = project.catalog.canvases.paint(record)
    settle(project, ref)
    return act
