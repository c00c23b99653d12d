"""COCO's run-length coding: runs of 0 and 1 in turn, column after column, beginning with 0.

Source of both forms: cocoapi, ``common/maskApi.c`` (``rleDecode``, ``rleFrString``). Decoded here
because that C code reads uninitialised memory when the runs do not add up to the size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from s2label.importers.mask_files.found_mask import Shape

_FIRST_CHARACTER = 48
_BITS = 5
# 12 groups of 5 bits hold every number below 2**59; a longer one is an attack, not a run.
_MAX_GROUPS = 12


def size_of(segmentation: dict[str, Any]) -> Shape:
    """Return the size (height, width) that a RLE says to have.

    Raises
    ------
    ValueError
        If it is not two whole numbers over 0.
    """
    size = segmentation.get("size")
    is_pair = isinstance(size, list) and len(size) == 2
    if not is_pair or not all(type(side) is int and side > 0 for side in size or ()):
        raise ValueError(f"the RLE has the size {size!r:.60} instead of [height, width]")
    return size[0], size[1]  # type: ignore[index]


def runs_of(segmentation: dict[str, Any], shape: Shape) -> list[int]:
    """Return the runs of a RLE, of the plain or the compressed form, for an image of a size.

    Raises
    ------
    ValueError
        If the size is another, a run is no whole number of 0 or more, or they do not add up.
    """
    size = size_of(segmentation)
    if size != shape:
        raise ValueError(f"the RLE is of size {list(size)}, the image {list(shape)}")
    counts, total = segmentation.get("counts"), shape[0] * shape[1]
    runs = decoded(counts) if isinstance(counts, str) else counts
    if not isinstance(runs, list) or not all(type(run) is int for run in runs):
        raise ValueError("'counts' of the RLE is neither whole numbers nor text")
    if not all(0 <= run <= total for run in runs):
        raise ValueError(f"a run of the RLE is outside 0..{total}")
    if sum(runs) != total:
        raise ValueError(f"the runs of the RLE add up to {sum(runs)} instead of {total} px")
    return runs


def decoded(text: str) -> list[int]:
    """Return the runs of a compressed RLE.

    Each number is written in groups of 5 bits, the lowest first, 32 marking that more follow;
    the top bit of the last is the sign. From the fourth on it is the difference to the run two
    before.

    Raises
    ------
    ValueError
        If a character is not of the code, or the text ends within a number.
    """
    runs: list[int] = []
    number, groups = 0, 0
    for character in text:
        code = ord(character) - _FIRST_CHARACTER
        if not 0 <= code < 64 or groups == _MAX_GROUPS:
            raise ValueError(f"the compressed RLE is damaged at {character!r}")
        number |= (code & 31) << _BITS * groups
        groups += 1
        if code & 32:
            continue
        if code & 16:
            number -= 1 << _BITS * groups
        runs.append(number + (runs[-2] if len(runs) > 2 else 0))
        number, groups = 0, 0
    if groups:
        raise ValueError("the compressed RLE ends within a number")
    return runs


def paint_runs(columns: NDArray[np.uint8], runs: list[int], value: int) -> int:
    """Set the pixels of the 1-runs of a contiguous array (width, height); return how many."""
    flat = columns.reshape(-1)
    ends = np.cumsum(np.asarray(runs, dtype=np.int64))
    painted = 0
    for start, stop in zip(ends[0::2].tolist(), ends[1::2].tolist(), strict=False):
        flat[start:stop] = value
        painted += stop - start
    return painted
