"""What a training learns from: chips, sides, channels, normalisation and labels. Knows no torch."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from s2label.errors import InputError, ProjectError
from s2label.labelled.chips import LabelledChip, find_labelled
from s2label.labelled.pixels import IMPORTED
from s2label.labelled.sides import Side, choose_sides
from s2label.progress import Progress
from s2label.types import BACKGROUND
from s2label_training.ahead import PoolPerThread, read_ahead
from s2label_training.bundle import ModelClass, TrainingData
from s2label_training.channels import choose_bands, read_channels
from s2label_training.dataset import ChipPixels, memory_gib, network_values, read_chip_labels
from s2label_training.normalisation import (
    MOST_CHIPS,
    ChannelSampler,
    Normalisation,
    fit_normalisation,
)
from s2label_training.runs import ChipData, RunData

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from s2label.labelled.sides import Sides
    from s2label.progress import Job
    from s2label.project import Project
    from s2label.types import ClassTable
    from s2label_training.bundle import ModelRecord
    from s2label_training.dataset import Labels
    from s2label_training.recipe import Recipe

_BACKGROUND_COLOUR = "#000000"
# Pixels below are given in degrees, as `grid.Grid.key` tells; a degree of latitude in metres.
_DEGREES_BELOW, _METRES_OF_DEGREE = 0.1, 111_320
# Threads that read from disk: GDAL lets Python go on meanwhile.
_THREADS = 4
_AHEAD = 16


@dataclass(frozen=True, eq=False)
class Chosen:
    """Which chips learn and validate, and what the network sees of them.

    Parameters
    ----------
    training, validation : list of LabelledChip
        The chips; no place is on both sides.
    data : RunData
        The same on disk, with channels and classes.
    """

    training: list[LabelledChip]
    validation: list[LabelledChip]
    data: RunData

    @property
    def chips(self) -> list[LabelledChip]:
        """All chips, those that train first."""
        return [*self.training, *self.validation]

    @property
    def normalisation(self) -> Normalisation:
        """How channels become numbers of like size."""
        return Normalisation(self.data.offset, self.data.scale, self.data.typical)


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
            training_places=_place_ids(places[0]),
            validation_places=_place_ids(places[1]),
        )


def checked_share(labels: Sequence[Labels]) -> float:
    """Return the share of labelled pixels that are checked, 0..1."""
    labelled = sum(int((each.truth < 254).sum()) for each in labels)
    return sum(int(each.counts.sum()) for each in labels) / max(labelled, 1)


def digest_of(chips: Sequence[ChipData]) -> str:
    """Return the SHA-256 over images, mask and ignore versions, in order."""
    digest = hashlib.sha256()
    for chip in chips:
        digest.update(chip.model_dump_json().encode() + b"\n")
    return digest.hexdigest()


def choose_chips(
    project: Project, recipe: Recipe, hold_out: Sequence[str], parent: ModelRecord | None
) -> Job[Chosen]:
    """Choose what a new training learns from, and measure how its channels are normalised.

    Parameters
    ----------
    project : Project
        The project; ``models/validation.json`` is written.
    recipe : Recipe
        How it is trained.
    hold_out : sequence of str
        Groups to hold out instead of the frozen ones.
    parent : ModelRecord, optional
        The model it starts from, whose channels, classes and normalisation it takes over.

    Raises
    ------
    InputError
        If nothing is labelled, chips lack bands, or the parent has other channels or classes.
    """
    chips = find_labelled(project)
    if not chips:
        raise ProjectError(
            f"{project.folder}: nothing is labelled yet; paint some chips, or import masks"
        )
    sides = choose_sides(project, chips, recipe.validation.share, hold_out)
    training, validation = _by_side(chips, sides)
    if not training:
        raise ProjectError(f"{project.folder}: all labelled chips are held out; label more places")
    both = [*training, *validation]
    bands = choose_bands(recipe.input.bands, both)
    values = network_values(project.classes, both)
    if parent is None:
        normalisation = yield from _measure(recipe, bands, training)
    else:
        require_same(parent, bands, recipe.input.indices, values)
        normalisation = Normalisation(parent.offset, parent.scale, parent.typical)
    rows = [_chip_data(chip, is_validation=False) for chip in training]
    rows += [_chip_data(chip, is_validation=True) for chip in validation]
    data = RunData(
        bands=bands,
        values=values,
        offset=normalisation.offset,
        scale=normalisation.scale,
        typical=normalisation.typical,
        warnings=sides.warnings,
        is_by_group=sides.is_by_group,
        parent=parent.id if parent else "",
        chips=tuple(rows),
    )
    return Chosen(training, validation, data)


def chips_again(project: Project, data: RunData) -> Chosen:
    """Return the chips of a training that is resumed, with the mask versions that it began with.

    Raises
    ------
    InputError
        If an image is gone or was imported anew.
    """
    with project.catalog.snapshot():
        images = project.catalog.images(row.image for row in data.chips)
        places = project.catalog.places()
    sides: tuple[list[LabelledChip], list[LabelledChip]] = ([], [])
    for row in data.chips:
        image = images.get(row.image)
        if image is None or image.version != row.image_version:
            found = "gone" if image is None else "imported anew since"
            raise InputError(f"image {row.image}", found, advice="train anew, without --resume")
        chip = LabelledChip(
            image=image,
            place=places[image.place_id],
            group=row.group,
            mask_id=row.mask,
            mask_version=row.mask_version,
            is_accepted=row.is_accepted,
            class_counts={},
            ignore_id=row.ignore,
            ignore_version=row.ignore_version,
        )
        sides[row.is_validation].append(chip)
    return Chosen(*sides, data)


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


def require_same(
    parent: ModelRecord, bands: Sequence[str], indices: Sequence[str], values: Sequence[int]
) -> None:
    """Refuse a model to start from that sees or tells something else.

    Raises
    ------
    InputError
        If channels or classes differ.
    """
    pairs = (
        ("channels", [*parent.bands, *parent.indices], [*bands, *indices]),
        ("classes", list(parent.class_values), list(values)),
    )
    for what, found, expected in pairs:
        if found != expected:
            raise InputError(
                f"model {parent.id}",
                f"{what} {' '.join(map(str, found))}",
                " ".join(map(str, expected)),
                "start fresh (fit.start=fresh)",
            )


def _by_side(
    chips: Sequence[LabelledChip], sides: Sides
) -> tuple[list[LabelledChip], list[LabelledChip]]:
    by_side: dict[Side, list[LabelledChip]] = {side: [] for side in Side}
    for chip in chips:
        by_side[sides.of_place[chip.place.id]].append(chip)
    return by_side[Side.TRAINING], by_side[Side.VALIDATION]


def _measure(
    recipe: Recipe, bands: Sequence[str], chips: Sequence[LabelledChip]
) -> Job[Normalisation]:
    seed = recipe.fit.seed
    drawn = np.random.default_rng(seed).permutation(len(chips))[:MOST_CHIPS]
    pools = PoolPerThread()

    def read(number: int) -> NDArray[np.float32]:
        chip = chips[number]
        indices, open_ = recipe.input.indices, pools.pool.open
        return read_channels(chip.image, chip.place.grid, bands, indices, open_)

    sampler = ChannelSampler(seed)
    reading = read_ahead(read, sorted(drawn), _THREADS, _AHEAD)
    for done, channels in enumerate(reading, start=1):
        sampler.add(channels)
        yield Progress(done, len(drawn), "measuring the bands")
    return fit_normalisation(recipe.input, bands, sampler.sample)


def _chip_data(chip: LabelledChip, *, is_validation: bool) -> ChipData:
    return ChipData(
        image=chip.image.id,
        image_version=chip.image.version,
        group=chip.group,
        mask=chip.mask_id,
        mask_version=chip.mask_version,
        is_accepted=chip.is_accepted,
        ignore=chip.ignore_id,
        ignore_version=chip.ignore_version,
        is_validation=is_validation,
    )


def _gsd_m(chip: LabelledChip) -> float:
    gsd = float(np.mean(chip.place.grid.gsd))
    return gsd * _METRES_OF_DEGREE if gsd < _DEGREES_BELOW else gsd


def _place_ids(chips: Sequence[LabelledChip]) -> tuple[str, ...]:
    return tuple(sorted({chip.place.id for chip in chips}))
