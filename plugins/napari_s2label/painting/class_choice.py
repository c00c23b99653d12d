"""Which class is in hand, and which pixels it may be put on: pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from s2label.types import BACKGROUND, NOT_LABELLED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# Painting these takes a class away; whatever is painted may replace them.
EMPTY = (BACKGROUND, NOT_LABELLED)


def choose(selectable: Sequence[int], now: int, wanted: int) -> int:
    """Return what a wish for a value selects.

    A selectable value is taken. One step up or down (napari's keys, the arrows of its field) goes
    to the neighbour in the list and stays at its ends. Any other wish changes nothing.

    Parameters
    ----------
    selectable : sequence of int
        Values that may be painted, in the order in which one walks through them.
    now : int
        The value selected so far.
    wanted : int
        Any number.
    """
    if wanted in selectable:
        return wanted
    step = wanted - now
    if abs(step) != 1 or now not in selectable:
        return now
    place = selectable.index(now) + step
    return selectable[min(max(place, 0), len(selectable) - 1)]


def replaceable(new_class: int, class_in_hand: int) -> NDArray[np.bool_]:
    """Tell for each value whether it may be painted over while other classes are kept.

    Background and "not labelled" always may. Apart from them a class goes onto itself only, and
    painting one of the two takes away only the class in hand; "ignore" counts as a class.

    Parameters
    ----------
    new_class : int
        The value that is painted.
    class_in_hand : int
        The last selected value that was neither background nor "not labelled".

    Returns
    -------
    ndarray of bool, (256,)
        Indexed by value.
    """
    may = np.zeros(256, np.bool_)
    may[[*EMPTY, class_in_hand if new_class in EMPTY else new_class]] = True
    return may
