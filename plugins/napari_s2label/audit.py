"""The dock "Audit": look for wrong labels, and go through what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from napari_s2label.desk import desk_of
from napari_s2label.parts import paint_words
from napari_s2label.parts.audit_here import AuditHere
from napari_s2label.parts.audit_queues import AuditQueues
from napari_s2label.parts.audit_start import AuditStart
from napari_s2label.parts.following import follow
from napari_s2label.parts.message import Message
from napari_s2label.parts.narrow_dock import NarrowDock

if TYPE_CHECKING:
    from collections.abc import Mapping

    import napari
    from qtpy.QtGui import QHideEvent, QShowEvent

    from s2label.chip_views import ChipView
    from s2label.queue_specs import QueueSpec
    from s2label.review.session import ReviewSession

_TITLE = "font-weight: bold"
# Texts change the layout of the dock: they follow the chip that they are about.
_TEXTS_MS = 60


class AuditWidget(NarrowDock):
    """Finding wrong labels.

    Parameters
    ----------
    napari_viewer : napari.Viewer
        The viewer whose project is audited.
    """

    def __init__(self, napari_viewer: napari.Viewer) -> None:
        super().__init__()
        self._desk = desk_of(napari_viewer)
        auditing = self._desk.auditing
        self.message = Message()
        self.start = AuditStart(auditing)
        self.queues = AuditQueues(auditing)
        self.here = AuditHere(self._desk)
        self.setWidget(self._arranged())
        self._texts = QTimer(self)
        self._texts.setSingleShot(True)
        self._texts.setInterval(_TEXTS_MS)
        self._texts.timeout.connect(self._show_chip)
        follow(self._desk.project_changed, self, self._on_desk_project_changed)
        follow(self._desk.bindings.changed, self, self._on_bindings_changed)
        follow(auditing.changed, self, self._show)
        self._on_desk_project_changed(self._desk.session)

    def _arranged(self) -> QWidget:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(8, 8, 8, 4)
        column.setSpacing(5)
        for part in (
            self.message,
            _title("Look for wrong labels"),
            self.start,
            _title("What may be wrong"),
            self.queues,
            _title("This chip"),
            self.here,
        ):
            column.addWidget(part)
        column.addStretch(1)
        return inside

    def showEvent(self, event: QShowEvent) -> None:
        """Count from now on: somebody looks."""
        super().showEvent(event)
        self._desk.auditing.watch(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Count no more."""
        super().hideEvent(event)
        self._desk.auditing.watch(False)

    def _on_desk_project_changed(self, session: ReviewSession | None) -> None:
        for part in (self.start, self.queues, self.here):
            part.setEnabled(session is not None or (part is self.start and self._is_running))
        if session is not None:
            follow(session.chip_changed, self, self._on_session_chip_changed)
            follow(session.queue_changed, self, self._on_session_queue_changed)
        self._show()
        self._show_chip()

    @property
    def _is_running(self) -> bool:
        return self._desk.auditing.is_running

    def _on_bindings_changed(self, keys: Mapping[str, str]) -> None:
        self.here.show_keys(keys)

    def _on_session_chip_changed(self, _: ChipView | None) -> None:
        if not self._texts.isActive():  # else a key held down would put them off for ever
            self._texts.start()

    def _on_session_queue_changed(self, _: QueueSpec) -> None:
        self._texts.start()

    def _show_chip(self) -> None:
        self.here.show_chip()

    def _show(self) -> None:
        desk = self._desk
        none = paint_words.LENT if desk.is_lent else paint_words.NO_PROJECT
        self.message.tell("" if desk.session is not None else none)
        if desk.project is not None:
            project = desk.project
            self.start.show_recipes(project.folder, project.classes.lifetime)
        self.start.show_state()
        self.queues.show_state()


def _title(text: str) -> QLabel:
    label = QLabel(text)
    label.setStyleSheet(_TITLE)
    return label
