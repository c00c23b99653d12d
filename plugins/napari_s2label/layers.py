"""The layers of the desk: the only file that names layers.

They live as long as the project is open; another chip only sets their data, which costs a tenth
of clearing and adding, keeps the zoom, and leaks nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Image
from napari.utils.colormaps import DirectLabelColormap
from psygnal import Signal
from qtpy.QtCore import QTimer

from napari_s2label.audit_picture import fineness_for
from napari_s2label.painting.mask_layer import MaskLayer
from napari_s2label.painting.paint_layer import PaintLayer
from s2label.types import BACKGROUND, IGNORE, NOT_LABELLED, Lifetime

if TYPE_CHECKING:
    from collections.abc import Mapping

    import napari
    from napari.layers import Layer
    from numpy.typing import NDArray

    from s2label.grid import Grid
    from s2label.review.pictures import Picture
    from s2label.types import ClassTable

# No name may begin with a letter that is a key: napari's layer list takes typed letters.
IMAGE_NAME = "(chip image)"
IGNORE_NAME = "(chip ignore)"
MASK_NAME = "(chip mask)"
SUGGESTION_NAME = "(chip suggestion)"
OVERLAY_NAME = "(chip overlay)"
OUTLINES_NAME = "(chip outlines)"
_GRID = "s2label grid"
_NO_OUTLINES = np.zeros((1, 1, 4), np.uint8)
_NOT_LABELLED_COLOUR = (0.5, 0.5, 0.5, 0.15)
_IGNORE_COLOUR = (1.0, 0.0, 1.0, 0.6)
# Vessels are a few pixels: a larger brush covers them whole.
_BRUSH_PX = 3
# The margin that napari leaves around layers.
_SHARE_OF_CANVAS = 0.95
# Values that no class table knows are shown, so that they do not pass for background.
_UNKNOWN_COLOUR = (1.0, 1.0, 0.0, 1.0)


def mask_colormap(classes: ClassTable) -> DirectLabelColormap:
    """Return the colours of a class table, with the three zeros told apart."""
    colours: dict[int | None, Any] = {c.value: c.colour for c in classes.classes}
    colours |= {BACKGROUND: "transparent", None: _UNKNOWN_COLOUR}
    colours |= {NOT_LABELLED: _NOT_LABELLED_COLOUR, IGNORE: _IGNORE_COLOUR}
    return DirectLabelColormap(color_dict=colours)


def metadata_of(grid: Grid) -> dict[str, Any]:
    """Return the metadata of a layer whose data lie on a grid."""
    return {_GRID: grid}


def ignore_colormap() -> DirectLabelColormap:
    """Return the colour of pixels that are ignored in one image."""
    colours = {BACKGROUND: "transparent", IGNORE: _IGNORE_COLOUR, None: _UNKNOWN_COLOUR}
    return DirectLabelColormap(color_dict=colours)


def grid_of_layer(metadata: Mapping[str, Any]) -> Grid | None:
    """Return where the data of a layer of the desk lie on the ground; napari keeps no CRS."""
    return metadata.get(_GRID)


def has_window(viewer: napari.Viewer) -> bool:
    """Tell whether the window of a viewer is still there."""
    try:
        viewer.window.geometry()
    except (AttributeError, RuntimeError):  # taken away by napari, or by Qt
        return False
    return True


def _leave_out_square(viewer: napari.Viewer) -> None:
    """Have napari draw no background behind the ring of its brush.

    It would stay when the ring goes, a square in the colour of the canvas; and drawn once the
    layers have gone it can end the program (napari 0.9).
    """
    real = getattr(viewer, "__wrapped__", viewer)  # plugins get a stand-in
    real.canvas.overlays["_brush_circle"].box = False


def _keep_colours(layer: Layer) -> None:
    """Have napari keep what it draws a mask's colours with from chip to chip.

    It would make it anew whenever data are set, in case that their type has changed: a shader,
    of which software OpenGL keeps some 4 KB for ever. Masks are always of one type; and another
    one would be noticed when it is drawn.
    """
    data = layer.events.data
    for callback in data.callbacks:
        if isinstance(callback, tuple) and callback[1] == "_on_colormap_change":
            data.disconnect(callback)


class ChipLayers:
    """Image, ignore raster, mask, suggestion, overlay and outlines of the chip in view.

    Parameters
    ----------
    viewer : napari.Viewer
        Gets the layers; one that the user deletes comes back.
    classes : ClassTable
        Colours of the mask.

    Signals
    -------
    told : str
        Why something that the user did to a layer did not last.
    """

    told = Signal(str)

    def __init__(self, viewer: napari.Viewer, classes: ClassTable) -> None:
        self._viewer = viewer
        self._colormap = mask_colormap(classes)
        # Land cover lies over everything: what is below has to shine through.
        self._opacity = 0.35 if classes.lifetime is Lifetime.STATIC else 0.6
        nothing = np.zeros((64, 64), np.uint8)
        self.image = Image(np.zeros((64, 64, 3), np.uint8), rgb=True, name=IMAGE_NAME)
        self.ignore = PaintLayer(
            nothing,
            selectable=(IGNORE, BACKGROUND),
            name=IGNORE_NAME,
            colormap=ignore_colormap(),
            visible=False,
        )
        self.mask = MaskLayer(
            nothing.copy(),
            selectable=(BACKGROUND, *classes.values, NOT_LABELLED, IGNORE),
            name=MASK_NAME,
            colormap=self._colormap,
            opacity=self._opacity,
        )
        self.suggestion = Image(
            np.zeros((64, 64, 4), np.uint8), rgb=True, name=SUGGESTION_NAME, visible=False
        )
        self.overlay = PaintLayer(nothing.copy(), name=OVERLAY_NAME, visible=False)
        # Always there: a layer that is hidden or shown costs more than one that shows nothing.
        self.outlines = Image(_NO_OUTLINES, rgb=True, name=OUTLINES_NAME)
        for layer in (self.ignore, self.mask):
            layer.brush_size = _BRUSH_PX
        _leave_out_square(viewer)
        self._add_missing()
        # napari is still taking the layer out when it tells, so it goes back in a moment later.
        self._return = QTimer()
        self._return.setSingleShot(True)
        self._return.timeout.connect(self._on_return_timeout)
        viewer.layers.events.removed.connect(self._on_layers_removed)
        for layer in self.all:
            layer.events.mode.connect(self._on_layer_mode)

    @property
    def all(self) -> tuple[Image, PaintLayer, MaskLayer, Image, PaintLayer, Image]:
        """All layers of the desk, the lowest first."""
        return (
            self.image,
            self.ignore,
            self.mask,
            self.suggestion,
            self.overlay,
            self.outlines,
        )

    @property
    def is_editable(self) -> bool:
        """Whether mask and ignore raster can be painted on."""
        return bool(self.mask.editable)

    @is_editable.setter
    def is_editable(self, is_editable: bool) -> None:
        for layer in (self.ignore, self.mask):
            layer.editable = is_editable

    def look_at(self, box: tuple[float, float, float, float]) -> None:
        """Zoom to a box of pixels (top, left, bottom, right), square around its middle."""
        top, left, bottom, right = box
        height, width = self.image.data.shape[:2]
        self.show_whole()
        self._viewer.scene.camera.zoom *= max(height, width) / max(bottom - top, right - left)
        middle = ((top + bottom - 1) / 2, (left + right - 1) / 2)
        self._viewer.scene.camera.center = self.image.data_to_world(middle)

    def show_image(self, picture: Picture, grid: Grid) -> None:
        """Show another image, or the same one otherwise; the zoom stays if its size does."""
        self._add_missing()
        is_other_size = self.image.data.shape[:2] != picture.rgb.shape[:2]
        self.image.data = picture.rgb
        for layer in self.all:
            layer.metadata = {_GRID: grid}
        if is_other_size:
            self.show_whole()

    def show_whole(self) -> None:
        """Show the whole chip."""
        # Layers that are hidden, or not set yet, may still have the size of the chip before, and
        # what napari's `reset_view` makes of some of them stays connected to them for ever.
        viewer, camera = self._viewer, self._viewer.scene.camera
        height, width = self.image.data.shape[:2]
        if viewer.dims.ndisplay == 3:
            camera.angles = (0.0, 0.0, 0.0)
        y, x = self.image.data_to_world(((height - 1) / 2, (width - 1) / 2))
        camera.center = (0.0, y, x)
        room = viewer.canvas.viewbox_size(viewer.layers)
        camera.zoom = _SHARE_OF_CANVAS * min(room[0] / height, room[1] / width)

    def show_suggestion(self, picture: NDArray[np.uint8]) -> None:
        """Show a suggestion (y, x, red green blue opacity), as large as the chip in view."""
        self.suggestion.data = picture
        self._set_visible(self.suggestion, True)

    def hide_suggestion(self) -> None:
        """Show no suggestion."""
        if self.suggestion.visible:
            self._set_visible(self.suggestion, False)

    def show_outlines(self, picture: NDArray[np.uint8] | None) -> None:
        """Show outlines (y, x, red green blue opacity), see `audit_picture`; None for none."""
        if picture is None:
            if self.outlines.data is not _NO_OUTLINES:
                self.outlines.data = _NO_OUTLINES
            return
        dot = 1 / fineness_for(self.image.data.shape[:2])
        self.outlines.data = picture
        if self.outlines.scale[0] != dot:
            self.outlines.scale = (dot, dot)
            # Pixels have their numbers in their middle.
            self.outlines.translate = ((dot - 1) / 2, (dot - 1) / 2)

    def set_outlines_visible(self, is_visible: bool) -> None:
        """Show or hide the outlines, of this chip and the next."""
        self._set_visible(self.outlines, is_visible)

    def set_ignore_visible(self, is_visible: bool) -> None:
        """Show or hide the ignore raster."""
        self._set_visible(self.ignore, is_visible)

    def set_overlay_visible(self, is_visible: bool) -> None:
        """Show or hide the overlay."""
        self._set_visible(self.overlay, is_visible)

    def _set_visible(self, layer: Layer, is_visible: bool) -> None:
        # napari does the same work for a layer that stays as it is: a third of the time of a chip.
        if layer.visible == is_visible:
            return
        layer.visible = is_visible
        # napari shows the mouse as whichever layer changed its mode last wants it, and a layer
        # that is hidden or shown again changes its own: the ring of the brush would be gone.
        active = self._viewer.layers.selection.active
        if active is not None:
            self._viewer.cursor.style = active.cursor

    @property
    def pixel_under_mouse(self) -> tuple[int, int]:
        """Column and row of the pixel under the mouse; may lie outside of the chip."""
        y, x = self.mask.world_to_data(self._viewer.cursor.position)[-2:]
        return round(float(x)), round(float(y))

    def toggle_mask(self) -> None:
        """Show or hide the mask."""
        self.mask.visible = not self.mask.visible

    def toggle_filled(self) -> None:
        """Show the mask as areas or as outlines."""
        self.mask.contour = 0 if self.mask.contour else 1

    def remove(self) -> None:
        """Take the layers out of the viewer, for good."""
        self._viewer.layers.events.removed.disconnect(self._on_layers_removed)
        self._return.stop()
        if not has_window(self._viewer):
            return
        for layer in self.all:
            if layer in self._viewer.layers:
                self._viewer.layers.remove(layer)

    def _on_layers_removed(self, event: Any) -> None:
        if event.value in self.all:
            self._return.start()

    def _on_return_timeout(self) -> None:
        if not has_window(self._viewer):  # it takes its layers out when it is closed
            return
        self._add_missing()
        self.told.emit("the chip's layers belong to the project: they cannot be deleted")

    def _on_layer_mode(self, event: Any) -> None:
        # A layer that was moved or turned would lie off its place on this chip and all others.
        if str(event.mode) == "transform":
            event.source.mode = "pan_zoom"
            self.told.emit("a chip stays where it lies: its layers cannot be moved or turned")

    def _add_missing(self) -> None:
        layers = self._viewer.layers
        for place, layer in enumerate(self.all):
            if layer not in layers:
                layers.insert(place, layer)
                _keep_colours(layer)
                layers.selection.active = self.image
