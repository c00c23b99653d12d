"""Which tiles changed chips touch, and how much what those say counts beside what was there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from s2label.scene_chips import SceneChip
    from s2label_training.scene.tiles import Axis, TilePlan

    Tiles = frozenset[tuple[int, int]]


def tiles_touching(chips: Iterable[SceneChip], tiles: TilePlan) -> Tiles:
    """Return (row, column) of the tiles of which a pixel lies in a chip."""
    found: set[tuple[int, int]] = set()
    for chip in chips:
        rows, columns = _touching(tiles.rows, chip.rows), _touching(tiles.columns, chip.columns)
        found.update((row, column) for row in rows for column in columns)
    return frozenset(found)


def with_neighbours(chosen: Tiles, tiles: TilePlan) -> Tiles:
    """Return tiles and all that overlap them: what is blended in the chosen ones needs both."""
    found: set[tuple[int, int]] = set()
    for row, column in chosen:
        rows = _touching(tiles.rows, tiles.rows.inside(tiles.rows.starts[row]))
        columns = _touching(tiles.columns, tiles.columns.inside(tiles.columns.starts[column]))
        found.update((y, x) for y in rows for x in columns)
    return frozenset(found)


def all_tiles(tiles: TilePlan) -> Tiles:
    """Return (row, column) of all tiles."""
    rows, columns = len(tiles.rows.starts), len(tiles.columns.starts)
    return frozenset((row, column) for row in range(rows) for column in range(columns))


def bands_touched(chosen: Tiles, tiles: TilePlan) -> set[int]:
    """Return the bands of rows that some tiles reach into."""
    ends = tiles.ends
    spans = list(zip([0, *ends[:-1]], ends, strict=True))
    rows = [tiles.rows.inside(tiles.rows.starts[row]) for row in {row for row, _ in chosen}]
    return {
        number
        for number, (first, end) in enumerate(spans)
        if any(low < end and high > first for low, high in rows)
    }


def share_of_tiles(chosen: Tiles, tiles: TilePlan, first: int, end: int) -> NDArray[np.float32]:
    """Return the share of the blend weights that some of the tiles have, (y, x) float32, 0..1.

    It is 1 where no other tile counts and falls to 0 at the rim of the chosen ones, as weights do:
    what they say, mixed by it with what was there, leaves no step.

    Parameters
    ----------
    chosen : frozenset of (int, int)
        Row and column of tiles.
    tiles : TilePlan
        All tiles.
    first, end : int
        Rows of the scene.
    """
    weights = tiles.cropped(tiles.weights)
    total = np.zeros((end - first, tiles.columns.length_px), np.float32)
    part = np.zeros_like(total)
    for row in _touching(tiles.rows, (first, end)):
        low, high = tiles.rows.inside(tiles.rows.starts[row])
        own = slice(max(first, low) - low, min(end, high) - low)
        into = slice(max(first, low) - first, min(end, high) - first)
        for column, start in enumerate(tiles.columns.starts):
            columns = slice(*tiles.columns.inside(start))
            total[into, columns] += weights[own]
            if (row, column) in chosen:
                part[into, columns] += weights[own]
    return part / total


def in_words(chosen: Tiles, tiles: TilePlan, most: int = 12) -> str:
    """Return which pixels some tiles cover, at most so many of them."""
    told = []
    for row, column in sorted(chosen)[:most]:
        rows = tiles.rows.inside(tiles.rows.starts[row])
        columns = tiles.columns.inside(tiles.columns.starts[column])
        told.append(f"columns {columns[0]}-{columns[1] - 1} of rows {rows[0]}-{rows[1] - 1}")
    rest = len(chosen) - len(told)
    return ", ".join([*told, *([f"and {rest} more"] if rest else [])])


def _touching(axis: Axis, span: tuple[int, int]) -> list[int]:
    spans = [axis.inside(start) for start in axis.starts]
    return [n for n, (low, high) in enumerate(spans) if low < span[1] and high > span[0]]
