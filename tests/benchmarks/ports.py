"""Leave one port out: each recipe learns from four real ports and proposes on the fifth.

    python -m tests.benchmarks.ports --minutes 4

The port that is left out takes no part in anything: not in the weights, not in choosing an epoch,
not in the threshold, which stays at 0.5. Scores are those of docs/scores.md, on chips of 512 px:
the tiles of 64 px that a network learns from then lie anywhere, and few vessels are cut in two.
Beside them stands the F1 of a rule that others use, which is milder: an object counts as soon as
one pixel of it is met.
"""

from __future__ import annotations

import json
import tempfile
import time
from argparse import ArgumentParser
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from s2label_training.channels import read_reflectance
from s2label_training.fit import TrainingRequest, train_model
from s2label_training.metrics import scores_of
from s2label_training.predict import Predictor
from s2label_training.recipe import find_recipe, with_changes
from s2label_training.shelf import Shelf
from s2label_training.tallies import ChipTally, tally_chip
from scipy import ndimage

from s2label.classes import VESSELS
from s2label.importers.options import ImportOptions
from s2label.importers.run import import_sources
from s2label.labelled.chips import find_labelled
from s2label.labelled.pixels import IMPORTED, read_labels
from s2label.progress import finish
from s2label.project import create_project, open_project
from s2label.raster import RasterPool
from s2label.tiling import Edge
from s2label.types import Lifetime
from tests.benchmarks.wand import PORTS

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from s2label_training.scores import Scores

    from s2label.labelled.chips import LabelledChip
    from s2label.project import Project

NAMES = ("algiers", "cartagena", "casablanca", "hedland", "honolulu")
RECIPES = ("vessels_resnet34", "vessels_unet")
CHIP_PX = 64
QUANTIFICATION = 65535.0
_BATCH = 32


@dataclass(frozen=True)
class Left:
    """A port that was left out, and how well a model did on it; ``touched``: see `touched`."""

    recipe: str
    port: str
    tally: ChipTally
    touched: NDArray[np.int64]
    scores: Scores
    epochs: int
    seconds: float


def main() -> None:
    """Print a row per recipe and port, then what the ports of a recipe add up to."""
    given = _arguments()
    with tempfile.TemporaryDirectory(prefix="s2label-ports-") as scratch:
        folder = Path(scratch) / "project"
        project = given.project or ports_project(folder, given.data, given.chip, Edge.PAD)
        rows = []
        for recipe in given.recipes:
            for port in given.ports:
                rows.append(leave_out(project, recipe, port, given))
                print(in_words(rows[-1].port, rows[-1].scores, rows[-1]), flush=True)
            its = [row for row in rows if row.recipe == recipe]
            print(
                in_words("all", added_up(its)),
                in_touched(np.sum([row.touched for row in its], axis=0)),
            )
        if given.out:
            given.out.write_text(json.dumps([as_record(row) for row in rows], indent=1) + "\n")


def _arguments() -> Namespace:
    parser = ArgumentParser(prog="python -m tests.benchmarks.ports", description=__doc__)
    parser.add_argument("--data", type=Path, default=PORTS, help="folder of the ports")
    parser.add_argument("--project", type=Path, help="project of the ports, made before")
    parser.add_argument("--chip", type=int, default=8 * CHIP_PX, help="side of the chips in px")
    parser.add_argument("--recipes", nargs="+", default=RECIPES)
    parser.add_argument("--ports", nargs="+", default=NAMES, help="which are left out in turns")
    parser.add_argument("--minutes", type=float, default=4.0, help="at most, for each training")
    parser.add_argument("--set", nargs="*", default=(), help="fields of the recipes: fit.epochs=9")
    parser.add_argument("--out", type=Path, help="JSON file")
    return parser.parse_args()


def ports_project(
    folder: Path, data: Path = PORTS, chip_px: int = CHIP_PX, edge: Edge = Edge.DROP
) -> Path:
    """Make a project of the five ports with their masks; nobody has decided on anything."""
    create_project(folder, VESSELS)
    with open_project(folder, write=True) as project:
        for name in NAMES:
            options = ImportOptions(
                masks=data / name, chip=chip_px, edge=edge, quantification=QUANTIFICATION
            )
            finish(import_sources(project, [data / name], options))
    return folder


