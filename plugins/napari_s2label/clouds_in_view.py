"""Ignoring the cloudy pixels of the image in view: one act, and what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from s2label.canvases import CanvasKind
from s2label.screening.classes import CLOUD, SHADOW
from s2label.screening.cloud_rasters import read_clouds
from s2label.screening.cloud_strokes import CLOUD_PROVENANCE, CLOUD_TOOL, GROW_PX, cloudy_pixels
from s2label.types import IGNORE

if TYPE_CHECKING:
    from napari_s2label.desk import Desk

_NOT_SCREENED = (
    "nothing ignored: the clouds of this image are not known yet; press `Screen` in the Screen dock"
)
_NO_CLOUDS = "nothing ignored: no cloud or shadow was found on this image"
_ALL_IGNORED = "nothing ignored: all cloud and shadow of this image is ignored already, or was kept"


def ignore_clouds(desk: Desk) -> None:
    """Ignore cloud and shadow of the image in view, and say how many pixels that are."""
    project, easel = desk.project, desk.easel
    chip = None if easel is None else easel.painter.chip
    if project is None or easel is None or chip is None:
        return
    image = chip.image
    clouds = read_clouds(project.folder, image.id, image.version, chip.place.grid)
    if clouds is None:
        desk.told.emit(_NOT_SCREENED)
        return
    chosen = cloudy_pixels(clouds, easel.painter.canvas(CanvasKind.IGNORE))
    if not easel.painter.set_pixels(
        CanvasKind.IGNORE, CLOUD_TOOL, chosen, IGNORE, CLOUD_PROVENANCE
    ):
        is_cloudy = bool(np.isin(clouds, (CLOUD, SHADOW)).any())
        desk.told.emit(_ALL_IGNORED if is_cloudy else _NO_CLOUDS)
        return
    desk.told.emit(
        f"{np.count_nonzero(chosen):,} px ignored on this image: cloud and shadow, {GROW_PX} px "
        f"wider; {desk.keys['undo']} takes it back"
    )
