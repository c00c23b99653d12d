"""The paint dock: whose mask it is, tools, classes, how it is shown, and how long it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from napari_s2label.desk import desk_of
from napari_s2label.parts.button_grid import ButtonGrid
from napari_s2label.parts.class_legend import IGNORED_IN_IMAGE, ClassLegend
from napari_s2label.parts.effort_line import EffortLine
from napari_s2label.parts.following import follow
from napari_s2label.parts.mask_look import MaskLook
from napari_s2label.parts.narrow_dock import NarrowDock
from napari_s2label.parts.paint_words import legend_help
from napari_s2label.parts.pixel_counts import PixelCounts
from napari_s2label.parts.tool_chooser import ToolChooser
from napari_s2label.parts.whose_mask import WhoseMask

if TYPE_CHECKING:
    from collections.abc import Mapping

    import napari

    from napari_s2label.easel import Easel
    from s2label.review.session import ReviewSession

_ACTS = (
    ("rest_background", "Rest is background", "What is not labelled becomes background."),
    ("clear_mask", "Clear", "Nothing is labelled any more; one undo brings it back."),
    ("undo", "Undo", ""),
    ("redo", "Redo", ""),
)


class PaintWidget(NarrowDock):
    """Painting the mask of the chip in view.

    Parameters
    ----------
    napari_viewer : napari.Viewer
        The viewer whose project is painted.
    """

    def __init__(self, napari_viewer: napari.Viewer) -> None:
        super().__init__()
        self._desk = desk_of(napari_viewer)
        self._easel: Easel | None = None
        self.setWidget(self._build())
        self._counts = PixelCounts(self)
        self._counts.counted.connect(self.legend.show_pixels)
        self.legend.chosen.connect(self._on_legend_chosen)
        follow(self._desk.project_changed, self, self._on_desk_project_changed)
        follow(self._desk.bindings.changed, self, self._on_bindings_changed)
        self._on_desk_project_changed(self._desk.session)

    def _build(self) -> QWidget:
        self.whose = WhoseMask(self._desk)
        self.tools = ToolChooser(self._desk)
        self.legend = ClassLegend()
        self.acts = ButtonGrid(self._desk, _ACTS, shares=(3, 2))
        self.look = MaskLook(self._desk)
        self.effort = EffortLine()
        self._help = QLabel()
        self._help.setWordWrap(True)
        self._help.setStyleSheet("font-size: 11px")
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(8, 8, 8, 4)
        column.setSpacing(6)
        painting = (self.tools, self.legend, self._help, self.acts)
        for part in (self.whose, *painting, self.look, self.effort):
            column.addWidget(part)
        column.addStretch(1)
        return inside

    def _on_desk_project_changed(self, _: ReviewSession | None) -> None:
        desk, easel = self._desk, self._desk.easel
        self._easel = easel
        self.widget().setEnabled(easel is not None)
        for part in (self.whose, self.tools, self.look, self._counts):
            part.follow(easel)
        self.effort.follow(easel, desk.project)
        if easel is not None and desk.project is not None:
            self.legend.show_classes(desk.project.classes, easel.layers)
            follow(easel.tool_changed, self, self._on_easel_tool_changed)
            follow(easel.class_changed, self, self._on_easel_class_changed)
            follow(easel.canvas_changed, self, self._counts.ask)
            self._on_easel_tool_changed(easel.tool)
        self._on_bindings_changed(desk.keys)

    def _on_bindings_changed(self, keys: Mapping[str, str]) -> None:
        for part in (self.tools, self.legend, self.acts, self.look):
            part.show_keys(keys)
        self._help.setText(legend_help(keys))

    def _on_legend_chosen(self, value: int) -> None:
        if self._easel is None:
            return
        if value == IGNORED_IN_IMAGE:
            self._easel.choose_tool("ignore")
        else:
            self._easel.choose_class(value)

    def _on_easel_tool_changed(self, tool: str) -> None:
        if self._easel is not None:
            ignores = tool == "ignore"
            self.legend.mark(IGNORED_IN_IMAGE if ignores else self._easel.selected_class)

    def _on_easel_class_changed(self, _: int) -> None:
        if self._easel is not None:
            self._on_easel_tool_changed(self._easel.tool)
