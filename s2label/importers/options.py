"""What the user can say about an import; command line and window read the same settings."""

from __future__ import annotations

import datetime
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from s2label.tiling import Edge


class Kind(StrEnum):
    """Kinds of sources; ``auto`` finds out which."""

    AUTO = "auto"
    LANDCOVERNET = "landcovernet"
    BANDS = "bands"
    GEOTIFF = "geotiff"


class ImportOptions(BaseModel):
    """Options of an import.

    ``chip`` and ``stride`` are pixels; without ``chip`` a folder of bands is cut into 64 px,
    everything else stays whole. Reflectance = (DN + ``offset``) / ``quantification``.
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
