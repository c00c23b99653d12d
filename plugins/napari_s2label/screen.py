"""The screen dock: clouds of all images, what looks wrong with them, and which dates to keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_s2label.desk import desk_of
from napari_s2label.parts import paint_words, screen_words
from napari_s2label.parts.dialogs import Dialogs
from napari_s2label.parts.following import follow
from napari_s2label.parts.main_window import dock_of
from napari_s2label.parts.message import Message
from napari_s2label.parts.narrow_dock import NarrowDock
from napari_s2label.parts.screen_clouds import ScreenClouds
from napari_s2label.parts.screen_dates import ScreenDates
from napari_s2label.parts.screen_findings import ScreenFindings
from napari_s2label.parts.screen_start import ScreenStart
from napari_s2label.parts.sections import Sections

if TYPE_CHECKING:
    from collections.abc import Mapping

    import napari
    from qtpy.QtGui import QShowEvent

    from napari_s2label.screening_proposal import Proposal
    from s2label.review.session import ReviewSession
    from s2label.screening_records import ScreeningCounts

FINDINGS, DATES = "Findings", "Choose dates"
_COUNT_AFTER_MS = 300


class ScreenWidget(NarrowDock):
    """Screening the project in view, while one goes on with it.

    Parameters
    ----------
    napari_viewer : napari.Viewer
        The viewer whose project it is.
    dialogs : Dialogs, optional
        What asks before many images are rejected.
    """

    def __init__(self, napari_viewer: napari.Viewer, dialogs: Dialogs | None = None) -> None:
        super().__init__()
        self._desk = desk_of(napari_viewer)
        screening = self._desk.screening
        self._is_stale = self._knows_dock = False
        self._counting = QTimer(self, singleShot=True, interval=_COUNT_AFTER_MS)
        self._counting.timeout.connect(self._count)
        self.state, self.cloudiness = Message(), Message()
        self.start = ScreenStart(self._desk)
        self.clouds = ScreenClouds(self._desk)
        self.findings = ScreenFindings(screening)
        self.dates = ScreenDates(screening, dialogs or Dialogs())
        self.sections = Sections({FINDINGS: self.findings, DATES: self.dates})
        self._arrange()
        follow(self._desk.project_changed, self, self._on_desk_project_changed)
        follow(self._desk.bindings.changed, self, self._on_bindings_changed)
        follow(screening.changed, self, self._ask_count)
        follow(screening.counted, self, self._on_screening_counted)
        follow(screening.proposal_changed, self, self._on_screening_proposal_changed)
        self._on_desk_project_changed(self._desk.session)

    def _arrange(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(8, 8, 8, 4)
        column.setSpacing(6)
        for part in (self.start, self.state, self.cloudiness, self.clouds, self.sections):
            column.addWidget(part)
        column.addStretch(1)
        self.setWidget(inside)

    def showEvent(self, event: QShowEvent) -> None:
        """Count what was not counted while nobody saw it."""
        super().showEvent(event)
        dock = dock_of(self)
        if dock is not None and not self._knows_dock:
            self._knows_dock = True  # behind another tab it counts as shown, and nobody sees it
            dock.visibilityChanged.connect(self._count_soon)
        self._count_soon()

    def _on_desk_project_changed(self, session: ReviewSession | None) -> None:
        desk = self._desk
        self.widget().setEnabled(session is not None or desk.is_lent)
        for part in (self.clouds, self.sections, self.start.button):
            part.setEnabled(session is not None)
        self.clouds.follow(desk.easel)
        self._on_bindings_changed(desk.keys)
        if session is None:
            self.state.tell(paint_words.LENT if desk.is_lent else paint_words.NO_PROJECT)
            self.cloudiness.tell("")
            return
        follow(session.acted, self, self._ask_count)
        self._ask_count()

    def _on_bindings_changed(self, keys: Mapping[str, str]) -> None:
        self.clouds.show_keys(keys)

    def _ask_count(self, _: object = None) -> None:
        self._is_stale = True
        self._count_soon()

    def _count_soon(self, _: object = None) -> None:
        if self._is_stale and self.isVisible() and not self._counting.isActive():
            self._counting.start()

    def _count(self) -> None:
        """Count what is stale, if somebody sees it; else it is when the dock is opened."""
        # Asked of something small: what is covered by its own parts counts as unseen.
        if self._is_stale and not self.start.button.visibleRegion().isEmpty():
            self._is_stale = False
            self._desk.screening.ask_counts()

    def _on_screening_counted(self, counts: ScreeningCounts) -> None:
        if self._desk.session is None:
            return
        self.state.tell(screen_words.progress(counts))
        self.cloudiness.tell(screen_words.cloudiness(counts))
        self.findings.show_counts(counts)
        number = len(counts.findings)
        self.sections.rename(FINDINGS, f"{FINDINGS} ({number})" if number else FINDINGS)
        self.start.note(counts)

    def _on_screening_proposal_changed(self, proposal: Proposal | None) -> None:
        self.dates.show_proposal(proposal)
