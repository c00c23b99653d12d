"""P7: exporting pairs against bare reads of the same sources and bare writes of the same arrays.

The bare side opens every source and mask file once and reads the same windows, writes the same
arrays, which it has in memory, one after the other at the same compression, and syncs each file:
an export that is there is whole. The program also stretches, compares sources and mask files with
its catalog, writes tables and checksums.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING

import rasterio
from PIL import Image
from rasterio.windows import Window

from s2label.exports import geotiff, png
from s2label.exports.options import ExportOptions, Format
from s2label.exports.run import export_project
from s2label.grid import aligned_window
from s2label.progress import finish
from s2label.project import open_project
from s2label.raster import grid_of
from tests.benchmarks import bare, material
from tests.benchmarks.measure import Row, arguments, median, seconds_of, write_rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from s2label.grid import Grid

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
    windows, write_bare = read_windows(project, format_), bare_writes(out, folder, format_)
    pairs = len((out / "splits.csv").read_text().splitlines()) - 1
    exports, reads, writes = [], [], []
    for _ in range(rounds):
        shutil.rmtree(out)
        exports.append(seconds_of(lambda: export(project, out, format_)))
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        reads.append(seconds_of(lambda: bare.read_windows(windows)))
        writes.append(seconds_of(write_bare))
    shutil.rmtree(out)
    shutil.rmtree(folder)
    bare_s = median([read + write for read, write in zip(reads, writes, strict=True)])
    figures = {
        "pairs": pairs,
        "export_pairs_per_s": pairs / median(exports),
        "bare_pairs_per_s": pairs / bare_s,
        "bare_read_s": median(reads),
        "bare_write_s": median(writes),
        "ratio_without_reads": median(writes) / median(exports),
    }
    what = f"export as {format_.value}, {size} px: pairs/s against bare reads and writes"
    return Row("P7", what, bare_s / median(exports), TARGET, is_at_least=True, figures=figures)


def export(project: Path, out: Path, format_: Format) -> None:
    """Export all that is not rejected."""
    with open_project(project) as opened:
        finish(export_project(opened, out, ExportOptions(format_, include_open=True)))


def read_windows(project: Path, format_: Format) -> dict[str, list[tuple[int, Window]]]:
    """Return file -> (band, window) of all that an export reads, mask files included."""
    windows: dict[str, list[tuple[int, Window]]] = defaultdict(list)
    with open_project(project) as opened:
        places = opened.catalog.places()
        for image in opened.catalog.images(opened.catalog.image_ids()).values():
            for band in image.bands:
                if format_ is Format.GEOTIFF or band.name in png.RGB:
                    window = window_of(band.source.path, places[image.place_id].grid)
                    windows[band.source.path].append((band.index, window))
    for path in sorted((project / "masks").rglob("*.tif")):
        with rasterio.open(path) as mask:
            windows[str(path)] = [(band, Window(0, 0, *mask.shape[::-1])) for band in (1, 2)]
    return dict(windows)


def window_of(path: str, grid: Grid) -> Window:
    """Return where a place lies in a raster that has its grid."""
    with rasterio.open(path) as raster:
        window = aligned_window(grid_of(raster), grid)
    assert window is not None
    return window


def bare_writes(out: Path, folder: Path, format_: Format) -> Callable[[], None]:
    """Return what writes the arrays of an export once more, with the arrays in memory."""
    files = [path for name in ("images", "masks") for path in sorted((out / name).iterdir())]
    copies = [folder / path.relative_to(out) for path in files]

    def write_and_sync() -> None:
        write()
        bare.sync_files(copies)

    write = writer_of(files, folder, format_)
    return write_and_sync


def writer_of(files: list[Path], folder: Path, format_: Format) -> Callable[[], None]:
    """Return what writes files of an export once more, below another folder."""
    if format_ is Format.PNG:
        pictures = [(f"{path.parent.name}/{path.name}", load(path)) for path in files]
        return partial(bare.write_pngs, folder, pictures, png._COMPRESS_LEVEL)
    rasters = []
    for path in files:
        with rasterio.open(path) as raster:
            profile = raster.profile
            if path.parent.name == "images":
                profile |= {"predictor": 2, "zlevel": geotiff._IMAGE_LEVEL}
            rasters.append((f"{path.parent.name}/{path.name}", raster.read(), profile))
    return partial(bare.write_rasters, folder, rasters)


def load(path: Path) -> Image.Image:
    """Return a picture with its pixels in memory."""
    with Image.open(path) as picture:
        picture.load()
        return picture


if __name__ == "__main__":
    main()
