"""Puts what is suggested on the screen, and what is accepted of it into the mask."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from psygnal import Signal

from napari_s2label.acceptance import Acceptance
from napari_s2label.parts import suggest_words as words
from napari_s2label.suggestion_picture import SuggestionPicture, colours_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from napari_s2label.easel import Easel
    from napari_s2label.suggesting import Suggesting
    from s2label.suggestions import Suggestion
    from s2label.types import ClassTable

# The one in view, the coming ones, and some that were.
_DRAWN = 12


class SuggestionView:
    """The suggestion of the chip in view of one project.

    Parameters
    ----------
    suggesting : Suggesting
        What is suggested.
    easel : Easel
        Its layers show it; its painter keeps what is accepted.
    classes : ClassTable
        Gives the colours.
    keys : callable
        Returns action id -> key, for what is told.

    Signals
    -------
    told : str
        Something a user should read.
    outdated : str
        What was told of a suggestion that is not shown any more.
    """

    told = Signal(str)
    outdated = Signal(str)

    def __init__(
        self,
        suggesting: Suggesting,
        easel: Easel,
        classes: ClassTable,
        keys: Callable[[], Mapping[str, str]],
    ) -> None:
        self.suggesting = suggesting
        self._easel = easel
        self._colours = colours_of(classes)
        self._keys = keys
        self._drawn: OrderedDict[Suggestion, SuggestionPicture] = OrderedDict()
        self._told_of_shown = ""
        self._acceptance = Acceptance(suggesting, easel.painter, lambda: easel.keeps_others)
        for tells in (suggesting, self._acceptance):
            tells.told.connect(self._on_told)
        suggesting.told.connect(self._on_suggesting_told)
        suggesting.changed.connect(self._on_suggesting_changed)
        suggesting.prepared.connect(self._on_suggesting_prepared)
        easel.tool_changed.connect(self._on_easel_tool_changed)
        easel.canvas_changed.connect(self._offer)
        # After `suggesting`, which shows what it knows of that chip.
        easel.painter.loaded.connect(self._on_painter_loaded)
        easel.layers.mask.events.preserve_labels.connect(self._on_mask_preserve_labels)

    def close(self) -> None:
        """Let go of the layers, and end the worker."""
        self.suggesting.close()
        mask = self._easel.layers.mask
        mask.events.preserve_labels.disconnect(self._on_mask_preserve_labels)
        self._easel.painter.loaded.disconnect(self._on_painter_loaded)
        mask.offer = None

    def accept_all(self) -> None:
        """Accept the whole suggestion."""
        self._acceptance.accept_all()

    def accept_class(self) -> None:
        """Accept the class in hand."""
        self._acceptance.accept_class(self._easel.selected_class)

    def accept_object(self) -> None:
        """Accept the object under the mouse."""
        self._acceptance.accept_object(*self._easel.layers.pixel_under_mouse)

    def take_brush(self) -> None:
        """Take the brush in hand that accepts what it goes over."""
        self._easel.choose_tool("accept")
        if self.suggesting.shown is None:
            self._on_told(words.NOTHING_SHOWN)

    def tell_how_to_point(self) -> None:
        """Say how an object is accepted: while the mouse is on a button it points at none."""
        self._on_told(words.POINT)

    def in_words(self, text: str) -> str:
        """Return a text with keys in the place of action ids in braces."""
        for id_, key in self._keys().items():
            text = text.replace(f"{{{id_}}}", key)
        return text

    def _on_told(self, text: str) -> None:
        self.told.emit(self.in_words(text))

    def _on_suggesting_told(self, text: str) -> None:
        if self.suggesting.shown is not None:
            self._told_of_shown = self.in_words(text)

    def _on_suggesting_changed(self) -> None:
        shown = self.suggesting.shown
        if shown is None and self._told_of_shown:
            self.outdated.emit(self._told_of_shown)
            self._told_of_shown = ""
        if shown is not None:
            self._easel.layers.show_suggestion(self._picture(shown, self.suggesting.threshold))
        # It goes with its chip: hidden before, and shown anew with the next one that has a
        # suggestion, it would be drawn a third time.
        elif not self.suggesting.is_another_coming:
            self._easel.layers.hide_suggestion()
        self._offer()

    def _on_painter_loaded(self) -> None:
        if self.suggesting.shown is None:
            self._easel.layers.hide_suggestion()

    def _on_suggesting_prepared(self, suggestion: Suggestion, threshold: float) -> None:
        # Drawn now, so that the key which shows it only swaps an array.
        self._picture(suggestion, threshold)

    def _picture(self, suggestion: Suggestion, threshold: float) -> NDArray[np.uint8]:
        if suggestion not in self._drawn:
            self._drawn[suggestion] = SuggestionPicture(suggestion, self._colours)
            while len(self._drawn) > _DRAWN:
                self._drawn.popitem(last=False)
        return self._drawn[suggestion].draw(threshold)

    def _on_easel_tool_changed(self, _: str) -> None:
        self._offer()

    def _on_mask_preserve_labels(self) -> None:
        self._offer()

    def _offer(self) -> None:
        """Offer what may be accepted to the brush, if that is in hand."""
        easel = self._easel
        accepts = easel.tool == "accept" and easel.painter.chip is not None
        easel.layers.mask.offer = self._acceptance.offer() if accepts else None
