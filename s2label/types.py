"""The words of the project as frozen records and enums (see docs/concepts.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from s2label.grid import Grid  # noqa: TC001 - pydantic reads the annotations at run time

if TYPE_CHECKING:
    from s2label.suspicions import SuspicionRecord

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


@dataclass(frozen=True)
class ScreeningRecord:
    """What screening found in one version of an image.

    Shares are 0..1: ``cloud``, ``shadow``, ``haze``, ``snow``, ``nodata`` and ``unknown`` (it holds
    data, but nobody can say) of the whole chip; ``valid_cloud``, ``labelled_cloud`` and
    ``water_cloud`` are the cloud of the pixels that hold data, of the labelled ones and of water,
    None where there are none. ``method`` names who said so (see `screening.methods`).
    ``statistics`` holds per band ``mean``, ``deviation``, ``p2`` and ``p98`` of reflectance.
    """

    image_id: str
    image_version: int
    method: str
    cloud: float
    shadow: float = 0.0
    haze: float = 0.0
    snow: float = 0.0
    nodata: float = 0.0
    unknown: float = 0.0
    valid_cloud: float | None = None
    labelled_cloud: float | None = None
    water_cloud: float | None = None
    statistics: dict[str, dict[str, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class FindingRecord:
    """What is wrong with the numbers of one version of an image.

    ``kind`` is a word or two, ``words`` say where and what to do.
    """

    image_id: str
    image_version: int
    kind: str
    words: str


@dataclass(frozen=True)
class OpenFinding:
    """A finding that nobody has settled, of an image that is not rejected."""

    image_id: str
    place_id: str
    date: str | None
    kind: str
    words: str


@dataclass(frozen=True)
class FindingCount:
    """Of how many images a kind of finding is open, and what is said of one of them."""

    kind: str
    images: int
    words: str


@dataclass(frozen=True)
class SettledFinding:
    """Of how many images somebody said that a kind of finding is no trouble, why and who."""

    kind: str
    images: int
    why: str
    who: str


@dataclass(frozen=True)
class ScreeningCounts:
    """How far screening is: images, method -> how many of them were screened by it.

    ``cloudier`` maps shares, 0..1, to how many images have more cloud than that.
    """

    images: int
    by_method: dict[str, int]
    cloudier: dict[float, int]
    findings: tuple[FindingCount, ...] = ()
    settled: tuple[SettledFinding, ...] = ()

    @property
    def screened(self) -> int:
        """How many images were screened in their current version."""
        return sum(self.by_method.values())


@dataclass(frozen=True)
class CloudyDate:
    """An image as one chooses dates by it.

    ``cloud`` is the share of its pixels with data under cloud, None where nobody can say;
    ``is_screened`` tells whether its current version was looked at.
    """

    image_id: str
    place_id: str
    date: str | None
    version: int
    state: State
    is_screened: bool
    cloud: float | None = None
    nodata: float = 0.0


@dataclass(frozen=True)
class JudgedImage:
    """How an image stands, and how likely it was thought to be rejected, 0..1, before that."""

    id: str
    place_id: str
    date: str | None
    version: int
    state: State
    reason: str
    chance: float | None
    has_finding: bool = False


@dataclass(frozen=True)
class LearningCounts:
    """What there is to learn an order from: images, and how many of them were screened.

    ``decided`` counts the screened images that somebody looked at and decided on, ``rejected``
    those of them that were rejected.
    """

    images: int = 0
    screened: int = 0
    decided: int = 0
    rejected: int = 0


@dataclass(frozen=True)
class DoubtRecord:
    """Why somebody should look at one version of an image, by a predicted scene.

    ``kind`` is a word or two, ``words`` a sentence; ``score``, 0..1, compares within a kind only.
    ``rank`` is above 0 and up to 1, the more, the further in front the place came in its scene.
    """

    image_id: str
    image_version: int
    scene: str
    model: str
    kind: str
    words: str
    score: float
    rank: float


class QueueOrder(StrEnum):
    """What a queue is sorted by."""

    DATE = "date"
    NAME = "name"
    NODATA = "nodata"
    CONSENSUS = "consensus"
    CLASS_SHARE = "class share"
    RANDOM = "random"
    WORTH = "worth"
    CLOUD = "cloud"
    FINDING = "finding"
    REJECTION = "rejection"
    DOUBT = "doubt"
    SUSPICION = "suspicion"


@dataclass(frozen=True)
class QueueSpec:
    """Which images, masks or unlabelled objects come, and in which order.

    ``class_value`` is the class of a ``class share`` order; ``seed`` shuffles a random one. By
    ``worth``, descending begins with the chips of which the model has most to say; by ``finding``,
    ascending begins with the images that have one; by ``doubt``, descending begins with the
    foremost doubtful place of each scene. ``only_doubtful`` leaves out all images without one. By
    ``suspicion``, descending begins with the foremost suspicion of the audit.

    ``only_suspicious`` leaves out all masks without an open suspicion; those with one come whatever
    their state is: an accepted mask may be wrong, too. The entries of a queue of suspicions are
    the ids of unlabelled objects, which are asked about one at a time.

    With ``among`` only these ids come, in that order; ``title`` says in words what they are. A
    bookmark keeps neither.
    """

    subject: Subject = Subject.IMAGE
    order: QueueOrder = QueueOrder.NAME
    only_open: bool = True
    descending: bool = False
    class_value: int = 1
    seed: int = 0
    among: tuple[str, ...] = field(default=(), repr=False)
    title: str = ""
    only_doubtful: bool = False
    only_suspicious: bool = False


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
