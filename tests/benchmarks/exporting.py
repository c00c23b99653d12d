"""P7: exporting pairs against bare writes of the same arrays at the same compression.

The bare side has all arrays in memory and writes them one after the other; the program also reads
its sources, stretches them, verifies mask files, writes checksums and syncs to the disk.
"""

from __future__ import annotations

import shutil
from functools import partial
from typing import TYPE_CHECKING

import rasterio
from PIL import Image

from s2label.exports import geotiff, png
from s2label.exports.options import ExportOptions, Format
from s2label.exports.run import export_project
from s2label.progress import finish
from s2label.project import open_project
from tests.benchmarks import bare, material
from tests.benchmarks.measure import Row, arguments, median, seconds_of, write_rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TARGET = 0.8
_ROUNDS = 7


def main() -> None:
    """Export both sizes of chips in both formats."""
    given = arguments(__doc__.splitlines()[0])
    rows = []
    for size, project in (
        (material.SMALL_PX, material.small_chips(given.work)),
        (material.LARGE_PX, material.large_chips(given.work)),
    ):
        for format_ in (Format.PNG, Format.GEOTIFF):
            rounds = 3 if given.quick else _ROUNDS
            rows.append(compare(given.work, project, size, format_, rounds))
    write_rows(given.out, rows)


def compare(work: Path, project: Path, size: int, format_: Format, rounds: int) -> Row:
    """Export and write bare files in turns."""
    out, folder = work / "exported", work / "bare-export"
    shutil.rmtree(out, ignore_errors=True)
    export(project, out, format_)
    write_bare = bare_writes(out, folder, format_)
    pairs = len((out / "splits.csv").read_text().splitlines()) - 1
    exports, writes = [], []
    for _ in range(rounds):
        shutil.rmtree(out)
        exports.append(seconds_of(lambda: export(project, out, format_)))
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        writes.append(seconds_of(write_bare))
    shutil.rmtree(out)
    shutil.rmtree(folder)
    figures = {
        "pairs": pairs,
        "export_pairs_per_s": pairs / median(exports),
        "bare_pairs_per_s": pairs / median(writes),
    }
    what = f"export as {format_.value}, {size} px: pairs/s against bare writes"
    ratio = median(writes) / median(exports)
    return Row("P7", what, ratio, TARGET, is_at_least=True, figures=figures)


def export(project: Path, out: Path, format_: Format) -> None:
    """Export all that is not rejected."""
    with open_project(project) as opened:
        finish(export_project(opened, out, ExportOptions(format_, include_open=True)))


def bare_writes(out: Path, folder: Path, format_: Format) -> Callable[[], None]:
    """Return what writes the arrays of an export once more, with the arrays in memory."""
    files = [path for name in ("images", "masks") for path in sorted((out / name).iterdir())]
    if format_ is Format.PNG:
        pictures = [(f"{path.parent.name}-{path.name}", load(path)) for path in files]
        return partial(bare.write_pngs, folder, pictures, png._COMPRESS_LEVEL)
    rasters = []
    for path in files:
        with rasterio.open(path) as raster:
            profile = raster.profile
            if path.parent.name == "images":
                profile |= {"predictor": 2, "zlevel": geotiff._IMAGE_LEVEL}
            rasters.append((f"{path.parent.name}-{path.name}", raster.read(), profile))
    return partial(bare.write_rasters, folder, rasters)


def load(path: Path) -> Image.Image:
    """Return a picture with its pixels in memory."""
    with Image.open(path) as picture:
        picture.load()
        return picture


if __name__ == "__main__":
    main()
