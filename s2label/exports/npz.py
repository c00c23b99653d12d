"""NumPy archives: one per pair, that plain numpy reads without pickle."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

from s2label.exports.band_scales import scale_of
from s2label.exports.geotiff import all_bands
from s2label.exports.layout import Layout
from s2label.raster import valid_pixels

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.exports.legend import Legend
    from s2label.masks import Mask
    from s2label.types import BandRaster, ImageRecord, PlaceRecord

# The earliest that a zip can hold: the time of writing must not decide the bytes.
_NO_TIME = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_COMPRESS_LEVEL = 4


class NpzWriter:
    """Writes an image with its mask as one archive.

    It holds ``image`` (band, y, x) as the source's numbers, ``scale`` and ``offset`` (band,)
    float64 (reflectance = image * scale + offset), ``valid`` (y, x) bool, ``mask`` and
    ``provenance`` (y, x) uint8, ``bands`` (band,) text, ``transform`` (6,) float64 (a, b, c, d, e,
    f), and ``crs``, ``date``, ``image_id``, ``place`` and ``scene`` as text.
    """

    layout = Layout(".npz", "pairs", "pairs")

    def __init__(self, legend: Legend) -> None:
        self._legend = legend

    def bands_of(self, image: ImageRecord) -> tuple[BandRaster, ...]:
        """Return all bands of an image; ``LookupError`` if it has none."""
        return all_bands(image)

    def refuse_bands(self, names: Iterable[str]) -> None:
        """Nothing is missing: numbers are written as they are."""

    def write_image(
        self,
        path: Path,
        image: ImageRecord,
        place: PlaceRecord,
        dn: NDArray[Any],
        mask: Mask | None = None,
    ) -> NDArray[Any]:
        """Write an image's numbers (band, y, x) and its mask; returns the numbers."""
        assert mask is not None, "an archive holds a pair"
        scales, offsets = zip(*map(scale_of, image.bands), strict=True)
        arrays = {
            "image": dn,
            "scale": np.array(scales, np.float64),
            "offset": np.array(offsets, np.float64),
            "valid": valid_pixels(dn, [band.nodata for band in image.bands]),
            "mask": self._legend.written(mask.classes),
            "provenance": mask.provenance,
            "bands": np.array([band.name for band in image.bands]),
            "transform": np.array(place.grid.transform, np.float64),
            "crs": np.array(place.grid.crs),
            "date": np.array(image.date or ""),
            "image_id": np.array(image.id),
            "place": np.array(image.place_id),
            "scene": np.array(image.scene),
        }
        path.write_bytes(archive(arrays))
        return dn

    def write_mask(self, path: Path, mask: Mask) -> None:
        """Masks stand in the archives of their images; no file is theirs alone."""
        raise AssertionError(f"{path}: a mask of its own is never asked for")


def archive(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Return the bytes of an ``.npz`` file; the same arrays give the same bytes.

    `numpy.savez_compressed` stores the time of writing.
    """
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as file:
        for name, array in arrays.items():
            member = zipfile.ZipInfo(f"{name}.npy", _NO_TIME)
            member.create_system = _UNIX
            data = _npy(np.asarray(array))
            file.writestr(member, data, zipfile.ZIP_DEFLATED, _COMPRESS_LEVEL)
    return whole.getvalue()


def _npy(array: NDArray[Any]) -> bytes:
    data = io.BytesIO()
    # One order of bytes and of axes, whatever the machine and however the array came about.
    little = array.astype(array.dtype.newbyteorder("<"), order="C", copy=False)
    np.lib.format.write_array(data, little, version=(1, 0), allow_pickle=False)
    return data.getvalue()
