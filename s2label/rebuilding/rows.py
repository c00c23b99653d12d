"""The rows of a log as records; what is no such row is refused when it is read."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from s2label.exports.options import Format  # noqa: TC001 - pydantic reads the annotations
from s2label.rebuilding.fact_rows import (
    Id,
    IgnoreRow,
    ImageRow,
    ImportRow,
    MaskRow,
    Number,
    PlaceRow,
    Row,
    Sha256,
    SourceRow,
)
from s2label.types import Subject, Verdict  # noqa: TC001 - the same

# Splits become names of files.
_SPLIT = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,40}$"


class AskedOptions(Row):
    """Options of the export; the splits that were given have rows of their own."""

    format: Format
    include_open: bool
    void: int | None
    shares: dict[str, float]
    seed: int
    licence: str
    given_splits: bool


class StretchRow(Row):
    """The stretch of the project."""

    limits: dict[str, tuple[float, float]]
    percentiles: tuple[float, float]
    images: int
    sample: str
    fixed: bool


class HeadRow(Row):
    """The first row: options and settings. ``masks`` only in a log for one's own machine."""

    row: Literal["log"]
    format: Literal[1]
    program: str
    name: str
    options: AskedOptions
    classes: dict[str, Any]
    stretch: StretchRow
    group_distance_m: float
    masks: str | None = None


class SplitRow(Row):
    """A split that was given."""

    row: Literal["split"]
    place: str
    split: Annotated[str, Field(pattern=_SPLIT)]


class FileRow(Row):
    """A file of the export, in a log for one's own machine."""

    row: Literal["file"]
    name: str
    sha256: Sha256


class SuspicionRow(Row):
    """A suspicion that was decided on."""

    row: Literal["suspicion"]
    id: str
    mask_id: Id
    mask_version: Number
    image_id: Id
    image_version: Number
    kind: str


class DecisionRow(Row):
    """A decision of an act."""

    subject: Subject
    subject_id: str
    verdict: Verdict
    reason: str
    version: Annotated[int, Field(ge=0)]


class StrokeRow(Row):
    """That an act painted; what came of it is in the mask files."""

    kind: Literal["mask", "ignore"]
    canvas_id: Id
    image_id: Id
    tool: str


class ActRow(Row):
    """An act."""

    row: Literal["act"]
    id: Number
    kind: str
    target_id: int | None
    at: str
    who: str
    seconds: float | None
    program: str
    decisions: list[DecisionRow]
    strokes: list[StrokeRow]


class EndRow(Row):
    """The last row: how many rows there are of each kind, and the SHA-256 of all before it."""

    row: Literal["end"]
    rows: dict[str, int]
    sha256: Sha256


LogRow = Annotated[
    HeadRow
    | SplitRow
    | FileRow
    | ImportRow
    | PlaceRow
    | SourceRow
    | ImageRow
    | MaskRow
    | IgnoreRow
    | SuspicionRow
    | ActRow
    | EndRow,
    Field(discriminator="row"),
]
