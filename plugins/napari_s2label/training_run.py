"""What is known of a training, from its first record to its end. Plain Python with signals."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

from psygnal import Signal

from napari_s2label.time_left import TimeLeft
from napari_s2label.training_end import Ending, broken_ending, finished_ending, killed_ending
from napari_s2label.training_records import Epoch, Learnt, epoch_of, learnt_of
from s2label.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

# What the trainer says while it learns; whatever else it says is not part of the epochs.
_EPOCH = "epoch"


class TrainingRun:
    """One training of one project.

    Parameters
    ----------
    project : Path
        Folder of the project.
    recipe : str
        Name of the recipe, for the log.
    clock : callable
        Returns seconds that only go forward.

    Signals
    -------
    stepped : no arguments
        It is further, or does something else: `step`, `seconds_left`.
    began : Learnt
        It tells what it learns from.
    epoch_done : Epoch
        After each epoch.
    logged : str
        A line of the log.
    ended : Ending
        It does not run any more.
    """

    stepped = Signal()
    began = Signal(object)
    epoch_done = Signal(object)
    logged = Signal(str)
    ended = Signal(object)

    def __init__(
        self, project: Path, recipe: str = "", clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.project = project
        self.recipe = recipe
        self.step = Progress(0, 0, "the trainer starts")
        self.learnt: Learnt | None = None
        self.epochs: list[Epoch] = []
        self.log: list[str] = []
        self.ending: Ending | None = None
        self.is_stopping = False
        self._left = TimeLeft(clock)

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self.ending is None

    @property
    def seconds_left(self) -> float | None:
        """Seconds until all epochs are done; None where nobody can tell."""
        is_learning = self.step.message.startswith(_EPOCH) and not self.is_stopping
        return self._left.seconds if is_learning else None

    @property
    def epochs_done(self) -> int:
        """Number of the last epoch that was done."""
        return self.epochs[-1].number if self.epochs else 0

    def take(self, step: Progress) -> None:
        """Take a record of the trainer into account."""
        if "run" in step.data:
            self._begin(learnt_of(step.data))
        if "epoch" in step.data:
            self._end_epoch(epoch_of(step.data))
        self.step = step
        if step.message.startswith(_EPOCH):
            # One message for all epochs: another one would begin the estimate anew.
            self._left.note(Progress(step.done, step.total, _EPOCH))
        self.stepped.emit()

    def note_stop(self) -> None:
        """Say that it was asked to stop."""
        self.is_stopping = True
        self._say("asked to stop: the best so far is kept")
        self.stepped.emit()

    def finish(self, result: Mapping[str, Any]) -> None:
        """Take the trainer's result: all epochs, or those until it was stopped."""
        self._end(finished_ending(result, self.epochs_done))

    def note_killed(self) -> None:
        """Say that it was asked to stop and had to be killed."""
        self._end(killed_ending(self.epochs_done))

    def fail(self, reason: str) -> None:
        """Say that it broke off, and why."""
        self._end(broken_ending(reason, self.epochs_done, has_begun=self.learnt is not None))

    def _begin(self, learnt: Learnt) -> None:
        self.learnt = learnt
        self._say(f"{self.recipe or 'training'} on {learnt.device or 'this computer'}")
        self._say(f"{learnt.chips} chips in {learnt.groups} groups, {learnt.held_out} held out")
        for warning in learnt.warnings:
            self._say(f"note: {warning}")
        self.began.emit(learnt)

    def _end_epoch(self, epoch: Epoch) -> None:
        self.epochs.append(epoch)
        self._say(_line_of(epoch))
        self.epoch_done.emit(epoch)

    def _end(self, ending: Ending) -> None:
        self.ending = ending
        for line in filter(None, (ending.words, ending.reason)):
            self._say(line)
        self.ended.emit(ending)

    def _say(self, line: str) -> None:
        self.log.append(line)
        self.logged.emit(line)


def _line_of(epoch: Epoch) -> str:
    scores = {
        "loss": epoch.loss,
        "validation loss": epoch.validation_loss,
        "score": epoch.headline,
        **{f"IoU {name}": value for name, value in epoch.iou.items()},
    }
    shown = [f"{name} {value:.3f}" for name, value in scores.items() if not math.isnan(value)]
    return f"epoch {epoch.number}: {', '.join(shown)}"
