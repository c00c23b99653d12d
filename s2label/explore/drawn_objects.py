"""How many objects somebody drew: pixels that touch, in what strokes left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from s2label.painting.stroke import unpacked
from s2label.types import BACKGROUND, MAX_CLASS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from s2label.catalog.work_log import LoggedStroke


def count_drawn(strokes: Sequence[LoggedStroke], shapes: Mapping[str, tuple[int, int]]) -> int:
    """Return the objects that strokes on one mask drew or changed.

    Objects as `docs/scores.md` counts them: pixels of one class that touch at a side or a corner.

    Parameters
    ----------
    strokes : sequence of LoggedStroke
        Those that stand, in order, with their pixels.
    shapes : mapping
        Mask id -> (height, width).

    Raises
    ------
    PaintingError
        If a stroke is damaged.
    """
    from skimage.measure import label

    drawn = np.full(shapes[strokes[0].canvas.id], BACKGROUND, np.uint8)
    for stroke in strokes:
        if stroke.pixels:
            pixels = unpacked(stroke.pixels)
            drawn.reshape(-1)[pixels.indices] = pixels.classes_after
    drawn[drawn > MAX_CLASS] = BACKGROUND
    found = label(drawn, background=BACKGROUND, connectivity=2)  # type: ignore[no-untyped-call]
    return int(found.max())
