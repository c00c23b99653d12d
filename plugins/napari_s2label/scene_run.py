"""A prediction of scenes that runs or ran: how far each scene is, and how it ended. Knows no Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psygnal import Signal

from napari_s2label.parts.reports import Report, counted, failure_report
from s2label.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_PREDICTING = ("predicting", "decoding", "going on")
_AGAIN = "Press the button again: it goes on where it was."


class SceneRun:
    """Follows ``s2label predict`` on many scenes.

    Parameters
    ----------
    project : Path
        Folder of the project whose model predicts.
    folder : Path
        Of the results.

    Attributes
    ----------
    scene : str
        Name of the scene that is at work; empty before the first and after the last.
    step : Progress
        What is done with it, in the words of the child.
    failed : dict
        Name of a scene -> why it could not be predicted.
    done : list of str
        Names of those that are done.
    scenes : int
        How many there are in all, as far as the child has told.
    ending : Report or None
        How it ended.

    Signals
    -------
    stepped : no arguments
        It is further.
    scene_ended : str
        A scene is done, or failed.
    ended : Report
        It does not run any more.
    """

    stepped = Signal()
    scene_ended = Signal(str)
    ended = Signal(object)

    def __init__(self, project: Path, folder: Path) -> None:
        self.project, self.folder = project, folder
        self.scene = ""
        self.step = Progress(0, 0, "starting")
        self.failed: dict[str, str] = {}
        self.done: list[str] = []
        self.scenes = 1
        self.is_stopping = False
        self.ending: Report | None = None

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self.ending is None

    @property
    def number(self) -> int:
        """Which scene is at work, from 1."""
        return len(self.done) + len(self.failed) + 1

    @property
    def share(self) -> float | None:
        """How much of the scene at work is predicted, 0..1; None while something else is done."""
        is_predicting = self.step.message in _PREDICTING and self.step.total
        return self.step.done / self.step.total if is_predicting else None

    def take(self, step: Progress) -> None:
        """Take a step of the child into account."""
        name = str(step.data.get("scene", ""))
        if "report" in step.data or "error" in step.data:
            self._end_scene(name, step.data)
            return
        self.scene, self.scenes = name, int(step.data.get("scenes", self.scenes))
        self.step = Progress(step.done, step.total, str(step.data.get("step", step.message)))
        self.stepped.emit()

    def _end_scene(self, name: str, data: Mapping[str, Any]) -> None:
        self.scene, self.step = "", Progress(0, 0, "next scene")
        if "error" in data:
            self.failed[name] = str(data["error"])
        else:
            self.done.append(name)
        self.scene_ended.emit(name)

    def note_stop(self) -> None:
        """Say that it was asked to stop."""
        self.is_stopping = True
        self.stepped.emit()

    def finish(self, result: Mapping[str, Any]) -> None:
        """Take the child's result."""
        new, kept, errors = (result.get(key) for key in ("done", "kept", "errors"))
        lines = [f"{counted(new or 0, 'scene')} predicted."]
        lines += [f"{counted(kept, 'scene')} had the same result already."] if kept else []
        # Those that are in the list tell it there.
        lines += [f"Not predicted: {why}" for why in errors or () if why not in self._told]
        lines += [f"{counted(len(self.failed), 'scene')} failed; the list says why."] * bool(
            self.failed
        )
        self._end(Report("\n".join(lines), "warn" if errors else "good"))

    @property
    def _told(self) -> set[str]:
        return set(self.failed.values())

    def note_stopped(self) -> None:
        """Say that it stopped as it was asked to."""
        self._end(Report(f"Stopped. {_AGAIN}", "plain"))

    def fail(self, reason: str) -> None:
        """Say that it broke off, and why."""
        self._end(failure_report("Predicting", reason))

    def _end(self, ending: Report) -> None:
        self.ending, self.scene = ending, ""
        self.ended.emit(ending)
