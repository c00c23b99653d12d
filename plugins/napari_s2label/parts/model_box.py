"""Which model suggests, and what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_s2label.model_choice import IN_USE, STROKES
from napari_s2label.parts import suggest_words
from napari_s2label.parts.choice import Choice
from napari_s2label.parts.following import follow
from napari_s2label.parts.message import Message

if TYPE_CHECKING:
    from napari_s2label.suggestion_view import SuggestionView

_WORDS = {IN_USE: "The model in use", STROKES: "What I painted so far"}


class ModelBox(QWidget):
    """Chooses between the model in use and what was learnt from strokes."""

    def __init__(self) -> None:
        super().__init__()
        self._view: SuggestionView | None = None
        self.choice = Choice(_WORDS, "Which model suggests")
        self.about = Message()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addWidget(self.choice)
        column.addWidget(self.about)
        self.choice.activated.connect(self._on_choice_activated)

    def follow(self, view: SuggestionView | None) -> None:
        """Choose the model of another view from now on, or of none."""
        self._view = view
        if view is None:
            self.about.tell("")
            return
        follow(view.suggesting.models.changed, self, self.show_model)
        self.show_model()

    def show_model(self) -> None:
        """Show which model suggests."""
        if self._view is None:
            return
        models = self._view.suggesting.models
        self.choice.choose(models.chosen)
        mood = "bad" if models.complaint and models.chosen == IN_USE else "plain"
        self.about.tell(self._view.in_words(suggest_words.model_words(models)), mood)

    def _on_choice_activated(self, _: int) -> None:
        if self._view is not None:
            self._view.suggesting.models.wish(self.choice.value)
