"""The easel: the layers that are painted on, the tools, and the painter that keeps the strokes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psygnal import Signal

from napari_s2label.overlays import Overlays
from napari_s2label.wand_tool import WandTool
from s2label.canvases import CanvasKind
from s2label.painting.objects import ObjectWalk
from s2label.types import BACKGROUND, IGNORE, Provenance

if TYPE_CHECKING:
    import napari
    import numpy as np
    from numpy.typing import NDArray

    from napari_s2label.layers import ChipLayers
    from napari_s2label.painting.footprint import Footprint
    from napari_s2label.painting.paint_layer import PaintLayer
    from s2label.painting.painter import Painter
    from s2label.project import Project

# Tool -> which canvas it paints on, and napari's mode for it.
TOOLS: dict[str, tuple[CanvasKind, str]] = {
    "look": (CanvasKind.MASK, "pan_zoom"),
    "brush": (CanvasKind.MASK, "paint"),
    "eraser": (CanvasKind.MASK, "erase"),
    "fill": (CanvasKind.MASK, "fill"),
    "polygon": (CanvasKind.MASK, "polygon"),
    "wand": (CanvasKind.MASK, "pan_zoom"),
    "accept": (CanvasKind.MASK, "paint"),
    "ignore": (CanvasKind.IGNORE, "paint"),
}
MAX_BRUSH_PX = 40
# How many times an object's own size is shown around it, and how few pixels at least.
_CLOSE_UP, _CLOSE_UP_LEAST_PX = 1.8, 20.0


class Easel:
    """Painting in one viewer, as long as one project is open for it.

    Parameters
    ----------
    viewer : napari.Viewer
        With the layers in it.
    layers : ChipLayers
        What is painted on.
    project, painter
        What is painted, and who keeps it.

    Signals
    -------
    tool_changed : str
        Another tool, a key of `TOOLS`, is in hand.
    class_changed : int
        Another class is in hand.
    canvas_changed : no arguments
        Pixels of a mask or ignore raster are others than before, or those of another chip.
    overlay_changed : str
        What lies over the chip: "", "provenance", "clouds", "imported" or "wand".
    told : str
        Something a user should read.
    """

    tool_changed = Signal(str)
    class_changed = Signal(int)
    canvas_changed = Signal()
    overlay_changed = Signal(str)
    told = Signal(str)

    def __init__(
        self, viewer: napari.Viewer, layers: ChipLayers, project: Project, painter: Painter
    ) -> None:
        self._viewer = viewer
        self._project = project
        self.layers = layers
        self.painter = painter
        self.tool = "look"
        # Two tools are one to napari: which of them it means where it says that one paints.
        self._paints_with = "brush"
        self._objects = ObjectWalk()
        self.overlays = Overlays(layers, project, painter)
        self.wand = WandTool(viewer, layers, painter, self.overlays)
        self.wand.told.connect(self._on_told)
        self.overlays.changed.connect(self._on_overlays_changed)
        self.overlays.told.connect(self._on_told)
        painter.interrupted.connect(self.finish_stroke)
        painter.loaded.connect(self._on_painter_loaded)
        painter.repainted.connect(self._on_painter_repainted)
        layers.mask.stroke_finished.connect(self._on_mask_stroke_finished)
        layers.mask.taken.connect(self._on_mask_taken)
        layers.ignore.stroke_finished.connect(self._on_ignore_stroke_finished)
        for layer in self._painted.values():
            layer.events.mode.connect(self._on_layer_mode)
        layers.mask.events.selected_label.connect(self._on_mask_selected_label)
        viewer.layers.selection.events.active.connect(self._on_layer_mode)

    @property
    def _painted(self) -> dict[CanvasKind, PaintLayer]:
        return {CanvasKind.MASK: self.layers.mask, CanvasKind.IGNORE: self.layers.ignore}

    def close(self) -> None:
        """Let go of viewer and layers; a stroke under way is finished first."""
        self.finish_stroke()
        self.wand.close()
        self.layers.mask.stroke_finished.disconnect(self._on_mask_stroke_finished)
        self.layers.mask.taken.disconnect(self._on_mask_taken)
        self.layers.ignore.stroke_finished.disconnect(self._on_ignore_stroke_finished)
        for layer in self._painted.values():
            layer.events.mode.disconnect(self._on_layer_mode)
        self.layers.mask.events.selected_label.disconnect(self._on_mask_selected_label)
        self._viewer.layers.selection.events.active.disconnect(self._on_layer_mode)

    # -- tools -------------------------------------------------------------------------------

    def choose_tool(self, tool: str) -> None:
        """Take a tool in hand, a key of `TOOLS`.

        The wand again sets what it previews; the ignore brush again takes back what is ignored.
        """
        kind, mode = TOOLS[tool]
        layer = self._painted[kind]
        self.finish_stroke()
        if tool == "wand" and self.wand.has_preview:
            self.wand.set()
            return
        self._choose_ignore(is_again=self.tool == tool == "ignore")
        self.wand.drop()
        layer.visible = True
        self.tool = ""  # napari tells of each step on the way; only the last one counts
        self._viewer.layers.selection.active = layer
        layer.mode = mode
        self.tool = tool
        if TOOLS[tool] == TOOLS["brush"]:
            self._paints_with = tool
        self.wand.is_in_hand = tool == "wand"
        self.tool_changed.emit(tool)

    def _choose_ignore(self, *, is_again: bool) -> None:
        ignore = self.layers.ignore
        takes_back = is_again and ignore.selected_label == IGNORE
        ignore.selected_label = BACKGROUND if takes_back else IGNORE
        if is_again:
            self.told.emit("taking back what is ignored" if takes_back else "ignoring pixels")

    def finish_stroke(self) -> None:
        """End a stroke that is under way; it is kept."""
        for layer in self._painted.values():
            layer.finish_stroke()

    def complete_polygon(self) -> bool:
        """Paint a polygon that is begun; tell whether one is."""
        return any(layer.complete_polygon() for layer in self._painted.values())

    @property
    def selectable(self) -> tuple[int, ...]:
        """What can be painted, in the order of the legend."""
        return self.layers.mask.selectable

    @property
    def selected_class(self) -> int:
        """The class in hand."""
        return self.layers.mask.selected_label

    def choose_class(self, value: int) -> None:
        """Take a class in hand; with a tool that has no use for it one paints with the brush."""
        self.layers.mask.selected_label = value
        if self.tool in ("look", "eraser", "ignore", "accept"):
            self.choose_tool("brush")

    def choose_numbered_class(self, number: int) -> None:
        """Take the class in hand that a digit stands for: 0 is background, 1 the first class."""
        values = (BACKGROUND, *self._project.classes.values)
        if number < len(values):
            self.choose_class(values[number])
        else:
            count = len(values) - 1
            self.told.emit(f"there {'is 1 class' if count == 1 else f'are {count} classes'}")

    def choose_next_class(self, step: int) -> None:
        """Take the next class of the legend in hand, or the one before."""
        place = self.selectable.index(self.selected_class) + step
        self.choose_class(self.selectable[min(max(place, 0), len(self.selectable) - 1)])

    def resize_brush(self, step: int) -> None:
        """Make the brush larger or smaller by pixels."""
        self.brush_px = self.brush_px + step

    @property
    def brush_px(self) -> int:
        """Diameter of the brush in pixels, 1 to 40, of mask and ignore raster alike."""
        return int(self.layers.mask.brush_size)

    @brush_px.setter
    def brush_px(self, size: int) -> None:
        for layer in self._painted.values():
            layer.brush_size = min(max(size, 1), MAX_BRUSH_PX)
        self.told.emit(f"brush: {self.brush_px} px")

    @property
    def keeps_others(self) -> bool:
        """Whether other classes are left alone."""
        return bool(self.layers.mask.preserve_labels)

    @keeps_others.setter
    def keeps_others(self, keeps: bool) -> None:
        self.layers.mask.preserve_labels = keeps
        self.told.emit(
            "other classes are left alone" if keeps else "other classes are painted over"
        )

    # -- at one key --------------------------------------------------------------------------

    def call_rest_background(self) -> None:
        """Say that whatever is not labelled is background."""
        if not self.painter.call_rest_background():
            self.told.emit("everything is labelled already")

    def clear(self) -> None:
        """Take all labels of the mask away; one undo brings them back."""
        if self.painter.clear():
            self.told.emit("cleared; Ctrl+Z brings it back")

    def show_closer(self) -> None:
        """Zoom to the next object of the mask, the largest first."""
        box = self._objects.next(self.painter.canvas(CanvasKind.MASK).classes)
        if box is None:
            self.told.emit("no object is labelled on this chip")
            return
        top, left, bottom, right = box
        side_px = max(_CLOSE_UP * max(bottom - top, right - left), _CLOSE_UP_LEAST_PX)
        more = (side_px - max(bottom - top, right - left)) / 2
        self.layers.look_at((top - more, left - more, bottom + more, right + more))

    def show_whole(self) -> None:
        """Show the whole chip again."""
        self._objects = ObjectWalk()
        self.layers.show_whole()

    # -- what lies over the chip ---------------------------------------------------------------

    def toggle_provenance(self) -> None:
        """Show who set which pixel, or show it no longer."""
        self.overlays.toggle_provenance()

    def show_imported(self, shown: bool) -> None:
        """Show the mask as it was imported instead of what it is now, while a key is held."""
        if shown and not self.overlays.show_imported():
            self.told.emit("this mask was not imported")
        elif not shown:
            self.overlays.hide_imported()

    # -- what happened -------------------------------------------------------------------------

    def _on_mask_stroke_finished(self, footprint: Footprint) -> None:
        self._keep(CanvasKind.MASK, footprint)

    def _on_ignore_stroke_finished(self, footprint: Footprint) -> None:
        self._keep(CanvasKind.IGNORE, footprint)

    def _on_mask_taken(self, footprint: Footprint, provenance: int) -> None:
        self._keep(CanvasKind.MASK, footprint, provenance)

    def _keep(
        self, kind: CanvasKind, footprint: Footprint, provenance: int = Provenance.HUMAN
    ) -> None:
        if self.painter.chip is None:
            return
        self.painter.keep(kind, footprint.tool, footprint.indices, footprint.after, provenance)
        self.overlays.follow(footprint.indices)
        self.canvas_changed.emit()

    def _on_painter_loaded(self) -> None:
        self._objects = ObjectWalk()
        self.layers.mask.show_classes(self.painter.canvas(CanvasKind.MASK).classes)
        self._show_ignored()
        self.wand.drop()
        self.overlays.load()
        self.canvas_changed.emit()

    def _show_ignored(self) -> None:
        """Show the ignore raster; most chips have none, and a hidden layer costs no drawing."""
        layer, classes = self.layers.ignore, self.painter.canvas(CanvasKind.IGNORE).classes
        ignores = bool(classes.any())
        if ignores or layer.data.any() or layer.data.shape != classes.shape:
            layer.show_classes(classes)
        self.layers.set_ignore_visible(ignores or self.tool == "ignore")

    def _on_painter_repainted(
        self, kind: CanvasKind, indices: NDArray[np.uint32], classes: NDArray[np.uint8]
    ) -> None:
        self._painted[kind].write(indices, classes)
        if kind is CanvasKind.IGNORE:
            self.layers.set_ignore_visible(True)
        self.overlays.follow(indices)
        self.canvas_changed.emit()

    def _on_overlays_changed(self, name: str) -> None:
        self.overlay_changed.emit(name)

    def _on_told(self, text: str) -> None:
        self.told.emit(text)

    def _on_mask_selected_label(self) -> None:
        self.class_changed.emit(self.selected_class)

    def _on_layer_mode(self) -> None:
        # napari's own buttons and keys change the mode too, and its layer list what is active.
        active = self._viewer.layers.selection.active
        now = (active, str(getattr(active, "mode", "")))
        if self.tool == "":
            return
        kind, mode = TOOLS[self.tool]
        if now == (self._painted[kind], mode):
            return
        found = [t for t, (k, m) in TOOLS.items() if now == (self._painted[k], m)]
        self.tool = self._paints_with if self._paints_with in found else next(iter(found), "look")
        self.wand.is_in_hand = False
        self.wand.drop()
        self.tool_changed.emit(self.tool)
