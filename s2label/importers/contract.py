"""What every importer gives: units, each examined in one go and staged before the next."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from s2label.importers.value_counts import ValueCounts
from s2label.types import ChipRecord  # noqa: TC001 - pydantic reads the annotations at run time

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from s2label.importers.cutting.store import ChipStore
    from s2label.importers.mask_files import MaskFinder
    from s2label.importers.options import ImportOptions
    from s2label.masks import Mask
    from s2label.raster import RasterPool
    from s2label.stretch_sample import Samples
    from s2label.types import ClassTable


@dataclass(frozen=True)
class UnitRecord:
    """What a unit holds, without pixels; kept as JSON until the import is whole.

    ``sources`` maps every file that was read to (size in bytes, modification time in ns).
    ``blank`` counts chips left out because no pixel of them holds data; where chips are stored,
    ``blank_grounds`` are their grid keys and ``content`` identifies the product.
    """

    key: str
    chips: tuple[ChipRecord, ...]
    values: ValueCounts = field(default_factory=ValueCounts)
    warnings: tuple[str, ...] = ()
    sources: dict[str, tuple[int, int]] = field(default_factory=dict)
    blank: int = 0
    blank_grounds: tuple[str, ...] = ()
    content: str = ""


@dataclass(frozen=True)
class Examined:
    """A record and the masks it speaks of, by staged mask id (see `ChipRecord.masks`).

    ``samples`` holds some pixels of each image (see `sample_pixels`), where they were asked for;
    ``files`` the chips that are to be stored, by their path in the project.
    """

    record: UnitRecord
    masks: dict[str, Mask]
    samples: Samples = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)


class Unit(Protocol):
    """A piece of a source that is read at once: a row of tiles, a place, a file."""

    @property
    def key(self) -> str:
        """Name that is unique in the import and the same in every run of it."""

    @property
    def chips(self) -> int:
        """About how many chips it holds, for the progress bar."""

    @property
    def files(self) -> Sequence[Path]:
        """The images it reads; files that came since make a staged unit stale."""

    def joined(self, other: Unit) -> Unit:
        """Return one unit for what two sources hold of it.

        Raises
        ------
        InputError
            If the two contradict each other.
        """

    def prepared(self) -> Unit:
        """Return the unit with what it needs besides its own files, ready for another process.

        Raises
        ------
        InputError
            If that is not as it has to be.
        """

    def examine(self, *, sampled: bool = False) -> Examined:
        """Read all pixels of a prepared unit once; keep samples if asked to.

        Raises
        ------
        InputError
            If something in it is not as it has to be.
        """


@dataclass(frozen=True)
class ImportContext:
    """What an importer has to know besides the path; ``pool`` keeps rasters open between units.

    ``store`` is where chips are stored; without one nothing is, since there is no project.
    """

    options: ImportOptions
    classes: ClassTable
    pool: RasterPool
    store: ChipStore | None = None


class Importer(Protocol):
    """One kind of source."""

    def recognises(self, source: Path) -> bool:
        """Tell by names and content whether a path is of this kind."""

    def find_units(
        self, source: Path, context: ImportContext, finder: MaskFinder | None
    ) -> list[Unit]:
        """Return the units of a path; reads headers, not pixels."""

    def rasters(self, source: Path) -> list[Path]:
        """Return the files of a path that are images, so that nobody takes them for masks."""
