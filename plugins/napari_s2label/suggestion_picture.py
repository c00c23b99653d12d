"""Draws a suggestion: what is proposed in the colour of its class, what a slider would add faintly.

Pure functions of arrays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from s2label.types import BACKGROUND, NOT_LABELLED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from s2label.suggestions import Suggestion
    from s2label.types import ClassTable

# Opacity of a proposed pixel and of the outermost ones of its object, of 255.
_INSIDE, _RIM = 150, 235
# Just below the threshold; it fades to nothing at the second number, a share of the threshold.
_FAINT, _FAINT_FROM = 75, 0.2
# How far the rim's colour is on the way to white.
_BRIGHTER = 0.45


def colours_of(classes: ClassTable) -> dict[int, tuple[int, int, int]]:
    """Return class value -> red, green, blue, 0..255."""
    return {c.value: c.rgb for c in classes.classes}


class SuggestionPicture:
    """A suggestion that is drawn at one threshold after the other.

    Parameters
    ----------
    suggestion : Suggestion
        What is proposed.
    colours : mapping
        Class value -> red, green, blue, 0..255; a value without one is white.
    """

    def __init__(self, suggestion: Suggestion, colours: Mapping[int, tuple[int, int, int]]) -> None:
        self._suggestion = suggestion
        values = np.array(suggestion.class_values)
        is_class = values != BACKGROUND
        likely = suggestion.probabilities[is_class]
        # np.argmax over the first axis takes three times as long as a running maximum.
        self._best, self._likelihood = _running_maximum(likely)
        self._colours = np.array(
            [colours.get(int(value), (255, 255, 255)) for value in values[is_class]], np.uint8
        )
        self._bright = _on_the_way_to_white(self._colours)
        self._last: tuple[float, NDArray[np.uint8]] | None = None

    def draw(self, threshold: float) -> NDArray[np.uint8]:
        """Return the picture (y, x, red green blue opacity) uint8 at a threshold of 0..1.

        Asked for the same again it returns the same array, not to be written to.
        """
        if self._last is None or self._last[0] != threshold:
            self._last = threshold, self._draw(threshold)
        return self._last[1]

    def _draw(self, threshold: float) -> NDArray[np.uint8]:
        proposed = self._suggestion.classes(threshold)
        picture = np.empty((*proposed.shape, 4), np.uint8)
        picture[..., :3] = self._colours[self._best]
        picture[..., 3] = _faintness(threshold)[self._likelihood]
        is_object = (proposed != BACKGROUND) & (proposed != NOT_LABELLED)
        picture[..., 3][is_object] = _INSIDE
        rim = is_object & _is_edge(proposed)
        picture[..., :3][rim] = self._bright[self._best[rim]]
        picture[..., 3][rim] = _RIM
        return picture


def _running_maximum(
    likely: NDArray[np.uint8],
) -> tuple[NDArray[np.intp], NDArray[np.uint8]]:
    best = np.zeros(likely.shape[1:], np.intp)
    most = likely[0].copy()
    for number, layer in enumerate(likely[1:], start=1):
        is_more = layer > most
        best[is_more] = number
        np.maximum(most, layer, out=most)
    return best, most


def _on_the_way_to_white(colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
    brighter: NDArray[np.uint8] = np.rint(colours + _BRIGHTER * (255.0 - colours)).astype(np.uint8)
    return brighter


def _faintness(threshold: float) -> NDArray[np.uint8]:
    """Return the opacity of each probability (256,) below a threshold."""
    share = np.arange(256) / max(255 * threshold, 1)
    fading = np.clip((share - _FAINT_FROM) / (1 - _FAINT_FROM), 0, 1)
    return np.rint(_FAINT * fading).astype(np.uint8)


def _is_edge(proposed: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Tell which pixels (y, x) have a neighbour, left, right, above or below, of another class."""
    edge = np.zeros(proposed.shape, np.bool_)
    across = proposed[:, 1:] != proposed[:, :-1]
    down = proposed[1:] != proposed[:-1]
    edge[:, 1:] |= across
    edge[:, :-1] |= across
    edge[1:] |= down
    edge[:-1] |= down
    return edge
