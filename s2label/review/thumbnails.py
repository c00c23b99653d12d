"""Small pictures of chips: drawn once, in true colour by the stretch of the project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from s2label.display import combinations_for, draw_image
from s2label.masks import read_mask
from s2label.review.thumbnail_cache import ThumbnailCache, stretch_key
from s2label.types import BACKGROUND, IGNORE, NOT_LABELLED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from s2label.chip_views import ChipView
    from s2label.project import Project
    from s2label.raster import RasterPool
    from s2label.stretch import Stretch
    from s2label.types import ClassTable

# Longest side of what is kept; larger chips are averaged down to it.
KEPT_SIDE_PX = 128
_NO_CLASS = (BACKGROUND, NOT_LABELLED, IGNORE)


@dataclass(frozen=True)
class ThumbnailLook:
    """How thumbnails are wanted: longest side on the screen, and whether masks are outlined."""

    side_px: int = 96
    is_outlined: bool = False


@dataclass(frozen=True)
class ThumbnailKey:
    """What a thumbnail depends on: one with the same key looks the same."""

    image: tuple[str, int]
    mask: tuple[str, int] | None
    look: ThumbnailLook
    stretch: str


class Thumbnails:
    """Thumbnails of a project.

    Parameters
    ----------
    project : Project
        Whose chips are drawn.
    pool : RasterPool
        Keeps sources open; belongs to the thread that draws.
    """

    def __init__(self, project: Project, pool: RasterPool) -> None:
        self._project = project
        self._pool = pool
        self._cache = ThumbnailCache(project.folder / "thumbnails")

    def key(self, chip: ChipView, look: ThumbnailLook) -> ThumbnailKey:
        """Return what the thumbnail of a chip depends on."""
        mask = (chip.mask.id, chip.mask.version) if chip.mask and look.is_outlined else None
        stretch = stretch_key(self._project.settings.stretch)
        return ThumbnailKey((chip.image.id, chip.image.version), mask, look, stretch)

    def draw(self, chip: ChipView, look: ThumbnailLook) -> NDArray[np.uint8]:
        """Return a thumbnail as it is shown, (y, x, 3) uint8.

        Raises
        ------
        InputError
            If the source or the mask file cannot be read.
        """
        rgb = scale(self._small(chip), look.side_px)
        if chip.mask is not None and look.is_outlined:
            path = self._project.mask_path(chip.mask.id, chip.mask.version)
            draw_outlines(rgb, read_mask(path).classes, self._project.classes)
        return rgb

    def _small(self, chip: ChipView) -> NDArray[np.uint8]:
        stretch = self._project.settings.stretch
        kept = self._cache.read(chip.image, stretch)
        if kept is not None:
            return kept
        rgb = _draw_whole(chip, stretch, self._pool)
        small = scale(rgb, min(KEPT_SIDE_PX, max(rgb.shape[:2])))
        self._cache.write(chip.image, stretch, small)
        return small


def _draw_whole(chip: ChipView, stretch: Stretch, pool: RasterPool) -> NDArray[np.uint8]:
    combinations = combinations_for([band.name for band in chip.image.bands])
    if not combinations:
        return np.zeros((*chip.place.grid.shape, 3), dtype=np.uint8)
    return draw_image(chip.image, chip.place.grid, combinations[0], stretch, open_=pool.open)


def scale(rgb: NDArray[np.uint8], side_px: int) -> NDArray[np.uint8]:
    """Bring a picture (y, x, 3) to a longest side: averaged down, or up in whole square pixels."""
    height, width = rgb.shape[:2]
    factor = side_px / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    how = Image.Resampling.NEAREST if factor > 1 else Image.Resampling.BOX
    return np.array(Image.fromarray(rgb).resize(size, how))


def draw_outlines(
    rgb: NDArray[np.uint8], classes: NDArray[np.uint8], class_table: ClassTable
) -> None:
    """Draw the outlines of a mask (y, x) of any size into a picture (y, x, 3).

    A line lies outside of what it surrounds, so that a ship of two pixels stays visible; between
    two classes it is one pixel wide, so that small fields do.
    """
    size = (rgb.shape[1], rgb.shape[0])
    shown = np.array(Image.fromarray(classes).resize(size, Image.Resampling.NEAREST))
    is_class = ~np.isin(shown, _NO_CLASS)
    line = np.zeros_like(shown)
    for near, is_before in _neighbours(shown):
        is_edge = near != shown
        if not is_before:
            line = np.where(is_edge & is_class & ~np.isin(near, _NO_CLASS), shown, line)
        line = np.where(is_edge & ~is_class & ~np.isin(near, _NO_CLASS), near, line)
    for label_class in class_table.classes:
        rgb[line == label_class.value] = label_class.rgb


def _neighbours(values: NDArray[np.uint8]) -> Iterator[tuple[NDArray[np.uint8], bool]]:
    """Yield the array shifted to each side, and whether the neighbour is above or left."""
    padded = np.pad(values, 1, mode="edge")
    for y, x in ((0, 1), (2, 1), (1, 0), (1, 2)):
        yield padded[y : y + values.shape[0], x : x + values.shape[1]], y + x == 1
