"""What the user can say about an import; command line and window read the same settings."""

from __future__ import annotations

import datetime
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from s2label.tiling import Edge


class Kind(StrEnum):
    """Kinds of sources; ``auto`` finds out which."""

    AUTO = "auto"
    LANDCOVERNET = "landcovernet"
    SAFE = "safe"
    BANDS = "bands"
    GEOTIFF = "geotiff"


class Around(StrEnum):
    """Around what chips are cut."""

    MASKS = "masks"


class ImportOptions(BaseModel):
    """Options of an import.

    ``chip`` and ``stride`` are pixels; without ``chip`` a folder of bands is cut into 64 px,
    everything else stays whole. Reflectance = (DN + ``offset``) / ``quantification``.

    Of the tiles, ``around`` keeps those that touch a mask, ``points`` (a file) puts one on each
    point, moved by up to ``jitter`` pixels, and ``random`` draws so many; ``seed`` is for both.
    """

    model_config = ConfigDict(frozen=True)

    kind: Kind = Kind.AUTO
    masks: Path | None = None
    bands: tuple[str, ...] = ()
    chip: int | None = Field(default=None, ge=8)
    stride: int | None = Field(default=None, ge=1)
    edge: Edge = Edge.DROP
    quantification: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    offset: float | None = Field(default=None, allow_inf_nan=False)
    date: datetime.date | None = None
    any_values: bool = False
    around: Around | None = None
    points: Path | None = None
    jitter: int = Field(default=0, ge=0)
    random: int | None = Field(default=None, ge=1)
    seed: int = Field(default=0, ge=0)

    @field_validator("around")
    @classmethod
    def _needs_masks(cls, value: Around | None, info: ValidationInfo) -> Around | None:
        if value is not None and info.data.get("masks") is None:
            raise ValueError("needs masks: give them with --masks")
        return value

    @field_validator("points")
    @classmethod
    def _has_no_step(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if value is not None and info.data.get("stride") is not None:
            raise ValueError("chips around points have no --stride")
        return value

    @field_validator("jitter")
    @classmethod
    def _needs_points(cls, value: int, info: ValidationInfo) -> int:
        if value and info.data.get("points") is None:
            raise ValueError("moves chips around points: give --points")
        return value

    @property
    def chooses_tiles(self) -> bool:
        """Whether some tiles of a scene are taken and others left."""
        return any(value is not None for value in (self.around, self.points, self.random))
