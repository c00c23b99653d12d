"""The suggest dock: what a model proposes for the chip in view, and what of it is accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QCheckBox, QLabel, QVBoxLayout, QWidget

from napari_s2label.desk import desk_of
from napari_s2label.keys import ACTIONS
from napari_s2label.parts import paint_words, suggest_words
from napari_s2label.parts.action_button import ActionButton
from napari_s2label.parts.button_grid import ButtonGrid
from napari_s2label.parts.following import follow
from napari_s2label.parts.message import Message
from napari_s2label.parts.model_box import ModelBox
from napari_s2label.parts.narrow_dock import NarrowDock
from napari_s2label.parts.slider_field import SliderField
from napari_s2label.parts.suggest_all import SuggestAll

if TYPE_CHECKING:
    from collections.abc import Mapping

    import napari
    from qtpy.QtGui import QShowEvent

    from napari_s2label.suggestion_view import SuggestionView
    from s2label.review.session import ReviewSession

_LARGE = "font-size: 15px"
_ACCEPTS = (
    ("accept_suggestion", "Accept all", "Pixels painted by hand stay; one undo takes it back."),
    ("accept_class", "Class in hand", "The class that is marked in the Paint dock."),
    ("accept_object", "Under the mouse", "Point at an object on the picture and press the key."),
    ("tool_accept", "Brush", "Drag over a suggestion; [ and ] change the size of the brush."),
)
_LEARN = (
    (
        "learn_strokes",
        "Learn from my strokes",
        "Takes about a second: all that was painted by hand so far, on all chips.",
    ),
)
_PERCENT = 100
# The keys stand behind the name of the slider.
_NAME_PX = 92
_STATUS_LINES = 3


class SuggestWidget(NarrowDock):
    """Asking a model, and accepting what it proposes.

    Parameters
    ----------
    napari_viewer : napari.Viewer
        The viewer whose chips are suggested for.
    """

    def __init__(self, napari_viewer: napari.Viewer) -> None:
        super().__init__()
        self._desk = desk_of(napari_viewer)
        self._view: SuggestionView | None = None
        self.setWidget(self._build())
        self.threshold.moved.connect(self._on_threshold_moved)
        self.by_itself.toggled.connect(self._on_by_itself_toggled)
        follow(self._desk.project_changed, self, self._on_desk_project_changed)
        follow(self._desk.bindings.changed, self, self._on_bindings_changed)
        self._desk.jobs.ended.connect(self._on_jobs_ended)
        self._desk.training.ended.connect(self._on_jobs_ended)
        self._on_desk_project_changed(self._desk.session)

    def _build(self) -> QWidget:
        suggest = next(action for action in ACTIONS if action.id == "suggest")
        self.suggest = ActionButton(suggest, self._desk, "Suggest")
        self.suggest.setMinimumHeight(40)
        self.suggest.setStyleSheet(_LARGE)
        self.status = Message()
        # Always as high as many classes need: nothing below may move under somebody's mouse.
        self.status.setMinimumHeight(_STATUS_LINES * self.status.fontMetrics().lineSpacing())
        self.status.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.model = ModelBox()
        self.threshold = SliderField(
            "Threshold",
            "How sure the model has to be; faint pixels are those it is less sure of",
            (1, _PERCENT - 1),
            lambda percent: f"{percent / _PERCENT:.2f}",
        )
        self.threshold.name.setFixedWidth(_NAME_PX)
        self.accepts = ButtonGrid(self._desk, _ACCEPTS, shares=(1, 1))
        # Its action would take what lay where the mouse left the picture.
        self.accepts.buttons["accept_object"].do_instead(self._on_point_clicked)
        self.by_itself = QCheckBox("Show suggestions by themselves")
        self.by_itself.setToolTip("Each chip comes with its suggestion; the next ones are prepared")
        self.by_itself.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.learn = ButtonGrid(self._desk, _LEARN, shares=(1,))
        self.all = SuggestAll(self._desk)
        self._help = QLabel()
        self._help.setWordWrap(True)
        self._help.setStyleSheet("font-size: 11px")
        return self._arranged()

    def _arranged(self) -> QWidget:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(8, 8, 8, 4)
        column.setSpacing(6)
        for part in (
            self.suggest,
            self.status,
            self.threshold,
            QLabel("Accept"),
            self.accepts,
            self.by_itself,
            QLabel("Suggested by"),
            self.model,
            self.learn,
            self.all,
            self._help,
        ):
            column.addWidget(part)
        column.addStretch(1)
        return inside

    def showEvent(self, event: QShowEvent) -> None:
        """Have the model loaded as soon as somebody looks at this dock."""
        super().showEvent(event)
        if self._view is not None:
            self._view.suggesting.warm_up()

    def _on_desk_project_changed(self, _: ReviewSession | None) -> None:
        view = self._view = self._desk.suggestions
        self.widget().setEnabled(view is not None)
        self.model.follow(view)
        self._on_bindings_changed(self._desk.keys)
        if view is None:
            is_lent = self._desk.is_lent
            self.status.tell(paint_words.LENT if is_lent else paint_words.NO_PROJECT)
            return
        follow(view.suggesting.status_changed, self, self._on_suggesting_status_changed)
        follow(view.suggesting.changed, self, self._on_suggesting_changed)
        if self._desk.easel is not None:
            follow(self._desk.easel.tool_changed, self, self._on_easel_tool_changed)
        self.by_itself.setChecked(view.suggesting.shows_itself)
        self._on_suggesting_status_changed(view.suggesting.status)
        self._on_suggesting_changed()

    def _on_bindings_changed(self, keys: Mapping[str, str]) -> None:
        self.suggest.show_key(keys["suggest"])
        for grid in (self.accepts, self.learn):
            grid.show_keys(keys)
        lower, higher = keys["threshold_lower"], keys["threshold_raise"]
        self.threshold.name.setText(f"Threshold {lower} {higher}")
        self._help.setText(suggest_words.first_keys(keys))
        self.model.show_model()
        if self._view is not None:
            self._on_suggesting_status_changed(self._view.suggesting.status)

    def _on_suggesting_status_changed(self, status: str) -> None:
        if self._view is not None:
            self.status.tell(self._view.in_words(status))

    def _on_suggesting_changed(self) -> None:
        if self._view is None:
            return
        is_shown = self._view.suggesting.shown is not None
        self.threshold.show_steps(round(_PERCENT * self._view.suggesting.threshold))
        for id_ in ("accept_suggestion", "accept_class", "accept_object"):
            self.accepts.buttons[id_].setEnabled(is_shown)

    def _on_easel_tool_changed(self, tool: str) -> None:
        self.accepts.mark("tool_accept", tool == "accept")

    def _on_threshold_moved(self, percent: int) -> None:
        if self._view is not None:
            self._view.suggesting.threshold = percent / _PERCENT

    def _on_point_clicked(self) -> None:
        if self._view is not None:
            self._view.tell_how_to_point()

    def _on_by_itself_toggled(self, is_on: bool) -> None:
        if self._view is not None and self._view.suggesting.shows_itself != is_on:
            self._view.suggesting.shows_itself = is_on

    def _on_jobs_ended(self) -> None:
        if self._view is not None:
            self._view.suggesting.models.refresh()
