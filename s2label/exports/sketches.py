"""Sketches of images: small enough for a hundred thousand, telling enough to find copies.

A sketch has the hash of all pixels, for copies as they are, and two vectors for copies that were
brightened, rescaled or saved with a little loss: the means of 16 x 16 blocks, and of each block the
crossed difference of its quarters (upper left and lower right less the others). Ground that merely
looks alike (open water, a coast of the same direction) agrees in the means but not in the detail:
a slope and a straight edge have no crossed difference. Quarters keep more than single pixels do of
what a lossy codec leaves.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SIDE = 16
# Below this a quarter of a block has no pixel.
_LEAST_PX = 2 * SIDE
# Blocks without detail (nodata, saturation) tell nothing; half of them have to tell.
_LEAST_TOLD = SIDE * SIDE // 2
# Beyond so many times the usual step a pixel counts as one of that: one ship decides nothing.
_STEPS = 3.0


@dataclass(frozen=True, eq=False)
class Sketch:
    """What is remembered of the pixels of an image.

    Parameters
    ----------
    content : bytes
        Hash of shape, type and pixels; empty for an image of one value, which copies nothing.
    means, detail : ndarray
        (256,) int8, of blocks in rows; empty where there is too little to compare.
    """

    content: bytes
    means: NDArray[np.int8]
    detail: NDArray[np.int8]


def sketch_of(pixels: NDArray[Any]) -> Sketch:
    """Return the sketch of an image (band, y, x).

    It depends on the pixels alone, so that a file that is read back gives the same.
    """
    nothing = np.empty(0, np.int8)
    if not _tells(pixels):
        return Sketch(b"", nothing, nothing)
    content = _content(pixels)
    if min(pixels.shape[1:]) < _LEAST_PX:
        return Sketch(content, nothing, nothing)
    # Whole numbers add up exactly in any order: the same sketch on every machine.
    grey = np.nan_to_num(pixels, posinf=0, neginf=0).sum(axis=0, dtype=np.float64)
    means, detail = _blocks(grey)
    if np.count_nonzero(detail) < _LEAST_TOLD:
        return Sketch(content, nothing, nothing)
    return Sketch(content, _in_steps(means - means.mean()), _in_steps(detail))


def _tells(pixels: NDArray[Any]) -> bool:
    """Tell whether an image has two values or more; what holds no data copies nothing."""
    values = pixels[np.isfinite(pixels)] if pixels.dtype.kind == "f" else pixels
    return bool(values.size) and bool((values != values.flat[0]).any())


def _content(pixels: NDArray[Any]) -> bytes:
    digest = hashlib.sha256(f"{pixels.dtype.kind}{pixels.itemsize}|{pixels.shape}".encode())
    digest.update(np.ascontiguousarray(pixels).tobytes())
    return digest.digest()


def _blocks(grey: Floats) -> tuple[Floats, Floats]:
    """Return the mean of each block, and the crossed difference of its quarters: both (256,)."""
    sums, pixels = _sums(grey, SIDE)
    quarter_sums, quarter_pixels = _sums(grey, 2 * SIDE)
    quarters = quarter_sums / quarter_pixels
    falling = quarters[::2, ::2] + quarters[1::2, 1::2]
    rising = quarters[::2, 1::2] + quarters[1::2, ::2]
    return (sums / pixels).ravel(), (falling - rising).ravel()


def _sums(grey: Floats, count: int) -> tuple[Floats, Floats]:
    """Return the sums of `count` x `count` blocks, and how many pixels each has."""
    rows, columns = (np.arange(count) * side // count for side in grey.shape)
    heights, widths = (
        np.diff(starts, append=side)
        for starts, side in zip((rows, columns), grey.shape, strict=True)
    )
    sums = np.add.reduceat(np.add.reduceat(grey, rows, axis=0), columns, axis=1)
    return sums, np.outer(heights, widths).astype(np.float64)


def _in_steps(values: Floats) -> NDArray[np.int8]:
    """Return values in hundred-and-twenty-sevenths of three usual steps, cut off there."""
    steps = np.abs(values[values != 0])
    usual = float(np.median(steps)) if steps.size else 1.0
    cut = np.clip(values / (_STEPS * usual), -1, 1)
    return np.asarray(np.rint(127 * cut), np.int8)
