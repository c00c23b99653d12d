"""All that is settled before pixels are worked on: bands, tiles, what is left out, colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from s2label.types import BACKGROUND, LabelClass
from s2label_training.scene.water_rows import context_rows
from s2label_training.water import can_tell_water

if TYPE_CHECKING:
    from s2label.grid import Grid
    from s2label.scenes import FoundScene
    from s2label.stretch import Stretch
    from s2label.types import BandRaster
    from s2label_training.bundle import ModelRecord
    from s2label_training.scene.land import LandTiles
    from s2label_training.scene.tiles import TilePlan

COLOURS = ("B04", "B03", "B02")


@dataclass(frozen=True, eq=False)
class ScenePlan:
    """How a scene is predicted.

    Parameters
    ----------
    found : FoundScene
        The scene.
    record : ModelRecord
        The model.
    bands : tuple of BandRaster
        Those of the model, in its order.
    colours : tuple of BandRaster
        Red, green and blue where a picture is wanted, else empty.
    limits : Stretch
        Between which reflectance they become colours.
    tiles : TilePlan
        The tiles.
    land : LandTiles
        Those that are left out.
    """

    found: FoundScene
    record: ModelRecord
    bands: tuple[BandRaster, ...]
    colours: tuple[BandRaster, ...]
    limits: Stretch
    tiles: TilePlan
    land: LandTiles

    @property
    def grid(self) -> Grid:
        """Grid of the scene."""
        return self.found.grid

    @property
    def classes(self) -> tuple[LabelClass, ...]:
        """What the model tells, without background, in the order of its outputs."""
        told = self.record.classes
        return tuple(LabelClass(c.value, c.name, c.colour) for c in told if c.value != BACKGROUND)

    @property
    def reach_px(self) -> int:
        """How far from water something is proposed; 0: anywhere."""
        reach = self.record.recipe.proposals.near_water_px
        return reach if can_tell_water(self.record.bands) else 0

    @property
    def context(self) -> int:
        """Rows above and below a band that have to be known to finish it."""
        return context_rows(self.reach_px) if self.reach_px else 0

    def band_rows(self, number: int) -> tuple[int, int]:
        """Return the first row of a band of rows, and the one after the last."""
        ends = [0, *self.tiles.ends]
        return ends[number], ends[number + 1]
