"""The words of the project as frozen records and enums (see docs/concepts.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from s2label.grid import Grid  # noqa: TC001 - pydantic reads the annotations at run time

BACKGROUND = 0
NOT_LABELLED = 254
IGNORE = 255
MAX_CLASS = 253


class Subject(StrEnum):
    """What a decision is about.

    Of a suspicion, accept says "yes, it is so" and reject "no, it is fine".
    """

    IMAGE = "image"
    MASK = "mask"
    SUSPICION = "suspicion"


class Verdict(StrEnum):
    """What a decision says; ``open`` takes an earlier one back."""

    ACCEPT = "accept"
    REJECT = "reject"
    OPEN = "open"


class State(StrEnum):
    """Where an image or a mask stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


STATE_OF_VERDICT = {
    Verdict.ACCEPT: State.ACCEPTED,
    Verdict.REJECT: State.REJECTED,
    Verdict.OPEN: State.OPEN,
}


class Lifetime(StrEnum):
    """Whether labelled things stay: static masks belong to a place, moving ones to an image."""

    STATIC = "static"
    MOVING = "moving"


class Provenance:
    """Who set a pixel: second band of a mask file (uint8); 16 and up are models of the project."""

    NOBODY = 0
    IMPORTED = 1
    HUMAN = 2
    STROKES = 3
    FIRST_MODEL = 16


@dataclass(frozen=True)
class LabelClass:
    """One class: a value of 1..253, a name, a colour ``#rrggbb``."""

    value: int
    name: str
    colour: str

    def __post_init__(self) -> None:
        if not BACKGROUND <= self.value <= MAX_CLASS:
            raise ValueError(f"class value {self.value} is outside 0..{MAX_CLASS}")
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", self.colour):
            raise ValueError(f"colour {self.colour!r} of class {self.name!r} is not #rrggbb")
        if not self.name.strip():
            raise ValueError(f"class {self.value} has no name")
        if self.name.splitlines() != [self.name]:
            raise ValueError(f"class {self.value} has a name of more than one line: {self.name!r}")

    @property
    def rgb(self) -> tuple[int, int, int]:
        """Colour as three numbers 0..255."""
        return int(self.colour[1:3], 16), int(self.colour[3:5], 16), int(self.colour[5:7], 16)


@dataclass(frozen=True)
class ClassTable:
    """The classes of a project.

    Parameters
    ----------
    name : str
        Name of the table.
    lifetime : Lifetime
        Static classes give one mask per place, moving ones one mask per image.
    classes : tuple of LabelClass
        Classes with values of 1..253, in order.
    source_void : tuple of int
        Values that mean "no data" in source masks and become "not labelled" (LandCoverNet: 0).
    """

    name: str
    lifetime: Lifetime
    classes: tuple[LabelClass, ...]
    source_void: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        values = [c.value for c in self.classes]
        names = [c.name.casefold() for c in self.classes]
        if not values:
            raise ValueError("a class table needs at least one class")
        if 0 in values:
            raise ValueError("class value 0 is the background and is not listed")
        if len(set(values)) != len(values) or len(set(names)) != len(names):
            raise ValueError("class values and names must differ from each other")

    @property
    def values(self) -> tuple[int, ...]:
        """Values of the classes, without background."""
        return tuple(c.value for c in self.classes)


@dataclass(frozen=True)
class Source:
    """A raster file that is read in place: path and what identifies its bytes.

    ``digest`` is the SHA-256 of the first and last 64 KiB, enough to notice a changed file
    without reading hundreds of gigabytes.
    """

    path: str
    size_bytes: int
    mtime_ns: int
    digest: str


@dataclass(frozen=True)
class BandRaster:
    """Where one band (or a cloud raster) of an image is, and what its numbers mean.

    Reflectance is ``(DN + offset_dn) / quantification``; ``nodata`` is the tagged value.
    ``quantification`` is 0 for rasters that are no reflectance (SCL, cloud probability).
    """

    name: str
    source: Source
    index: int = 1
    quantification: float = 0.0
    offset_dn: float = 0.0
    nodata: float | None = None


