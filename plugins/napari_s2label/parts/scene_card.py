"""What was found in a scene, and what one can do with its result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from napari_s2label.parts.message import Message
from napari_s2label.parts.plain_button import PlainButton
from napari_s2label.parts.scene_words import (
    DOUBTS_TIP,
    NEEDS_PROBABILITIES,
    NEEDS_SOURCE,
    facts_words,
)
from napari_s2label.scene_rows import SceneState
from napari_s2label.scene_wish import MAP, PROBABILITIES

if TYPE_CHECKING:
    from napari_s2label.scene_areas import SceneFacts
    from napari_s2label.scene_facts import SceneResult
    from napari_s2label.scene_rows import SceneRow

_MOODS = {
    SceneState.FAILED: "bad",
    SceneState.REFUSED: "bad",
    SceneState.BEGUN: "warn",
    SceneState.DONE: "warn",
}


class SceneCard(QWidget):
    """Shows the chosen scene; hidden where there is nothing to say.

    Signals
    -------
    map_requested, folder_requested, look_requested, doubts_requested : no arguments
        Somebody wants to see the map, the folder or the rasters, or doubtful places as chips.
    """

    map_requested = Signal()
    folder_requested = Signal()
    look_requested = Signal()
    doubts_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.row: SceneRow | None = None
        self._facts: tuple[SceneResult, SceneFacts] | None = None
        self._is_free = False
        self.title, self.why, self.facts = QLabel(), Message(), Message()
        self.map = PlainButton("Open map", "In the browser", self.map_requested.emit)
        self.look = PlainButton(
            "Look at it here", "Picture and classes in a window of their own", self._on_look
        )
        self.folder = PlainButton("Open folder", "Of the results", self.folder_requested.emit)
        self.doubts = PlainButton("Doubtful places", DOUBTS_TIP, self.doubts_requested.emit)
        self.buttons = QWidget()
        self._arrange()
        self.show_row(None)

    def _arrange(self) -> None:
        grid = QGridLayout(self.buttons)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(3)
        for number, button in enumerate((self.map, self.look, self.folder, self.doubts)):
            grid.addWidget(button, number // 2, number % 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        self.title.setWordWrap(True)
        self.title.setStyleSheet("font-weight: bold")
        for part in (self.title, self.why, self.facts, self.buttons):
            column.addWidget(part)

    def _on_look(self) -> None:
        self.look_requested.emit()

    def show_row(self, row: SceneRow | None) -> None:
        """Show a scene, or none."""
        self.row = row
        self.setVisible(row is not None)
        if row is None:
            return
        # Zero-width spaces: a product's name is one long word, which would widen the dock.
        self.title.setText(row.name.replace("_", "_\u200b"))
        self.why.tell(row.why, _MOODS.get(row.state, "plain"))
        self.buttons.setVisible(row.result is not None)
        self._show_facts()
        self._enable()

    def show_facts(self, result: SceneResult, facts: SceneFacts) -> None:
        """Show what was found, once it is counted."""
        self._facts = (result, facts)
        self._show_facts()

    def _show_facts(self) -> None:
        result = self.row.result if self.row is not None else None
        if result is None:
            self.facts.tell("")
            return
        known = self._facts[1] if self._facts is not None and self._facts[0] == result else None
        self.facts.tell(facts_words(result, known), "plain")

    def allow_doubts(self, is_free: bool) -> None:
        """Let doubtful places be looked for, or not: something else has the project."""
        self._is_free = is_free
        self._enable()

    def _enable(self) -> None:
        row = self.row
        if row is None or row.result is None:
            return
        has_map = MAP in row.result.made
        self.map.setEnabled(has_map)
        self.map.setToolTip("In the browser" if has_map else "no map was made: tick it, predict")
        obstacle = NEEDS_PROBABILITIES if PROBABILITIES not in row.result.made else ""
        obstacle = obstacle or ("" if row.source is not None else NEEDS_SOURCE)
        self.doubts.setEnabled(self._is_free and not obstacle)
        self.doubts.setToolTip(obstacle or DOUBTS_TIP)
