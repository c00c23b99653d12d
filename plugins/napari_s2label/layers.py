"""The layers of the desk: the only file that names layers.

They live as long as the project is open; another chip only sets their data, which costs a tenth
of clearing and adding, keeps the zoom, and leaks nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Image, Labels
from napari.utils.colormaps import DirectLabelColormap

from s2label.types import BACKGROUND, IGNORE, NOT_LABELLED, Lifetime

if TYPE_CHECKING:
    from collections.abc import Mapping

    import napari
    from numpy.typing import NDArray

    from s2label.grid import Grid
    from s2label.review.pictures import Picture
    from s2label.types import ClassTable

# No name may begin with a letter that is a key: napari's layer list takes typed letters.
IMAGE_NAME = "chip image"
MASK_NAME = "chip mask"
_GRID = "s2label grid"
_NOT_LABELLED_COLOUR = (0.5, 0.5, 0.5, 0.15)
_IGNORE_COLOUR = (1.0, 0.0, 1.0, 0.6)
# Values that no class table knows are shown, so that they do not pass for background.
_UNKNOWN_COLOUR = (1.0, 1.0, 0.0, 1.0)


def mask_colormap(classes: ClassTable) -> DirectLabelColormap:
    """Return the colours of a class table, with the three zeros told apart."""
    colours: dict[int | None, Any] = {c.value: c.colour for c in classes.classes}
    colours |= {BACKGROUND: "transparent", None: _UNKNOWN_COLOUR}
    colours |= {NOT_LABELLED: _NOT_LABELLED_COLOUR, IGNORE: _IGNORE_COLOUR}
    return DirectLabelColormap(color_dict=colours)


def grid_of_layer(metadata: Mapping[str, Any]) -> Grid | None:
    """Return where the data of a layer of the desk lie on the ground; napari keeps no CRS."""
    return metadata.get(_GRID)


class ChipLayers:
    """Image and mask of the chip in view.

    Parameters
    ----------
    viewer : napari.Viewer
        Gets the layers; one that the user deletes is made anew with the next chip.
    classes : ClassTable
        Colours of the mask.
    """

    def __init__(self, viewer: napari.Viewer, classes: ClassTable) -> None:
        self._viewer = viewer
        self._colormap = mask_colormap(classes)
        # Land cover lies over everything: what is below has to shine through.
        self._opacity = 0.35 if classes.lifetime is Lifetime.STATIC else 0.6
        self.image = Image(np.zeros((64, 64, 3), np.uint8), rgb=True, name=IMAGE_NAME)
        self.mask = self._new_mask(np.zeros((64, 64), np.uint8))
        self._add_missing()

    @property
    def all(self) -> tuple[Image, Labels]:
        """All layers of the desk."""
        return self.image, self.mask

    def show(self, picture: Picture, grid: Grid) -> None:
        """Show a chip; the zoom stays unless the chip has another size."""
        self._add_missing()
        is_other_size = self.image.data.shape[:2] != picture.rgb.shape[:2]
        mask = picture.mask
        if mask is None:
            mask = np.full(grid.shape, NOT_LABELLED, np.uint8)
        self.image.data = picture.rgb
        self._set_mask(mask)
        for layer in self.all:
            layer.metadata = {_GRID: grid}
        if is_other_size:
            self._viewer.reset_view()

    def _set_mask(self, mask: NDArray[np.uint8]) -> None:
        # napari's own undo history outlives its data: Ctrl+Z would write the last chip's pixels
        # into this one. Losing the right to edit for a moment clears it.
        mode = self.mask.mode
        self.mask.data = mask
        self.mask.editable = False
        self.mask.editable = True
        self.mask.mode = mode

    def toggle_mask(self) -> None:
        """Show or hide the mask."""
        self.mask.visible = not self.mask.visible

    def toggle_filled(self) -> None:
        """Show the mask as areas or as outlines."""
        self.mask.contour = 0 if self.mask.contour else 1

    def remove(self) -> None:
        """Take the layers out of the viewer."""
        for layer in self.all:
            if layer in self._viewer.layers:
                self._viewer.layers.remove(layer)

    def _new_mask(self, data: NDArray[np.uint8]) -> Labels:
        return Labels(data, name=MASK_NAME, colormap=self._colormap, opacity=self._opacity)

    def _add_missing(self) -> None:
        layers = self._viewer.layers
        if self.image not in layers:
            layers.insert(0, self.image)
        if self.mask not in layers:
            layers.insert(layers.index(self.image) + 1, self.mask)
            layers.selection.active = self.image
