"""Predictions of whole scenes at a desk: one at a time, beside all else, and looks at results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Signal

from napari_s2label.jobs import CommandJob
from napari_s2label.lending import ProjectJobs
from napari_s2label.scene_run import SceneRun
from napari_s2label.scene_wish import RGB, predict_arguments, result_path, wish_path
from s2label.catalog.store import this_author

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from napari_s2label.desk import Desk
    from napari_s2label.scene_facts import SceneResult
    from napari_s2label.scene_wish import SceneWish

PREDICTING = "Predicting"
# Finished rows lie on the disk; killing it costs those that are not.
_STOP_WITHIN_MS = 1500


class SceneJobs(ProjectJobs):
    """A slot of its own: one goes on deciding, painting, importing and training meanwhile.

    The child reads a model and the scenes, and writes beside the results; the project is its own.

    Parameters
    ----------
    desk : Desk
        Whose models predict.

    Attributes
    ----------
    run : SceneRun or None
        The prediction that runs, or ran last. It outlives docks and other projects.

    Signals
    -------
    run_started : SceneRun
        A prediction runs.
    look_failed : str
        A result cannot be looked at, and why.
    """

    run_started = Signal(object)
    look_failed = Signal(str)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.run: SceneRun | None = None
        self._looks: list[CommandJob] = []

    def predict(
        self, project: Path, wish: SceneWish, model: Path, sources: Sequence[Path], folder: Path
    ) -> None:
        """Run ``s2label predict`` on scenes.

        Parameters
        ----------
        project : Path
            Folder of the project.
        wish : SceneWish
            What is made, and how scenes are read.
        model : Path
            Folder of the model.
        sources : sequence of Path
            What holds the scenes.
        folder : Path
            Of the results.

        Raises
        ------
        ProjectBusyError
            If a job of this slot is running.
        """
        run = SceneRun(project, folder)
        arguments = predict_arguments(wish, model, write_list(project, sources), folder)
        # Before it starts: where no process can be made, it fails within `start`.
        wiring = self.started.connect(lambda job: self._follow(job, run))
        try:
            self.start(PREDICTING, arguments, writes=False)
        finally:
            self.started.disconnect(wiring)

    def _follow(self, job: CommandJob, run: SceneRun) -> None:
        self.run = run
        job.progressed.connect(run.take)
        job.finished.connect(run.finish)
        job.stopped.connect(run.note_stopped)
        job.failed.connect(run.fail)
        self.run_started.emit(run)

    def stop(self) -> None:
        """Stop the prediction; started again it goes on."""
        if self.job is not None and self.run is not None and self.run.is_running:
            self.run.note_stop()
            self.job.stop(_STOP_WITHIN_MS)

    def look_at(self, result: SceneResult) -> CommandJob:
        """Open a result in a window of its own, which is a process: this one never waits for it."""
        arguments = ["look", str(result.classes)]
        if RGB in result.made:
            arguments += ["--rgb", str(result_path(result.classes.parent, result.name, RGB))]
        job = CommandJob(arguments, self)
        self._looks.append(job)
        job.failed.connect(self.look_failed)
        job.ended.connect(lambda: self._forget(job))
        job.start()
        return job

    def _forget(self, job: CommandJob) -> None:
        if job in self._looks:
            self._looks.remove(job)
            job.deleteLater()

    def close(self) -> None:
        """End everything: the window goes."""
        super().close()
        for job in tuple(self._looks):
            job.close()


def write_list(project: Path, sources: Sequence[Path]) -> Path:
    """Write the list of scenes that the command reads, beside what is remembered of them."""
    path = wish_path(project, this_author().who).with_suffix(".txt")
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(str(source.absolute()) for source in sources), "utf-8")
    return path