def leave_out(folder: Path, recipe_name: str, port: str, given: Namespace) -> Left:
    """Train on all ports but one, and score on that one."""
    # Nobody accepted these masks and they are not trusted, so nothing validates: the fit runs to
    # its end, and its last weights are kept.
    changes = ["labels.trust=checked", "validation.threshold=0.5", "fit.early_stop_epochs=0"]
    changes += [f"fit.max_minutes={given.minutes}", *given.set]
    recipe = with_changes(find_recipe(recipe_name), changes)
    begin = time.perf_counter()
    with open_project(folder) as project:
        chips = [chip for chip in find_labelled(project) if chip.place.name.startswith(port)]
        request = TrainingRequest(recipe, hold_out=(chips[0].group,))
        result = finish(train_model(project, request))
        seconds = time.perf_counter() - begin
        predictor = Predictor(Shelf(folder).folder(result.model))
        tally, met = score(project, predictor, chips)
    scores = scores_of(tally, VESSELS.classes, Lifetime.MOVING)
    return Left(recipe_name, port, tally, met, scores, result.epochs, seconds)


def score(
    project: Project, predictor: Predictor, chips: Sequence[LabelledChip]
) -> tuple[ChipTally, NDArray[np.int64]]:
    """Return the tally of what a model proposes on chips, and what of it is `touched`.

    Their imported masks are the truth.
    """
    values = predictor.record.class_values
    tally, met = ChipTally.empty(values, VESSELS.values), np.zeros(4, np.int64)
    for chip, proposed in propose(predictor, chips):
        labels = read_labels(project, chip, IMPORTED)
        tally += tally_chip(proposed, labels.classes, labels.checked, values, VESSELS.values)
        met += touched(proposed == VESSELS.values[0], labels.classes == VESSELS.values[0])
    return tally, met


def touched(proposed: NDArray[np.bool_], truth: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Count true objects, those met by a pixel, proposed ones and those that meet a true pixel."""
    counts = []
    for mask, other in ((truth, proposed), (proposed, truth)):
        labels, number = ndimage.label(mask, np.ones((3, 3)))
        counts += [number, len(np.unique(labels[mask & other]))]
    return np.array(counts)


def f1_touched(met: NDArray[np.int64]) -> float:
    """Return F1 of counts of `touched`, 0..1."""
    true, found, proposed, right = (float(count) for count in met)
    recall, precision = found / max(true, 1), right / max(proposed, 1)
    return 2 * recall * precision / max(recall + precision, 1e-9)


def propose(
    predictor: Predictor, chips: Sequence[LabelledChip]
) -> Iterator[tuple[LabelledChip, np.ndarray]]:
    """Yield each chip with its proposed mask (y, x) uint8, at the model's own threshold."""
    record = predictor.record
    is_class = np.array(record.class_values) != 0
    with RasterPool() as pool:
        for first in range(0, len(chips), _BATCH):
            some = chips[first : first + _BATCH]
            images = [
                read_reflectance(c.image, c.place.grid, record.bands, pool.open) for c in some
            ]
            for chip, found in zip(some, predictor.probabilities_of(images), strict=True):
                likely = found[is_class]
                best = np.array(record.class_values, np.uint8)[is_class][likely.argmax(axis=0)]
                yield chip, np.where(likely.max(axis=0) >= record.threshold, best, 0).astype("u1")


def added_up(rows: Sequence[Left]) -> Scores:
    """Return the scores of all ports together: a port counts by its objects and pixels."""
    tally = rows[0].tally
    for row in rows[1:]:
        tally += row.tally
    return scores_of(tally, VESSELS.classes, Lifetime.MOVING)


def in_words(name: str, scores: Scores, row: Left | None = None) -> str:
    """Return one line of the table."""
    vessel = next(each for each in scores.classes if each.value == VESSELS.values[0])
    found = scores.objects[0]
    line = (
        f"{row.recipe if row else '':17} {name:11} px IoU {vessel.iou:.2f} F1 {vessel.f1:.2f}  "
        f"objects {found.true:3} found {found.found:3} proposed {found.proposed:3} "
        f"right {found.right:3}  recall {found.recall.value:.2f} "
        f"precision {found.precision.value:.2f} F1 {found.f1.value:.2f} "
        f"({found.f1.low:.2f} to {found.f1.high:.2f})"
    )
    if row is None:
        return line
    return f"{line}  {row.epochs} epochs, {row.seconds:.0f} s {in_touched(row.touched)}"


def in_touched(met: NDArray[np.int64]) -> str:
    """Return the F1 of the milder rule in words."""
    return f" one pixel: F1 {f1_touched(met):.2f}"


def as_record(row: Left) -> dict[str, object]:
    """Return a row as JSON types."""
    facts = {"recipe": row.recipe, "port": row.port, "epochs": row.epochs, "seconds": row.seconds}
    return facts | {
        "scores": row.scores.as_dict(),
        "tally": row.tally.as_dict(),
        "touched": row.touched.tolist(),
    }


if __name__ == "__main__":
    main()
