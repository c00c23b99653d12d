"""A small, sound port: rasters and masks that every broken case starts from."""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import rasterio
from affine import Affine
from PIL import Image
from rasterio.errors import NotGeoreferencedWarning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from numpy.typing import NDArray

SIDE = 128
CRS = "EPSG:32631"
TRANSFORM = Affine(10, 0, 500_000, 0, -10, 4_800_000)
BANDS = ("B02", "B03", "B04", "B08")
# Reflectance 0..1 of water, land and vessel, band by band as in BANDS: bright vessels on dark
# water, a coast at the top, nowhere so dark or so bright that the values look like another scale.
_WATER = (0.045, 0.040, 0.025, 0.012)
_LAND = (0.060, 0.080, 0.090, 0.280)
_VESSEL = (0.300, 0.310, 0.330, 0.350)


def vessels() -> NDArray[np.uint8]:
    """Return the true mask ``(y, x)``: 1 on three vessels, each in a 64 px chip of its own."""
    mask = np.zeros((SIDE, SIDE), np.uint8)
    for y, x in ((50, 20), (50, 90), (100, 40)):
        mask[y : y + 3, x : x + 8] = 1
    return mask


def reflectance(seed: int = 0) -> NDArray[np.float64]:
    """Return the port's reflectance ``(band, y, x)`` in the order of `BANDS`."""
    noise = np.random.default_rng(seed).normal(1, 0.08, (len(BANDS), SIDE, SIDE))
    surface = vessels().astype(int)[None] * 2
    surface[:, : SIDE // 4] = 1
    table = np.array([_WATER, _LAND, _VESSEL])
    values = np.stack([table[surface[0], band] for band in range(len(BANDS))])
    return np.clip(values * noise, 0.001, 1)


def pixels(quantification: int = 10_000, seed: int = 0) -> NDArray[np.uint16]:
    """Return the port as DN ``(band, y, x)``: reflectance x quantification."""
    return np.rint(reflectance(seed) * quantification).astype(np.uint16)


def moved_east(columns: int) -> Affine:
    """Return the port's transform moved by so many pixels."""
    return Affine(TRANSFORM.a, 0, TRANSFORM.c + columns * TRANSFORM.a, 0, TRANSFORM.e, TRANSFORM.f)


def write_raster(
    path: Path, array: NDArray[Any], names: Iterable[str] = (), **profile: Any
) -> Path:
    """Write an array ``(band, y, x)`` as GeoTIFF on the port's grid; ``profile`` overrides."""
    settings = {"driver": "GTiff", "crs": CRS, "transform": TRANSFORM, "dtype": array.dtype}
    bands, height, width = array.shape
    settings |= {"count": bands, "height": height, "width": width} | profile
    path.parent.mkdir(parents=True, exist_ok=True)
    settings = {key: value for key, value in settings.items() if value is not None}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # some cases mean just that
        with rasterio.open(path, "w", **settings) as raster:
            raster.write(array)
            for index, name in enumerate(names, start=1):
                raster.set_band_description(index, name)
    return path


def band_folder(folder: Path, quantification: int = 10_000, **profile: Any) -> Path:
    """Write ``port_B02.tif`` .. ``port_B08.tif``, one raster per band; return their folder."""
    for name, band in zip(BANDS, pixels(quantification), strict=True):
        write_raster(folder / f"port_{name}.tif", band[None], **profile)
    return folder


def chip_folder(folder: Path, count: int = 2, described: bool = True) -> Path:
    """Write four-band chips ``port_0.tif`` .. side by side on the ground; return their folder."""
    for index in range(count):
        east = moved_east(index * SIDE)
        names = BANDS if described else ()
        write_raster(folder / f"port_{index}.tif", pixels(seed=index), names, transform=east)
    return folder


def chip_masks(folder: Path, count: int = 2) -> Path:
    """Write a mask GeoTIFF for each chip of `chip_folder`, named as the chip; return the folder."""
    for index in range(count):
        east = moved_east(index * SIDE)
        write_raster(folder / f"port_{index}.tif", vessels()[None], transform=east)
    return folder


def mask_geotiff(path: Path, array: NDArray[Any] | None = None, **profile: Any) -> Path:
    """Write a class mask as GeoTIFF, the true one where no other is given."""
    return write_raster(path, (vessels() if array is None else array)[None], **profile)


def mask_png(path: Path, array: NDArray[Any] | None = None) -> Path:
    """Write a class mask as PNG of class numbers, the true one where no other is given."""
    Image.fromarray(vessels() if array is None else array).save(path)
    return path


def voc_masks(folder: Path, labelmap: bytes | None = None) -> Path:
    """Write a folder as annotation tools export it: class PNG in colours, and ``labelmap.txt``."""
    classes = folder / "SegmentationClass"
    classes.mkdir(parents=True)
    colours = np.zeros((SIDE, SIDE, 3), np.uint8)
    colours[vessels() == 1] = (255, 0, 0)
    Image.fromarray(colours).save(classes / "port.png")
    sound = b"# label:color_rgb:parts:actions\nbackground:0,0,0::\nvessel:255,0,0::\n"
    (folder / "labelmap.txt").write_bytes(sound if labelmap is None else labelmap)
    return folder


def run_lengths(mask: NDArray[np.uint8]) -> list[int]:
    """Return the uncompressed COCO counts of a mask: column by column, background first."""
    flat = mask.flatten(order="F")
    edges = np.flatnonzero(np.diff(flat)) + 1
    counts = np.diff(np.concatenate([[0], edges, [flat.size]])).tolist()
    return counts if flat[0] == 0 else [0, *counts]


def coco() -> dict[str, Any]:
    """Return the true mask as a COCO document: two vessels as runs, one as polygon."""
    mask = vessels()
    left, right, below = mask.copy(), mask.copy(), [40, 100, 48, 100, 48, 103, 40, 103]
    left[:, 60:] = left[80:] = 0
    right[:, :60] = 0
    runs = [{"counts": run_lengths(one), "size": [SIDE, SIDE]} for one in (left, right)]
    boxes = ([20, 50, 8, 3], [90, 50, 8, 3], [40, 100, 8, 3])
    annotations = [
        {
            "id": number,
            "image_id": 1,
            "category_id": 1,
            "segmentation": segmentation,
            "area": 24,
            "bbox": box,
            "iscrowd": int(isinstance(segmentation, dict)),
        }
        for number, (segmentation, box) in enumerate(zip([*runs, [below]], boxes, strict=True), 1)
    ]
    return {
        "images": [{"id": 1, "width": SIDE, "height": SIDE, "file_name": "port.tif"}],
        "categories": [{"id": 1, "name": "vessel", "supercategory": ""}],
        "annotations": annotations,
    }


def coco_file(path: Path, change: Callable[[dict[str, Any]], object] = lambda _: None) -> Path:
    """Write the COCO document after ``change`` has altered it in place."""
    document = coco()
    change(document)
    path.write_text(json.dumps(document))
    return path
