"""The fit: a recipe and the labels of a project become a model on the shelf."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from s2label.errors import S2LabelError
from s2label.progress import Progress
from s2label_training.bridge import Bridge, Steering, StopRequested, watched
from s2label_training.bundle import WEIGHTS_NAME
from s2label_training.chosen import choose_again, choose_chips
from s2label_training.fitting import Fitting
from s2label_training.hardware import without_helpers
from s2label_training.learning import read_learning
from s2label_training.placing import place_best
from s2label_training.requests import TrainingRequest, TrainingResult
from s2label_training.run_records import RunState
from s2label_training.runs import Runs
from s2label_training.shelf import Shelf

if TYPE_CHECKING:
    from s2label.labelled.folds import Fold
    from s2label.progress import Job
    from s2label.project import Project
    from s2label_training.chosen import Chosen
    from s2label_training.course import Best
    from s2label_training.learning import Learning
    from s2label_training.recipe import Recipe
    from s2label_training.runs import Run

__all__ = ["TrainingRequest", "TrainingResult", "train_model"]

# A stopped training answers within two seconds, however long a step of its network takes.
_PATIENCE_S = 1.0


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
    runs = Runs(project.folder, request.folder)
    if request.resume:
        run = runs.reopen(request.resume)
    else:
        runs.sweep()
        name = request.fold.name if request.fold else ""
        run = runs.begin(request.recipe, request.hold_out, name)
    steering = Steering(wish)
    training = _Training(project, run, steering, request.fold)
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
    except Exception:
        training.clear_away()
        raise
    finally:
        run.release()


class _Training:
    """A training that is going on."""

    def __init__(self, project: Project, run: Run, steering: Steering, fold: Fold | None) -> None:
        self._project, self._run, self._steering, self._fold = project, run, steering, fold
        self._shelf = Shelf(project.folder)
        self._recipe: Recipe = run.record.recipe
        self._is_resumed = run.last_checkpoint is not None
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
        if self._is_resumed:
            record = self._run.record
            hold_out = (record.fold,) if record.fold else record.hold_out
            return choose_again(self._project, self._run.data, hold_out)
        parent = None
        if self._recipe.fit.start == "warm":
            if self._shelf.in_use is None:
                raise S2LabelError(
                    f"{self._project.folder}: no model is in use that a warm start could begin "
                    "with; set fit.start=fresh"
                )
            parent = self._shelf.record(self._shelf.in_use)
        hold_out = self._run.record.hold_out
        wanted = (self._recipe, hold_out, parent, self._fold)
        chosen = yield from choose_chips(self._project, *wanted)
        self._run.write(chosen.data)
        return chosen

    def _build(self, learning: Learning) -> Fitting:
        parent = learning.chosen.data.parent
        start = self._shelf.folder(parent) / WEIGHTS_NAME if parent else None
        shared = (self._steering, self._lock)
        with without_helpers():  # the fit has a thread of its own
            return Fitting(self._project, self._run, self._recipe, learning, start, *shared)

    def _give_up(self, *, is_begun: bool) -> TrainingResult:
        """Leave what the training came to, without a model; nothing before an epoch was done."""
        if not is_begun:
            self._run.discard()
            return TrainingResult(stopped=True)
        self._run.change(state=RunState.STOPPED)
        return TrainingResult(stopped=True, epochs=self._run.record.epochs_done, resume=True)

    def finish(self, state: RunState) -> TrainingResult:
        """Put the best so far on the shelf; the fit may still be in a step, and writes no more."""
        with self._lock:
            fitting = self._fitting
            best = fitting.keeper.kept if fitting else None
            # Half a training would audit with another model than the whole one.
            is_paused = bool(self._run.record.fold) and state is RunState.STOPPED
            if fitting is None or best is None or is_paused:
                result = self._give_up(is_begun=self._is_resumed or best is not None)
            else:
                result = self._place(fitting.learning, best, state)
        if self._bridge is not None:
            self._bridge.wait(_PATIENCE_S)
        return result

    def clear_away(self) -> None:
        """Leave nothing of a training that was refused or failed before an epoch was done."""
        with suppress(OSError):  # the disk may be gone; what went wrong first is to be told
            if self._run.last_checkpoint is None:
                self._run.discard()

    def _place(self, learning: Learning, best: Best, state: RunState) -> TrainingResult:
        model = place_best(self._project, self._run, self._recipe, learning, best)
        self._run.change(state=state, model=model)
        if state is RunState.FINISHED:
            self._run.drop_states()
        is_stopped = state is RunState.STOPPED
        return TrainingResult(
            model=model,
            stopped=is_stopped,
            epochs=self._run.record.epochs_done,
            scores=best.metrics,
            threshold=best.threshold,
            resume=is_stopped,
        )
