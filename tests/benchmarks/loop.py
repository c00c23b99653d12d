"""How many chips have to be labelled: in the order of what the model finds, and in random order.

    python -m tests.benchmarks.loop --picture docs/pictures/loop.png

The five ports in chips of 64 px, their hand-drawn masks hidden. A round: an oracle labels the next
chips, the forest of "learn from strokes" learns from all labels so far, and is scored on blocks of
chips that are held out; then the chips that are left are ordered anew, or stay in random order. It
begins with the same chips for both orders, drawn by chance, one of them with a vessel.
"""

from __future__ import annotations

import json
import tempfile
from argparse import ArgumentParser
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from s2label_training.features import KeptFeatures
from s2label_training.forest import fit_forest, propose
from s2label_training.metrics import scores_of
from s2label_training.painted import MOST_PER_CLASS
from s2label_training.tallies import ChipTally, tally_chip

from s2label.classes import VESSELS
from s2label.labelled.chips import find_labelled
from s2label.labelled.pixels import IMPORTED, read_labels
from s2label.project import open_project
from s2label.raster import RasterPool
from s2label.suggestions import STROKES_MODEL, Suggestion
from s2label.types import Lifetime, Provenance
from s2label.worth import worth_of
from tests.benchmarks.loop_curves import FOUND, RANDOM, Point, Run, draw_curves, in_words
from tests.benchmarks.ports import CHIP_PX, ports_project
from tests.benchmarks.wand import PORTS

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from s2label_training.forest import Sample
    from sklearn.ensemble import ExtraTreesClassifier

    from s2label.labelled.chips import LabelledChip

BACKGROUND_AND_VESSEL = (0, 1)
# Chips labelled before there is a model, one of them with a vessel; in each later round at least,
# and as a share of those that are labelled: what comes later changes less.
FIRST, ROUND, GROWTH = 10, 10, 0.5
# From here on it is all or nothing.
LAST = 600
HELD_OUT, BLOCK_PX = 0.25, 4 * CHIP_PX
# All that a chip's sample holds: the window's forest takes less, as it has half a second for it,
# and hardly gains from more labels.
TREES, MOST_PX = 20, 10**6
# A user sets the threshold by eye: each round is scored at the best of these.
THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
# For speed only every second row and column is looked at to find what a chip is worth.
STEP_PX = 2


@dataclass(frozen=True, eq=False)
class Chip:
    """A chip in memory: features (y, x, feature), where it has data, what the oracle knows."""

    block: str
    features: NDArray[np.float32]
    valid: NDArray[np.bool_]
    truth: NDArray[np.uint8]
    sample: Sample

    @property
    def has_vessel(self) -> bool:
        """Whether there is one in its mask."""
        return bool((self.truth == 1).any())


def main() -> None:
    """Print where each run goes and what they say together."""
    given = _arguments()
    with tempfile.TemporaryDirectory(prefix="s2label-loop-") as scratch:
        project = given.project or ports_project(Path(scratch) / "project", given.data)
        chips = list(read_chips(project))
    runs = []
    for seed in given.seeds:
        runs.append(run(chips, seed))
        print(json.dumps(asdict(runs[-1])), flush=True)
        if given.out:
            given.out.write_text(json.dumps([asdict(each) for each in runs], indent=1) + "\n")
    print("\n".join(in_words(runs)))
    if given.picture:
        draw_curves(runs, given.picture)


def _arguments() -> Namespace:
    parser = ArgumentParser(prog="python -m tests.benchmarks.loop", description=__doc__)
    parser.add_argument("--data", type=Path, default=PORTS, help="folder of the ports")
    parser.add_argument("--project", type=Path, help="project of the ports, made before")
    parser.add_argument("--seeds", type=int, nargs="+", default=range(5), help="one run for each")
    parser.add_argument("--picture", type=Path, help="PNG file for the curves")
    parser.add_argument("--out", type=Path, help="JSON file")
    return parser.parse_args()


def read_chips(folder: Path) -> Iterator[Chip]:
    """Read all chips of a project of ports with their imported masks."""
    with open_project(folder) as project, RasterPool() as pool:
        kept = KeptFeatures(pool, is_sea=True)
        for chip in find_labelled(project):
            bands = tuple(band.name for band in chip.image.bands)
            features, valid = kept.of(chip.image, chip.place.grid, bands)
            truth = read_labels(project, chip, IMPORTED).classes
            yield Chip(_block(chip), features, valid, truth, _sample(features, valid, truth))


