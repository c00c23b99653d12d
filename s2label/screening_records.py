"""Records of screening: clouds, what is wrong with numbers, how likely a rejection is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from s2label.types import State


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
