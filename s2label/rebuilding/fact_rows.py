"""What the rows of a log have in common, and those that tell what is there: places to masks."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from s2label.types import State

# Ids become names of files, so that nothing may lead elsewhere.
_ID = r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$"


def _inside(name: str) -> str:
    parts = PurePosixPath(name).parts
    if not parts or "\\" in name or "\0" in name or parts[0] == "/" or ".." in parts:
        raise ValueError(f"{name!r} leads out of its folder")
    if ":" in parts[0]:
        raise ValueError(f"{name!r} names a disk")
    return name


Id = Annotated[str, Field(pattern=_ID)]
Number = Annotated[int, Field(ge=1)]
# More than a scene has, and no more than can lie on Earth.
_Side = Annotated[int, Field(ge=1, le=1_000_000)]
_Finite = Annotated[float, Field(allow_inf_nan=False)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, AfterValidator(_inside)]


class Row(BaseModel):
    """A row: no key that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ImportRow(Row):
    """An import."""

    row: Literal["import"]
    id: Number
    at: str
    who: str
    program: str
    sources: list[str]
    options: dict[str, Any]
    report: dict[str, Any]


class PlaceRow(Row):
    """A place."""

    row: Literal["place"]
    id: Id
    name: str
    crs: str
    transform: tuple[_Finite, _Finite, _Finite, _Finite, _Finite, _Finite]
    height: _Side
    width: _Side


class SourceRow(Row):
    """A source file. ``whole`` is its path, only in a log for one's own machine."""

    row: Literal["source"]
    number: Number
    path: Name
    member: Name | None
    size_bytes: Annotated[int, Field(ge=0)]
    digest: Sha256
    whole: str | None = None


class RasterRow(Row):
    """Where a band or another raster of an image is, and what its numbers mean."""

    name: str
    source: Number
    index: Number
    quantification: float
    offset: float
    # Not a number and the infinities are texts: JSON has none.
    nodata: float | Literal["nan", "inf", "-inf"] | None


class ImageRow(Row):
    """An image, and how it stands."""

    row: Literal["image"]
    id: Id
    place: Id
    scene: str
    date: str | None
    radiometry: str
    cut: bool
    nodata_share: float
    fingerprint: str
    version: Number
    bands: list[RasterRow]
    rasters: list[RasterRow]
    import_: Annotated[Number, Field(alias="import")]
    state: State
    reason: str


class _VersionRow(Row):
    version: Number
    sha256: Sha256
    content: str
    origin: str
    class_counts: dict[str, int]
    active_seconds: float | None
    strokes: int | None
    changed_pixels: int | None
    at: str
    who: str
    program: str


class MaskVersionRow(_VersionRow):
    """A version of a mask."""

    import_id: int | None


class IgnoreVersionRow(_VersionRow):
    """A version of an ignore raster."""


class _CanvasRow(Row):
    id: Id
    place_id: Id
    current_version: Number
    settled_act_id: Annotated[int, Field(ge=0)]


class MaskRow(_CanvasRow):
    """A mask with its versions, and how it stands."""

    row: Literal["mask"]
    image_id: Id | None
    versions: list[MaskVersionRow]
    state: State
    reason: str


class IgnoreRow(_CanvasRow):
    """An ignore raster with its versions."""

    row: Literal["ignore"]
    image_id: Id
    versions: list[IgnoreVersionRow]
