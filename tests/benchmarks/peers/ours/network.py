"""s2label's side of the networks: a whole training, then proposals for held-out chips."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from s2label_training.fit import TrainingRequest, train_model
from s2label_training.predict import Predictor
from s2label_training.recipe import find_recipe, with_changes
from s2label_training.shelf import Shelf

from s2label.project import open_project
from tests.benchmarks.measure import median
from tests.benchmarks.peers.answering import answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from s2label_training.recipe import Recipe

_BATCH = 64
_ROUNDS = 2


def measure(request: dict[str, Any]) -> dict[str, Any]:
    """Train, predict, and write the proposed masks (n, y, x) uint8."""
    folder = Path(request["project"])
    recipe = with_changes(find_recipe(request["recipe"]), request["changes"])
    steps = -(-request["chips"] // recipe.fit.batch_size)
    begin = time.perf_counter()
    model, paces = _train(folder, recipe, tuple(request["hold_out"]), steps)
    training_s = time.perf_counter() - begin
    predictor = Predictor(Shelf(folder).folder(model))
    images = np.load(request["held_out"])["images"]
    proposed, seconds = _propose(predictor, images)
    np.save(request["proposed"], proposed)
    return {
        "trained_a_second": median(paces),
        "training_s": training_s,
        "predicted_a_second": len(images) / seconds,
        "threads": torch.get_num_threads(),
        "precision": predictor.way,
    }


def _train(
    folder: Path, recipe: Recipe, hold_out: tuple[str, ...], steps: int
) -> tuple[str, list[float]]:
    """Return the model and the samples a second of each epoch after the first."""
    told: dict[int, list[tuple[int, float]]] = {}
    with open_project(folder) as project:
        job = train_model(project, TrainingRequest(recipe, hold_out))
        while True:
            try:
                step = next(job)
            except StopIteration as ended:
                result = ended.value
                break
            if step.total == recipe.fit.epochs * steps and not step.data:
                at = (step.done, time.perf_counter())
                told.setdefault((step.done - 1) // steps, []).append(at)
    return result.model, list(_paces(told, recipe.fit.batch_size))


def _paces(told: dict[int, list[tuple[int, float]]], batch: int) -> Iterator[float]:
    for epoch, marks in told.items():
        (first, begin), (last, end) = marks[0], marks[-1]
        if epoch and last > first:
            yield (last - first) * batch / (end - begin)


def _propose(predictor: Predictor, images: NDArray[np.float32]) -> tuple[NDArray[np.uint8], float]:
    """Return the masks, and the median seconds of some rounds after a first one."""
    record = predictor.record
    vessel = record.class_values.index(1)
    rounds = []
    for _ in range(1 + _ROUNDS):
        begin = time.perf_counter()
        parts = [
            np.stack(predictor.probabilities_of(list(images[first : first + _BATCH])))
            for first in range(0, len(images), _BATCH)
        ]
        proposed = np.concatenate(parts)[:, vessel] >= record.threshold
        rounds.append(time.perf_counter() - begin)
    return proposed.astype(np.uint8), median(rounds[1:])


if __name__ == "__main__":
    answer(measure)
