"""What a training learns from, read: pixels, labels, and what is told of them. Knows no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from s2label.errors import ProjectError
from s2label.labelled.pixels import IMPORTED
from s2label.progress import Progress
from s2label.types import BACKGROUND
from s2label_training.ahead import read_ahead
from s2label_training.bundle import ModelClass, TrainingData
from s2label_training.chip_records import digest_of
from s2label_training.dataset import ChipPixels, memory_gib
from s2label_training.labels import read_chip_labels

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from s2label.labelled.chips import LabelledChip
    from s2label.progress import Job
    from s2label.project import Project
    from s2label.types import ClassTable
    from s2label_training.chosen import Chosen
    from s2label_training.labels import Labels
    from s2label_training.recipe import Recipe

_BACKGROUND_COLOUR = "#000000"
# Pixels below are given in degrees, as `grid.Grid.key` tells; a degree of latitude in metres.
_DEGREES_BELOW, _METRES_OF_DEGREE = 0.1, 111_320
# Threads that read from disk: GDAL lets Python go on meanwhile.
_THREADS = 4
_AHEAD = 16


@dataclass(frozen=True, eq=False)
class SideData:
    """One side, read: pixels and labels of its chips, by number."""

    pixels: ChipPixels
    labels: list[Labels]


@dataclass(frozen=True, eq=False)
class Learning:
    """Everything that a fit needs of the project.

    ``is_in_memory`` tells whether the chips' pixels are; else they are read again and again.
    """

    chosen: Chosen
    classes: tuple[ModelClass, ...]
    training: SideData
    validation: SideData
    is_in_memory: bool

    @property
    def can_validate(self) -> bool:
        """Whether any held-out pixel is checked."""
        return any(labels.counts.any() for labels in self.validation.labels)

    @property
    def gsd_m(self) -> float:
        """Side of a pixel of the training chips, in metres."""
        return _gsd_m(self.chosen.training[0])

    @property
    def class_pixels(self) -> list[int]:
        """Labelled training pixels of each of the network's classes."""
        return self._pixels(self.training.labels)

    def _pixels(self, sides: Sequence[Labels]) -> list[int]:
        total = np.zeros(len(self.classes), np.int64)
        for labels in sides:
            total += np.bincount(labels.target[labels.weight > 0], minlength=len(self.classes))
        return total.tolist()

    def told(self, trust: str) -> dict[str, Any]:
        """Return what is told when a training begins, as JSON types.

        Parameters
        ----------
        trust : str
            Which pixels validate, see `LabelSettings`.
        """
        both = [*self.training.labels, *self.validation.labels]
        pixels = self._pixels(both)
        return {
            "chips": len(self.chosen.chips),
            "groups": len({chip.group for chip in self.chosen.chips}),
            "pixels": {each.name: n for each, n in zip(self.classes, pixels, strict=True)},
            "checked_share": checked_share(both),
            "held_out": {
                "chips": len(self.chosen.validation),
                "by_group": self.chosen.data.is_by_group,
            },
            "warnings": [*self.chosen.data.warnings, *self._warnings(trust)],
        }

    def _warnings(self, trust: str) -> Iterator[str]:
        if trust == IMPORTED:
            yield "imported masks count as checked, as was asked for, though nobody checked them"
        if len({round(_gsd_m(chip), 1) for chip in self.chosen.chips}) > 1:
            yield "the chips' pixels are not all of one size on the ground"
        if self.chosen.validation and not self.can_validate:
            yield (
                "no held-out pixel is checked: the training cannot tell which epoch is best and "
                "keeps the last; accept some held-out chips, or trust imported masks"
            )

    def as_record(self, trust: str) -> TrainingData:
        """Return what a bundle keeps of it."""
        places = (self.chosen.training, self.chosen.validation)
        names = (each.name for each in self.classes)
        return TrainingData(
            digest=digest_of(self.chosen.data.chips),
            chips=len(self.chosen.training),
            pixels=dict(zip(names, self.class_pixels, strict=True)),
            checked_share=checked_share(self.training.labels),
            trust=trust,
            training_places=tuple(sorted({*_place_ids(places[0]), *self.chosen.learnt_before})),
            validation_places=_place_ids(places[1]),
            hold_out=self.chosen.hold_out,
        )


def checked_share(labels: Sequence[Labels]) -> float:
    """Return the share of labelled pixels that are checked, 0..1."""
    labelled = sum(int((each.truth < 254).sum()) for each in labels)
    return sum(int(each.counts.sum()) for each in labels) / max(labelled, 1)


def read_learning(project: Project, recipe: Recipe, chosen: Chosen) -> Job[Learning]:
    """Read labels, and pixels where they fit into memory.

    Raises
    ------
    InputError
        If a source or a mask cannot be read, or nothing is labelled after all.
    """
    data, chips = chosen.data, chosen.chips
    channels = len(data.bands) + len(recipe.input.indices)
    is_in_memory = memory_gib(chips, channels) <= recipe.fit.memory_gib
    measured = chosen.normalisation
    pixels = [
        ChipPixels(side, data.bands, recipe.input.indices, measured)
        for side in (chosen.training, chosen.validation)
    ]
    numbered = [(side, n) for side, of in enumerate(pixels) for n in range(len(of))]

    def read(where: tuple[int, int]) -> Labels:
        side, number = where
        if is_in_memory:
            pixels[side].keep(number)
        chip = (chosen.training, chosen.validation)[side][number]
        return read_chip_labels(project, chip, data.values, recipe.labels)

    labels: tuple[list[Labels], list[Labels]] = ([], [])
    reading = read_ahead(read, numbered, _THREADS, _AHEAD)
    for done, ((side, _), each) in enumerate(zip(numbered, reading, strict=True), start=1):
        labels[side].append(each)
        yield Progress(done, len(chips), "reading chips")
    if not any(each.weight.any() for each in labels[0]):
        raise ProjectError(f"{project.folder}: no labelled pixel to learn from; paint some chips")
    sides = [SideData(p, of) for p, of in zip(pixels, labels, strict=True)]
    classes = network_classes(project.classes, data.values)
    return Learning(chosen, classes, sides[0], sides[1], is_in_memory)


def network_classes(table: ClassTable, values: Sequence[int]) -> tuple[ModelClass, ...]:
    """Return the network's classes in its order, background where it is one."""
    names = {c.value: (c.name, c.colour) for c in table.classes}
    names[BACKGROUND] = ("background", _BACKGROUND_COLOUR)
    return tuple(ModelClass(value=v, name=names[v][0], colour=names[v][1]) for v in values)


def _gsd_m(chip: LabelledChip) -> float:
    gsd = float(np.mean(chip.place.grid.gsd))
    return gsd * _METRES_OF_DEGREE if gsd < _DEGREES_BELOW else gsd


def _place_ids(chips: Sequence[LabelledChip]) -> tuple[str, ...]:
    return tuple(sorted({chip.place.id for chip in chips}))