def _block(chip: LabelledChip) -> str:
    """Return the square of chips that one lies in: neighbours are held out together."""
    x, y = chip.place.grid.transform[2], chip.place.grid.transform[5]
    side = BLOCK_PX * chip.place.grid.gsd[0]
    return f"{chip.place.name.split('_')[0]} {int(x // side)} {int(y // side)}"


def _sample(
    features: NDArray[np.float32], valid: NDArray[np.bool_], truth: NDArray[np.uint8]
) -> Sample:
    """Return what a labelled chip teaches, as `painted.py` draws it."""
    chance = np.random.default_rng(0)
    sample = {}
    for value in BACKGROUND_AND_VESSEL:
        where = chance.permutation(np.flatnonzero((truth == value) & valid))[:MOST_PER_CLASS]
        if len(where):
            sample[value] = features.reshape(-1, features.shape[-1])[where]
    return sample


def run(chips: Sequence[Chip], seed: int) -> Run:
    """Label in both orders, beginning with the same chips; score on the same held-out blocks."""
    chance = np.random.default_rng(seed)
    blocks = chance.permutation(sorted({chip.block for chip in chips}))
    held_out = set(blocks[: round(HELD_OUT * len(blocks))])
    test = [chip for chip in chips if chip.block in held_out]
    rest = [chip for chip in chips if chip.block not in held_out]
    queue = [rest[index] for index in chance.permutation(len(rest))]
    # Nobody can learn before there is a vessel, and one is easily found by eye.
    queue.insert(0, queue.pop(next(i for i, chip in enumerate(queue) if chip.has_vessel)))
    points = {order: list(label(queue, test, order)) for order in (RANDOM, FOUND)}
    with_all = point(queue, learn(queue), test)
    for some in points.values():
        some.append(with_all)
    return Run(seed, sum(chip.has_vessel for chip in rest), points)


def label(queue: Sequence[Chip], test: Sequence[Chip], order: str) -> Iterator[Point]:
    """Label the chips of a queue round by round; yields how good the forest is after each."""
    labelled, left = list(queue[:FIRST]), list(queue[FIRST:])
    while left and len(labelled) < LAST:
        forest = learn(labelled)
        yield point(labelled, forest, test)
        if forest and order == FOUND:
            left.sort(key=lambda chip: -worth_of(suggest(forest, chip, STEP_PX)))
        count = max(ROUND, round(GROWTH * len(labelled)))
        labelled, left = labelled + left[:count], left[count:]


def point(
    labelled: Sequence[Chip], forest: ExtraTreesClassifier | None, test: Sequence[Chip]
) -> Point:
    """Return how good a forest is that has learnt from these labels."""
    vessels = sum(chip.has_vessel for chip in labelled)
    return Point(len(labelled), vessels, *(score(forest, test) if forest else (0.0, 0.0)))


def learn(chips: Sequence[Chip]) -> ExtraTreesClassifier | None:
    """Return a forest; None while no vessel is labelled, and any chip is as good as another."""
    if not any(chip.has_vessel for chip in chips):
        return None
    return fit_forest([chip.sample for chip in chips], TREES, MOST_PX)


def suggest(forest: ExtraTreesClassifier, chip: Chip, step_px: int = 1) -> Suggestion:
    """Return what a forest proposes for a chip, or for some of its rows and columns."""
    some = np.s_[::step_px, ::step_px]
    likely = propose(forest, chip.features[some], chip.valid[some])
    return Suggestion("", STROKES_MODEL, Provenance.STROKES, BACKGROUND_AND_VESSEL, likely)


def score(forest: ExtraTreesClassifier, chips: Sequence[Chip]) -> tuple[float, float]:
    """Return F1 of objects and of pixels, each at the threshold that suits it best."""
    tallies = [ChipTally.empty(BACKGROUND_AND_VESSEL, VESSELS.values) for _ in THRESHOLDS]
    for chip in chips:
        found = suggest(forest, chip)
        for number, threshold in enumerate(THRESHOLDS):
            proposed = found.classes(threshold)
            sides = (BACKGROUND_AND_VESSEL, VESSELS.values)
            tallies[number] += tally_chip(proposed, chip.truth, chip.valid, *sides)
    scores = [scores_of(tally, VESSELS.classes, Lifetime.MOVING) for tally in tallies]
    objects = [each.objects[0].f1.value for each in scores]
    pixels = [next(c.f1 for c in each.classes if c.value == 1) for each in scores]
    # Where nothing is proposed there is no F1.
    return float(np.nan_to_num(objects).max()), float(np.nan_to_num(pixels).max())


if __name__ == "__main__":
    main()
