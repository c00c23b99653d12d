"""s2label's side of the strokes: paint on a project, learn from it, suggest."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from s2label_training.pixels import StrokeLearner

from s2label.canvases import CanvasKind
from s2label.project import open_project
from s2label.raster import RasterPool
from s2label.types import Provenance
from tests.benchmarks.peers.answering import answer
from tests.factories.painting import RealPainting

if TYPE_CHECKING:
    from numpy.typing import NDArray


def measure(request: dict[str, Any]) -> dict[str, Any]:
    """Return the seconds from the last stroke to the suggestion; writes proposed masks."""
    given = np.load(request["strokes"])
    with open_project(Path(request["project"]), write=True) as project, RasterPool() as pool:
        painting = RealPainting(project)
        learner = StrokeLearner(project, pool)
        for image_id, strokes in list(zip(request["painted"], given["strokes"], strict=True))[:-1]:
            paint(painting, image_id, strokes)
        learner.learn()
        last = request["painted"][-1]
        paint(painting, last, given["strokes"][-1])
        again_s = _seconds(learner, last)
        anew_s = _seconds(StrokeLearner(project, pool), last)
        proposed = [learner.suggest(image_id).classes() for image_id in request["unseen"]]
    np.save(request["proposed"], np.stack(proposed))
    return {"again_s": again_s, "anew_s": anew_s}


def paint(painting: RealPainting, image_id: str, strokes: NDArray[np.uint8]) -> None:
    """Paint one chip: strokes (y, x) are 0 nothing, 1 background, 2 vessel."""
    painting.look(painting.images.index(image_id))
    painting.clear()
    for value in (0, 1):
        pixels = np.flatnonzero(strokes == value + 1).tolist()
        painting.paint(CanvasKind.MASK, pixels, value, Provenance.HUMAN, drawn=False)
    painting.leave()


def _seconds(learner: StrokeLearner, image_id: str) -> float:
    begin = time.perf_counter()
    learner.learn()
    learner.suggest(image_id)
    return time.perf_counter() - begin


if __name__ == "__main__":
    answer(measure)
