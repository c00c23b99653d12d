"""Accepting what is suggested: all of it, a class, an object, or what a brush goes over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from psygnal import Signal

from napari_s2label.painting.class_choice import EMPTY
from napari_s2label.painting.mask_layer import Offer
from napari_s2label.parts import suggest_words as words
from s2label.canvases import CanvasKind
from s2label.painting.accepting import accepted_pixels, count_staying, object_at
from s2label.types import IGNORE, NOT_LABELLED, Provenance

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from napari_s2label.suggesting import Suggesting
    from s2label.painting.painter import Painter


class Acceptance:
    """Takes what is suggested over into the mask of the chip in view.

    What a person painted stays, and so does what is ignored in the image.

    Parameters
    ----------
    suggesting : Suggesting
        What is suggested.
    painter : Painter
        Keeps what is accepted.
    keeps_others : callable
        Tells whether other classes are left alone.

    Signals
    -------
    told : str
        What was accepted, or why nothing was; action ids in braces stand for their keys.
    """

    told = Signal(str)

    def __init__(
        self, suggesting: Suggesting, painter: Painter, keeps_others: Callable[[], bool]
    ) -> None:
        self._suggesting = suggesting
        self._painter = painter
        self._keeps_others = keeps_others

    def accept_all(self) -> None:
        """Accept the whole suggestion and hide it, unless all of it was kept out."""
        if self._accept(None, None):
            self._suggesting.hide()

    def accept_class(self, value: int) -> None:
        """Accept one class; 0 is background."""
        self._accept(None, value)

    def accept_object(self, x: int, y: int) -> None:
        """Accept the object at a pixel."""
        proposed = self._suggesting.proposed
        chosen = None if proposed is None else object_at(proposed, x, y)
        if proposed is not None and chosen is None:
            self.told.emit(words.NO_OBJECT)
        else:
            self._accept(chosen, None)

    def offer(self) -> Offer:
        """Return what a brush may accept now: nothing while nothing is shown."""
        proposed, shown = self._suggesting.proposed, self._suggesting.shown
        mask = self._painter.canvas(CanvasKind.MASK)
        classes = np.full(mask.grid.shape, NOT_LABELLED, np.uint8)
        if proposed is None or shown is None:
            return Offer(classes, 0)
        indices, values = accepted_pixels(proposed, mask, self._open_region())
        classes.reshape(-1)[indices] = values
        return Offer(classes, shown.provenance)

    def _accept(self, region: NDArray[np.bool_] | None, value: int | None) -> bool:
        """Accept some of it; returns whether nothing of it is left that was kept out."""
        self._painter.interrupted.emit()  # a stroke under way is human from now on
        proposed, shown = self._suggesting.proposed, self._suggesting.shown
        if proposed is None or shown is None or self._painter.chip is None:
            self.told.emit(words.NOTHING_SHOWN)
            return False
        if value is not None and not (proposed == value).any():
            self.told.emit(words.NOT_PROPOSED)
            return False
        mask, region = self._painter.canvas(CanvasKind.MASK), _all_or(region, proposed)
        indices, classes = accepted_pixels(proposed, mask, region & self._open_region(), value)
        differing = accepted_pixels(proposed, mask, region, value)[0].size
        differing += count_staying(proposed, mask, region, value)
        is_human = mask.provenance == Provenance.HUMAN
        by_hand = count_staying(proposed, mask, region & is_human, value)
        closed = differing - by_hand - indices.size
        self._painter.accept(indices, classes, shown.provenance)
        keeps_others = self._keeps_others()
        self.told.emit(words.accepted(classes, by_hand, closed, keeps_others=keeps_others))
        return bool(indices.size) or not differing

    def _open_region(self) -> NDArray[np.bool_]:
        """Return the pixels (y, x) that a model may set."""
        open_: NDArray[np.bool_] = self._painter.canvas(CanvasKind.IGNORE).classes != IGNORE
        if self._keeps_others():
            open_ &= np.isin(self._painter.canvas(CanvasKind.MASK).classes, EMPTY)
        return open_


def _all_or(region: NDArray[np.bool_] | None, proposed: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return np.ones(proposed.shape, np.bool_) if region is None else region
