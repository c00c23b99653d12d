"""The fit: a recipe and the labels of a project become a model on the shelf."""

from __future__ import annotations

import os
import shutil
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from s2label.catalog.store import now, this_author
from s2label.errors import S2LabelError
from s2label.progress import Progress
from s2label_training.bridge import Bridge, Steering, StopRequested, watched
from s2label_training.bundle import WEIGHTS_NAME, ModelRecord
from s2label_training.fitting import Fitting
from s2label_training.learning import chips_again, choose_chips, read_learning
from s2label_training.runs import BUNDLE_NAME, Runs, RunState
from s2label_training.shelf import Shelf

if TYPE_CHECKING:
    from pathlib import Path

    from s2label.progress import Job
    from s2label.project import Project
    from s2label_training.course import Best
    from s2label_training.learning import Chosen, Learning
    from s2label_training.recipe import Recipe
    from s2label_training.runs import Run

# A stopped training answers within two seconds, however long a step of its network takes.
_PATIENCE_S = 1.0


@dataclass(frozen=True)
class TrainingRequest:
    """What is wanted of a training.

    Parameters
    ----------
    recipe : Recipe
        How it is trained.
    hold_out : tuple of str
        Groups to hold out instead of the frozen ones, for cross-validation.
    resume : str
        Id of the training to go on with, see `runs.Runs.unfinished`; its own recipe and hold-out
        count then. Empty: a new one.
    """

    recipe: Recipe
    hold_out: tuple[str, ...] = ()
    resume: str = ""


@dataclass(frozen=True)
class TrainingResult:
    """What came of a training.

    Parameters
    ----------
    model : str
        Id of the new bundle; empty where it was stopped before an epoch was done.
    stopped : bool
        Whether somebody stopped it: the best so far was kept.
    epochs : int
        Epochs done.
    scores : dict
        `Scores.as_dict` on the held-out chips; empty where nothing validates.
    threshold : float
        From which probability a class is proposed.
    resume : bool
        Whether it can be resumed.
    """

    model: str = ""
    stopped: bool = False
    epochs: int = 0
    scores: dict[str, Any] | None = None
    threshold: float = 0.0
    resume: bool = False


def train_model(
    project: Project, request: TrainingRequest, wish: threading.Event | None = None
) -> Job[TrainingResult]:
    """Train a model and put it on the shelf; nobody judges or promotes it here.

    Only ``models/`` of the project is written, so that a window may have the project open. Killed
    at any moment, the project and its models are as they were, and the training can be resumed
    from the last epoch that was done; it then ends as if it had never been interrupted.

    Parameters
    ----------
    project : Project
        Open for reading.
    request : TrainingRequest
        What is wanted.
    wish : threading.Event, optional
        Set to stop the training; so does Ctrl-C, and closing the generator. The best so far is
        kept as a model then, if at least one epoch is done.

    Raises
    ------
    S2LabelError
        If there is nothing to learn from, or something does not fit; in one line.
    """
    runs = Runs(project.folder)
    if request.resume:
        run = runs.reopen(request.resume)
    else:
        runs.sweep()
        run = runs.begin(request.recipe, request.hold_out)
    steering = Steering(wish)
    training = _Training(project, run, steering)
    try:
        yield from training.go()
        return training.finish(RunState.FINISHED)
    except (StopRequested, KeyboardInterrupt):
        steering.stop()
        return training.finish(RunState.STOPPED)
    except GeneratorExit:
        steering.stop()
        training.finish(RunState.STOPPED)
        raise
    finally:
        run.release()


