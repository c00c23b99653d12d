"""Arithmetic of a grid of thumbnails: how many columns, which rows are in sight."""

from __future__ import annotations

from dataclasses import dataclass

BORDER_PX = 3
MARGIN_PX = 5
LINE_PX = 14
_LINES = 2
_FRAME_PX = 2 * (MARGIN_PX + BORDER_PX)
_SCREENS_PER_BATCH = 5
_LEAST_BATCH = 60


@dataclass(frozen=True)
class ThumbnailGrid:
    """Cells of one size that fill the width of a view.

    Parameters
    ----------
    side_px : int
        Longest side of a thumbnail; around it stand frame and two lines of text.
    width_px, height_px : int
        Size of the view.
    """

    side_px: int
    width_px: int
    height_px: int

    @property
    def columns(self) -> int:
        """How many cells stand side by side."""
        # Qt keeps the last pixel of a line free.
        return max(1, (self.width_px - 1) // (self.side_px + _FRAME_PX))

    @property
    def cell_width_px(self) -> int:
        """Width of a cell, its share of the whole."""
        return max(self.side_px + _FRAME_PX, (self.width_px - 1) // self.columns)

    @property
    def cell_height_px(self) -> int:
        """Height of a cell."""
        return self.side_px + _FRAME_PX + _LINES * LINE_PX

    @property
    def left_over_px(self) -> int:
        """Height below the last whole line; 0 where not even one line is whole."""
        lines_px = self.height_px // self.cell_height_px * self.cell_height_px
        return self.height_px - lines_px if lines_px else 0

    @property
    def batch(self) -> int:
        """How many cells are loaded at once: enough to fill the view several times."""
        lines = self.height_px // self.cell_height_px + 2
        return max(_LEAST_BATCH, _SCREENS_PER_BATCH * lines * self.columns)

    def rows_in_sight(self, scrolled_px: int, count: int, screens_ahead: int = 0) -> range:
        """Return which of `count` cells are in sight, and those that scrolling on shows next."""
        bottom_px = scrolled_px + self.height_px * (1 + screens_ahead)
        first = scrolled_px // self.cell_height_px * self.columns
        after = (bottom_px // self.cell_height_px + 1) * self.columns
        return range(min(first, count), min(after, count))
