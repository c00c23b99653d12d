"""A scene: bands on one grid that are cut into chips, with a mask attached before cutting."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING

from s2label.errors import InputError
from s2label.ids import fingerprint
from s2label.importers.cutting.choosing import choose_tiles
from s2label.importers.scene_row import SceneRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from s2label.grid import Grid
    from s2label.importers.contract import ImportContext, Unit
    from s2label.importers.cutting.choosing import ChosenTiles
    from s2label.importers.mask_files import FoundMask, MaskFinder
    from s2label.types import BandRaster


@dataclass(frozen=True)
class Scene:
    """Bands on one grid, with everything that becomes chips.

    Parameters
    ----------
    name : str
        Name of the ground; chips are called after it.
    scene : str
        Name of the raster or product on this date.
    folder : Path
        Where it lies; masks in it are preferred.
    date : str or None
        ``YYYY-MM-DD``.
    grid : Grid
        Grid of the finest band.
    bands : tuple of BandRaster
        In the order in which they are kept.
    radiometry : str
        Who said how values become reflectance.
    chip_px : int or None
        Side of the chips; None leaves it whole.
    context : ImportContext
        Options and classes.
    mask_names : tuple of str
        Names that its mask may have, the likeliest first.
    finder : MaskFinder or None
        What looks for its mask.
    notes : tuple of str
        What the user should know of how it was read.
    is_stored : bool
        Whether chips are cut out and stored in the project, because the source is slow to read
        in pieces (JPEG2000).
    rasters : tuple of BandRaster
        Quality rasters of the scene (SCL, cloud masks); they belong to each of its images and
        are read in place.
    """

    name: str
    scene: str
    folder: Path
    date: str | None
    grid: Grid
    bands: tuple[BandRaster, ...]
    radiometry: str
    chip_px: int | None
    context: ImportContext
    mask_names: tuple[str, ...]
    finder: MaskFinder | None = None
    notes: tuple[str, ...] = ()
    is_stored: bool = False
    rasters: tuple[BandRaster, ...] = ()

    @cached_property
    def content(self) -> str:
        """What identifies the pixels of all its chips: its files, and what their numbers mean."""
        return fingerprint((*self.bands, *self.rasters))

    @cached_property
    def key(self) -> str:
        """What the records of its chips depend on, besides their pixels, in short.

        Documents that tell scale, date or name may change while an import is stopped.
        """
        parts = (self.name, self.scene, self.radiometry, self.content)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    @cached_property
    def chosen(self) -> ChosenTiles:
        """The tiles that become chips.

        Raises
        ------
        InputError
            If not one fits.
        """
        return choose_tiles(self)

    @cached_property
    def mask(self) -> FoundMask | None:
        """The mask of the whole scene, if there is one."""
        if self.finder is None:
            return None
        found = (self.finder.find(name, self.folder, self.grid) for name in self.mask_names)
        return next((mask for mask in found if mask is not None), None)

    def units(self) -> list[Unit]:
        """Return one unit per row of tiles."""
        tiles, notes = self.chosen.tiles, self.chosen.notes
        is_only = len(tiles) == 1 and not self.context.options.chooses_tiles
        rows = groupby(tiles, key=lambda tile: tile.row)
        return [SceneRow(self, tuple(row), is_only, notes=notes) for _, row in rows]

    @cached_property
    def without_mask(self) -> Scene:
        """The scene without its mask and what looks for it: little to hand over."""
        return replace(self, finder=None)


def check_same_bands(scenes: Sequence[Scene]) -> None:
    """Raise `InputError` if the images of one source do not have the same bands."""
    for scene in scenes[1:]:
        names, others = ([b.name for b in s.bands] for s in (scene, scenes[0]))
        if names != others:
            raise InputError(
                scene.folder,
                f"{scene.scene} has {' '.join(names)}, {scenes[0].scene} has {' '.join(others)}",
                "the same bands in every image",
                "choose those that all have with --bands",
            )
