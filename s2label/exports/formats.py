"""What a format has to be able to do, and which there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from s2label.exports.geotiff import GeotiffWriter
from s2label.exports.npz import NpzWriter
from s2label.exports.options import Format
from s2label.exports.png import PngWriter

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.exports.layout import Layout
    from s2label.exports.legend import Legend
    from s2label.masks import Mask
    from s2label.stretch import Stretch
    from s2label.types import BandRaster, ImageRecord, PlaceRecord


class FormatWriter(Protocol):
    """Writes images and masks as files; called from several threads at once."""

    layout: Layout

    def bands_of(self, image: ImageRecord) -> tuple[BandRaster, ...]:
        """Return the bands that are read of an image; ``LookupError`` says why it cannot be."""

    def refuse_bands(self, names: Iterable[str]) -> None:
        """Raise `ExportError` if something is missing to write these bands."""

    def write_image(
        self,
        path: Path,
        image: ImageRecord,
        place: PlaceRecord,
        dn: NDArray[Any],
        mask: Mask | None = None,
    ) -> NDArray[Any]:
        """Write an image as a file that depends on its content alone; return what was written.

        `dn` are the numbers (band, y, x) of the bands that `bands_of` returned; `mask` is given
        where the layout is paired. What is returned is (band, y, x) as `reading` reads it back.
        """

    def write_mask(self, path: Path, mask: Mask) -> None:
        """Write a mask as a file that depends on its content alone."""


def make_writer(format_: Format, legend: Legend, stretch: Stretch) -> FormatWriter:
    """Return the writer of a format."""
    if format_ in (Format.PNG, Format.COCO):
        return PngWriter(legend, stretch)
    return NpzWriter(legend) if format_ is Format.NPZ else GeotiffWriter(legend)
