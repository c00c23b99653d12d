"""Small pictures of chips: drawn once, kept in ``thumbnails/``, safe to delete at any time."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from s2label.display import combinations_for, draw_image
from s2label.durable import PART_SUFFIX
from s2label.masks import read_mask
from s2label.types import BACKGROUND, IGNORE, NOT_LABELLED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.project import Project
    from s2label.raster import RasterPool
    from s2label.stretch import Stretch
    from s2label.types import ChipView, ClassTable, ImageRecord

# Longest side of what is kept; larger chips are averaged down to it.
KEPT_SIDE_PX = 128
LIMIT_BYTES = 512 * 2**20
# Down to this share of the limit, so that not every new thumbnail clears the cupboard.
_SHARE_AFTER_PRUNING = 0.8
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


class ThumbnailCache:
    """Thumbnails on disk, the ones that were not used for longest thrown away.

    Parameters
    ----------
    folder : Path
        Made when first needed. A disk that is full or read-only only means slower thumbnails.
    limit_bytes : int
        How much is kept.
    """

    def __init__(self, folder: Path, limit_bytes: int = LIMIT_BYTES) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._kept_bytes: int | None = None

    def read(self, image: ImageRecord, stretch: Stretch) -> NDArray[np.uint8] | None:
        """Return a thumbnail, (y, x, 3) uint8; None where there is none or it is damaged."""
        path = self._path(image, stretch)
        try:
            with Image.open(path, formats=["PNG"]) as picture:
                rgb = np.array(picture.convert("RGB"))
            os.utime(path)
        except (OSError, SyntaxError, ValueError):  # what Pillow raises over damaged files
            return None
        return rgb

    def write(self, image: ImageRecord, stretch: Stretch, rgb: NDArray[np.uint8]) -> None:
        """Keep a thumbnail, whole or not at all; not synced, since it can be drawn anew."""
        path = self._path(image, stretch)
        part = path.with_name(f".{path.stem}{PART_SUFFIX}{path.suffix}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(rgb).save(part, compress_level=1)
            size_bytes = part.stat().st_size
            os.replace(part, path)
        except OSError:
            return
        self._make_room(size_bytes)

    def prune(self) -> int:
        """Throw the oldest away until there is room again; return how many bytes stay."""
        files = sorted(self._files())
        kept_bytes = sum(size for _, size, _ in files)
        goal_bytes = int(_SHARE_AFTER_PRUNING * self._limit_bytes)
        for _, size, path in files:
            if kept_bytes <= goal_bytes:
                break
            path.unlink(missing_ok=True)
            kept_bytes -= size
        return kept_bytes

    def _make_room(self, added_bytes: int) -> None:
        if self._kept_bytes is None:
            self._kept_bytes = sum(size for _, size, _ in self._files())
        else:
            self._kept_bytes += added_bytes
        if self._kept_bytes > self._limit_bytes:
            self._kept_bytes = self.prune()

    def _files(self) -> Iterator[tuple[int, int, Path]]:
        """Yield (when it was last used, size in bytes, path)."""
        for path in self._folder.glob("*/*.png"):
            with suppress(OSError):  # somebody empties the folder just now
                stat = path.stat()
                yield stat.st_mtime_ns, stat.st_size, path

    def _path(self, image: ImageRecord, stretch: Stretch) -> Path:
        return self._folder / stretch_key(stretch) / f"{image.id}.{image.version}.png"


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


def stretch_key(stretch: Stretch) -> str:
    """Return what identifies the limits of a stretch, as the name of a folder."""
    return hashlib.sha256(repr(sorted(stretch.limits.items())).encode()).hexdigest()[:12]


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
