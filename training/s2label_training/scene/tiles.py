"""Which tiles a scene is predicted in, row after row, and which rows are done after each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from s2label.tiling import Edge, tile_origins
from s2label_training.blending import OVERLAP_SHARE, blend_weights, tile_side

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Axis:
    """Tiles along one axis of a scene: the same as `blending.cut_image` makes.

    Parameters
    ----------
    length_px, tile_px : int
        Of the scene and of a tile; a tile larger than the scene is filled by mirroring.
    """

    length_px: int
    tile_px: int

    @property
    def margins(self) -> tuple[int, int]:
        """Pixels that are mirrored before the first one and after the last."""
        lacking = max(0, self.tile_px - self.length_px)
        return lacking // 2, lacking - lacking // 2

    @property
    def starts(self) -> list[int]:
        """First pixel of each tile; negative where it is mirrored."""
        length = max(self.length_px, self.tile_px)
        stride = self.tile_px - self.tile_px // OVERLAP_SHARE
        before = self.margins[0]
        return [o - before for o in tile_origins(length, self.tile_px, stride, Edge.SHIFT)]

    def inside(self, start: int) -> tuple[int, int]:
        """Return the first pixel of a tile that lies in the scene, and the one after the last."""
        return max(0, start), min(self.length_px, start + self.tile_px)


@dataclass(frozen=True)
class TilePlan:
    """The tiles of a scene; a *band* of rows is what is done after a row of tiles."""

    rows: Axis
    columns: Axis

    @property
    def ends(self) -> list[int]:
        """The row after the last that no later row of tiles touches, for each row of tiles."""
        return [*(max(0, start) for start in self.rows.starts[1:]), self.rows.length_px]

    def first_row_of_tiles(self, row: int) -> int:
        """Return the first row of tiles that touches a row of pixels, or lies below."""
        spans = map(self.rows.inside, self.rows.starts)
        return next(number for number, (_, end) in enumerate(spans) if end > row)

    @property
    def weights(self) -> NDArray[np.float32]:
        """How much each pixel of a tile counts, (y, x)."""
        return blend_weights((self.rows.tile_px, self.columns.tile_px))

    def mirrored(self, pixels: NDArray[Any]) -> NDArray[Any]:
        """Return what lies inside of a tile, (…, y, x), filled up to the tile by mirroring."""
        margins = [(0, 0)] * (pixels.ndim - 2) + [self.rows.margins, self.columns.margins]
        return np.pad(pixels, margins, mode="reflect") if np.any(margins) else pixels

    def cropped(self, pixels: NDArray[Any]) -> NDArray[Any]:
        """Return the part of a tile, (…, y, x), that lies in the scene: undoes `mirrored`."""
        rows, columns = (
            slice(axis.margins[0], axis.tile_px - axis.margins[1])
            for axis in (self.rows, self.columns)
        )
        return pixels[..., rows, columns]


def plan_tiles(shape: Sequence[int], tile_px: int) -> TilePlan:
    """Return the tiles of a scene of a shape (height, width); `tile_px` is a multiple of 32."""
    height, width = shape
    return TilePlan(
        Axis(height, tile_side(height, tile_px)), Axis(width, tile_side(width, tile_px))
    )
