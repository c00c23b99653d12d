"""Chips of the real ports: which both sides learn from, their pixels, one score for both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from s2label_training.channels import read_reflectance
from s2label_training.metrics import scores_of
from s2label_training.tallies import ChipTally, tally_chip

from s2label.classes import VESSELS
from s2label.labelled.chips import find_labelled
from s2label.labelled.pixels import IMPORTED, read_labels
from s2label.project import open_project
from s2label.raster import RasterPool
from s2label.types import Decision, Lifetime, Subject, Verdict
from tests.benchmarks.material import _made

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from s2label_training.scores import Scores

    from s2label.labelled.chips import LabelledChip
    from s2label.project import Project

BANDS = ("B02", "B03", "B04", "B08", "B11")
# A whole number of batches, so that both sides see every chip in every epoch.
LEARNT = 96
_SEED = 0


@dataclass(frozen=True)
class Pixels:
    """Images (n, band, y, x) float32 reflectance, 0 without data, and truth (n, y, x) uint8."""

    images: NDArray[np.float32]
    truth: NDArray[np.uint8]

    def save(self, path: Path) -> None:
        """Write both for a side to read."""
        np.savez(path, images=self.images, truth=self.truth)


def all_ports(work: Path, data: Path) -> Path:
    """Return a project with all ports in chips of 64 px, made once."""

    def make(folder: Path) -> None:
        # It brings torch, which who only asks the sides does not need.
        from tests.benchmarks.ports import ports_project

        ports_project(folder, data)

    return _made(work / "ports", make)


def split(project: Project, held_out: str) -> tuple[list[LabelledChip], list[LabelledChip]]:
    """Return the chips to learn from and those of the port that is held out.

    Of the other ports these are all chips with vessels, and some without, drawn by chance, up to
    `LEARNT`: with all that are empty a training would last hours.
    """
    chips = find_labelled(project)
    others = [chip for chip in chips if not chip.place.name.startswith(held_out)]
    has_vessels = np.array([chip.class_counts.get(1, 0) > 0 for chip in others])
    empty = np.random.default_rng(_SEED).permutation(np.flatnonzero(~has_vessels))
    chosen = sorted([*np.flatnonzero(has_vessels), *empty[: LEARNT - has_vessels.sum()]])
    here = [chip for chip in chips if chip.place.name.startswith(held_out)]
    return [others[number] for number in chosen], here


def leave_only(project: Project, chips: Sequence[LabelledChip]) -> None:
    """Reject all other images of a project that is open for writing."""
    kept = {chip.image.id for chip in chips}
    rest = [id_ for id_ in project.catalog.image_ids() if id_ not in kept]
    reject = [Decision(Subject.IMAGE, id_, Verdict.REJECT, "not for this") for id_ in rest]
    project.catalog.decide(reject)


def read_pixels(folder: Path, chips: Sequence[LabelledChip]) -> Pixels:
    """Read chips and their imported masks."""
    with open_project(folder) as project, RasterPool() as pool:
        images = [read_reflectance(c.image, c.place.grid, BANDS, pool.open) for c in chips]
        truth = [read_labels(project, chip, IMPORTED).classes for chip in chips]
    return Pixels(np.nan_to_num(np.stack(images)), np.stack(truth))


def score(proposed: NDArray[np.uint8], truth: NDArray[np.uint8]) -> dict[str, float]:
    """Return how good masks (n, y, x) of vessels are, whoever proposed them; see docs/scores.md."""
    tally = ChipTally.empty((0, 1), (1,))
    for one, true in zip(proposed, truth, strict=True):
        tally += tally_chip(one, true, true < 254, (0, 1), (1,))
    found: Scores = scores_of(tally, VESSELS.classes, Lifetime.MOVING)
    vessel = next(each for each in found.classes if each.value == 1)
    return {
        "iou": vessel.iou,
        "pixel_f1": vessel.f1,
        "object_f1": found.objects[0].f1.value,
        "right_share": _right_share(proposed, truth),
    }


def _right_share(proposed: NDArray[np.uint8], truth: NDArray[np.uint8]) -> float:
    counts = truth < 254
    return float((proposed == truth)[counts].mean())
