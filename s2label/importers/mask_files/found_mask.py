"""What every reader of this package takes and gives: a scene, a mask found for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Protocol

from s2label.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from s2label.grid import Grid
    from s2label.types import ClassTable, Source

Shape = tuple[int, int]


@dataclass(frozen=True)
class FoundMask:
    """A mask on the grid of its scene.

    Parameters
    ----------
    classes : ndarray
        Stored values (height, width), uint8: 0 background, 1..253 classes, 254 not labelled,
        255 ignore.
    sources : tuple of Source
        Every file it was read from; the one that holds the pixels first.
    origin : str
        Words for the data card, e.g. ``COCO algiers_coco.json``.
    warnings : tuple of str
        What was assumed while reading, a line each.
    provenance : ndarray or None
        Who set each pixel (height, width), uint8, where the file is one of our own masks.
    """

    classes: NDArray[np.uint8]
    sources: tuple[Source, ...]
    origin: str
    warnings: tuple[str, ...] = ()
    provenance: NDArray[np.uint8] | None = None


@dataclass(frozen=True)
class Scene:
    """A scene that looks for its mask: its stem, its folder (resolved) and its grid."""

    name: str
    folder: Path
    grid: Grid

    def has_inside(self, path: Path) -> bool:
        """Tell whether a path is the scene's own folder or lies below it."""
        return path == self.folder or self.folder in path.parents


class Rank(IntEnum):
    """How a mask file matches a scene, the strongest evidence first."""

    NAME = 0
    SAME_GRID = 1
    GROUND = 2
    SIZE = 3


class MaskFile(Protocol):
    """A candidate: a file that may hold the masks of one or several scenes."""

    @property
    def path(self) -> Path:
        """Where the file is."""

    @property
    def names(self) -> frozenset[str]:
        """Names of the scenes it says to be for."""

    @property
    def shapes(self) -> frozenset[Shape]:
        """Sizes (height, width) of its masks."""

    def rank(self, scene: Scene) -> Rank | None:
        """Tell how the file matches a scene, without reading pixels."""

    def read(self, scene: Scene, table: ClassTable) -> FoundMask:
        """Read the mask of a scene that it matches.

        Raises
        ------
        NoMaskError
            If its pixels show that it is a picture.
        InputError
            If it is a mask that cannot be read for this scene.
        """


class NoMaskError(InputError):
    """A raster that could be a mask is a picture; skipped in a folder, refused if named."""


def size_words(shape: Shape) -> str:
    """Return a shape (height, width) as users write it: ``1351 x 1126 px``, width first."""
    return f"{shape[1]} x {shape[0]} px"


def listed(items: list[str], limit: int = 6) -> str:
    """Return the first items of a list in words, and how many more there are."""
    more = f" and {len(items) - limit} more" if len(items) > limit else ""
    return ", ".join(items[:limit]) + more
