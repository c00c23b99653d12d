"""Three painted vessels and some sea of a real port suggest the other vessels of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from s2label_training.metrics import ChipTally, scores_of, tally_chip
from s2label_training.pixels import StrokeLearner

from s2label.canvases import CanvasKind
from s2label.classes import VESSELS
from s2label.masks import read_mask
from s2label.project import open_project
from s2label.raster import RasterPool
from s2label.types import Lifetime, Provenance
from tests.factories.commands import do
from tests.factories.painting import RealPainting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.project import Project

PAINTED, EMPTY = 8, 1


@pytest.fixture
def port(real_data: Path, tmp_path: Path) -> Iterator[Project]:
    """Return Port Hedland in chips of 64 px, with its hand-drawn masks imported."""
    source = real_data / "ports" / "hedland"
    do("init", tmp_path / "project", "--classes", "vessels")
    options = ("--masks", source, "--chip", 64, "--quantification", 65535)
    do("import", tmp_path / "project", source, *options)
    with open_project(tmp_path / "project", write=True) as project:
        yield project


def drawn_masks(project: Project) -> list[NDArray[np.uint8]]:
    """Return the hand-drawn mask (y, x) of each image, in order."""
    masks = {row["image"]: row["id"] for row in project.catalog.list_masks()}
    paths = [project.mask_path(masks[image], 1) for image in project.catalog.image_ids()]
    return [read_mask(path).classes for path in paths]


def test_strokes_on_some_chips_find_vessels_on_the_others(port: Project) -> None:
    truths = drawn_masks(port)
    is_with = np.array([(truth == 1).any() for truth in truths])
    chance = np.random.default_rng(0)
    with_vessels = chance.permutation(np.flatnonzero(is_with))
    without = chance.permutation(np.flatnonzero(~is_with))
    painting = RealPainting(port)
    for number in (*with_vessels[:PAINTED], *without[:EMPTY]):
        painting.look(int(number))
        painting.clear()
        vessels = np.flatnonzero(truths[number] == 1).tolist()
        painting.paint(CanvasKind.MASK, vessels, 1, Provenance.HUMAN, drawn=False)
        painting.rest()

    tally = ChipTally.empty((0, 1), (1,))
    with RasterPool() as pool:
        learner = StrokeLearner(port, pool)
        learner.learn()
        for number in (*with_vessels[PAINTED:], *without[EMPTY : EMPTY + 5]):
            proposed = learner.suggest(painting.images[number]).classes()
            everywhere = np.ones(proposed.shape, np.bool_)
            tally += tally_chip(proposed, truths[number], everywhere, (0, 1), (1,))

    scores = scores_of(tally, VESSELS.classes, Lifetime.MOVING)
    assert scores.objects[0].recall.value > 0.6
    assert scores.objects[0].f1.value > 0.45
