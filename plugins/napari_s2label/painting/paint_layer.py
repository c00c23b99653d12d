"""The layer on which a mask is painted: it tells of every stroke and keeps no history."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Labels
from psygnal import Signal
from qtpy.QtCore import Qt
from qtpy.QtGui import QGuiApplication

from napari_s2label.painting.class_choice import EMPTY, choose, replaceable
from napari_s2label.painting.footprint import Footprint
from napari_s2label.painting.gestures import Gestures
from napari_s2label.painting.napari_hooks import HookedLabels
from napari_s2label.painting.region import (
    Region,
    disk,
    of_pixels,
    pixel_at,
    polygon,
    same_class,
    within,
)
from s2label.types import BACKGROUND, IGNORE, NOT_LABELLED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

# napari takes single pixels one by one; from about here on, drawing the whole layer is quicker.
_FEW_PX = 20_000
_TOOLS = {"paint": "brush", "erase": "eraser", "fill": "fill"}


class PaintLayer(HookedLabels):
    """A mask that is painted with napari's tools.

    Parameters
    ----------
    data : ndarray of uint8, (y, x)
        Classes; painting changes this array.
    selectable : tuple of int
        Values that may be selected, in the order in which ``-`` and ``=`` walk through them.
    **kwargs
        What `napari.layers.Labels` takes.

    Signals
    -------
    stroke_finished : Footprint
        The user has finished a gesture: mouse button let go, bucket clicked, polygon completed,
        contour closed. Once per gesture that covered at least one pixel it was allowed to set.

    Raises
    ------
    TypeError
        If the data are not a two-dimensional array of uint8; also when they are set later.

    Notes
    -----
    With ``preserve_labels`` ("do not overwrite other classes") a stroke may set background (0),
    "not labelled" (254) and pixels of its own class; painting 0 or 254, or erasing, then takes
    away only the class selected last. ``events.paint`` of napari is never emitted.
    """

    stroke_finished = Signal(Footprint)

    def __init__(
        self,
        data: NDArray[np.uint8],
        *,
        selectable: tuple[int, ...] = (BACKGROUND, 1, NOT_LABELLED, IGNORE),
        **kwargs: Any,
    ) -> None:
        _require_classes(data)
        self._gestures = Gestures(lambda: self.data, self._tell)
        self._selectable = selectable
        self._class_in_hand = self._not_background = 1
        super().__init__(data, **kwargs)
        self.selectable = selectable
        self.events.mode.connect(self.finish_stroke)
        self.mouse_move_callbacks.append(_on_move_without_button)
        self.mouse_drag_callbacks.append(_on_press)
        # napari would select a number above all values in the mask.
        self.bind_key("M", _keep_class)

    @property
    def is_painting(self) -> bool:
        """Whether a stroke has begun that `stroke_finished` has not told of."""
        return self._gestures.stroke is not None

    def finish_stroke(self) -> None:
        """End a stroke at once; the button, if it is still held, paints nothing more.

        What brush, eraser and bucket have set is told. A contour that is not closed is dropped,
        as Escape does.
        """
        self.drop_contour()
        self._gestures.finish()

    def show_classes(self, classes: NDArray[np.uint8]) -> None:
        """Show a copy of another mask (y, x), of any size; tool, class, brush and zoom stay."""
        _require_classes(classes)
        self.data = classes.copy()

    def write(self, indices: NDArray[np.integer[Any]], values: NDArray[np.uint8] | int) -> None:
        """Set pixels (n,), flat and row-major, to values (n,) or one value; tells nobody."""
        self.finish_stroke()
        self._write(indices, values)

    def may_be_painted(self, value: int) -> NDArray[np.bool_]:
        """Tell which pixels (y, x) a value may be put on, as `preserve_labels` says."""
        if not self.preserve_labels:
            return np.ones(self.data.shape, np.bool_)
        allowed: NDArray[np.bool_] = replaceable(value, self._class_in_hand)[self.data]
        return allowed

    @property
    def data(self) -> Any:
        """Classes, ndarray of uint8 (y, x); a stroke or polygon under way ends when it is set."""
        return Labels.data.fget(self)

    @data.setter
    def data(self, data: NDArray[np.uint8]) -> None:
        _require_classes(data)
        self.finish_stroke()
        self.drop_polygon()
        Labels.data.fset(self, data)

    @property
    def selectable(self) -> tuple[int, ...]:
        """Values that may be selected; the first class is, if the selected one is not of them."""
        return self._selectable

    @selectable.setter
    def selectable(self, values: tuple[int, ...]) -> None:
        if not values or not all(0 <= value <= IGNORE for value in values):
            raise ValueError(f"selectable values lie in 0..{IGNORE}, at least one; got {values}")
        self._selectable = tuple(values)
        if self.selected_label not in values:
            self.selected_label = next((v for v in values if v not in EMPTY), values[0])

    @property
    def selected_label(self) -> int:
        """The class that is painted: always one of `selectable`."""
        selected: int = Labels.selected_label.fget(self)
        return selected

    @selected_label.setter
    def selected_label(self, wanted: int) -> None:
        chosen = choose(self._selectable, self.selected_label, int(wanted))
        if chosen == self.selected_label:
            self.events.selected_label()  # the field that shows it may show the wish
            return
        Labels.selected_label.fset(self, chosen)
        if chosen not in EMPTY:
            self._class_in_hand = chosen
        if chosen != BACKGROUND:
            self._not_background = chosen

    def swap_selected_and_background_labels(self) -> None:
        """Select background, or what was selected before it."""
        is_background = self.selected_label == BACKGROUND
        self.selected_label = self._not_background if is_background else BACKGROUND

    def new_colormap(self, seed: int | None = None) -> None:
        """Keep the colours: they belong to the class table."""

    def undo(self) -> None:
        """Do nothing: this layer has no history that could reach into another chip."""

    def redo(self) -> None:
        """Do nothing, as `undo`."""

    @contextmanager
    def block_history(self) -> Iterator[None]:
        """Take what is painted inside for one stroke; napari holds it from press to release."""
        with self._gestures.held(_TOOLS.get(str(self.mode), "brush")):
            yield

    def paint(self, coord: Sequence[float], new_label: int, refresh: bool = True) -> None:
        """Paint one dab of the brush at (y, x)."""
        region = disk(coord, self.brush_size, self.data.shape)
        self._cover("brush", region, new_label, refresh=refresh)

    def fill(self, coord: Sequence[float], new_label: int, refresh: bool = True) -> None:
        """Give the area of one class under (y, x) another class, or confirm that it has it."""
        seed = pixel_at(coord, self.data.shape)
        # A click that trembles must not fill what its own fill has just joined.
        stroke = self._gestures.stroke
        if seed is None or (stroke is not None and stroke.covered[seed]):
            return
        region = same_class(coord, self.data, is_contiguous=self.contiguous)
        self._cover("fill", region, new_label, refresh=refresh)

    def paint_polygon(self, points: Sequence[Sequence[float]], new_label: int) -> None:
        """Paint a polygon with corners (y, x): its edges and what the even-odd rule encloses."""
        stroke = self._gestures.stroke
        is_contour = stroke is not None and stroke.tool == "contour"
        region = polygon(within(points, is_rounded=is_contour), self.data.shape)
        self._cover("polygon", region, new_label, refresh=True)

    def data_setitem(self, indices: Any, value: Any, refresh: bool = True) -> None:
        """Set pixels as another plugin may do: a stroke of its own, whatever is preserved."""
        if not self._gestures.is_open:
            return
        with self._gestures.single("edit") as stroke:
            region = of_pixels(indices, self.data.shape)
            if region is not None:
                stroke.cover(region)
                self._put(indices, value, refresh=refresh)

    def _cover(self, tool: str, region: Region | None, new_label: int, *, refresh: bool) -> None:
        if region is None or not self._gestures.is_open:
            return
        classes: NDArray[np.uint8] = self.data[region.window]
        allowed = region.mask
        if self.preserve_labels:
            allowed = allowed & replaceable(new_label, self._class_in_hand)[classes]
        with self._gestures.single(tool) as stroke:
            stroke.cover(Region(region.window, allowed))
            changed = allowed & (classes != new_label)
            if np.count_nonzero(changed) > _FEW_PX:
                classes[changed] = new_label
                self.refresh(extent=False)
                return
            rows, columns = np.nonzero(changed)
            pixels = rows + region.window[0].start, columns + region.window[1].start
            self._put(pixels, new_label, refresh=refresh)

    def _put(self, pixels: Any, values: Any, *, refresh: bool) -> None:
        # A layer that is hidden still holds the view of the chip that it showed last; napari would
        # write into that one too.
        if self.visible and self.loaded:
            super().data_setitem(pixels, values, refresh=refresh)
        else:
            self.data[pixels] = values

    def _write(self, indices: NDArray[np.integer[Any]], values: NDArray[np.uint8] | int) -> None:
        if len(indices) > _FEW_PX:
            np.put(self.data, indices, values)
            self.refresh(extent=False)
        else:
            pixels = np.unravel_index(np.asarray(indices, np.intp), self.data.shape)
            self._put(pixels, values, refresh=True)

    def _contour_began(self) -> None:
        self._gestures.finish()
        self._gestures.begin("contour")

    def _contour_closed(self) -> None:
        self._gestures.finish()

    def _contour_dropped(self) -> None:
        stroke = self._gestures.give_up()
        if stroke is not None:
            indices = np.flatnonzero(stroke.covered)
            self._write(indices, np.take(stroke.before, indices))

    def _tell(self, footprint: Footprint) -> None:
        self.stroke_finished.emit(footprint)


# A button may be let go over another layer, while a key has made that one active: then napari goes
# on drawing without a button, and keeps what it began until this layer is pressed again.
def _on_move_without_button(layer: PaintLayer, event: Any) -> None:
    # A move from before the press may be handed on after it: napari thins moves out by a timer.
    is_let_go = QGuiApplication.mouseButtons() == Qt.MouseButton.NoButton
    if layer._gestures.has_owner and is_let_go:
        layer.finish_stroke()


def _on_press(layer: PaintLayer, event: Any) -> None:
    layer._gestures.press_anew()


def _keep_class(layer: PaintLayer) -> None:
    pass


def _require_classes(data: object) -> None:
    if not isinstance(data, np.ndarray) or data.dtype != np.uint8 or data.ndim != 2:
        found = f"{getattr(data, 'dtype', type(data).__name__)} {getattr(data, 'shape', '')}"
        raise TypeError(f"a mask is a two-dimensional array of uint8; found {found.strip()}")
