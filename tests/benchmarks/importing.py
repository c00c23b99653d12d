"""P3: importing chips against bare reads of the same bytes and bare writes of the same masks.

An import reads all pixels (it checks values and counts nodata) and writes one mask file per place
or image, which has to be on the disk before the catalog names it. So the bare work is to read
every raster whole once, and to write and sync the same masks, as the same kind of GeoTIFF in the
same folders; what it does not do is recognise, check, hash, stretch and note in a catalog. It
runs in one process; the program may use all there are. The start of Python and the loading of
libraries count on neither side, except those of the program's own helper processes.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import rasterio

from s2label.classes import LANDCOVERNET, VESSELS
from s2label.importers import examining
from s2label.importers.options import ImportOptions
from s2label.project import open_project
from tests.benchmarks import bare, material
from tests.benchmarks.measure import Row, arguments, median, seconds_of, write_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Any

    from s2label.types import ClassTable

TARGET = 0.8
_ROUNDS = 7
_SUFFIXES = (".tif", ".tiff")


def main() -> None:
    """Import a LandCoverNet tree, and a real port where it is beside the checkout."""
    given = arguments(__doc__.splitlines()[0])
    rounds = 3 if given.quick else _ROUNDS
    tree = material.landcovernet(given.work)
    name = f"LandCoverNet, {material.PLACES} places x {material.DATES} dates of 256 px"
    rows = [compare(given.work, name, LANDCOVERNET, tree, ImportOptions(), rounds)]
    port = material.real_port()
    if port is not None:
        coco = port / "hedland_coco.json"
        options = ImportOptions(masks=coco, chip=material.SMALL_PX, quantification=65535)
        rows.append(compare(given.work, "a real port, 64 px", VESSELS, port, options, rounds))
    write_rows(given.out, rows)


def compare(
    work: Path, name: str, classes: ClassTable, source: Path, options: ImportOptions, rounds: int
) -> Row:
    """Import and do the bare work in turns."""
    project, bare_masks = work / "imported", work / "bare-masks"
    files = rasters_of(source)
    shutil.rmtree(project, ignore_errors=True)
    material.new_project(project, classes, source, options)
    chips, masks = count_images(project), read_masks(project)
    imports, reads, writes = [], [], []
    for _ in range(rounds):
        shutil.rmtree(bare_masks, ignore_errors=True)
        bare_masks.mkdir()
        reads.append(seconds_of(lambda: bare.read_rasters(files)))
        writes.append(seconds_of(lambda: write_bare(bare_masks, masks)))
        shutil.rmtree(project)
        imports.append(seconds_of(lambda: material.new_project(project, classes, source, options)))
    shutil.rmtree(project)
    shutil.rmtree(bare_masks)
    bare_s = median([read + write for read, write in zip(reads, writes, strict=True)])
    figures = {
        "chips": chips,
        "import_chips_per_s": chips / median(imports),
        "bare_chips_per_s": chips / bare_s,
        "bare_read_s": median(reads),
        "bare_write_s": median(writes),
        "ratio_without_mask_writes": median(reads) / median(imports),
        "processes": 1 + examining._WORKERS,
    }
    what = f"import of {name}: chips/s against bare reads and mask writes"
    return Row("P3", what, bare_s / median(imports), TARGET, is_at_least=True, figures=figures)


def write_bare(folder: Path, masks: Sequence[tuple[str, Any, Any]]) -> None:
    """Write and sync masks."""
    bare.write_rasters(folder, masks)
    bare.sync_files(folder / name for name, _, _ in masks)


def rasters_of(source: Path) -> list[Path]:
    """Return the rasters that an import reads."""
    found = (path for path in sorted(source.rglob("*")) if path.suffix in _SUFFIXES)
    return [path for path in found if "masks" not in path.parent.name]


def count_images(project: Path) -> int:
    """Return how many images a project has."""
    with open_project(project) as opened:
        return opened.catalog.counts()["images"]


def read_masks(project: Path) -> Sequence[tuple[str, Any, Any]]:
    """Return the masks of a project, (name, pixels, profile)."""
    masks = []
    for path in sorted((project / "masks").rglob("*.tif")):
        with rasterio.open(path) as raster:
            name = f"{path.parent.name}/{path.name}"
            masks.append((name, raster.read(), raster.profile))
    return masks


if __name__ == "__main__":
    main()
