"""Which doubtful places of a result are wanted as chips, and what came of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from s2label.importers.options import ImportOptions

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class DoubtsRequest:
    """A result, its scene, and how many doubtful places are wanted of it.

    Parameters
    ----------
    classes : Path
        What `s2label predict` made.
    source : Path
        The scene.
    probabilities : Path or None
        Of the same run; None: found beside the classes.
    older, clouds : Path or None
        Another model's result, and a raster of clouds, see `find_doubts`.
    most, chip_px : int
        How many places, and the side of their chips.
    options : ImportOptions
        How the scene's numbers become reflectance.
    """

    classes: Path
    source: Path
    probabilities: Path | None = None
    older: Path | None = None
    clouds: Path | None = None
    most: int = 200
    chip_px: int = 64
    options: ImportOptions = field(default_factory=ImportOptions)


@dataclass
class DoubtsReport:
    """What came of it; all values are JSON types.

    Parameters
    ----------
    scene, model : str
        Of the result.
    doubts : list of dict
        The places, the foremost first: ``image`` (null where no chip could be cut), ``is_new``,
        ``kind``, ``words``, ``score``, ``longitude``, ``latitude``.
    kinds : dict
        Kind -> places.
    new_chips, chips_before, without_chip : int
        How many places became chips, lay in chips that were there, or could not be cut.
    noted : int
        Reasons that the catalog did not have.
    notes : list of str
        What the user should know.
    """

    scene: str
    model: str
    doubts: list[dict[str, Any]] = field(default_factory=list)
    kinds: dict[str, int] = field(default_factory=dict)
    new_chips: int = 0
    chips_before: int = 0
    without_chip: int = 0
    noted: int = 0
    notes: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON types."""
        return asdict(self)
