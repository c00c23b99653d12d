"""The chips of a project that lie on the ground of a scene, of its date, pixel on pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from s2label.grid import aligned_window

if TYPE_CHECKING:
    from rasterio.windows import Window

    from s2label.project import Project
    from s2label.scenes import FoundScene
    from s2label.types import PlaceRecord


@dataclass(frozen=True)
class SceneChip:
    """An image of a project, and where it lies in a scene.

    Parameters
    ----------
    image_id, image_version : str, int
        The image as it is now.
    place : PlaceRecord
        Its ground.
    window : Window
        Its pixels in the scene; may reach beyond it.
    """

    image_id: str
    image_version: int
    place: PlaceRecord
    window: Window

    @property
    def columns(self) -> tuple[int, int]:
        """First column, and the one after the last."""
        return int(self.window.col_off), int(self.window.col_off + self.window.width)

    @property
    def rows(self) -> tuple[int, int]:
        """First row, and the one after the last."""
        return int(self.window.row_off), int(self.window.row_off + self.window.height)


def chips_on(project: Project, found: FoundScene) -> list[SceneChip]:
    """Return the chips of a scene: of its date, or of its name, and on its pixels.

    Those cut from the scene itself come first, then those of other sources of that day; by id.
    """
    images = project.catalog.images_of_day(found.name, found.image.date)
    chips = []
    for scene, image_id, version, place in images:
        window = aligned_window(found.grid, place.grid)
        if window is not None and _overlaps(window, found.grid.shape):
            chips.append((scene != found.name, SceneChip(image_id, version, place, window)))
    chips.sort(key=lambda each: each[0])
    return [chip for _, chip in chips]


def _overlaps(window: Window, shape: tuple[int, int]) -> bool:
    row, column, height, width = window.row_off, window.col_off, window.height, window.width
    is_inside = row < shape[0] and column < shape[1]
    return bool(is_inside and row + height > 0 and column + width > 0)
