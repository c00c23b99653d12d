"""A small scene in JPEG2000 whose chips are stored, and how to import it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import rasterio
from affine import Affine

from s2label.classes import VESSELS
from s2label.importers import band_folder
from s2label.importers.cutting import blocks
from s2label.importers.options import ImportOptions
from s2label.importers.run import import_sources
from s2label.progress import finish
from s2label.project import create_project, open_project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest
    from numpy.typing import NDArray

    from s2label.importers.run import ImportReport
    from s2label.importers.scene import Scene
    from s2label.progress import Progress

CRS = "EPSG:32633"
LEFT, TOP = 500_000, 5_000_000
BLOCK_PX = 64
BANDS = {"B02": 10, "B03": 10, "B08": 10, "B11": 20}


def ground(side_px: int, seed: int = 0, nodata_columns: int = 0) -> NDArray[np.uint16]:
    """Return DN (y, x) of smooth ground with noise; the last columns hold no data (0)."""
    random = np.random.default_rng(seed)
    slope = np.linspace(400, 3000, side_px)[:, None] + np.linspace(0, 900, side_px)
    pixels = (slope + random.normal(0, 30, (side_px, side_px))).astype(np.uint16)
    pixels[::4, ::4] = 250  # dark pixels everywhere: else values look like another scale
    pixels[:, side_px - nodata_columns :] = 0
    return pixels


def write_jp2(path: Path, pixels: NDArray[np.uint16], gsd_m: float) -> None:
    """Write a band as JPEG2000 without loss, in blocks."""
    height, width = pixels.shape
    profile: dict[str, Any] = {"driver": "JP2OpenJPEG", "QUALITY": "100", "REVERSIBLE": "YES"}
    profile |= {"BLOCKXSIZE": BLOCK_PX, "BLOCKYSIZE": BLOCK_PX, "dtype": "uint16", "count": 1}
    profile |= {"crs": CRS, "transform": Affine(gsd_m, 0, LEFT, 0, -gsd_m, TOP)}
    with rasterio.open(path, "w", height=height, width=width, **profile) as raster:
        raster.write(pixels, 1)


def write_scene(folder: Path, side_px: int = 256, nodata_columns: int = 0, seed: int = 0) -> Path:
    """Write a folder of bands: three of 10 m and one of 20 m, without a nodata tag."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, gsd_m) in enumerate(BANDS.items()):
        ratio = gsd_m // 10
        pixels = ground(side_px // ratio, seed + number, nodata_columns // ratio)
        write_jp2(folder / f"S_20230614_{name}.jp2", pixels, gsd_m)
    return folder


def store_chips(patch: pytest.MonkeyPatch, *, is_stored: bool = True) -> None:
    """Let scenes in band folders be stored, or not, and blocks be as small as those made here."""
    read = band_folder._read_image

    def read_stored(*arguments: object, **named: object) -> Scene:
        return replace(read(*arguments, **named), is_stored=is_stored)  # type: ignore[arg-type]

    patch.setattr(band_folder, "_read_image", read_stored)
    patch.setattr(blocks, "_LEAST_PX", BLOCK_PX)


def new_project(folder: Path) -> Path:
    """Make a project for vessels."""
    create_project(folder, VESSELS, "one name")
    return folder


def bring(
    project: Path,
    source: Path,
    on_progress: Callable[[Progress], None] | None = None,
    **settings: object,
) -> ImportReport:
    """Import a source; settings are those of `ImportOptions`."""
    options = ImportOptions.model_validate({"chip": 32, **settings})
    with open_project(project, write=True) as opened:
        return finish(import_sources(opened, [source], options), on_progress)
