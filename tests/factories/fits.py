"""Small trainings on a made fleet: tiny networks, two to four chips, seconds."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

from s2label_training.fit import TrainingRequest, train_model
from s2label_training.recipe import find_recipe, with_changes
from s2label_training.runs import RECORD_NAME, Runs, RunState
from s2label_training.shelf import Shelf
from s2label_training.weights import read_weights

from s2label.progress import finish
from s2label.project import open_project

if TYPE_CHECKING:
    from pathlib import Path

    from s2label_training.fit import TrainingResult
    from s2label_training.recipe import Recipe
    from torch import Tensor

    from s2label.progress import Progress

# fp32: the same numbers on every processor.
_SMALL = (
    "network.filters=4",
    "fit.epochs=2",
    "fit.batch_size=2",
    "fit.precision=fp32",
    "sampling.object_share=0",
)


def small(*changes: str, recipe: str = "vessels_unet") -> Recipe:
    """Return a recipe of a tiny network and two epochs, changed."""
    return with_changes(find_recipe(recipe), [*_SMALL, *changes])


def train(
    project: Path,
    recipe: Recipe,
    *,
    stop_after: int = 0,
    told: list[Progress] | None = None,
    **request: Any,
) -> TrainingResult:
    """Train; stop after so many epochs if asked to; add what is told to a list."""
    wish = _AfterEpoch(project, stop_after) if stop_after else threading.Event()
    steps = told if told is not None else []
    with open_project(project) as opened:
        job = train_model(opened, TrainingRequest(recipe, **request), wish)
        return finish(job, steps.append)


class _AfterEpoch(threading.Event):
    """Set when a training that runs has kept so many epochs: its own thread sees that first."""

    def __init__(self, project: Path, epochs: int) -> None:
        super().__init__()
        self._folder, self._epochs = Runs(project).folder, epochs

    def is_set(self) -> bool:
        """Return whether it is time to stop."""
        if super().is_set():
            return True
        records = [json.loads(path.read_bytes()) for path in self._folder.glob(f"*/{RECORD_NAME}")]
        running = (each for each in records if each["state"] == RunState.RUNNING)
        return any(each["epochs_done"] >= self._epochs for each in running)


def epochs_of(told: list[Progress]) -> list[dict[str, Any]]:
    """Return what was told of each epoch."""
    return [step.data for step in told if "epoch" in step.data]


def weights_of(project: Path, model: str) -> dict[str, Tensor]:
    """Return the weights of a model by name."""
    return read_weights(Shelf(project).folder(model) / "weights.safetensors")
