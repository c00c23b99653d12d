"""Learning from strokes on real ports: paint some chips of one, suggest on the others.

    python -m tests.benchmarks.strokes hedland algiers cartagena --painted 3

On chips with vessels drawn by chance, and on one without, all pixels are painted as the hand-drawn
mask says; then each other chip with vessels of that port, five without, and fifteen chips with
vessels of the other ports are suggested for. Each port is tried with three draws. Learners other
than the one of the program, and larger chips, can be tried in the same way.
"""

from __future__ import annotations

import shutil
import statistics
from argparse import ArgumentParser
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np
from s2label_training.metrics import ChipTally, scores_of, tally_chip
from s2label_training.pixels import StrokeLearner
from sklearn.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)

from s2label.canvases import CanvasKind
from s2label.classes import VESSELS
from s2label.masks import read_mask
from s2label.project import open_project
from s2label.raster import RasterPool
from s2label.types import Lifetime, Provenance
from tests.factories.commands import do
from tests.factories.painting import RealPainting

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from s2label.project import Project

PORTS = Path(__file__).resolve().parents[3] / "shared" / "data" / "ports"
DRAWS, EMPTY, ELSEWHERE = 3, 5, 15


def boosted_trees(trees: int, *, class_weight: str, random_state: int, **_: Any) -> Any:
    """Return boosted trees of as many rounds as a forest has trees."""
    boosted = HistGradientBoostingClassifier(
        max_iter=trees, class_weight=class_weight, random_state=random_state
    )
    # A forest is told how many threads to use; these follow OMP_NUM_THREADS.
    boosted.set_params = lambda **_: boosted
    return boosted


LEARNERS = {
    "extra": ExtraTreesClassifier,
    "random": RandomForestClassifier,
    "boosted": boosted_trees,
}


class Trial:
    """One draw of chips to paint, in a copy of the project that is open."""

    def __init__(self, project: Project, port: str, painted: int, draw: int) -> None:
        self._painting = RealPainting(project)
        self._truths = drawn_masks(project)
        places = project.catalog.chips(self._painting.images)
        is_here = np.array([places[i].place.name.startswith(port) for i in self._painting.images])
        has_any = np.array([(truth == 1).any() for truth in self._truths])
        chance = np.random.default_rng(draw)
        groups = (is_here & has_any, is_here & ~has_any, ~is_here & has_any)
        vessels, empty, elsewhere = (chance.permutation(np.flatnonzero(g)) for g in groups)
        self.painted = [*vessels[:painted], *empty[:1]]
        self.here = [*vessels[painted:], *empty[1 : 1 + EMPTY]]
        self.elsewhere = elsewhere[:ELSEWHERE]

    def paint(self) -> None:
        """Paint the drawn chips as their masks say."""
        for number in self.painted:
            self._painting.look(int(number))
            self._painting.clear()
            vessels = np.flatnonzero(self._truths[number] == 1).tolist()
            self._painting.paint(CanvasKind.MASK, vessels, 1, Provenance.HUMAN, drawn=False)
            self._painting.rest()

    def tally(
        self, learner: StrokeLearner, numbers: Iterable[int], took_s: list[float]
    ) -> ChipTally:
        """Suggest for some chips and count what is right."""
        tally = ChipTally.empty((0, 1), (1,))
        for number in numbers:
            start_s = perf_counter()
            proposed = learner.suggest(self._painting.images[number]).classes()
            took_s.append(perf_counter() - start_s)
            everywhere = np.ones(proposed.shape, np.bool_)
            tally += tally_chip(proposed, self._truths[number], everywhere, (0, 1), (1,))
        return tally


def drawn_masks(project: Project) -> list[NDArray[np.uint8]]:
    """Return the hand-drawn mask (y, x) of each image, in order."""
    masks = {row["image"]: row["id"] for row in project.catalog.list_masks()}
    paths = [project.mask_path(masks[image], 1) for image in project.catalog.image_ids()]
    return [read_mask(path).classes for path in paths]


def main() -> None:
    """Print scores and times."""
    parser = ArgumentParser(prog="python -m tests.benchmarks.strokes", description=__doc__)
    parser.add_argument("ports", nargs="+", help="names of folders of --data to paint on")
    parser.add_argument("--painted", type=int, default=3, help="painted chips with vessels")
    parser.add_argument("--chip", type=int, default=64, help="side of the chips in pixels")
    parser.add_argument("--learner", choices=LEARNERS, default="extra", help="what learns")
    parser.add_argument("--data", type=Path, default=PORTS, help="folder of the ports")
    given = parser.parse_args()
    learner = patch("s2label_training.forest.ExtraTreesClassifier", LEARNERS[given.learner])
    with TemporaryDirectory() as folder, learner:
        source = import_ports(Path(folder) / "project", given.data, given.chip)
        try_ports(source, given.ports, given.painted)


def import_ports(project: Path, data: Path, side_px: int) -> Path:
    """Import all ports in square chips."""
    do("init", project, "--classes", "vessels")
    for port in sorted(path for path in data.iterdir() if path.is_dir()):
        options = ("--masks", port, "--chip", side_px, "--quantification", 65535)
        do("import", project, port, *options)
    return project


def try_ports(source: Path, ports: list[str], painted: int) -> None:
    """Try all draws of all ports, each on a copy of the project."""
    tallies: dict[str, list[ChipTally]] = {"same port": [], "other ports": []}
    learning_s: list[float] = []
    suggesting_s: list[float] = []
    copy = source.with_name("copy")
    for port, draw in [(port, draw) for port in ports for draw in range(DRAWS)]:
        shutil.copytree(source, copy)
        with open_project(copy, write=True) as project, RasterPool() as pool:
            trial = Trial(project, port, painted, draw)
            trial.paint()
            learner = StrokeLearner(project, pool)
            learner.learn()
            learning_s.append(learner.learn().seconds)
            for name, chips in (("same port", trial.here), ("other ports", trial.elsewhere)):
                tallies[name].append(trial.tally(learner, chips, suggesting_s))
        shutil.rmtree(copy)
    for name, counted in tallies.items():
        print_scores(name, counted)
    for what, times_s in (("learning again", learning_s), ("suggesting for a chip", suggesting_s)):
        print(f"{what}: {1000 * statistics.median(times_s):.0f} ms")


def print_scores(name: str, tallies: list[ChipTally]) -> None:
    """Print the means over all trials."""
    scores = [scores_of(tally, VESSELS.classes, Lifetime.MOVING) for tally in tallies]
    objects = [score.objects[0] for score in scores]
    means = {
        "recall": statistics.mean(found.recall.value for found in objects),
        "precision": statistics.mean(found.precision.value for found in objects),
        "F1": statistics.mean(found.f1.value for found in objects),
        "IoU": statistics.mean(score.classes[1].iou for score in scores),
    }
    print(f"{name}: " + ", ".join(f"{key} {value:.2f}" for key, value in means.items()))


if __name__ == "__main__":
    main()
