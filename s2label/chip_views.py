"""What one looks at: a chip, its mask, the dates of its place; read from the catalog at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from s2label.suspicions import SuspicionRecord
    from s2label.types import ImageRecord, PlaceRecord, State


@dataclass(frozen=True)
class MaskView:
    """A mask as one looks at it.

    ``class_counts`` maps stored values to pixels in its version; ``last_act`` is the act of the
    last stroke on it, which may be in no version yet; 0 if there was none.
    """

    id: str
    version: int
    state: State
    reason: str
    class_counts: dict[int, int]
    consensus: float | None
    origin: str
    is_static: bool
    last_act: int = 0


@dataclass(frozen=True)
class ChipView:
    """A place on a date with its mask, as one looks at it.

    ``last_ignore_act`` is the act of the last stroke on the image's ignore raster, 0 without one.
    ``cloud`` is the share of its valid pixels under cloud, ``finding`` the kind of its first open
    finding, ``rejection`` how likely it is to be rejected; None where nobody knows. ``doubts`` says
    why somebody should look at it, the foremost reason first. ``suspicions`` are the open ones:
    those of its mask, the foremost first, then the unlabelled objects of the image.
    """

    place: PlaceRecord
    image: ImageRecord
    image_state: State
    image_reason: str
    mask: MaskView | None
    last_ignore_act: int = 0
    cloud: float | None = None
    finding: str | None = None
    rejection: float | None = None
    doubts: tuple[str, ...] = ()
    suspicions: tuple[SuspicionRecord, ...] = ()


@dataclass(frozen=True)
class DatedImage:
    """An image in the strip of a place's dates.

    ``cloud`` is the share of its valid pixels under cloud, None where nobody knows; ``finding`` the
    kind of its first open finding.
    """

    id: str
    date: str | None
    state: State
    reason: str
    nodata_share: float | None
    cloud: float | None = None
    finding: str | None = None