@dataclass(frozen=True)
class ImageRecord:
    """A place on a date.

    ``scene`` names the product or raster it was taken from; ``cut`` tells that it is a piece of
    a larger scene. ``radiometry`` says in words who said how values become reflectance.
    ``nodata_share`` is 0..1. ``rasters`` are class and cloud rasters that belong to the image.
    ``fingerprint`` identifies the content of both; while it is imported, ``bands_fingerprint`` that
    of its bands alone, as their source has them.
    """

    id: str
    place_id: str
    scene: str
    date: str | None
    bands: tuple[BandRaster, ...]
    rasters: tuple[BandRaster, ...] = ()
    radiometry: str = ""
    cut: bool = False
    nodata_share: float = 0.0
    fingerprint: str = ""
    version: int = 1
    bands_fingerprint: str = ""


@dataclass(frozen=True)
class MaskRecord:
    """A mask of a place (``image_id`` None) or of one image; files are versioned.

    ``class_counts`` maps stored values (0 background, 254 not labelled, 255 ignore) to pixels;
    ``consensus`` is the mean of the source's own agreement score, 0..1.
    """

    id: str
    place_id: str
    image_id: str | None
    version: int
    sha256: str
    content: str
    class_counts: dict[int, int] = field(default_factory=dict)
    consensus: float | None = None
    consensus_raster: BandRaster | None = None
    origin: str = ""


@dataclass(frozen=True)
class PlaceRecord:
    """A piece of ground with a name."""

    id: str
    name: str
    grid: Grid


@dataclass(frozen=True)
class ChipRecord:
    """A place with its images and masks, as one import brings them."""

    place: PlaceRecord
    images: tuple[ImageRecord, ...] = ()
    masks: tuple[MaskRecord, ...] = ()


@dataclass(frozen=True)
class Author:
    """Who does something, with which version of the program."""

    who: str
    program: str


@dataclass(frozen=True)
class Decision:
    """An accept, a reject or a taking back, with its reason in a word or two.

    ``version`` is the one that was looked at, where that is known: if another has come since,
    the decision is refused.
    """

    subject: Subject
    id: str
    verdict: Verdict
    reason: str = ""
    version: int | None = None


@dataclass(frozen=True)
class Act:
    """What one undo takes back.

    ``kind`` is decide, paint, undo or redo; settle is the program's own (`catalog.settling`).
    ``changes`` counts decisions, ``strokes`` those painted, taken back or done again.
    """

    id: int
    kind: str
    changes: int
    strokes: int = 0

    @property
    def in_words(self) -> str:
        """What it consists of: ``2 decisions``, ``1 stroke``."""
        counted = ((self.changes, "decision"), (self.strokes, "stroke"))
        return " and ".join(f"{n} {word}{'s' if n != 1 else ''}" for n, word in counted if n)


@dataclass(frozen=True)
class ImportRun:
    """What was asked of an import, for the log and the data card."""

    sources: tuple[str, ...]
    options: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class ImportCounts:
    """What an import changed.

    ``images_moved`` counts images whose files were found elsewhere, with the same content;
    ``masks_kept`` counts masks that were edited here and therefore stay, though their source
    changed.
    """

    places_new: int = 0
    images_new: int = 0
    images_changed: int = 0
    images_moved: int = 0
    images_unchanged: int = 0
    masks_new: int = 0
    masks_changed: int = 0
    masks_unchanged: int = 0
    masks_kept: int = 0
    sources_changed: int = 0

    @property
    def is_nothing(self) -> bool:
        """Whether the project stays as it is."""
        changes = (self.places_new, self.images_new, self.images_changed, self.images_moved)
        return not any((*changes, self.masks_new, self.masks_changed, self.sources_changed))


@dataclass(frozen=True)
class Pair:
    """An image with the mask that belongs to it, as an export writes them."""

    image_id: str
    mask_id: str
    mask_version: int
    place_id: str
    date: str | None
    image_state: State
    mask_state: State
