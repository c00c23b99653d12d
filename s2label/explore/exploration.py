"""All that an exploration found, as figures and tables show it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from s2label.explore.counts import total_pixels
from s2label.explore.distributions import split_by_class
from s2label.explore.next_hour import NextHour
from s2label.explore.options import LABELS_IN_WORDS

if TYPE_CHECKING:
    from s2label.explore.chip_counts import ChipBin, ExploredPlace
    from s2label.explore.chips import ExploredChip
    from s2label.explore.counts import ClassCount
    from s2label.explore.distributions import Distribution
    from s2label.explore.measures import Measure
    from s2label.explore.options import ExploreOptions
    from s2label.explore.sampling import PixelSample
    from s2label.explore.spectra import Spectrum
    from s2label.types import LabelClass


@dataclass(frozen=True, eq=False)
class Exploration:
    """What is in a data set.

    Parameters
    ----------
    project : str
        Name of the project.
    options : ExploreOptions
        What was asked for.
    chips : list of ExploredChip
        The chips that were meant; all other records name them by their number in this list.
    counts : list of ClassCount
        Pixels and chips of each class.
    sample : PixelSample
        The pixels that were drawn.
    measures : tuple of Measure
        Bands and indices that are shown.
    scatter : tuple of Measure, optional
        The two of the scatter; None where the images have but one band.
    spectra : dict
        Class value -> spectrum.
    clouds, dates : list of ChipBin
        Chips by cloud and by month.
    unscreened, undated : tuple of int
        Chips of which nobody knows that.
    places : list of ExploredPlace
        Where they are.
    next_hour : NextHour
        Where the time went, of the whole project, and what more of it would bring.
    """

    project: str
    options: ExploreOptions
    chips: list[ExploredChip]
    counts: list[ClassCount]
    sample: PixelSample
    measures: tuple[Measure, ...]
    scatter: tuple[Measure, Measure] | None
    spectra: dict[int, Spectrum]
    clouds: list[ChipBin]
    unscreened: tuple[int, ...]
    dates: list[ChipBin]
    undated: tuple[int, ...]
    places: list[ExploredPlace]
    next_hour: NextHour = field(default_factory=NextHour)

    @property
    def classes(self) -> list[LabelClass]:
        """Background, where there is any, and the classes of the project."""
        return [count.label_class for count in self.counts]

    @cached_property
    def chip_numbers(self) -> dict[str, int]:
        """Image id -> number of its chip."""
        return {chip.image_id: number for number, chip in enumerate(self.chips)}

    @cached_property
    def distributions(self) -> dict[str, dict[int, Distribution]]:
        """Name of a measure -> class value -> the measure of its pixels."""
        return {
            each.name: split_by_class(
                each.evaluate(self.sample.by_name), self.sample.classes, self.sample.chips
            )
            for each in self.measures
        }

    @property
    def pixels(self) -> int:
        """Pixels that count, of all classes."""
        return total_pixels(self.counts)

    @property
    def is_exact(self) -> bool:
        """Whether the counts are certain."""
        return all(count.is_exact for count in self.counts)

    @property
    def labelled_chips(self) -> int:
        """Chips that have labels."""
        return sum(bool(chip.class_counts) for chip in self.chips)

    @property
    def sample_words(self) -> str:
        """Which pixels the statistics are of; stands in every figure that shows some."""
        most = "" if self.is_exact else "at most "
        return (
            f"{self.sample.size:,} px of {most}{self.pixels:,}, seed {self.options.seed}, drawn "
            f"by class from {len(self.sample.counted):,} of {self.labelled_chips:,} labelled chips"
        )

    @property
    def query_words(self) -> str:
        """Which chips and labels were meant."""
        options = self.options
        chosen = options.where or "all that are not rejected"
        among = f" of {len(options.image_ids):,} chosen images" if options.image_ids else ""
        return f"{len(self.chips):,} chips ({chosen}{among}); {LABELS_IN_WORDS[options.trust]}"
