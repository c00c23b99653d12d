"""The dock "Doubtful": the order learnt from decisions, and accepting the rest unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from napari_s2label.desk import desk_of
from napari_s2label.parts import rest_words as words
from napari_s2label.parts.dialogs import Dialogs
from napari_s2label.parts.following import follow
from napari_s2label.parts.message import Message
from napari_s2label.parts.narrow_dock import NarrowDock
from napari_s2label.parts.rest_order import RestOrder
from napari_s2label.parts.rest_sample import RestSample

if TYPE_CHECKING:
    import napari

    from s2label.chip_views import ChipView
    from s2label.review.session import ReviewSession

_TITLE = "font-weight: bold"
# Texts change the layout of the dock: they follow the chip that they are about.
_TEXTS_MS = 60


class RestWidget(NarrowDock):
    """The doubtful first, and the rest unseen.

    Parameters
    ----------
    napari_viewer : napari.Viewer
        The viewer whose project is reviewed.
    dialogs : Dialogs, optional
        Asks before anything is accepted.
    """

    def __init__(self, napari_viewer: napari.Viewer, dialogs: Dialogs | None = None) -> None:
        super().__init__()
        self._desk = desk_of(napari_viewer)
        self.message = Message()
        self.order = RestOrder(self._desk.learning)
        self.sample = RestSample(self._desk.rest, self._desk.learning, dialogs or Dialogs())
        self.setWidget(self._arranged())
        self._texts = QTimer(self)
        self._texts.setSingleShot(True)
        self._texts.setInterval(_TEXTS_MS)
        self._texts.timeout.connect(self._show_chip)
        follow(self._desk.project_changed, self, self._on_desk_project_changed)
        follow(self._desk.learning.changed, self, self._show)
        follow(self._desk.rest.changed, self, self._show)
        self._on_desk_project_changed(self._desk.session)

    def _arranged(self) -> QWidget:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(8, 8, 8, 4)
        column.setSpacing(6)
        for part in (
            self.message,
            _title("The doubtful first"),
            self.order,
            _title("Accept the rest unseen"),
            self.sample,
        ):
            column.addWidget(part)
        column.addStretch(1)
        return inside

    def _on_desk_project_changed(self, session: ReviewSession | None) -> None:
        self.order.setEnabled(session is not None)
        self.sample.setEnabled(session is not None)
        if session is not None:
            follow(session.chip_changed, self, self._on_session_chip_changed)
        self._show()

    def _on_session_chip_changed(self, _: ChipView | None) -> None:
        if not self._texts.isActive():  # else a key held down would put them off for ever
            self._texts.start()

    def _show_chip(self) -> None:
        if self._desk.session is not None:
            self.order.show_chip(self._desk.session.chip)

    def _show(self) -> None:
        session = self._desk.session
        if session is None:
            self.message.tell(words.LENT if self._desk.is_lent else words.NO_PROJECT)
            return
        self.message.tell("")
        self.order.show_state(session.chip)
        self.sample.show_state()


def _title(text: str) -> QLabel:
    label = QLabel(text)
    label.setStyleSheet(_TITLE)
    return label
