"""What there is to see of a chip: its picture and its mask, read and drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from s2label.display import combinations_for, draw_image
from s2label.masks import read_mask

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from s2label.project import Project
    from s2label.raster import RasterPool
    from s2label.types import ChipView


@dataclass(frozen=True)
class Look:
    """How somebody wants to see chips.

    ``combination`` counts through the band combinations that a chip has; ``is_local`` stretches
    each chip by itself.
    """

    combination: int = 0
    is_local: bool = False


@dataclass(frozen=True, eq=False)
class Picture:
    """A chip, drawn: RGB (y, x, 3) uint8, mask (y, x) uint8 or None, name of the combination."""

    rgb: NDArray[np.uint8]
    mask: NDArray[np.uint8] | None
    combination: str


def draw_chip(project: Project, chip: ChipView, look: Look, pool: RasterPool) -> Picture:
    """Read and draw a chip.

    Raises
    ------
    InputError
        If a source or the mask file cannot be read.
    """
    mask = None
    if chip.mask is not None:
        mask = read_mask(project.mask_path(chip.mask.id, chip.mask.version)).classes
    grid = chip.place.grid
    combinations = combinations_for([band.name for band in chip.image.bands])
    if not combinations:
        return Picture(np.zeros((*grid.shape, 3), dtype=np.uint8), mask, "no bands")
    chosen = combinations[look.combination % len(combinations)]
    stretch = project.settings.stretch
    rgb = draw_image(chip.image, grid, chosen, stretch, is_local=look.is_local, open_=pool.open)
    return Picture(rgb, mask, chosen.name)
