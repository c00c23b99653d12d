"""A stroke: the pixels that one gesture changed, with what they were and what they became."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from s2label.errors import PaintingError
from s2label.types import NOT_LABELLED, Provenance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from s2label.masks import Mask

# First byte of packed pixels; another layout gets another number.
_LAYOUT = b"\x01"
# Per pixel: how far from the last one (uint32), class and provenance before and after (uint8).
_BYTES_PER_PIXEL = 8
# Strokes are kept while somebody paints: quick rather than small.
_ZLIB_LEVEL = 1


@dataclass(frozen=True, eq=False)
class Stroke:
    """Changed pixels of a canvas.

    Parameters
    ----------
    indices : (n,) uint32
        Row-major positions, ascending, each once.
    classes_before, classes_after : (n,) uint8
        Classes, as in a mask file.
    provenance_before, provenance_after : (n,) uint8
        Who set them, as in a mask file.
    """

    indices: NDArray[np.uint32]
    classes_before: NDArray[np.uint8]
    classes_after: NDArray[np.uint8]
    provenance_before: NDArray[np.uint8]
    provenance_after: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.indices)

    def reversed(self) -> Stroke:
        """Return the stroke that takes this one back."""
        return Stroke(
            self.indices,
            self.classes_after,
            self.classes_before,
            self.provenance_after,
            self.provenance_before,
        )

    def fits(self, mask: Mask) -> bool:
        """Tell whether the canvas holds what the stroke found when it was drawn."""
        if len(self) and int(self.indices[-1]) >= mask.classes.size:
            return False
        found = (mask.classes.reshape(-1)[self.indices], mask.provenance.reshape(-1)[self.indices])
        expected = (self.classes_before, self.provenance_before)
        return all(map(np.array_equal, found, expected))

    def apply_to(self, mask: Mask) -> None:
        """Write the stroke into the arrays of a canvas.

        Raises
        ------
        PaintingError
            If the canvas holds something else than what the stroke was drawn on; nothing is
            written then.
        """
        if not self.fits(mask):
            raise PaintingError(
                "a stroke does not fit its mask, which was changed from elsewhere since; "
                "nothing was painted"
            )
        mask.classes.reshape(-1)[self.indices] = self.classes_after
        mask.provenance.reshape(-1)[self.indices] = self.provenance_after

    def packed(self) -> bytes:
        """Return the stroke as bytes for the catalog."""
        steps = np.diff(self.indices, prepend=np.uint32(0)).astype("<u4")
        parts = (
            self.classes_before,
            self.classes_after,
            self.provenance_before,
            self.provenance_after,
        )
        data = steps.tobytes() + b"".join(part.tobytes() for part in parts)
        return _LAYOUT + zlib.compress(data, _ZLIB_LEVEL)


def unpacked(data: bytes) -> Stroke:
    """Return the stroke of packed bytes.

    Raises
    ------
    PaintingError
        If they are damaged.
    """
    try:
        if data[:1] != _LAYOUT:
            raise ValueError(f"layout {data[:1]!r}")
        raw = zlib.decompress(data[1:])
        count, rest = divmod(len(raw), _BYTES_PER_PIXEL)
        if rest:
            raise ValueError(f"{len(raw)} bytes")
    except (zlib.error, ValueError) as error:
        raise PaintingError(
            f"a stroke in the catalog is damaged ({error}); restore it from a backup"
        ) from error
    indices = np.cumsum(np.frombuffer(raw, "<u4", count), dtype=np.uint32)
    parts = np.frombuffer(raw, np.uint8, offset=4 * count).reshape(4, count)
    return Stroke(indices, *parts)


def painted(
    mask: Mask, indices: NDArray[np.uint32], classes: NDArray[np.uint8], provenance: int
) -> Stroke:
    """Return the stroke that sets pixels of a mask, without setting them.

    Parameters
    ----------
    mask : Mask
        The canvas before the stroke.
    indices : (n,) uint32
        Every pixel that was painted over, ascending, also where the class stays: painting says
        who is responsible from now on.
    classes : (n,) uint8
        Their classes after the stroke.
    provenance : int
        Who paints; pixels that become "not labelled" are nobody's.
    """
    by = np.where(classes == NOT_LABELLED, Provenance.NOBODY, provenance).astype(np.uint8)
    before = mask.classes.reshape(-1)[indices], mask.provenance.reshape(-1)[indices]
    changed = (before[0] != classes) | (before[1] != by)
    parts = (before[0], classes, before[1], by)
    return Stroke(indices[changed], *(part[changed] for part in parts))
