"""Two places whose masks come from sources that change; the second has no mask at first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from s2label.canvases import CanvasRef
from s2label.ids import mask_id
from s2label.types import Lifetime
from tests.factories.painting import MASK
from tests.factories.projects import apart, classes_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from s2label.project import Project
    from tests.factories.painting_model import PaintingModel, Pixels
    from tests.factories.projects import Ground

SIDE_PX = 8
# What the first and the second place bring, at first and when their source changed.
_MASK_VALUES = (((1, 2, 254), (2, 1)), ((), (254, 1)))


class MaskSources:
    """Which of its two sources each place has."""

    def __init__(self) -> None:
        self._chosen = [0, 0]

    def grounds(self) -> list[Ground]:
        """Return the places as they are to be imported."""
        plain = apart(len(self._chosen), side_px=SIDE_PX)
        values = [_MASK_VALUES[place][source] for place, source in enumerate(self._chosen)]
        return [replace(ground, mask_values=v) for ground, v in zip(plain, values, strict=True)]

    def change(self, places: Collection[int]) -> None:
        """Let places have their other source."""
        for place in places:
            self._chosen[place] = 1 - self._chosen[place]

    def would_strand_strokes(self, project: Project, model: PaintingModel) -> bool:
        """Tell whether an import replaces pixels under strokes that stand.

        Only strokes that came to nothing: they are no work that an import would keep.
        """
        return any(
            model.has_strokes(ref) and model.is_replaced_by(ref, pixels)
            for ref, pixels in self.masks(project).items()
            if ref in model.pixels
        )

    def masks(self, project: Project) -> dict[CanvasRef, Pixels]:
        """Return what the sources hold for each mask."""
        chips = project.catalog.chips(project.catalog.image_ids()).values()
        by_name = {ground.name: ground for ground in self.grounds()}
        found: dict[CanvasRef, Pixels] = {}
        for chip in chips:
            ground = by_name[chip.place.name]
            is_static = project.classes.lifetime is Lifetime.STATIC
            ref = CanvasRef(MASK, mask_id(chip.place.id if is_static else chip.image.id))
            if ground.mask_values:
                classes = classes_of(ground)
                found[ref] = np.stack([classes, np.where(classes == 254, 0, 1).astype(np.uint8)])
        return found
