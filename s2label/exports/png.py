"""PNG pairs: 8-bit RGB by the project's stretch, masks as indices with a palette."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from s2label.errors import ExportError
from s2label.exports.layout import Layout
from s2label.raster import reflectance
from s2label.stretch import apply_stretch

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.exports.legend import Legend
    from s2label.grid import Grid
    from s2label.masks import Mask
    from s2label.stretch import Stretch
    from s2label.types import BandRaster, ImageRecord, PlaceRecord

RGB = ("B04", "B03", "B02")
# On real chips as small as zlib's default of 6 (within 0.4 %), and faster.
_COMPRESS_LEVEL = 4


class PngWriter:
    """Writes images as RGB and masks as indexed PNG; CRS and transform stand in text chunks."""

    layout = Layout(".png")

    def __init__(self, legend: Legend, stretch: Stretch) -> None:
        self._legend = legend
        self._stretch = stretch
        self._palette = bytes(part for rgb in legend.palette.values() for part in rgb)

    def bands_of(self, image: ImageRecord) -> tuple[BandRaster, ...]:
        """Return red, green and blue of an image.

        Raises
        ------
        LookupError
            If one is missing or is no reflectance.
        """
        named = {band.name: band for band in image.bands}
        missing = [name for name in RGB if name not in named]
        if missing:
            raise LookupError(f"no {', '.join(missing)}")
        unscaled = [name for name in RGB if named[name].quantification == 0]
        if unscaled:
            raise LookupError(f"{', '.join(unscaled)} without a scale to reflectance")
        return tuple(named[name] for name in RGB)

    def refuse_bands(self, names: Iterable[str]) -> None:
        """Raise `ExportError` if the stretch lacks a band."""
        missing = [name for name in names if name not in self._stretch.limits]
        if missing:
            raise ExportError(
                f"project.toml: the stretch has no limits for {', '.join(missing)}; "
                "run `s2label import` again, or set them under [stretch.limits]"
            )

    def write_image(
        self,
        path: Path,
        image: ImageRecord,
        place: PlaceRecord,
        dn: NDArray[Any],
        mask: Mask | None = None,
    ) -> NDArray[Any]:
        """Write the numbers (band, y, x) of red, green and blue as RGB; returns what is shown.

        That is (3, y, x) uint8, 1..255 between the limits, 0 at nodata.
        """
        shown = apply_stretch(reflectance(dn, self.bands_of(image)), RGB, self._stretch)
        _save(path, Image.fromarray(np.ascontiguousarray(shown.transpose(1, 2, 0))), place.grid)
        return shown

    def write_mask(self, path: Path, mask: Mask) -> None:
        """Write the classes of a mask as indices (y, x) with the legend's colours."""
        picture = Image.fromarray(self._legend.written(mask.classes))
        # A palette of all 256 values: with a short one Pillow would pack indices into fewer bits.
        picture.putpalette(self._palette)
        _save(path, picture, mask.grid)


def _save(path: Path, picture: Image.Image, grid: Grid) -> None:
    ground = PngInfo()
    ground.add_text("crs", grid.crs)
    ground.add_text("transform", " ".join(repr(number) for number in grid.transform))
    picture.save(path, "PNG", compress_level=_COMPRESS_LEVEL, pnginfo=ground)
