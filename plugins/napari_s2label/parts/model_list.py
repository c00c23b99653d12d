"""The models of a project: when, how good, which one is in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from napari_s2label.parts.message import Message
from napari_s2label.parts.plain_button import PlainButton
from napari_s2label.training_facts import headline, model_name

if TYPE_CHECKING:
    from s2label_training.bundle import ModelRecord

    from napari_s2label.training_facts import Models

_HEIGHT_PX = 150
_BACK_TIP = "Take the model into use again that was in use before the present one"


class ModelList(QWidget):
    """Lists models, the newest first.

    Signals
    -------
    view_requested : str
        Somebody wants to see the verdict on this model.
    use_requested : str
        This model is to come into use.
    rollback_requested : no arguments
        The model before is to come into use again.
    """

    view_requested = Signal(str)
    use_requested = Signal(str)
    rollback_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.list = QListWidget()
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setFixedHeight(_HEIGHT_PX)
        self.list.setWordWrap(True)
        self.list.setSpacing(2)
        self.complaints = Message()
        self.use = PlainButton("Use it", "Take the chosen model into use", self._on_use)
        self.view = PlainButton(
            "Verdict", "Show how it compared with the one before", self._on_view
        )
        self.back = PlainButton("Go back", _BACK_TIP, self.rollback_requested.emit)
        self._in_use = self._before = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 0, 0, 6)
        column.setSpacing(3)
        row = QHBoxLayout()
        for button in (self.use, self.view, self.back):
            row.addWidget(button)
        column.addWidget(self.list)
        column.addLayout(row)
        column.addWidget(self.complaints)
        self.list.currentItemChanged.connect(lambda *_: self._enable())

    def show_models(self, models: Models) -> None:
        """Show models; the chosen one stays chosen."""
        chosen = self.chosen
        self._in_use, self._before = models.in_use, models.before
        self.list.clear()
        for record in models.records:
            item = QListWidgetItem(model_line(record, is_in_use=record.id == models.in_use))
            item.setData(Qt.ItemDataRole.UserRole, record.id)
            item.setToolTip(model_tip(record))
            self.list.addItem(item)
            if record.id == chosen:
                self.list.setCurrentItem(item)
        self.complaints.tell("\n".join(models.complaints), "bad")
        self._enable()

    @property
    def chosen(self) -> str:
        """Id of the chosen model; empty if none is."""
        item = self.list.currentItem()
        return str(item.data(Qt.ItemDataRole.UserRole)) if item is not None else ""

    def _enable(self) -> None:
        chosen = self.chosen
        self.view.setEnabled(bool(chosen))
        self.use.setEnabled(bool(chosen) and chosen != self._in_use)
        self.back.setEnabled(bool(self._before))

    def _on_use(self) -> None:
        self.use_requested.emit(self.chosen)

    def _on_view(self) -> None:
        self.view_requested.emit(self.chosen)


def model_line(record: ModelRecord, *, is_in_use: bool) -> str:
    """Return a model in a line or two."""
    score = headline(record)
    shown = "no score" if score is None else f"score {score:.2f}"
    return f"{model_name(record)}\n{shown}{', in use' if is_in_use else ''}"


def model_tip(record: ModelRecord) -> str:
    """Return what a model learnt from."""
    data = record.data
    return (
        f"{record.id}\n{record.epochs} epochs on {data.chips} chips, "
        f"{100 * data.checked_share:.0f} % of the labels checked, by {record.who}"
    )
