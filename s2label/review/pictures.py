"""What there is to see of a chip: its picture and its mask, read and drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from s2label.canvases import CanvasKind
from s2label.display import choose_limits, draw_values, fixed_limits, read_values
from s2label.painting.canvas import canvas_of, read_canvas
from s2label.views import TRUE_COLOUR, legend, missing_bands, views_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from s2label.chip_views import ChipView
    from s2label.masks import Mask
    from s2label.project import Project
    from s2label.raster import RasterPool
    from s2label.types import ImageRecord
    from s2label.views import View


@dataclass(frozen=True)
class Look:
    """How somebody wants to see chips.

    ``view`` is a name; a chip that lacks its bands is shown in colours that it has. ``is_local``
    stretches each chip by itself.
    """

    view: str = TRUE_COLOUR
    is_local: bool = False


@dataclass(frozen=True, eq=False)
class Picture:
    """A chip, drawn as RGB (y, x, 3) uint8, with mask and ignore raster as they are now.

    Those are None where there are none yet. ``view`` is the name of the view shown, ``legend``
    says in one line what its colours mean.
    """

    rgb: NDArray[np.uint8]
    mask: Mask | None
    ignore: Mask | None
    view: str
    legend: str


def draw_chip(project: Project, chip: ChipView, look: Look, pool: RasterPool) -> Picture:
    """Read and draw a chip.

    Raises
    ------
    InputError
        If a source or the mask file cannot be read.
    """
    lifetime = project.classes.lifetime
    mask = read_canvas(project, canvas_of(chip, CanvasKind.MASK, lifetime))
    ignore = read_canvas(project, canvas_of(chip, CanvasKind.IGNORE, lifetime))
    grid = chip.place.grid
    view = shown_view(views_for(_band_names(chip.image), project.settings.all_views), look)
    if view is None:
        black = np.zeros((*grid.shape, 3), dtype=np.uint8)
        return Picture(black, mask, ignore, "no bands", "no bands")
    fixed = {} if look.is_local else fixed_limits(view, project.settings.stretch)
    values = read_values(chip.image, grid, view, open_=pool.open)
    limits = choose_limits(view, values, fixed)
    rgb = draw_values(view, values, limits)
    return Picture(rgb, mask, ignore, view.name, legend(view, limits, fixed))


def shown_view(views: Sequence[View], look: Look) -> View | None:
    """Return the view that is shown of those an image has: the one wanted, else colours."""
    wanted = [view for view in views if view.name == look.view]
    colours = [view for view in views if not view.is_index]
    return next(iter((*wanted, *colours, *views)), None)


def look_further(look: Look, project: Project, chip: ChipView, step: int) -> Look:
    """Return the look with the view so many steps on, among those that the chip has."""
    views = views_for(_band_names(chip.image), project.settings.all_views)
    shown = shown_view(views, look)
    if shown is None:
        return look
    return replace(look, view=views[(views.index(shown) + step) % len(views)].name)


def numbered_view(project: Project, chip: ChipView, number: int) -> tuple[str, str]:
    """Return the name of a project's view, counted from 1, and why the chip cannot show it.

    The number does not depend on the chip, so that a key always means the same. The reason is
    empty where the chip can show the view.
    """
    views = project.settings.all_views
    names = list(dict.fromkeys(view.name for view in views))
    if number > len(names):
        return "", f"there are {len(names)} views; project.toml can add more"
    name, bands = names[number - 1], _band_names(chip.image)
    if any(view.name == name for view in views_for(bands, views)):
        return name, ""
    return name, f"{name}: the image has no {', '.join(missing_bands(name, bands, views))}"


def _band_names(image: ImageRecord) -> list[str]:
    return [band.name for band in image.bands]
