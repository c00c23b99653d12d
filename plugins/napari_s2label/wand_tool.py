"""The wand in hand: a click previews an object, the wheel widens it, a second click sets it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from psygnal import Signal
from qtpy.QtCore import QObject
from qtpy.QtCore import Signal as QtSignal

from napari_s2label.one_thread import OneThread
from s2label.canvases import CanvasKind
from s2label.errors import S2LabelError
from s2label.painting.wand import DEFAULT_TOLERANCE, start_growth
from s2label.raster import RasterPool, read_bands, reflectance
from s2label.refusals import in_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    import napari
    from numpy.typing import NDArray

    from napari_s2label.layers import ChipLayers
    from napari_s2label.overlays import Overlays
    from s2label.chip_views import ChipView
    from s2label.painting.painter import Painter
    from s2label.painting.wand import Growth

_STEP = 0.05


class _Reading(QObject):
    """Reads the bands of a chip in a thread and answers in the window's."""

    read = QtSignal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self._thread = OneThread("wand")
        self._future: Future[None] | None = None

    def ask(self, chip: ChipView) -> None:
        if self._future is not None:
            self._future.cancel()
        self._future = self._thread.submit(self._answer, chip)

    def _answer(self, chip: ChipView) -> None:
        import_module("s2label.painting.ways")  # the first click would wait for it
        try:
            # Its files do not stay open: nobody comes back to a chip as often as to pay for that.
            with RasterPool() as pool:
                bands = read_bands(chip.image.bands, chip.place.grid, open_=pool.open)
            self.read.emit(chip, reflectance(bands, chip.image.bands))
        except (S2LabelError, OSError) as error:
            self.read.emit(chip, in_words(error))

    def close(self) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)


class WandTool:
    """Selects bright objects by clicks on the mask layer.

    Parameters
    ----------
    viewer, layers, painter, overlays
        The window, what is clicked on, what is painted, and where the preview is shown.

    Signals
    -------
    told : str
        Something a user should read.
    tolerance_changed : float
        Another tolerance, 0..1.
    """

    told = Signal(str)
    tolerance_changed = Signal(float)

    def __init__(
        self, viewer: napari.Viewer, layers: ChipLayers, painter: Painter, overlays: Overlays
    ) -> None:
        self._viewer = viewer
        self._layers = layers
        self._painter = painter
        self._overlays = overlays
        self._tolerance = DEFAULT_TOLERANCE
        self._values: tuple[ChipView, NDArray[np.float32]] | None = None
        self._waiting: tuple[int, int] | None = None
        self._growth: Growth | None = None
        self._reading = _Reading()
        self._reading.read.connect(self._on_reading_read)
        self._is_in_hand = False
        layers.mask.mouse_drag_callbacks.append(self._on_mask_pressed)
        layers.mask.mouse_wheel_callbacks.append(self._on_mask_wheel)
        layers.mask.mouse_double_click_callbacks.append(self._on_mask_double_click)

    @property
    def is_in_hand(self) -> bool:
        """Whether clicks select."""
        return self._is_in_hand

    @is_in_hand.setter
    def is_in_hand(self, is_in_hand: bool) -> None:
        self._is_in_hand = is_in_hand
        if is_in_hand:
            self._ask()

    @property
    def has_preview(self) -> bool:
        """Whether something is selected that is not set yet."""
        return self._growth is not None

    @property
    def tolerance(self) -> float:
        """How unlike the click a pixel may be, 0..1."""
        return self._tolerance

    @tolerance.setter
    def tolerance(self, tolerance: float) -> None:
        self._tolerance = round(min(max(tolerance, 0.0), 1.0), 2)
        self.tolerance_changed.emit(self._tolerance)
        self._preview()

    def point_at(self, x: int, y: int) -> None:
        """Preview the object at a pixel; a pixel of the preview sets it."""
        height, width = self._layers.mask.data.shape
        if not (0 <= x < width and 0 <= y < height):
            return
        region = self._region()
        if region is not None and region[y, x]:
            self.set()
        elif self._values is None or self._values[0] is not self._painter.chip:
            self._waiting = (x, y)
            self._ask()
        else:
            self._grow(x, y)

    def set(self) -> None:
        """Paint the preview with the class in hand."""
        region = self._region()
        if region is None:
            return
        value = self._layers.mask.selected_label
        region = region & self._layers.mask.may_be_painted(value)
        self.drop()
        if not self._painter.set_pixels(CanvasKind.MASK, "wand", region, value):
            self.told.emit("nothing changes: these pixels are of that class already")

    def drop(self) -> None:
        """Forget the preview."""
        self._growth = self._waiting = None
        self._viewer.camera.mouse_zoom = True
        self._overlays.hide_preview()

    def close(self) -> None:
        """Let go of the layers and close all files."""
        self.drop()
        self._layers.mask.mouse_drag_callbacks.remove(self._on_mask_pressed)
        self._layers.mask.mouse_wheel_callbacks.remove(self._on_mask_wheel)
        self._layers.mask.mouse_double_click_callbacks.remove(self._on_mask_double_click)
        self._reading.close()

    def _ask(self) -> None:
        if self._painter.chip is not None:
            self._reading.ask(self._painter.chip)

    def _on_reading_read(self, chip: ChipView, answer: Any) -> None:
        if chip is not self._painter.chip:
            return
        if isinstance(answer, str):
            self.told.emit(answer)
            return
        self._values = (chip, answer)
        if self._waiting is not None:
            self._grow(*self._waiting)

    def _grow(self, x: int, y: int) -> None:
        assert self._values is not None
        values = self._values[1]
        self._waiting = None
        valid: NDArray[np.bool_] = np.all(np.isfinite(values), axis=0)
        self._growth = start_growth(values, valid, (x, y))
        self._preview()

    def _region(self) -> NDArray[np.bool_] | None:
        return None if self._growth is None else self._growth.region(self._tolerance)

    def _preview(self) -> None:
        region = self._region()
        if region is None or self._growth is None:
            return
        note = self._growth.note(self._tolerance)
        count = np.count_nonzero(region)
        if not count:
            self.drop()
            self.told.emit(note or "nothing is selected there")
            return
        # The wheel would zoom as well; without a preview it does.
        self._viewer.camera.mouse_zoom = False
        self._overlays.show_preview(region)
        how = "click it again to set, wheel to widen; a click elsewhere chooses another"
        self.told.emit(note or f"{count} px; {how}")

    def _on_mask_pressed(self, layer: Any, event: Any) -> Iterator[None]:
        if not self._is_in_hand or event.button != 1:
            return
        start = tuple(event.pos)
        yield
        while event.type == "mouse_move":
            yield
        if np.abs(np.subtract(event.pos, start)).max() <= 3:  # a drag moves the picture
            y, x = (int(np.round(c)) for c in layer.world_to_data(event.position)[-2:])
            self.point_at(x, y)

    def _on_mask_double_click(self, _: Any, event: Any) -> None:
        # napari zooms at a double click; the second click of a quick hand sets the preview.
        if self._is_in_hand:
            event.handled = True

    def _on_mask_wheel(self, _: Any, event: Any) -> None:
        if self._is_in_hand and self.has_preview:
            self.tolerance = self._tolerance + _STEP * float(np.sign(event.delta[1]))
            event.handled = True
