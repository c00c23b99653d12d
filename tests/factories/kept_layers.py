"""The layers of a desk that one test leaves to the next, as new."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Labels, Layer
from napari_s2label.layers import ChipLayers, has_window

if TYPE_CHECKING:
    from napari_s2label.desk import Desk

    from s2label.types import ClassTable

_OF_ALL = (
    "visible",
    "opacity",
    "blending",
    "scale",
    "translate",
    "metadata",
    "editable",
    "name",
    "_visible_mode",
)
_OF_LABELS = (
    "contour",
    "brush_size",
    "selected_label",
    "preserve_labels",
    "contiguous",
    "n_edit_dimensions",
    "_class_in_hand",
    "_not_background",
    # Last: the class that is selected is set in it, too.
    "colormap",
)
# What napari sets anew whenever it draws.
_PASSING = {"_value", "_cached_labels", "_scale_factor", "_highlight_visible", "extent"}


class KeptLayers:
    """Layers without a desk.

    Attributes
    ----------
    made : int
        How many sets of layers there were.
    """

    def __init__(self) -> None:
        self.made = 0
        self._layers: ChipLayers | None = None
        self._viewer: Any = None
        self._classes: ClassTable | None = None
        self._settings: list[dict[str, Any]] = []
        self._as_new: list[dict[str, object]] = []
        self._is_free = False

    def __contains__(self, layer: Layer) -> bool:
        return self._is_free and self._layers is not None and layer in self._layers.all

    def give(self, viewer: Any, classes: ClassTable) -> ChipLayers:
        """Return the layers that are kept if they fit and are as new, else others."""
        if self._is_free and self._layers is not None:
            self._is_free = False
            self._hears_of_removal(is_on=True)
            if classes == self._classes and self._found() == self._as_new:
                self._viewer.layers.selection.active = self._layers.image
                return self._layers
            self._layers.remove()
        self.made += 1
        layers = ChipLayers(viewer, classes)
        self._layers, self._viewer, self._classes = layers, viewer, classes
        self._settings = [_settings(layer) for layer in layers.all]
        self._as_new = self._found()
        return layers

    def keep(self, desk: Desk) -> None:
        """Take the layers of a desk that is done with, and make them as new."""
        layers = desk.layers
        if layers is None or layers is not self._layers or not self._are_in_place(layers):
            return
        desk.lend()
        desk.layers, desk._lent = None, None
        layers.told.disconnect()
        for layer, settings in zip(layers.all, self._settings, strict=True):
            _renew(layer, settings)
        self._hears_of_removal(is_on=False)
        self._is_free = True

    def _hears_of_removal(self, *, is_on: bool) -> None:
        assert self._layers is not None
        removed = self._viewer.layers.events.removed
        (removed.connect if is_on else removed.disconnect)(self._layers._on_layers_removed)

    def _are_in_place(self, layers: ChipLayers) -> bool:
        return has_window(self._viewer) and all(
            layer in self._viewer.layers for layer in layers.all
        )

    def _found(self) -> list[dict[str, object]]:
        assert self._layers is not None
        return [_traces(layer) for layer in self._layers.all]


def _settings(layer: Layer) -> dict[str, Any]:
    names = [*_OF_ALL, *(_OF_LABELS if isinstance(layer, Labels) else ())]
    return {name: copy(getattr(layer, name)) for name in (*names, "data", "keymap")}


def _renew(layer: Layer, settings: dict[str, Any]) -> None:
    # A layer that is hidden or locked would come back with the mode that it has now.
    if layer.mode != "pan_zoom" or not (layer.visible and layer.editable):
        layer.visible = layer.editable = True
        layer.mode = "pan_zoom"
    layer.data = settings["data"].copy()
    layer.keymap.clear()
    layer.keymap.update(settings["keymap"])
    for name in [name for name in settings if name not in ("data", "keymap")]:
        if name == "colormap" or not np.array_equal(getattr(layer, name), settings[name]):
            setattr(layer, name, copy(settings[name]))


def _acts(callbacks: list[Any]) -> list[str]:
    # What napari puts where a mode has nothing to do stays once it was there.
    return [callback.__name__ for callback in callbacks if callback.__name__ != "no_op"]


def _traces(layer: Layer) -> dict[str, object]:
    """Return what a test may leave on a layer: every plain attribute, keys and who listens."""
    from tests.factories.shared_window import listeners

    plain = (bool, int, float, str, tuple, type(None))
    found = {k: repr(v) for k, v in vars(layer).items() if isinstance(v, plain)}
    state = {k: repr(v) for k, v in layer._get_state().items() if k != "data"}
    return {
        "attributes": {k: v for k, v in found.items() if k not in _PASSING},
        "state": state,
        "mode": str(layer.mode),
        "keys": sorted(map(str, layer.keymap)),
        "mouse": [_acts(layer.mouse_move_callbacks), _acts(layer.mouse_drag_callbacks)],
        "listeners": listeners(layer.events),
    }
