"""Cutting a length or a grid into chips."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from s2label.grid import Grid


class Edge(StrEnum):
    """What becomes of the rest at the right and lower edge that is smaller than a chip."""

    DROP = "drop"
    PAD = "pad"
    SHIFT = "shift"


def tile_origins(length_px: int, chip_px: int, stride_px: int, edge: Edge) -> list[int]:
    """Return the first pixels of the chips along one axis.

    ``drop`` leaves the rest out, ``pad`` lets the last chip reach beyond the edge, ``shift``
    moves it back so that it overlaps its neighbour. A length below a chip gives no chip, except
    one with ``pad``.
    """
    whole = list(range(0, length_px - chip_px + 1, stride_px))
    covered = whole[-1] + chip_px if whole else 0
    if covered >= length_px or edge is Edge.DROP:
        return whole
    if edge is Edge.PAD:
        last = whole[-1] + stride_px if whole else 0
        # A stride over the chip may step across the rest: a chip beyond the edge holds nothing.
        return [*whole, last] if last < length_px else whole
    return [*whole, length_px - chip_px] if whole else []


@dataclass(frozen=True)
class Tile:
    """A window of a scene: ``row`` and ``column`` count chips, ``y`` and ``x`` pixels.

    ``is_free`` tells that it lies anywhere, such as around a point, and is named after its pixels.
    """

    row: int
    column: int
    y: int
    x: int
    height: int
    width: int
    is_free: bool = False

    @property
    def rows(self) -> tuple[int, int]:
        """First row of pixels inside the scene, and the one after the last."""
        return max(self.y, 0), max(self.y + self.height, 0)

    @property
    def columns(self) -> tuple[int, int]:
        """First column of pixels inside the scene, and the one after the last."""
        return max(self.x, 0), max(self.x + self.width, 0)

    @property
    def label(self) -> str:
        """Row and column as they stand in a place's name."""
        if self.is_free:
            return f"y{self.y:05d}_x{self.x:05d}"
        return f"r{self.row:03d}_c{self.column:03d}"


def cut_tiles(grid: Grid, chip_px: int | None, stride_px: int | None, edge: Edge) -> list[Tile]:
    """Return the chips of a grid, row by row; without a chip size the whole grid is one."""
    if chip_px is None:
        return [Tile(0, 0, 0, 0, grid.height, grid.width)]
    stride = stride_px or chip_px
    return [
        Tile(row, column, y, x, chip_px, chip_px)
        for row, y in enumerate(tile_origins(grid.height, chip_px, stride, edge))
        for column, x in enumerate(tile_origins(grid.width, chip_px, stride, edge))
    ]
