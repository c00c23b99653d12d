"""What may lie over a chip, one at a time: who set which pixel, clouds, what was, a preview."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari.utils.colormaps import DirectLabelColormap
from psygnal import Signal

from s2label.canvases import CanvasKind
from s2label.errors import S2LabelError
from s2label.masks import read_mask
from s2label.screening.classes import CLEAR, CLOUD, HAZE, NODATA, SHADOW, SNOW, UNKNOWN
from s2label.screening.cloud_rasters import read_clouds
from s2label.types import Provenance

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from napari_s2label.layers import ChipLayers
    from s2label.chip_views import ChipView
    from s2label.painting.painter import Painter
    from s2label.project import Project

# Who set a pixel: provenance, words, colour. Told apart by people who see no red or green.
PROVENANCE_LEGEND: tuple[tuple[int, str, str], ...] = (
    (Provenance.IMPORTED, "imported", "#4477aa"),
    (Provenance.HUMAN, "painted by hand", "#ccbb44"),
    (Provenance.STROKES, "learnt from strokes", "#66ccee"),
    (Provenance.FIRST_MODEL, "a model", "#ee6677"),
)
# Class of the cloud raster, word, colour; told apart as well, also on bright cloud.
CLOUD_LEGEND: tuple[tuple[int, str, str], ...] = (
    (CLOUD, "cloud", "#d55e00"),
    (SHADOW, "shadow", "#0072b2"),
    (HAZE, "haze", "#f0e442"),
    (SNOW, "snow", "#56b4e9"),
    (UNKNOWN, "unknown", "#bbbbbb"),
)
_NOT_SCREENED = "the clouds of this image are not known yet: press `Screen` in the Screen dock"
_NO_CLOUDS = "no cloud, shadow, haze or snow was found on this image"
_PREVIEW_COLOUR = "#ffff00"


def provenance_colormap() -> DirectLabelColormap:
    """Return the colours of the legend; all models have the same, nobody's pixels have none."""
    colours: dict[int | None, Any] = {value: colour for value, _, colour in PROVENANCE_LEGEND}
    by_model = colours[Provenance.FIRST_MODEL]
    colours |= dict.fromkeys(range(Provenance.FIRST_MODEL, 256), by_model)
    colours |= {Provenance.NOBODY: "transparent", None: "transparent"}
    return DirectLabelColormap(color_dict=colours)


def clouds_colormap() -> DirectLabelColormap:
    """Return the colours of the legend of clouds; what is clear or holds no data has none."""
    colours: dict[int | None, Any] = {value: colour for value, _, colour in CLOUD_LEGEND}
    colours |= {0: "transparent", None: "transparent"}
    return DirectLabelColormap(color_dict=colours)


def preview_colormap() -> DirectLabelColormap:
    """Return one colour for what the wand would select."""
    return DirectLabelColormap(
        color_dict={0: "transparent", 1: _PREVIEW_COLOUR, None: "transparent"}
    )


class Overlays:
    """The overlay of the chip in view.

    Parameters
    ----------
    layers : ChipLayers
        Whose overlay layer is used.
    project, painter
        Where versions and provenance come from.

    Signals
    -------
    changed : str
        What is shown now: "", "provenance", "clouds", "imported" or "wand".
    told : str
        Why there is nothing to see.
    """

    changed = Signal(str)
    told = Signal(str)

    def __init__(self, layers: ChipLayers, project: Project, painter: Painter) -> None:
        self._layers = layers
        self._project = project
        self._painter = painter
        self.wanted = ""
        self.shown = ""

    def toggle_provenance(self) -> None:
        """Show who set which pixel, on this chip and the next, or show it no longer."""
        self._toggle("provenance")

    def toggle_clouds(self) -> None:
        """Show cloud, shadow, haze and snow, on this chip and the next, or no longer."""
        self._toggle("clouds")

    def _toggle(self, name: str) -> None:
        self.wanted = "" if self.wanted == name else name
        self.load()
        if self.wanted != self.shown:  # nothing is to be seen: say that it is on, or off
            self.changed.emit(self.shown)

    def load(self) -> None:
        """Show what is wanted of the chip in view."""
        if self.wanted == "provenance" and self._painter.chip is not None:
            provenance = self._painter.canvas(CanvasKind.MASK).provenance
            self._show("provenance", provenance, provenance_colormap())
        elif self.wanted == "clouds" and self._painter.chip is not None:
            self._show_clouds(self._painter.chip)
        else:
            self._hide()

    def _show_clouds(self, chip: ChipView) -> None:
        image = chip.image
        clouds = read_clouds(self._project.folder, image.id, image.version, chip.place.grid)
        is_any = clouds is not None and bool(((clouds != CLEAR) & (clouds != NODATA)).any())
        if clouds is not None and is_any:
            self._show("clouds", clouds, clouds_colormap())
            return
        self._hide()
        self.told.emit(_NOT_SCREENED if clouds is None else _NO_CLOUDS)

    def follow(self, indices: NDArray[np.uint32]) -> None:
        """Show pixels whose provenance has changed."""
        if self.shown == "provenance":
            provenance = self._painter.canvas(CanvasKind.MASK).provenance
            self._layers.overlay.write(indices, provenance.reshape(-1)[indices])

    def show_imported(self) -> bool:
        """Show the mask as it was imported; returns whether it ever was."""
        ref = self._painter.ref(CanvasKind.MASK)
        version = self._project.catalog.canvases.imported_version(ref)
        if version is None:
            return False
        try:
            classes = read_mask(self._project.canvas_path(ref, version)).classes
        except S2LabelError:
            return False
        self._show("imported", classes, self._layers.mask.colormap)
        self._layers.mask.visible = False
        return True

    def hide_imported(self) -> None:
        """Show the mask as it is now."""
        if self.shown == "imported":
            self._layers.mask.visible = True
            self.load()

    def show_preview(self, chosen: NDArray[np.bool_]) -> None:
        """Show pixels (y, x) that would be selected."""
        self._show("wand", chosen.astype("uint8"), preview_colormap())

    def hide_preview(self) -> None:
        """Show no preview."""
        if self.shown == "wand":
            self.load()

    def _show(self, name: str, values: NDArray[np.uint8], colormap: DirectLabelColormap) -> None:
        overlay = self._layers.overlay
        if self.shown != name:
            overlay.colormap = colormap
            overlay.opacity = self._opacity(name)
        overlay.show_classes(values)
        self._layers.set_overlay_visible(True)
        self._tell(name)

    def _opacity(self, name: str) -> float:
        # An outline of the wand would hide vessels of three pixels: what is selected is tinted.
        opacities = {"wand": 0.45, "clouds": 0.65, "imported": float(self._layers.mask.opacity)}
        return opacities.get(name, 0.75)

    def _hide(self) -> None:
        self._layers.set_overlay_visible(False)
        self._tell("")

    def _tell(self, name: str) -> None:
        if self.shown != name:
            self.shown = name
            self.changed.emit(name)
