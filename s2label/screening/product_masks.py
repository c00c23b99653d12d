"""Clouds as polygons: the GML masks of products before baseline 04.00."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from s2label.errors import InputError
from s2label.screening.classes import CLEAR, CLOUD, HAZE
from s2label.xml_documents import local_name, parse_xml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from xml.etree.ElementTree import Element

    from numpy.typing import NDArray

    from s2label.grid import Grid

_KIND = "a cloud mask (GML)"
_ADVICE = "download the product anew, or choose another --method"
_EPSG = re.compile(r"(?:EPSG:(?:[\d.]*:)?|/EPSG/[^/]+/)(\d+)$")
_MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class CloudPolygons:
    """Polygons of a product, in its CRS (``EPSG:n``): opaque clouds and cirrus.

    ``crs`` is None in a mask without polygons.
    """

    crs: str | None
    opaque: tuple[dict[str, Any], ...]
    cirrus: tuple[dict[str, Any], ...]


def read_cloud_polygons(path: Path | str) -> CloudPolygons:
    """Read a product's cloud mask in GML; one without polygons says that there is no cloud.

    Raises
    ------
    InputError
        If it is damaged, no cloud mask, or its CRS has no EPSG code.
    """
    root = parse_xml(path, _KIND, _MOST_BYTES)
    if local_name(root.tag) != "Mask":
        raise InputError(path, f"a document of kind {local_name(root.tag)!r}", _KIND, _ADVICE)
    try:
        found = list(_features(root))
    except ValueError as error:
        raise InputError(path, f"a damaged polygon ({error})", _KIND, _ADVICE) from error
    crs = _crs(root, path) if found else None
    opaque = tuple(shape for kind, shape in found if kind == "OPAQUE")
    return CloudPolygons(crs, opaque, tuple(shape for kind, shape in found if kind == "CIRRUS"))


def _features(root: Element) -> Iterator[tuple[str, dict[str, Any]]]:
    for feature in _all(root, "MaskFeature"):
        kind = next((e.text or "" for e in _all(feature, "maskType")), "").strip().upper()
        for polygon in _all(feature, "Polygon"):
            rings = [_ring(e.text or "") for e in _all(polygon, "posList")]
            if rings:
                yield kind, {"type": "Polygon", "coordinates": rings}


def _all(element: Element, name: str) -> Iterator[Element]:
    return (e for e in element.iter() if local_name(e.tag) == name)


def _ring(text: str) -> list[tuple[float, float]]:
    numbers = [float(word) for word in text.split()]
    if len(numbers) % 2 or len(numbers) < 8 or not np.isfinite(numbers).all():
        raise ValueError(f"{len(numbers)} numbers for a ring")
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _crs(root: Element, path: Path | str) -> str:
    for element in root.iter():
        match = _EPSG.search(element.get("srsName", ""))
        if match:
            return f"EPSG:{match[1]}"
    raise InputError(path, "no CRS with an EPSG code", _KIND, _ADVICE)


def of_polygons(polygons: CloudPolygons, grid: Grid) -> NDArray[np.uint8]:
    """Return the classes of a product's polygons on a grid, (y, x) uint8.

    Cirrus is haze here, not cloud: these masks call plain ground cirrus (79 % of the real T33SVB,
    on which every field is seen), other than the rasters that came after them.
    """
    found = np.full(grid.shape, CLEAR, np.uint8)
    found[burn(polygons.cirrus, polygons.crs, grid) == 1] = HAZE
    found[burn(polygons.opaque, polygons.crs, grid) == 1] = CLOUD
    return found


def burn(shapes: tuple[dict[str, Any], ...], crs: str | None, grid: Grid) -> NDArray[np.uint8]:
    """Return polygons as pixels of a grid, (y, x) uint8: 1 inside, 0 outside."""
    from rasterio.features import rasterize
    from rasterio.warp import transform_geom

    if not shapes or crs is None:
        return np.zeros(grid.shape, np.uint8)
    if crs != grid.crs:
        shapes = tuple(transform_geom(crs, grid.crs, shape) for shape in shapes)
    burnt = rasterize(shapes, out_shape=grid.shape, transform=grid.affine, dtype="uint8")
    return np.asarray(burnt)
