"""Minimal GeoTIFFs made by hand, without GDAL, so that readers are tested against other code."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from affine import Affine
    from numpy.typing import NDArray

# Field types of TIFF 6.0, section 2: code -> (struct letter, bytes of one value).
_ASCII, _SHORT, _LONG, _DOUBLE = 2, 3, 4, 12
_LAYOUT = {_ASCII: ("B", 1), _SHORT: ("H", 2), _LONG: ("I", 4), _DOUBLE: ("d", 8)}
_IFD_OFFSET = 8


def geotiff_header(
    shape: tuple[int, int, int], dtype: np.dtype, epsg: int, transform: Affine, nodata: int | None
) -> bytes:
    """Return everything of a little-endian, uncompressed GeoTIFF that stands before its pixels.

    The pixels follow band by band (planar), each band as one strip, so that the whole file is
    ``geotiff_header(...) + array.tobytes()``.

    Parameters
    ----------
    shape
        ``(band, y, x)``.
    dtype
        An unsigned integer type.
    epsg
        Code of a projected CRS with metres as unit.
    transform
        North-up pixel to ground transform.
    nodata
        Value of GDAL's nodata tag, None for no tag.
    """
    start = len(_directory(shape, dtype, epsg, transform, nodata, pixels_at=0))
    return _directory(shape, dtype, epsg, transform, nodata, pixels_at=start)


def geotiff_bytes(
    array: NDArray[np.unsignedinteger], epsg: int, transform: Affine, nodata: int | None
) -> bytes:
    """Return a whole GeoTIFF of an array ``(band, y, x)``."""
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    header = geotiff_header(array.shape, array.dtype, epsg, transform, nodata)
    return header + np.ascontiguousarray(little).tobytes()


def _directory(
    shape: tuple[int, int, int],
    dtype: np.dtype,
    epsg: int,
    transform: Affine,
    nodata: int | None,
    pixels_at: int,
) -> bytes:
    bands, height, width = shape
    strip = height * width * dtype.itemsize
    # (tag, field type, values), in ascending order of the tag as TIFF demands.
    fields: list[tuple[int, int, tuple[float, ...]]] = [
        (256, _LONG, (width,)),
        (257, _LONG, (height,)),
        (258, _SHORT, (dtype.itemsize * 8,) * bands),
        (259, _SHORT, (1,)),  # no compression
        (262, _SHORT, (1,)),  # 0 is black
        (273, _LONG, tuple(pixels_at + band * strip for band in range(bands))),
        (277, _SHORT, (bands,)),
        (278, _LONG, (height,)),
        (279, _LONG, (strip,) * bands),
        (284, _SHORT, (2 if bands > 1 else 1,)),  # 2: one plane after the other
    ]
    if bands > 1:
        fields.append((338, _SHORT, (0,) * (bands - 1)))  # extra samples, unspecified
    fields.append((339, _SHORT, (1,) * bands))  # unsigned integers
    fields.append((33550, _DOUBLE, (transform.a, -transform.e, 0.0)))  # ModelPixelScale
    fields.append((33922, _DOUBLE, (0.0, 0.0, 0.0, transform.c, transform.f, 0.0)))  # tiepoint
    # GeoKeyDirectory: version 1.1.0, then key, location, count, value; projected, pixel is area,
    # the CRS by its EPSG code, metres (GeoTIFF 1.1, OGC 19-008r4, 7.1.2 and annex).
    keys = (1, 1, 0, 4, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, epsg, 3076, 0, 1, 9001)
    fields.append((34735, _SHORT, keys))
    if nodata is not None:
        fields.append((42113, _ASCII, tuple(f"{nodata}\0".encode())))  # GDAL_NODATA
    return _pack(fields)


def _pack(fields: list[tuple[int, int, tuple[float, ...]]]) -> bytes:
    entries = struct.pack("<2sHIH", b"II", 42, _IFD_OFFSET, len(fields))
    overflow_at = _IFD_OFFSET + 2 + 12 * len(fields) + 4
    overflow = b""
    for tag, kind, values in fields:
        letter, size = _LAYOUT[kind]
        count = len(values)
        value = struct.pack(f"<{count}{letter}", *values)
        entries += struct.pack("<HHI", tag, kind, count)
        if size * count <= 4:
            entries += value.ljust(4, b"\0")
        else:
            entries += struct.pack("<I", overflow_at + len(overflow))
            overflow += value.ljust(len(value) + len(value) % 2, b"\0")  # offsets are even
    return entries + struct.pack("<I", 0) + overflow
