"""Exploring at a desk: what a child drew is read in a thread, and a click leads to its chips."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psygnal import Signal

from napari_s2label.explore_reader import ExploreReader, copy_file
from s2label.queue_specs import QueueSpec
from s2label.refusals import reason_of
from s2label.types import Subject

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from napari_s2label.desk import Desk
    from napari_s2label.explore_reader import FigureInView
    from napari_s2label.jobs import CommandJob
    from s2label.catalog.store import Catalog
    from s2label.review.session import ReviewSession

TITLE = "Exploring"
QUEUE = "queue"
_ANYTHING = "state = any and mask = any"


@dataclass(frozen=True)
class ExploreWish:
    """What somebody wants to see.

    Parameters
    ----------
    which : str
        Conditions as the command reads them, or `QUEUE`: the queue in view.
    options : tuple of str
        All else, as options of the command.
    """

    which: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Explored:
    """What a run drew: its folder, figures (name -> title), and what it says of itself."""

    folder: Path
    figures: dict[str, str]
    words: str


class Exploring:
    """What docks share about exploring; it follows one project after the other.

    Figures are drawn by a child process into a folder of the machine's own; a violin of each
    class and band takes a second, in which nobody could go on.

    Parameters
    ----------
    desk : Desk
        Whose project it is.

    Attributes
    ----------
    explored : Explored or None
        What was drawn last.

    Signals
    -------
    changed : Explored or None
        Something else is drawn, or nothing any more.
    figure_read : FigureInView
        Answers `ask_figure`.
    told : str
        Something cannot be done, and why.
    """

    changed = Signal(object)
    figure_read = Signal(object)
    told = Signal(str)

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.explored: Explored | None = None
        self._runs = count(1)
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._reader = ExploreReader()
        self._reader.read.connect(self._on_reader_read)
        self._reader.failed.connect(self._on_reader_failed)
        desk.project_changed.connect(self._on_desk_project_changed)
        desk.jobs.started.connect(self._on_jobs_started)
        self._folder: Path | None = None

    def _on_desk_project_changed(self, _: ReviewSession | None) -> None:
        if self._desk.folder != self._folder:
            self._folder = self._desk.folder
            self.close()

    def close(self) -> None:
        """Remove what was drawn: the project or the window goes."""
        self._show(None)
        if self._scratch is not None:
            self._scratch.cleanup()
            self._scratch = None

    def command(self, project: str, wish: ExploreWish) -> list[str]:
        """Return the command that draws what is wished into a new folder."""
        if self._scratch is None:
            self._scratch = tempfile.TemporaryDirectory(
                prefix="s2label-explore-", ignore_cleanup_errors=True
            )
        out = Path(self._scratch.name) / f"figures-{next(self._runs)}"
        which = ["--where", wish.which] if wish.which else []
        session, opened = self._desk.session, self._desk.project
        if wish.which == QUEUE and session is not None and opened is not None:
            ids = _few_images(opened.catalog, session.queue)
            which = queue_options(session.queue, ids, out.with_suffix(".txt"))
        return ["explore", project, str(out), *which, *wish.options]

    def _on_jobs_started(self, job: CommandJob) -> None:
        if self._desk.jobs.title == TITLE:
            job.finished.connect(partial(self._on_job_finished, self._folder))

    def _on_job_finished(self, folder: Path | None, result: Mapping[str, Any]) -> None:
        if folder is not None and folder == self._desk.folder:
            figures = {each["name"]: each["title"] for each in result["figures"]}
            self._show(Explored(Path(result["out"]), figures, result["words"]))

    def _show(self, explored: Explored | None) -> None:
        before, self.explored = self.explored, explored
        if before is not None:
            self._reader.forget(before.folder)
        if before is not explored:
            self.changed.emit(explored)

    def ask_figure(self, name: str) -> None:
        """Ask for a figure; `figure_read` answers."""
        if self.explored is not None:
            self._reader.ask(self.explored.folder, name)

    def _on_reader_read(self, figure: FigureInView) -> None:
        self.figure_read.emit(figure)

    def _on_reader_failed(self, why: str) -> None:
        self.told.emit(why)

    def go_through(self, image_ids: Sequence[str], words: str) -> None:
        """Go through the images behind a part of a figure, and no others."""
        if self._desk.session is not None and image_ids:
            spec = QueueSpec(Subject.IMAGE, only_open=False, among=tuple(image_ids), title=words)
            self._desk.session.set_queue(spec)

    def save(self, name: str, suffix: str, path: Path) -> None:
        """Copy a figure or its numbers to a file; an error is told."""
        if self.explored is None:
            return
        try:
            copy_file(self.explored.folder / f"{name}.{suffix}", path)
        except OSError as error:
            self.told.emit(f"{path}: cannot be written ({reason_of(error)})")


def _few_images(catalog: Catalog, queue: QueueSpec) -> tuple[str, ...] | None:
    """Return the images of a queue of some few; None where conditions say which they are."""
    if queue.among:
        return queue.among
    is_of_objects = queue.subject is Subject.SUSPICION
    if not (queue.only_doubtful or queue.only_suspicious or is_of_objects):
        return None
    ids = catalog.queue(queue)
    if queue.subject is not Subject.IMAGE:
        images = catalog.images_of_objects() if is_of_objects else catalog.images_of_masks()
        ids = list(dict.fromkeys(images[id_] for id_ in ids if id_ in images))
    return tuple(ids)


def queue_options(queue: QueueSpec, few: tuple[str, ...] | None, ids_file: Path) -> list[str]:
    """Return the options of ``explore`` that mean the images of a queue.

    Parameters
    ----------
    queue : QueueSpec
        A queue of masks means the images of these masks.
    few : tuple of str, optional
        The images, where it is a queue of some few.
    ids_file : Path
        Where these are written.
    """
    if few is not None:
        ids_file.write_text("\n".join(few), "utf-8")
        return ["--images", str(ids_file), "--where", _ANYTHING]
    if not queue.only_open:
        return ["--where", _ANYTHING]
    about = "state" if queue.subject is Subject.IMAGE else "mask"
    other = "mask" if about == "state" else "state"
    return ["--where", f"{about} = open and {other} = any"]
