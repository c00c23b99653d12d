"""The desk: one open project in one viewer. Wires session, layers and drawing together."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from napari.utils.notifications import show_info, show_warning
from psygnal import Signal
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QApplication

from napari_s2label.ahead import PicturesAhead, what_is_seen
from napari_s2label.audit_view import SuspectedView
from napari_s2label.auditing import Auditing
from napari_s2label.bindings import Bindings
from napari_s2label.cheat_sheet import CheatSheet, keys_page
from napari_s2label.easel import Easel
from napari_s2label.exploring import Exploring
from napari_s2label.keys import ACTIONS
from napari_s2label.layers import ChipLayers
from napari_s2label.learning_order import OrderLearning
from napari_s2label.learning_rest import RestReviewing
from napari_s2label.lending import ProjectJobs
from napari_s2label.model_choice import SuggestSettings
from napari_s2label.opening_keys import OpeningKeys
from napari_s2label.posting import Post
from napari_s2label.scene_jobs import SceneJobs
from napari_s2label.screening import Screening
from napari_s2label.suggesting import Suggesting
from napari_s2label.suggestion_view import SuggestionView
from napari_s2label.training_jobs import TrainingJobs
from napari_s2label.worths import take_worths_in_turn
from s2label.catalog.store import this_author
from s2label.errors import S2LabelError
from s2label.painting.painter import Painter
from s2label.project import open_project
from s2label.project_file import FILE_NAME, require_project_file
from s2label.review.bookmark import bookmark_path, read_bookmark, write_bookmark
from s2label.review.pictures import Look, look_further, numbered_view
from s2label.review.session import ReviewSession

if TYPE_CHECKING:
    from pathlib import Path

    import napari

    from napari_s2label.asking import Worker
    from s2label.chip_views import ChipView
    from s2label.project import Project
    from s2label.review.pictures import Picture

# Suggestions are asked ahead when the chip in view is on the screen.
_REST_MS = 90


class Desk:
    """What the docks of one viewer share.

    Parameters
    ----------
    viewer : napari.Viewer
        Gets the layers.

    Signals
    -------
    project_changed : ReviewSession or None
        A project was opened or closed.
    pictured : ChipView, Picture
        A chip is drawn.
    told : str
        Something a user should read, in the status line.
    opening : str
        A project of that name is being opened, which may take a while.
    """

    project_changed = Signal(object)
    pictured = Signal(object, object)
    told = Signal(str)
    opening = Signal(str)

    def __init__(self, viewer: napari.Viewer) -> None:
        self.viewer = viewer
        self.project: Project | None = None
        self.session: ReviewSession | None = None
        self.layers: ChipLayers | None = None
        self.easel: Easel | None = None
        self.suggestions: SuggestionView | None = None
        self._suggest_settings = SuggestSettings()
        self.look = Look()
        self.bindings = Bindings(self)
        self.bindings.changed.connect(self._on_bindings_changed)
        self._pictures: PicturesAhead | None = None
        self._shown: object = None
        self._view_told = (self.look.view, self.look.is_local)
        self._open = ExitStack()
        self._lent: Path | None = None
        self._post = Post()
        self._opening_keys = OpeningKeys()
        self._opening_keys.heard.connect(self._name_window)
        self.jobs = ProjectJobs(self)
        self.training = TrainingJobs(self)
        self.scenes = SceneJobs(self)
        self.screening = Screening(self)
        self.screening.told.connect(self._on_session_told)
        self.exploring = Exploring(self)
        self.learning = OrderLearning(self)
        self.rest = RestReviewing(self, self.learning)
        self.auditing = Auditing(self)
        self.suspected = SuspectedView(self)
        self.told.connect(self._on_told)
        self.project_changed.connect(self._on_project_changed)

    def open(self, folder: Path) -> None:
        """Open a project for writing; the one that was open is closed first.

        Raises
        ------
        ProjectError
            If it cannot be opened; a project that is open stays so if the folder is none.
        """
        require_project_file(folder / FILE_NAME)  # the wrong folder must not close the right one
        self.close()
        self._say_opening(folder.name)
        try:
            self._take(folder)
        except S2LabelError:
            self.project_changed.emit(None)
            raise

    def _say_opening(self, name: str) -> None:
        self.viewer.title = f"s2label - opening {name} ..."
        self.opening.emit(name)

    def _take(self, folder: Path) -> None:
        self._opening_keys.drop()
        try:
            self._wire(folder)
        except BaseException:
            self._opening_keys.hear()
            raise

    def _wire(self, folder: Path) -> None:
        with ExitStack() as stack:
            self.project = stack.enter_context(open_project(folder, write=True))
            self._open = stack.pop_all()
        path = bookmark_path(self.project.folder, this_author().who)
        self.session = ReviewSession(self.project.catalog, read_bookmark(path), post=self._post)
        painter = Painter(self.project, self.session.ledger)
        self.session.take_painter(painter)
        painter.lost.connect(self._on_painter_lost)
        # Those of a project that was lent are still there, with the chip in view and its zoom.
        if self.layers is None:
            self.layers = ChipLayers(self.viewer, self.project.classes)
            self.layers.told.connect(self._on_session_told)
        self.layers.is_editable = True
        self.easel = Easel(self.viewer, self.layers, self.project, painter)
        self.easel.told.connect(self._on_session_told)
        self._wire_suggestions(self.project, self.session, self.easel)
        self._pictures = PicturesAhead(self.project)
        self._pictures.drawn.connect(self._on_pictures_drawn)
        self._pictures.failed.connect(self._on_pictures_failed)
        self.session.chip_changed.connect(self._on_session_chip_changed)
        # Not `self.told.emit` itself: psygnal would call that with nonsense to see what it takes.
        self.session.told.connect(self._on_session_told)
        self._bind_keys()
        self.project_changed.emit(self.session)
        self._ask()
        take_worths_in_turn(self)
        if self.project.recovered:
            show_info("\n".join(self.project.recovered))

    def _wire_suggestions(self, project: Project, session: ReviewSession, easel: Easel) -> None:
        suggesting = Suggesting(
            project,
            session,
            easel.painter,
            partial(_start_worker, project.folder),
            self._suggest_settings,
            partial(QTimer.singleShot, _REST_MS),
        )
        self.suggestions = SuggestionView(suggesting, easel, project.classes, lambda: self.keys)
        self.suggestions.told.connect(self._on_session_told)
        self.suggestions.outdated.connect(self._on_suggestions_outdated)

    @property
    def keys(self) -> dict[str, str]:
        """Action id -> key, as bound now."""
        return self.bindings.keys

    def _bind_keys(self) -> None:
        self.bindings.bind((self.viewer, *(self.layers.all if self.layers else ())))
        self._complain()

    def _complain(self) -> None:
        if self.bindings.complaints:
            show_warning("s2label keys: " + "; ".join(self.bindings.complaints))

    def _on_bindings_changed(self, _: object) -> None:
        self.told.emit("the keys of the preferences hold from now on")
        self._complain()

    def close(self) -> None:
        """Close the project; everything is on disk already."""
        self._lent = None
        self._let_go()
        self._suggest_settings = SuggestSettings()
        if self.layers is not None:
            self.layers.remove()
            self.layers = None

    def close_soon(self) -> None:
        """End all jobs and close the project as soon as Qt is done with the window, which goes."""
        QTimer.singleShot(0, self._end)

    def _end(self) -> None:
        self.jobs.close()
        self.training.close()
        self.scenes.close()
        self.exploring.close()
        self.learning.close()
        self.rest.close()
        self.auditing.close()
        self.close()

    def lend(self) -> None:
        """Close the project for a job that writes, and leave its chip in view (see lending.py)."""
        if self.project is None or self.layers is None:
            return
        self._lent = self.project.folder
        self._let_go()
        self.layers.is_editable = False

    @property
    def folder(self) -> Path | None:
        """Folder of the project that is open, or lent."""
        return self.project.folder if self.project is not None else self._lent

    @property
    def is_lent(self) -> bool:
        """Whether a job has the project."""
        return self._lent is not None

    def take_back(self) -> None:
        """Open the project again that was lent, at the chip it was left at, if one was.

        Raises
        ------
        ProjectError
            If it cannot be opened.
        """
        folder, self._lent = self._lent, None
        if folder is not None:
            self._take(folder)

    def _let_go(self) -> None:
        if self.project is None:
            return
        self._keep_bookmark()
        self._opening_keys.hear()
        if self.suggestions is not None:
            self.suggestions.close()
            self.suggestions = None
        if self.easel is not None:
            self.easel.close()
            self.easel = None
        if self.session is not None:
            self.session.close()
        if self._pictures is not None:
            self._pictures.close()
            self._pictures.deleteLater()
        self.session = self._pictures = self.project = None
        self.project_changed.emit(None)
        self._open.close()

    def toggle_mask(self) -> None:
        """Show or hide the mask."""
        if self.layers is not None:
            self.layers.toggle_mask()

    def toggle_filled(self) -> None:
        """Show the mask as areas or as outlines."""
        if self.layers is not None:
            self.layers.toggle_filled()

    def next_view(self, step: int = 1) -> None:
        """Show the next view that the chip has; with -1 the one before."""
        if self.project is not None and self.session is not None and self.session.chip is not None:
            self._look_otherwise(look_further(self.look, self.project, self.session.chip, step))

    def show_view(self, number: int) -> None:
        """Show the view of that number, from 1, or tell why the chip cannot."""
        if self.project is None or self.session is None or self.session.chip is None:
            return
        name, obstacle = numbered_view(self.project, self.session.chip, number)
        if obstacle:
            self.told.emit(obstacle)
        else:
            self._look_otherwise(replace(self.look, view=name))

    def stretch_locally(self, is_local: bool) -> None:
        """Stretch each chip by itself, or all alike."""
        self._look_otherwise(replace(self.look, is_local=is_local))

    def show_keys(self) -> None:
        """Show all keys on one page."""
        page = keys_page(ACTIONS, self.keys, self.bindings.complaints)
        CheatSheet(page, self.keys["show_keys"], QApplication.activeWindow()).show()

    def _look_otherwise(self, look: Look) -> None:
        self.look = look
        self._view_told = ("", False)  # told anew: whoever presses a key wants to know
        self._ask()

    def _ask(self) -> None:
        if self.session is None or self._pictures is None or self.session.chip is None:
            return
        self._shown = what_is_seen(self.session.chip, self.look)
        self._pictures.ask(self.session.chip, self.look)

    def _on_told(self, text: str) -> None:
        self.viewer.status = text

    def _on_suggestions_outdated(self, text: str) -> None:
        if self.viewer.status == text:  # else something newer is told already
            self.viewer.status = ""

    def _on_project_changed(self, session: ReviewSession | None) -> None:
        if session is None:  # one that opens gives its name when its first chip is to be seen
            self._name_window()

    def _name_window(self) -> None:
        folder = self.folder
        self.viewer.title = f"s2label - {folder.name}" if folder is not None else "s2label"

    def _on_session_told(self, text: str) -> None:
        self.told.emit(text)

    def _on_session_chip_changed(self, chip: ChipView | None) -> None:
        self._keep_bookmark()
        if chip is None:
            self._opening_keys.hear()
        # A decision about the chip in view changes its state, and nothing that is to be seen.
        if chip is None or self._shown != what_is_seen(chip, self.look):
            self._ask()

    def _on_pictures_drawn(self, chip: ChipView, picture: Picture) -> None:
        if self.layers is None or self.session is None or self._pictures is None:
            return
        self.layers.show_image(picture, chip.place.grid)
        if self.easel is not None and not self.easel.painter.holds(chip):
            self.easel.painter.look_at(chip, picture.mask, picture.ignore)
        self._opening_keys.hear()
        # Also where the next chip lacks bands for the view: its colours mean something else.
        if self._view_told != (picture.view, self.look.is_local):
            self._view_told = (picture.view, self.look.is_local)
            self.told.emit(picture.legend)
        self.pictured.emit(chip, picture)
        self._pictures.prepare(self.session.coming_images, self.look)

    def _on_painter_lost(self, text: str) -> None:
        show_warning(f"a stroke could not be kept: {text}; the chip is shown as it is on disk")
        if self.session is not None:
            self._shown = None  # what was drawn before lacks the strokes that were kept
            self.session.look_again()

    def _on_pictures_failed(self, text: str) -> None:
        self._opening_keys.hear()
        if self.suggestions is not None:
            self.suggestions.suggesting.note_not_drawn()
        self.told.emit(text)

    def _keep_bookmark(self) -> None:
        if self.session is not None and self.project is not None:
            path = bookmark_path(self.project.folder, this_author().who)
            write_bookmark(path, self.session.bookmark)


def _start_worker(folder: Path) -> Worker:
    from napari_s2label.warm import WarmWorker

    return WarmWorker(folder)


# napari hands a widget its viewer and nothing else, so the docks of one viewer can only meet here.
_DESKS: WeakKeyDictionary[object, Desk] = WeakKeyDictionary()


def desk_of(viewer: napari.Viewer) -> Desk:
    """Return the desk of a viewer, the same for all its docks."""
    real = getattr(viewer, "__wrapped__", viewer)
    if real not in _DESKS:
        _DESKS[real] = Desk(viewer)
    return _DESKS[real]
