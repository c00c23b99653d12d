"""Trainings and judgings of a desk: one at a time, beside other jobs; what the last one told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Signal

from napari_s2label.lending import ProjectJobs
from napari_s2label.training_run import TrainingRun

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from napari_s2label.desk import Desk
    from napari_s2label.jobs import CommandJob

TRAINING, JUDGING = "Training", "Judging"


class TrainingJobs(ProjectJobs):
    """A slot of its own: one goes on deciding, painting and importing while a model learns.

    The trainer only reads the project; what it makes is kept under ``models/``. After `ended`
    another model may be in use.

    Parameters
    ----------
    desk : Desk
        Whose project is trained on.

    Attributes
    ----------
    run : TrainingRun or None
        The training that runs, or ran last. It outlives docks and other projects.
    judged : tuple of Path and str
        The project and the model that is judged, or was last.

    Signals
    -------
    run_started : TrainingRun
        A training runs.
    verdict_came : no arguments
        There is a new verdict on the model that was judged; `ended` follows.
    """

    run_started = Signal(object)
    verdict_came = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.run: TrainingRun | None = None
        self.judged: tuple[Path | None, str] = (None, "")

    def train(self, project: Path, arguments: Sequence[str], recipe: str = "") -> None:
        """Run ``s2label train``.

        Parameters
        ----------
        project : Path
            Folder of the project.
        arguments : sequence of str
            Options of the command.
        recipe : str
            Name of the recipe, for the log.

        Raises
        ------
        ProjectBusyError
            If a job of this slot is running.
        """
        run = TrainingRun(project, recipe)
        self._begin(
            TRAINING, ["train", str(project), *arguments], lambda job: self._follow(job, run)
        )

    def judge(self, project: Path, model: str) -> None:
        """Run ``s2label models judge``; parameters and errors as those of `train`."""
        if self.job is None:  # else it is refused below
            self.judged = project, model
        self._begin(JUDGING, ["models", "judge", str(project), model], self._follow_judging)

    def _begin(
        self, title: str, arguments: Sequence[str], follow: Callable[[CommandJob], None]
    ) -> None:
        # Before it starts: where no process can be made, it fails within `start`.
        wiring = self.started.connect(follow)
        try:
            self.start(title, arguments, writes=False)
        finally:
            self.started.disconnect(wiring)

    def _follow_judging(self, job: CommandJob) -> None:
        job.command = "judging"  # in words, where it breaks off
        job.finished.connect(lambda _: self.verdict_came.emit())

    def stop(self) -> None:
        """Ask the training to stop; the best so far is kept."""
        if self.job is not None and self.run is not None and self.run.is_running:
            self.run.note_stop()
            self.job.stop()

    def note_use_changed(self) -> None:
        """Say that somebody took another model into use: whoever follows `ended` looks again."""
        self.ended.emit()

    def _follow(self, job: CommandJob, run: TrainingRun) -> None:
        self.run = run
        job.progressed.connect(run.take)
        job.finished.connect(run.finish)
        job.stopped.connect(run.note_killed)
        job.failed.connect(run.fail)
        self.run_started.emit(run)
