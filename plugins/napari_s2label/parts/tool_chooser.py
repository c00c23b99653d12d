"""The tools, and what can be set of the one in hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel, QStackedWidget, QVBoxLayout, QWidget

from napari_s2label.easel import MAX_BRUSH_PX
from napari_s2label.parts.button_grid import ButtonGrid
from napari_s2label.parts.following import follow
from napari_s2label.parts.paint_words import IGNORED_HERE, TOOL_HINTS
from napari_s2label.parts.slider_field import SliderField

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_s2label.desk import Desk
    from napari_s2label.easel import Easel

_TOOLS = (
    ("tool_look", "Look", ""),
    ("tool_brush", "Brush", ""),
    ("tool_eraser", "Eraser", ""),
    ("tool_fill", "Fill", ""),
    ("tool_polygon", "Polygon", ""),
    ("tool_wand", "Wand", "One click, one vessel; the wheel makes it larger or smaller."),
    ("tool_ignore", "Ignore", f"For {IGNORED_HERE}."),
)
_KEEP = (
    (
        "keep_others",
        "Leave other classes alone",
        "While it is marked, only background and what is not labelled is painted over.",
    ),
)
_PERCENT = 100
_SETTINGS_PX = 28


class ToolChooser(QWidget):
    """Takes tools in hand, and sets brush size or tolerance.

    Parameters
    ----------
    desk : Desk
        Whose tools they are.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._easel: Easel | None = None
        self._how = ""
        self.tools = ButtonGrid(desk, _TOOLS, shares=(1, 1, 1, 1))
        self.keep = ButtonGrid(desk, _KEEP, shares=(1,))
        self.brush = SliderField(
            "Brush", "Diameter of the brush in pixels", (1, MAX_BRUSH_PX), lambda px: f"{px} px"
        )
        self.tolerance = SliderField(
            "Tolerance",
            "How unlike the clicked pixel others may be; the wheel over the picture does the same",
            (0, _PERCENT),
            lambda percent: f"{percent / _PERCENT:.2f}",
        )
        self.hint = QLabel()
        self._settings = QStackedWidget()
        self._settings.setFixedHeight(_SETTINGS_PX)
        self._arrange()
        self.brush.moved.connect(self._on_brush_moved)
        self.tolerance.moved.connect(self._on_tolerance_moved)

    def _arrange(self) -> None:
        # One in the place of the other: nothing below moves when another tool is taken.
        for field in (self.brush, self.tolerance):
            self._settings.addWidget(field)
        self.hint.setWordWrap(True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.hint.setStyleSheet("font-size: 11px")
        self.hint.setFixedHeight(2 * self.hint.fontMetrics().lineSpacing())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for part in (self.tools, self._settings, self.keep, self.hint):
            column.addWidget(part)

    def follow(self, easel: Easel | None) -> None:
        """Show and set the tools of another easel from now on, or of none."""
        self._easel = easel
        if easel is None:
            return
        follow(easel.tool_changed, self, self._on_easel_tool_changed)
        follow(easel.wand.tolerance_changed, self, self._on_wand_tolerance_changed)
        follow(easel.wand.told, self, self._on_wand_told)
        follow(easel.overlay_changed, self, self._on_easel_overlay_changed)
        # A slot of a deleted widget is forgotten by napari itself.
        easel.layers.mask.events.brush_size.connect(self._on_mask_brush_size)
        easel.layers.mask.events.preserve_labels.connect(self._on_mask_preserve_labels)
        self._on_easel_tool_changed(easel.tool)
        self._on_wand_tolerance_changed(easel.wand.tolerance)
        self._on_mask_brush_size()
        self._on_mask_preserve_labels()

    def show_keys(self, keys: Mapping[str, str]) -> None:
        """Write the keys (action id -> key) that are bound now."""
        for grid in (self.tools, self.keep):
            grid.show_keys(keys)
        self.brush.name.setText(f"Brush {keys['brush_smaller']} {keys['brush_larger']}")

    def _on_easel_tool_changed(self, tool: str) -> None:
        for id_ in self.tools.buttons:
            self.tools.mark(id_, id_ == f"tool_{tool}")
        self._settings.setCurrentWidget(self.tolerance if tool == "wand" else self.brush)
        self.brush.setEnabled(tool in ("brush", "eraser", "ignore", "accept"))
        self._how = TOOL_HINTS[tool]
        self.hint.setText(self._how)

    def _on_easel_overlay_changed(self, overlay: str) -> None:
        if overlay != "wand":
            self.hint.setText(self._how)

    def _on_wand_told(self, text: str) -> None:
        self.hint.setText(text)

    def _on_wand_tolerance_changed(self, tolerance: float) -> None:
        self.tolerance.show_steps(round(_PERCENT * tolerance))

    def _on_tolerance_moved(self, percent: int) -> None:
        if self._easel is not None:
            self._easel.wand.tolerance = percent / _PERCENT

    def _on_mask_brush_size(self) -> None:
        if self._easel is not None:
            self.brush.show_steps(self._easel.brush_px)

    def _on_brush_moved(self, px: int) -> None:
        if self._easel is not None:
            self._easel.brush_px = px

    def _on_mask_preserve_labels(self) -> None:
        if self._easel is not None:
            self.keep.mark("keep_others", self._easel.keeps_others)
