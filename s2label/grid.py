"""Grids: pieces of ground as pixels. Transforms map pixel corners to CRS units."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rasterio.transform import Affine
from rasterio.windows import Window

if TYPE_CHECKING:
    from rasterio.crs import CRS

# Two grids whose corners differ by less than this share of a pixel are one grid.
_SAME_CORNER_PX = 1e-3
# Grids whose pixels differ in size or direction by less, in pixels per pixel, are parallel.
_SAME_SIDE_PX = 1e-6


@dataclass(frozen=True)
class Grid:
    """A piece of ground as pixels: CRS (``EPSG:n`` or WKT), transform (a, b, c, d, e, f), shape."""

    crs: str
    transform: tuple[float, float, float, float, float, float]
    height: int
    width: int

    @property
    def affine(self) -> Affine:
        """The transform as rasterio wants it."""
        return Affine(*self.transform)

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self.height, self.width

    @property
    def gsd(self) -> tuple[float, float]:
        """Pixel width and height in units of the CRS, both positive."""
        a, b, _, d, e, _ = self.transform
        return math.hypot(a, d), math.hypot(b, e)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, bottom, right, top in units of the CRS."""
        corners = [self.affine @ (x, y) for x in (0, self.width) for y in (0, self.height)]
        xs, ys = [c[0] for c in corners], [c[1] for c in corners]
        return min(xs), min(ys), max(xs), max(ys)

    @property
    def key(self) -> str:
        """Identity of the ground: equal for equal CRS, transform (to 0.1 mm) and shape."""
        # Degrees need more digits than metres; the pixel size itself tells which it is.
        digits = 10 if self.gsd[0] < 0.1 else 4
        # "z": -0.0 is 0.0, and some programs write one for the other.
        text = ",".join(f"{v:z.{digits}f}" for v in self.transform)
        whole = f"{self.crs}|{text}|{self.height}x{self.width}"
        return hashlib.sha256(whole.encode()).hexdigest()

    def window(self, column: int, row: int, width: int, height: int) -> Grid:
        """Return the grid of a window given by its first column and row, in pixels."""
        moved = self.affine @ Affine.translation(column, row)
        return Grid(self.crs, tuple(moved)[:6], height, width)

    def is_same_as(self, other: Grid) -> bool:
        """Tell whether two grids have the same CRS, shape and corners."""
        if self.crs != other.crs or self.shape != other.shape:
            return False
        limit = _SAME_CORNER_PX * min(self.gsd)
        return all(abs(a - b) < limit for a, b in zip(self.bounds, other.bounds, strict=True))


def crs_text(crs: CRS) -> str:
    """Return ``EPSG:n`` where the CRS has a code, else its WKT."""
    code = crs.to_epsg()
    return f"EPSG:{code}" if code else str(crs.to_wkt())


def crs_words(crs: str) -> str:
    """Return what `crs_text` gave as words for a message: a WKT has hundreds of letters."""
    name = crs.split('"')[1] if crs.count('"') > 1 else crs
    return name if len(name) <= 60 else f"{name[:60]}…"


def aligned_window(source: Grid, target: Grid) -> Window | None:
    """Return the window of `source` whose pixels are exactly those of `target`, if there is one."""
    if source.crs != target.crs:
        return None
    limit = _SAME_SIDE_PX * min(source.gsd)
    if any(
        abs(a - b) > limit
        for i, (a, b) in enumerate(zip(source.transform, target.transform, strict=True))
        if i not in (2, 5)
    ):
        return None
    column, row = ~source.affine @ (target.transform[2], target.transform[5])
    if max(abs(column - round(column)), abs(row - round(row))) > _SAME_CORNER_PX:
        return None
    return Window(round(column), round(row), target.width, target.height)
