"""Strokes on a labels layer by napari's mouse events, and a slow model of what they cover."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.utils._test_utils import read_only_mouse_event
from napari.utils.interactions import (
    mouse_move_callbacks,
    mouse_press_callbacks,
    mouse_release_callbacks,
)
from skimage.draw import disk

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from napari.layers import Labels
    from numpy.typing import NDArray

Point = tuple[float, float]


def event(kind: str, at: Point, *, is_dragging: bool = False, button: int = 1) -> Any:
    """Return a mouse event at a point (y, x) in data coordinates."""
    return read_only_mouse_event(
        type=f"mouse_{kind}",
        position=at,
        pos=np.array(at[::-1]),
        is_dragging=is_dragging,
        button=button,
        dims_displayed=[0, 1],
    )


def press(layer: Labels, at: Point, button: int = 1) -> None:
    """Press a mouse button."""
    mouse_press_callbacks(layer, event("press", at, button=button))


def move(layer: Labels, at: Point, *, is_dragging: bool = True) -> None:
    """Move the mouse, with the button held or not."""
    mouse_move_callbacks(layer, event("move", at, is_dragging=is_dragging))


def release(layer: Labels, at: Point) -> None:
    """Let the button go."""
    mouse_release_callbacks(layer, event("release", at))


def drag(layer: Labels, points: Sequence[Point]) -> None:
    """Press at the first point, move along the others, let go."""
    press(layer, points[0])
    for point in points[1:]:
        move(layer, point)
    release(layer, points[-1])


def swept(points: Sequence[Point], size_px: int, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return what a brush covers along points: discs, a quarter of the brush apart at most.

    napari sets a disc at the press, then at equal steps on each way to the next point; a disc
    lies on the pixel under its point and has the radius ``floor(size / 2) + 0.5``.
    """
    covered = np.zeros(shape, np.bool_)
    for y, x in _stations(points, size_px):
        rows, columns = disk((np.round(y), np.round(x)), size_px // 2 + 0.5, shape=shape)  # type: ignore[no-untyped-call]
        covered[rows, columns] = True
    return covered


def _stations(points: Sequence[Point], size_px: int) -> Iterable[Point]:
    yield points[0]
    for (y0, x0), (y1, x1) in pairwise(points):
        steps = round(max(abs(y1 - y0), abs(x1 - x0)) / size_px * 4)
        ways = np.linspace((y0, x0), (y1, x1), steps + 1)
        yield from ways[1:].tolist() or [(y1, x1)]
