"""Which chips learn and validate, and what a network sees of them. Knows no torch."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from s2label.errors import InputError, ProjectError
from s2label.labelled.chips import LabelledChip, find_labelled
from s2label.labelled.choosing import on_ground_of
from s2label.labelled.sides import Side, Sides, choose_sides, sides_of_fold
from s2label.progress import Progress
from s2label_training.ahead import PoolPerThread, read_ahead
from s2label_training.channels import choose_bands, read_channels
from s2label_training.chip_records import record_chip, recorded_chips
from s2label_training.labels import network_values
from s2label_training.normalisation import (
    MOST_CHIPS,
    ChannelSampler,
    Normalisation,
    fit_normalisation,
)
from s2label_training.run_records import RunData
from s2label_training.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from s2label.labelled.folds import Fold
    from s2label.progress import Job
    from s2label.project import Project
    from s2label_training.bundle import ModelRecord
    from s2label_training.recipe import Recipe

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
    learnt_before : tuple of str
        Places from which the model of a warm start has learnt.
    hold_out : tuple of str
        Groups that are held out instead of the frozen ones.
    """

    training: list[LabelledChip]
    validation: list[LabelledChip]
    data: RunData
    learnt_before: tuple[str, ...] = ()
    hold_out: tuple[str, ...] = ()

    @property
    def chips(self) -> list[LabelledChip]:
        """All chips, those that train first."""
        return [*self.training, *self.validation]

    @property
    def normalisation(self) -> Normalisation:
        """How channels become numbers of like size."""
        return Normalisation(self.data.offset, self.data.scale, self.data.typical)


def choose_chips(
    project: Project,
    recipe: Recipe,
    hold_out: Sequence[str],
    parent: ModelRecord | None,
    fold: Fold | None = None,
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
    fold : Fold, optional
        What to learn from instead, for an audit; nothing validates then, and nothing is written.

    Raises
    ------
    InputError
        If nothing is labelled, chips lack bands, or the parent has other channels or classes.
    ProjectError
        If a labelled image has an open finding.
    """
    chips = find_labelled(project)
    if not chips:
        raise ProjectError(
            f"{project.folder}: nothing is labelled yet; paint some chips, or import masks"
        )
    require_settled(project, chips)
    if fold is None:
        sides = choose_sides(project, chips, recipe.validation.share, hold_out)
    else:
        sides, hold_out = Sides(sides_of_fold(chips, fold)), (fold.name,)
    training, held = _by_side(chips, sides)
    if not training:
        raise ProjectError(f"{project.folder}: all labelled chips are held out; label more places")
    learnt_before = parent.data.training_places if parent else ()
    validation = _unknown_to(project, held, learnt_before) if fold is None else []
    # All folds of an audit tell the same classes by the same bands, and each takes its held chips.
    both = [*training, *validation] if fold is None else chips
    bands = choose_bands(recipe.input.bands, both)
    values = network_values(project.classes, both)
    if parent is None:
        normalisation = yield from _measure(recipe, bands, training)
    else:
        require_same(parent, bands, recipe.input.indices, values)
        normalisation = Normalisation(parent.offset, parent.scale, parent.typical)
    rows = [record_chip(chip, is_validation=False) for chip in training]
    rows += [record_chip(chip, is_validation=True) for chip in validation]
    data = RunData(
        bands=bands,
        values=values,
        offset=normalisation.offset,
        scale=normalisation.scale,
        typical=normalisation.typical,
        warnings=(
            *sides.warnings,
            *_warnings(recipe, parent),
            *_warnings_of_known(len(held) - len(validation) if fold is None else 0),
        ),
        is_by_group=sides.is_by_group,
        parent=parent.id if parent else "",
        chips=tuple(rows),
    )
    return Chosen(training, validation, data, learnt_before, tuple(hold_out))


def choose_again(project: Project, data: RunData, hold_out: Sequence[str] = ()) -> Chosen:
    """Return what a training that is resumed learns from: what it began with.

    Raises
    ------
    InputError
        If an image is gone or was imported anew, or the model of its warm start is gone.
    ProjectError
        If an image has an open finding since.
    """
    learnt_before = _places_of(Shelf(project.folder), data.parent) if data.parent else ()
    training, validation = recorded_chips(project, data.chips)
    require_settled(project, [*training, *validation])
    return Chosen(training, validation, data, learnt_before, tuple(hold_out))


def require_settled(project: Project, chips: Sequence[LabelledChip]) -> None:
    """Raise `ProjectError` while images that would be learnt from have open findings.

    Numbers that mean something else than they say would teach a model that, and nobody would see
    it in its scores.
    """
    taking_part = {chip.image.id for chip in chips}
    found = project.catalog.screenings.open_findings(taking_part)
    if not found:
        return
    images = len({finding.image_id for finding in found})
    kinds = Counter(finding.kind for finding in found)
    listed = ", ".join(f"{kind} {number}" for kind, number in kinds.most_common())
    which = "1 labelled image has" if images == 1 else f"{images} labelled images have"
    raise ProjectError(
        f"{project.folder}: {which} open findings ({listed}); look at them with "
        "`s2label findings`, then reject these images, or settle the findings"
    )


def _places_of(shelf: Shelf, parent: str) -> tuple[str, ...]:
    try:
        return shelf.record(parent).data.training_places
    except InputError as error:
        advice = "restore its folder from a backup, or train anew, without --resume"
        found = "gone or damaged, and this training began with it"
        raise InputError(shelf.folder(parent), found, advice=advice) from error


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


def _warnings(recipe: Recipe, parent: ModelRecord | None) -> Iterator[str]:
    frozen = recipe.fit.frozen_epochs
    if frozen and parent is None and recipe.network.encoder_weights == "none":
        yield (
            f"fit.frozen_epochs is {frozen}, but the encoder begins with random weights and learns "
            "nothing while it is frozen; set fit.frozen_epochs=0, or give network.encoder_weights"
        )


def _unknown_to(
    project: Project, held: list[LabelledChip], learnt: Sequence[str]
) -> list[LabelledChip]:
    """Return held-out chips on ground from which nobody has learnt: others would flatter."""
    if not learnt:
        return held
    places = project.catalog.places()
    known = on_ground_of((chip.place for chip in held), places, set(learnt))
    return [chip for chip in held if chip.place.id not in known]


def _warnings_of_known(number: int) -> Iterator[str]:
    if number:
        chips = "1 held-out chip does" if number == 1 else f"{number} held-out chips do"
        yield (
            f"{chips} not validate, since the model that the training starts from has learnt "
            "from there; set fit.start=fresh to have all of them"
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
