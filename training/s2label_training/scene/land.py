"""Tiles of land, far from any water that a low-resolution look shows: nothing floats there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from s2label.errors import S2LabelError
from s2label.types import BACKGROUND

if TYPE_CHECKING:
    from s2label.grid import Grid
    from s2label_training.bundle import ModelRecord
    from s2label_training.scene.look import Look
    from s2label_training.scene.tiles import TilePlan

# Farther from any water of the look, a tile is land.
_REACH_M = 1000.0
_LARGEST_DEGREES = 0.1


@dataclass(frozen=True)
class LandTiles:
    """Tiles that are left out.

    Parameters
    ----------
    tiles : frozenset of (int, int)
        Row and column of tiles.
    area_km2 : float
        Ground with data that no other tile covers, as large as its pixels are in the CRS.
    """

    tiles: frozenset[tuple[int, int]] = frozenset()
    area_km2: float = 0.0

    @property
    def note(self) -> str:
        """What a result says of it; empty where nothing was left out."""
        if not self.tiles:
            return ""
        count = len(self.tiles)
        return (
            f"--skip-land: {count} tile{'s' if count > 1 else ''} of land "
            f"(about {self.area_km2:.1f} km2) had no water within {_REACH_M / 1000:g} km in a "
            "low-resolution look, were not predicted and are background"
        )


def require_water(record: ModelRecord, look: Look) -> None:
    """Raise `S2LabelError` if land cannot be left out: it is a class, or nothing tells it."""
    if BACKGROUND not in (c.value for c in record.classes):
        raise S2LabelError(f"--skip-land: {record.id} tells classes of land; leave it out")
    if not look.can_tell_water():
        raise S2LabelError("--skip-land: needs B11 or B12, or B03 and B08, to tell water from land")


def find_land(look: Look, plan: TilePlan, grid: Grid) -> LandTiles:
    """Return the tiles of land.

    Parameters
    ----------
    look : Look
        The scene at low resolution.
    plan : TilePlan
        All tiles.
    grid : Grid
        Of the scene.
    """
    from scipy import ndimage

    gsd = float(np.mean(grid.gsd)) if grid.gsd[0] > _LARGEST_DEGREES else 10.0
    reach = max(1, round(_REACH_M / (gsd * look.times)))
    side = 2 * reach + 1
    is_near = ndimage.maximum_filter(look.water(), size=side)
    is_covered = np.zeros(is_near.shape, bool)
    skipped = set()
    for row, y in enumerate(plan.rows.starts):
        for column, x in enumerate(plan.columns.starts):
            part = _part(look.times, plan.rows.inside(y), plan.columns.inside(x))
            if is_near[part].any():
                is_covered[part] = True
            else:
                skipped.add((row, column))
    has_data = np.isfinite(look.values).all(axis=0)
    pixels = int((has_data & ~is_covered).sum()) * look.times**2
    return LandTiles(frozenset(skipped), pixels * gsd**2 / 1e6)


def _part(times: int, *spans: tuple[int, int]) -> tuple[slice, ...]:
    """Return where a span of pixels lies in the look, outer pixels included."""
    return tuple(slice(first // times, -(-end // times)) for first, end in spans)
