"""The mask of the chip in view: painted with a class, or with what a model proposes under it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from psygnal import Signal

from napari_s2label.painting.paint_layer import PaintLayer
from napari_s2label.painting.region import Region, disk, polygon, within
from s2label.painting.accepting import SUGGESTION_TOOL
from s2label.types import NOT_LABELLED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from napari_s2label.painting.footprint import Footprint


@dataclass(frozen=True, eq=False)
class Offer:
    """What the brush of acceptance may set.

    Parameters
    ----------
    classes : ndarray of uint8, (y, x)
        The class each pixel would get, 254 where it stays as it is.
    provenance : int
        The model's number in mask files.
    """

    classes: NDArray[np.uint8]
    provenance: int


class MaskLayer(PaintLayer):
    """A mask that may be painted from an offer, too.

    Signals
    -------
    taken : Footprint, int
        As `stroke_finished`, for a gesture that took pixels of an offer; and its provenance.
    """

    taken = Signal(object, int)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._offer: Offer | None = None
        super().__init__(*args, **kwargs)

    @property
    def offer(self) -> Offer | None:
        """What brush and contour paint in the place of the class in hand; None: that class."""
        return self._offer

    @offer.setter
    def offer(self, offer: Offer | None) -> None:
        if offer is not None or self._offer is not None:
            self.finish_stroke()  # what was taken already came from the offer before
        self._offer = offer

    @contextmanager
    def block_history(self) -> Iterator[None]:
        """Take what is painted inside for one stroke."""
        if self._offer is None:
            with super().block_history():
                yield
        else:
            with self._gestures.held(SUGGESTION_TOOL):
                yield

    def paint(self, coord: Sequence[float], new_label: int, refresh: bool = True) -> None:
        """Paint one dab of the brush at (y, x)."""
        if self._offer is None:
            super().paint(coord, new_label, refresh)
        else:
            region = disk(coord, self.brush_size, self.data.shape)
            self._take(self._offer, region, refresh=refresh)

    def paint_polygon(self, points: Sequence[Sequence[float]], new_label: int) -> None:
        """Paint a polygon with corners (y, x), or what a contour encloses."""
        if self._offer is None:
            super().paint_polygon(points, new_label)
        else:
            region = polygon(within(points, is_rounded=True), self.data.shape)
            self._take(self._offer, region, refresh=True)

    def _take(self, offer: Offer, region: Region | None, *, refresh: bool) -> None:
        if region is None or not self._gestures.is_open:
            return
        wanted = offer.classes[region.window]
        chosen = region.mask & (wanted != NOT_LABELLED) & (wanted != self.data[region.window])
        with self._gestures.single(SUGGESTION_TOOL) as stroke:
            stroke.cover(Region(region.window, chosen))
            rows, columns = np.nonzero(chosen)
            pixels = rows + region.window[0].start, columns + region.window[1].start
            self._put(pixels, wanted[chosen], refresh=refresh)

    def _contour_began(self) -> None:
        super()._contour_began()
        if self._offer is not None:
            self._gestures.begin(SUGGESTION_TOOL)

    def _tell(self, footprint: Footprint) -> None:
        if self._offer is not None and footprint.tool == SUGGESTION_TOOL:
            self.taken.emit(footprint, self._offer.provenance)
        else:
            super()._tell(footprint)
