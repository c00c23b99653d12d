"""The project dock: open or make a project, import, export, find moved sources again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import (
    QDockWidget,
    QHBoxLayout,
    QMainWindow,
    QVBoxLayout,
    QWidget,
)

from napari_s2label.desk import desk_of
from napari_s2label.parts import reports
from napari_s2label.parts.dialogs import Dialogs
from napari_s2label.parts.export_form import ExportForm
from napari_s2label.parts.following import follow
from napari_s2label.parts.import_form import ImportForm
from napari_s2label.parts.job_bar import JobBar
from napari_s2label.parts.lost_sources import LostSources
from napari_s2label.parts.narrow_dock import NarrowDock
from napari_s2label.parts.new_project_form import NewProjectForm
from napari_s2label.parts.plain_button import PlainButton
from napari_s2label.parts.project_head import ProjectHead
from napari_s2label.parts.recent_button import RecentButton
from napari_s2label.parts.sections import Sections
from napari_s2label.recent import RecentProjects
from s2label.errors import S2LabelError

if TYPE_CHECKING:
    from pathlib import Path

    import napari
    from qtpy.QtGui import QShowEvent

    from napari_s2label.jobs import CommandJob
    from s2label.project import Project
    from s2label.review.session import ReviewSession

NEW, IMPORT, EXPORT, RELINK = "New project", "Import", "Export", "Moved sources"
_REPORTS = {
    IMPORT: reports.import_report,
    EXPORT: reports.export_report,
    RELINK: reports.relink_report,
}
_COUNT_AFTER_MS = 200


class ProjectWidget(NarrowDock):
    """Everything about a project but going through its chips.

    Parameters
    ----------
    napari_viewer : napari.Viewer
        The viewer whose project it is.
    dialogs : Dialogs, optional
        What asks for files and folders.
    recent : RecentProjects, optional
        Projects that were open lately.
    """

    def __init__(
        self,
        napari_viewer: napari.Viewer,
        dialogs: Dialogs | None = None,
        recent: RecentProjects | None = None,
    ) -> None:
        super().__init__()
        self._desk = desk_of(napari_viewer)
        self._dialogs, self._recent = dialogs or Dialogs(), recent or RecentProjects()
        self._knows_window = False
        # Taking back a project that was lent opens no other section.
        self._shown: Path | None = None
        self.head, self.bar = ProjectHead(), JobBar()
        self.new = NewProjectForm(self._dialogs)
        self.import_, self.export = ImportForm(self._dialogs), ExportForm(self._dialogs)
        self.lost = LostSources(self._dialogs)
        self.sections = Sections(
            {IMPORT: self.import_, EXPORT: self.export, RELINK: self.lost, NEW: self.new}
        )
        self.open_button = PlainButton("Open ...", "Choose the folder of a project", self.ask)
        self.recent_button = RecentButton(self._recent, self.open)
        self._counting = QTimer(self, singleShot=True, interval=_COUNT_AFTER_MS)
        self._arrange()
        self._connect()
        self._on_desk_project_changed(self._desk.session)
        if self._desk.jobs.job is not None:
            self._on_jobs_started(self._desk.jobs.job)

    def _arrange(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(8, 8, 8, 4)
        column.setSpacing(6)
        row = QHBoxLayout()
        row.addWidget(self.open_button)
        row.addWidget(self.recent_button)
        column.addLayout(row)
        for part in (self.head, self.bar, self.sections):
            column.addWidget(part)
        column.addStretch()
        self.setWidget(inside)

    def _connect(self) -> None:
        follow(self._desk.project_changed, self, self._on_desk_project_changed)
        follow(self._desk.opening, self, self._on_desk_opening)
        self._desk.jobs.started.connect(self._on_jobs_started)
        self._desk.jobs.ended.connect(self._on_jobs_ended)
        self.new.made.connect(self.open)
        self.import_.requested.connect(lambda a: self._start(IMPORT, "import", a, writes=True))
        self.export.requested.connect(lambda a: self._start(EXPORT, "export", a, writes=False))
        self.lost.requested.connect(lambda a: self._start(RELINK, "relink", a, writes=bool(a)))
        self._counting.timeout.connect(self._count)

    def ask(self) -> None:
        """Let the user choose a project to open."""
        folder = self._dialogs.folder(self, "Open a project", "")
        if folder is not None:
            self.open(folder)

    def open(self, folder: Path) -> None:
        """Open a project, or say why it cannot be."""
        try:
            self._desk.open(folder)
        except S2LabelError as error:
            self.bar.message.tell(str(error), "bad")
        else:
            self.bar.message.tell("")

    def showEvent(self, event: QShowEvent) -> None:
        """Find the window: with it the job ends."""
        super().showEvent(event)
        window = self._above(QMainWindow)
        if window is not None and not self._knows_window:
            self._knows_window = True
            window.destroyed.connect(self._desk.jobs.close)

    def _above(self, kind: type[QWidget]) -> QWidget | None:
        above = self.parentWidget()
        while above is not None and not isinstance(above, kind):
            above = above.parentWidget()
        return above

    def _start(self, title: str, command: str, arguments: list[str], *, writes: bool) -> None:
        if self._desk.project is None:
            return
        project = str(self._desk.project.folder)
        self._desk.jobs.start(title, [command, project, *arguments], writes=writes)

    def _on_jobs_started(self, job: CommandJob) -> None:
        title = self._desk.jobs.title
        self.bar.follow(job, title, _REPORTS.get(title, reports.plain_report))
        if title == RELINK:
            job.finished.connect(self.lost.show_lost)
        self._enable()

    def _on_jobs_ended(self) -> None:
        self._enable()

    def _on_desk_opening(self, name: str) -> None:
        self.head.show_opening(name)

    def _on_desk_project_changed(self, session: ReviewSession | None) -> None:
        if session is not None:
            follow(session.acted, self, self._on_session_acted)
            self._count()
        if not self._desk.is_lent:
            self._show_project(self._desk.project)
        self._enable()

    def _show_project(self, project: Project | None) -> None:
        """Show another project, or none, and open the section that comes next."""
        if project is None:
            self.head.show_nothing()
            self.sections.show_only(NEW)
        elif project.folder != self._shown:
            self.head.show_project(project.settings, project.folder)
            self._recent.note(project.folder)
            self.export.suggest(project.folder)
            self.lost.show_lost({})
            is_empty = not project.catalog.counts()["images"]
            self.sections.show_only(IMPORT if is_empty else None)
            if is_empty:
                self._raise()
        self._shown = project.folder if project else None

    def _raise(self) -> None:
        """Come before the docks that share the place: there is nothing to do in them yet."""
        dock = self._above(QDockWidget)
        if dock is not None:
            dock.raise_()

    def _on_session_acted(self, _: Any) -> None:
        self._counting.start()

    def _count(self) -> None:
        if self._desk.project is not None:
            self.head.show_counts(self._desk.project.catalog.counts())

    def _enable(self) -> None:
        """Let only be started what can be: one job at a time, on an open project."""
        is_free = self._desk.jobs.job is None
        has_project = self._desk.project is not None or self._desk.is_lent
        self.sections.setEnabled(is_free)
        for title in (IMPORT, EXPORT, RELINK):
            self.sections.enable(title, has_project)
        self.open_button.setEnabled(is_free)
        self.recent_button.setEnabled(is_free)
