"""What one paints on: the mask of a place or an image, and the ignore raster of an image.

Both are rasters of classes and provenance with numbered versions, and both keep their strokes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

# Who made a version: a source, nobody (it is empty), somebody who painted.
IMPORTED, BLANK, PAINTED = "import", "blank", "paint"


class CanvasKind(StrEnum):
    """A mask, or the raster of pixels that are ignored in one image (cloud, glint, haze)."""

    MASK = "mask"
    IGNORE = "ignore"


@dataclass(frozen=True)
class CanvasRef:
    """Which mask or ignore raster."""

    kind: CanvasKind
    id: str


@dataclass(frozen=True)
class StrokeRecord:
    """A stroke as the catalog keeps it.

    ``image_id`` is the image that was in view; ``pixels`` are packed (`painting.stroke`);
    ``is_reversed`` tells that an undo took the stroke back.
    """

    canvas: CanvasRef
    image_id: str
    tool: str
    pixels: bytes
    is_reversed: bool = False


@dataclass(frozen=True)
class CanvasState:
    """Where a canvas stands: its version's file, and the strokes that came since, in order.

    ``last_act`` is the act of the last stroke there ever was; 0 before the first.
    """

    version: int
    last_act: int = 0
    strokes: tuple[StrokeRecord, ...] = ()


@dataclass(frozen=True)
class CanvasVersion:
    """A version as the catalog notes it.

    ``content`` identifies pixels whatever the file's encoding, ``class_counts`` maps stored
    values to pixels, ``changed_pixels`` counts those whose class is another than in the version
    before.
    """

    version: int
    sha256: str
    content: str
    origin: str
    class_counts: dict[int, int] = field(default_factory=dict)
    changed_pixels: int | None = None
