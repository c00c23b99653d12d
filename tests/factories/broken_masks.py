"""Broken masks beside a sound port: wrong grid, unknown classes, damaged or hostile files."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.factories.case import Case
from tests.factories.ports import (
    SIDE,
    band_folder,
    coco_file,
    mask_geotiff,
    mask_png,
    moved_east,
    vessels,
    voc_masks,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.factories.case import CaseBuilder

COCO_NAME = "port_coco.json"
HUGE_SIDE = 2_000_000  # 4 TB as bytes of a mask


def png_header_of(width: int, height: int) -> bytes:
    """Return a grey 8-bit PNG that claims a size and holds a few bytes of it."""

    def part(name: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + content))
        return struct.pack(">I", len(content)) + name + content + check

    size = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(10_000))
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", size) + part(b"IDAT", pixels) + part(b"IEND", b"")


def _masked(write: Callable[[Path], Path], *words: str, own_process: bool = False) -> CaseBuilder:
    """Return a builder of a sound port with the masks that ``write`` makes in the folder."""

    def build(folder: Path) -> Case:
        masks = write(folder)
        source = band_folder(folder / "port")
        return Case(source, masks, expected=words or (masks.name,), own_process=own_process)

    return build


def _geotiff(array: np.ndarray[Any, Any] | None = None, **profile: Any) -> CaseBuilder:
    return _masked(lambda folder: mask_geotiff(folder / "port_mask.tif", array, **profile))


def _png(array: np.ndarray[Any, Any]) -> CaseBuilder:
    return _masked(lambda folder: mask_png(folder / "port_mask.png", array))


def _coco(
    change: Callable[[dict[str, Any]], object], *words: str, own_process: bool = False
) -> CaseBuilder:
    """Return a builder of a COCO file altered by ``change``."""
    return _masked(
        lambda folder: coco_file(folder / COCO_NAME, change),
        *(COCO_NAME, *words),
        own_process=own_process,
    )


def _segmentation(value: object) -> CaseBuilder:
    """Return a builder of a COCO file whose first annotation has this segmentation."""
    return _coco(lambda document: document["annotations"][0].update(segmentation=value))


def _runs(counts: object, side: int = SIDE) -> CaseBuilder:
    return _segmentation({"counts": counts, "size": [side, side]})


def _huge_runs(document: dict[str, Any]) -> None:
    runs = {"counts": [HUGE_SIDE**2], "size": [HUGE_SIDE, HUGE_SIDE]}
    document["annotations"][0]["segmentation"] = runs


def _huge_image(document: dict[str, Any]) -> None:
    document["images"][0].update(width=HUGE_SIDE, height=HUGE_SIDE)
    for annotation in document["annotations"]:
        runs = {"counts": [HUGE_SIDE**2], "size": [HUGE_SIDE, HUGE_SIDE]}
        annotation["segmentation"] = runs


def _other_size(document: dict[str, Any]) -> None:
    document["images"][0].update(width=64, height=64)
    document["annotations"] = [
        {"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 8, 8], "area": 64, "iscrowd": 1}
        | {"segmentation": {"counts": [0, 64, 64 * 63], "size": [64, 64]}}
    ]


def _file(name: str, content: bytes, own_process: bool = False) -> CaseBuilder:
    """Return a builder of a mask file of these bytes."""

    def write(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return _masked(write, own_process=own_process)


def _truncated_geotiff(folder: Path) -> Path:
    path = mask_geotiff(folder / "port_mask.tif")
    path.write_bytes(path.read_bytes()[:9000])
    return path


def _truncated_png(folder: Path) -> Path:
    noisy = np.random.default_rng(0).integers(0, 2, (SIDE, SIDE), dtype=np.uint8)
    path = mask_png(folder / "port_mask.png", noisy)
    path.write_bytes(path.read_bytes()[:700])
    return path


def _empty_folder(folder: Path) -> Path:
    (folder / "no_masks").mkdir()
    return folder / "no_masks"


def _labelmap(content: bytes) -> CaseBuilder:
    return _masked(lambda folder: voc_masks(folder / "masks", content), "labelmap.txt")


def _with_value(value: float, dtype: str = "uint8") -> np.ndarray[Any, Any]:
    mask = vessels().astype(dtype)
    mask[mask == 1] = value
    return mask


_EVERY_PIXEL = SIDE * SIDE
MASK_CASES: dict[str, CaseBuilder] = {
    "masks path does not exist": _masked(lambda folder: folder / "gone.tif"),
    "masks folder is empty": _masked(_empty_folder),
    "mask PNG of another size": _png(np.zeros((100, 90), np.uint8)),
    "mask PNG of an unknown class": _png(_with_value(9)),
    "mask PNG truncated": _masked(_truncated_png),
    "mask PNG that claims 60000 x 60000": _file(
        "bomb.png", png_header_of(60_000, 60_000), own_process=True
    ),
    "mask GeoTIFF of another CRS": _geotiff(crs="EPSG:32632"),
    "mask GeoTIFF 50 km away": _geotiff(transform=moved_east(5000)),
    "mask GeoTIFF of an unknown class": _geotiff(_with_value(7)),
    "mask GeoTIFF of fractions": _geotiff(_with_value(0.5, "float32")),
    "mask GeoTIFF truncated": _masked(_truncated_geotiff),
    "labelmap without colours": _labelmap(b"background:0,0,0::\nvessel:255,zero::\n"),
    "labelmap that is binary": _labelmap(bytes(range(256))),
    "COCO not JSON": _file(COCO_NAME, b'{"images": [{"id": 1, '),
    "COCO not UTF-8": _file(COCO_NAME, b'{"images": [], "annotations": "\xff\xfe"}'),
    "COCO nested 100000 deep": _file(COCO_NAME, b"[" * 100_000, own_process=True),
    "COCO is a list": _file(COCO_NAME, b"[1, 2, 3]"),
    "COCO without images": _coco(lambda document: document.pop("images"), "images"),
    "COCO without annotations": _coco(lambda document: document.pop("annotations"), "annotations"),
    "COCO images are no list": _coco(lambda document: document.update(images=7), "images"),
    "COCO of another size": _coco(_other_size),
    "COCO of an unknown class": _coco(
        lambda document: document["categories"][0].update(name="aeroplane"), "aeroplane"
    ),
    "COCO category that is not listed": _coco(
        lambda document: document["annotations"][0].update(category_id=5)
    ),
    "COCO runs too short": _runs([100, 8]),
    "COCO runs too long": _runs([100, 8, _EVERY_PIXEL]),
    "COCO runs negative": _runs([100, -8, _EVERY_PIXEL - 92]),
    "COCO runs that are text": _runs(["100", "8", str(_EVERY_PIXEL - 108)]),
    "COCO runs compressed and damaged": _runs("\u20ac not runs \x7f"),
    "COCO runs of a huge size": _coco(_huge_runs, own_process=True),
    "COCO image of a huge size": _coco(_huge_image, own_process=True),
    "COCO size that is negative": _runs([_EVERY_PIXEL], -SIDE),
    "COCO polygon with NaN": _segmentation([[20, 50, float("nan"), 50, 28, 53]]),
    "COCO polygon with an odd count": _segmentation([[20, 50, 28, 50, 28, 53, 20]]),
    "COCO polygon of two points": _segmentation([[20, 50, 28, 50]]),
    "COCO segmentation that is text": _segmentation("here"),
}
