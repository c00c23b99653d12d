"""Where an import that stores chips keeps what it makes: decoded bands, chips, and their places."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from s2label.stored_chips import FOLDER, chip_name, encode_chip, source_of_chip

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.grid import Grid
    from s2label.types import BandRaster, ImageRecord, Source


@dataclass(frozen=True)
class ChipStore:
    """Folders of one import: ``project`` is the project's, ``staging`` goes away in the end."""

    project: Path
    staging: Path

    @property
    def chips(self) -> Path:
        """Where chips are in the end."""
        return self.project / FOLDER

    @property
    def staged(self) -> Path:
        """Where chips wait until the whole import is sound."""
        return self.staging / FOLDER

    @property
    def decoded(self) -> Path:
        """Where bands lie that are decoded already."""
        return self.staging / "decoded"

    def decoded_path(self, band: BandRaster) -> Path:
        """Return where a band lies as a plain raster, once it is decoded."""
        source = band.source
        text = f"{source.path}|{source.size_bytes}|{source.mtime_ns}|{source.digest}|{band.index}"
        return self.decoded / f"{hashlib.sha256(text.encode()).hexdigest()[:32]}.tif"

    def decoded_bands(self, bands: tuple[BandRaster, ...]) -> tuple[BandRaster, ...]:
        """Return bands as they are read: decoded ones from there, others from where they are."""
        return tuple(self._decoded_band(band) for band in bands)

    def _decoded_band(self, band: BandRaster) -> BandRaster:
        path = self.decoded_path(band)
        if not path.is_file():
            return band
        return replace(band, source=replace(band.source, path=str(path)), index=1)

    def stored_image(
        self, image: ImageRecord, dn: NDArray[Any], grid: Grid
    ) -> tuple[ImageRecord, bytes]:
        """Return an image whose bands are a chip of its own, and the file of that chip.

        Parameters
        ----------
        image : ImageRecord
            With the bands of the scene.
        dn : ndarray
            The pixels (band, y, x) on the grid.
        grid : Grid
            The chip's.
        """
        data = encode_chip(dn, grid, image.bands)
        path = self.chips / chip_name(image.id, image.fingerprint)
        # Its time is that of what it was cut from: the same product makes the same project.
        mtime_ns = max(band.source.mtime_ns for band in image.bands)
        return with_chip(image, source_of_chip(path, data, mtime_ns)), data


def with_chip(image: ImageRecord, source: Source) -> ImageRecord:
    """Return an image whose bands are those of one file, in their order."""
    bands = tuple(
        replace(band, source=source, index=index) for index, band in enumerate(image.bands, start=1)
    )
    return replace(image, bands=bands)
