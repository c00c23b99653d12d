"""Exports made in tests, and read back by libraries of others alone."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import numpy as np
import rasterio
from PIL import Image

from s2label.exports.options import ExportOptions, ExportReport, Format
from s2label.exports.run import export_project
from s2label.progress import finish
from s2label.project import open_project

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SUFFIXES = {
    **{Format.PNG: ".png", Format.COCO: ".png", Format.NPZ: ".npz"},
    **{Format.GEOTIFF: ".tif", Format.STAC: ".tif"},
}


def export(project: Path, out: Path, **options: Any) -> ExportReport:
    """Export a project; options as of `ExportOptions`."""
    with open_project(project) as opened:
        return finish(export_project(opened, out, ExportOptions(**options)))


def files(folder: Path) -> dict[str, bytes]:
    """Return what each file of a folder holds."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def expected_files(format_: Format, images: list[str], masks: list[str]) -> set[str]:
    """Return the files that hold the pixels of some images and masks in a format."""
    suffix = SUFFIXES[format_]
    if format_ is Format.NPZ:
        return {f"pairs/{image}.npz" for image in images}
    return {f"images/{i}{suffix}" for i in images} | {f"masks/{m}{suffix}" for m in masks}


def expected_descriptions(format_: Format, images: list[str], masks: list[str]) -> set[str]:
    """Return the files that a format adds to them."""
    if format_ is Format.COCO:
        return {f"annotations/{split}.json" for split in ("train", "validation", "test")}
    if format_ is Format.STAC:
        items = {f"images/{i}.json" for i in images} | {f"masks/{m}.json" for m in masks}
        return items | {"catalog.json", "images/collection.json", "masks/collection.json"}
    return set()


def written_classes(path: Path) -> NDArray[np.uint8]:
    """Return the classes (y, x) of a file that an export wrote."""
    if path.suffix == ".png":
        with Image.open(path) as picture:
            return np.array(picture)
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as archive:
            mask: NDArray[np.uint8] = archive["mask"]
            return mask
    with rasterio.open(path) as raster:
        found: NDArray[np.uint8] = raster.read(1)
        return found