class _Training:
    """A training that is going on."""

    def __init__(self, project: Project, run: Run, steering: Steering) -> None:
        self._project, self._run, self._steering = project, run, steering
        self._shelf = Shelf(project.folder)
        self._recipe: Recipe = run.record.recipe
        self._lock = threading.Lock()
        self._fitting: Fitting | None = None
        self._bridge: Bridge[None] | None = None

    def go(self) -> Job[None]:
        """Read what the fit needs, tell what it is, and fit."""
        yield Progress(0, 0, "reading the labels")
        chosen = yield from watched(self._choose(), self._steering)
        reading = read_learning(self._project, self._recipe, chosen)
        learning = yield from watched(reading, self._steering)
        self._fitting = fitting = self._build(learning)
        told = {"run": self._run.folder.name, "device": fitting.device}
        yield Progress(0, 0, "the training begins", told | learning.told(self._recipe.labels.trust))
        yield from fitting.keeper.told_before()
        self._bridge = Bridge(fitting.fit, self._steering)
        yield from self._bridge.steps()

    def _choose(self) -> Job[Chosen]:
        if self._run.last_checkpoint is not None:
            return chips_again(self._project, self._run.data)
        parent = None
        if self._recipe.fit.start == "warm":
            if self._shelf.in_use is None:
                raise S2LabelError(
                    f"{self._project.folder}: no model is in use that a warm start could begin "
                    "with; set fit.start=fresh"
                )
            parent = self._shelf.record(self._shelf.in_use)
        hold_out = self._run.record.hold_out
        chosen = yield from choose_chips(self._project, self._recipe, hold_out, parent)
        self._run.write(chosen.data)
        return chosen

    def _build(self, learning: Learning) -> Fitting:
        parent = learning.chosen.data.parent
        start = self._shelf.folder(parent) / WEIGHTS_NAME if parent else None
        shared = (self._steering, self._lock)
        return Fitting(self._project, self._run, self._recipe, learning, start, *shared)

    def finish(self, state: RunState) -> TrainingResult:
        """Put the best so far on the shelf; the fit may still be in a step, and writes no more."""
        with self._lock:
            fitting = self._fitting
            best = fitting.keeper.kept if fitting else None
            if fitting is None or best is None:
                self._run.discard()
                return TrainingResult(stopped=True)
            model = self._place(fitting, best)
            self._run.change(state=state, model=model)
            if state is RunState.FINISHED:
                self._run.drop_states()
        if self._bridge is not None:
            self._bridge.wait(_PATIENCE_S)
        return TrainingResult(
            model=model,
            stopped=state is RunState.STOPPED,
            epochs=self._run.record.epochs_done,
            scores=best.metrics,
            threshold=best.threshold,
            resume=state is RunState.STOPPED,
        )

    def _place(self, fitting: Fitting, best: Best) -> str:
        """Make the bundle of the best weights, and return its id."""
        record = self._record(fitting, best)
        draft = self._run.folder / BUNDLE_NAME
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        _link(self._run.folder / best.file, draft / WEIGHTS_NAME)
        # Named before it is there: killed in between, nobody makes the same model twice.
        self._run.change(model=record.id)
        self._shelf.place(draft, record)
        return record.id

    def _record(self, fitting: Fitting, best: Best) -> ModelRecord:
        recipe, learning, author = self._recipe, fitting.learning, this_author()
        data = learning.chosen.data
        return ModelRecord(
            id=self._shelf.new_id(recipe.name, datetime.now(UTC)),
            recipe=recipe,
            program=author.program,
            created_at=now(),
            who=author.who,
            lifetime=self._project.classes.lifetime,
            classes=learning.classes,
            bands=data.bands,
            indices=recipe.input.indices,
            offset=data.offset,
            scale=data.scale,
            typical=data.typical,
            gsd_m=learning.gsd_m,
            tile_px=recipe.input.tile_px,
            threshold=best.threshold,
            data=learning.as_record(recipe.labels.trust),
            metrics=best.metrics,
            epochs=best.epoch,
            parent=data.parent,
            weights_sha256=best.sha256,
        )


def _link(source: Path, target: Path) -> None:
    """Give a file a second name, or copy it where the disk knows no second names."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
