"""Learning from strokes: what was painted so far teaches a forest, before there is any network.

No torch: it works without the training extra.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

from s2label.errors import InputError, S2LabelError
from s2label.suggestions import STROKES_MODEL, Suggestion
from s2label.types import BACKGROUND, Lifetime, Provenance
from s2label_training.features import KeptFeatures
from s2label_training.forest import check_forest, fit_forest, propose
from s2label_training.painted import PaintedChips

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sklearn.ensemble import ExtraTreesClassifier

    from s2label.project import Project
    from s2label.raster import RasterPool
    from s2label.types import ImageRecord
    from s2label_training.forest import Sample
    from s2label_training.painted import PaintedChip

    Bands = tuple[str, ...]


class StrokesError(S2LabelError):
    """There is not enough painted to learn from."""


@dataclass(frozen=True)
class LearnReport:
    """What was learnt from.

    Parameters
    ----------
    chips : int
        Chips with painted pixels.
    pixels : dict
        Class name -> painted pixels, of which a sample is used.
    bands : tuple of str
        The bands that all those chips have.
    seconds : float
        How long it took.
    accuracy : float or None
        How well chips are told that were left out: share of right pixels, 0..1, mean over the
        classes. None with a single chip.
    """

    chips: int
    pixels: dict[str, int]
    bands: Bands
    seconds: float
    accuracy: float | None

    def as_dict(self) -> dict[str, Any]:
        """Return the record as JSON types."""
        return asdict(self) | {"bands": list(self.bands)}


class StrokeLearner:
    """Learns from all that was painted so far, and suggests from that; asked by one thread.

    Parameters
    ----------
    project : Project
        Open for reading or writing.
    pool : RasterPool
        Keeps sources open.
    """

    def __init__(self, project: Project, pool: RasterPool) -> None:
        self._project = project
        self._painted = PaintedChips(project)
        self._features = KeptFeatures(pool, is_sea=project.classes.lifetime is Lifetime.MOVING)
        self._samples: dict[tuple[object, ...], Sample] = {}
        self._chips: list[PaintedChip] = []
        self._bands: Bands = ()
        self._forests: dict[Bands, ExtraTreesClassifier] = {}

    def learn(self) -> LearnReport:
        """Learn anew from what is painted now; if that fails, what was learnt before stays.

        Raises
        ------
        StrokesError
            If fewer than two classes are painted; background is one.
        S2LabelError
            If the painted chips have no band in common, or a file cannot be read.
        """
        start_s = perf_counter()
        chips = self._painted.find()
        pixels = self._count(chips)
        bands = _common_bands([chip.image for chip in chips])
        samples = self._samples_of(chips, bands)
        forest, accuracy = fit_forest(samples), check_forest(samples)
        self._chips, self._bands, self._forests = chips, bands, {bands: forest}
        seconds = round(perf_counter() - start_s, 3)
        return LearnReport(len(chips), pixels, bands, seconds, accuracy)

    def suggest(self, image_id: str) -> Suggestion:
        """Return what the strokes propose for an image; learns first if it never has.

        Raises
        ------
        S2LabelError
            If there is no such image, it has no band that the painted chips have, or a file
            cannot be read; and as `learn`.
        """
        chip = self._project.catalog.chip(image_id)
        if chip is None:
            raise InputError(image_id, "no such image in this project")
        if not self._forests:
            self.learn()
        bands = self._bands_for(chip.image)
        if bands not in self._forests:
            self._forests[bands] = fit_forest(self._samples_of(self._chips, bands))
        forest = self._forests[bands]
        values = tuple(int(value) for value in forest.classes_)
        likely = propose(forest, *self._features.of(chip.image, chip.place.grid, bands))
        return Suggestion(image_id, STROKES_MODEL, Provenance.STROKES, values, likely)

    def _count(self, chips: Sequence[PaintedChip]) -> dict[str, int]:
        """Return class name -> painted pixels, of at least two classes."""
        names = {BACKGROUND: "background"}
        names |= {c.value: c.name for c in self._project.classes.classes}
        found = sorted({value for chip in chips for value in chip.pixels})
        if len(found) < 2:
            raise StrokesError(_wanting(found, names))
        total = {value: sum(chip.pixels.get(value, 0) for chip in chips) for value in found}
        return {names.get(value, str(value)): count for value, count in total.items()}

    def _bands_for(self, image: ImageRecord) -> Bands:
        there = [band.name for band in image.bands]
        bands = tuple(name for name in self._bands if name in there)
        if not bands:
            raise InputError(
                image.id,
                f"has {', '.join(there) or 'no bands'}",
                f"one of {', '.join(self._bands)}, which the painted chips have",
                "paint on an image like this one, then learn again",
            )
        return bands

    def _samples_of(self, chips: Sequence[PaintedChip], bands: Bands) -> list[Sample]:
        samples = {(chip.key, bands): self._sample(chip, bands) for chip in chips}
        # What was learnt from before is of no use once it was painted over.
        self._samples = {k: v for k, v in self._samples.items() if k[1] != bands} | samples
        if len({value for sample in samples.values() for value in sample}) < 2:
            raise StrokesError("too little is painted where the images have data; paint more")
        return [sample for sample in samples.values() if sample]  # none where there is no data

    def _sample(self, chip: PaintedChip, bands: Bands) -> Sample:
        known = self._samples.get((chip.key, bands))
        if known is not None:
            return known
        features, valid = self._features.of(chip.image, chip.place.grid, bands)
        flat, is_valid = features.reshape(-1, features.shape[-1]), valid.reshape(-1)
        usable = {value: where[is_valid[where]] for value, where in chip.sample.items()}
        return {value: flat[where] for value, where in usable.items() if len(where)}


def _common_bands(images: Sequence[ImageRecord]) -> Bands:
    """Return the bands that all images have, in the order of the first."""
    common = [band.name for band in images[0].bands]
    for image in images:
        there = [band.name for band in image.bands]
        if not set(common) & set(there):
            raise InputError(
                image.id,
                f"has {', '.join(there) or 'no bands'}",
                f"one of {', '.join(common)}, which the other painted chips have",
                "reject it, or take its strokes away",
            )
        common = [name for name in common if name in there]
    return tuple(common)


def _wanting(found: Sequence[int], names: dict[int, str]) -> str:
    if not found:
        return "nothing is painted yet: paint a few objects, and some background (Shift+F)"
    if found[0] == BACKGROUND:
        return "only background is painted so far; paint some of a class too"
    name = names.get(found[0], str(found[0]))
    missing = "paint some background too (Shift+F); clear an imported mask before (Shift+X)"
    return f"only {name} is painted so far; {missing}"
