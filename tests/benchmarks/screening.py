"""C2: screening against bare reads of the same pixels with the plainest cloud share.

Screening reads all bands and the layers of every image, measures shares and bands, lets the guard
look at the numbers, keeps a cloud raster and a row an image, and compares all images at the end.
The bare work reads the same rasters whole, once, and takes the share of SCL 8, 9 and 10. It runs in
one process; the program may use all there are. What the guard takes is measured by itself, in
processor time, on the same pixels. A second row screens the project again when nothing is new.
"""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

from s2label.classes import LANDCOVERNET
from s2label.handover import take_all
from s2label.importers.options import ImportOptions
from s2label.progress import finish
from s2label.project import open_project
from s2label.raster import read_bands
from s2label.screening import run
from s2label.screening.guard import findings_of
from s2label.screening.guard_of_project import note_project_findings
from s2label.screening.left_files import take_oldest_screenings
from s2label.screening.run import screen_images
from tests.benchmarks import bare, material
from tests.benchmarks.measure import Row, arguments, median, seconds_of, write_rows

if TYPE_CHECKING:
    from pathlib import Path

TARGET, NOTHING_NEW_S = 0.2, 1.0
_ROUNDS = 5


def main() -> None:
    """Screen a LandCoverNet project, all of it and nothing of it."""
    given = arguments(__doc__.splitlines()[0])
    tree, project = material.landcovernet(given.work), given.work / "screened"
    shutil.rmtree(project, ignore_errors=True)
    material.new_project(project, LANDCOVERNET, tree, ImportOptions())
    write_rows(given.out, compare(project, rounds=2 if given.quick else _ROUNDS))


def compare(project: Path, rounds: int) -> list[Row]:
    """Screen and do the bare work in turns."""
    rasters = rasters_of(project)
    everything, nothing, reads = [], [], []
    for _ in range(rounds):
        reads.append(seconds_of(lambda: bare.cloud_shares(rasters)))
        everything.append(seconds_of(lambda: screen(project, again=True)))
        nothing.append(seconds_of(lambda: screen(project, again=False)))
    guard_s, images = guard_seconds(project), len(rasters)
    figures = {
        "images": images,
        "images_per_s": images / median(everything),
        "bare_images_per_s": images / median(reads),
        "guard_ms_per_image": 1e3 * guard_s / images,
        "guard_share_of_processor": guard_s / processor_seconds(project),
        "processes": 1 + run._WORKERS,
    }
    ratio = median(reads) / median(everything)
    name = f"{material.PLACES} places x {material.DATES} dates of 256 px"
    return [
        Row("C2", f"screening, {name}", ratio, TARGET, is_at_least=True, figures=figures),
        Row("C2", "screening when nothing is new", median(nothing), NOTHING_NEW_S, unit="s"),
    ]


def screen(project: Path, *, again: bool) -> None:
    """Do what the command does, in this process and its workers."""
    with open_project(project) as opened:
        finish(screen_images(opened, again=again))
    with open_project(project, write=True) as opened:
        take_all(take_oldest_screenings, opened)
        note_project_findings(opened)


def rasters_of(project: Path) -> dict[str, list[str]]:
    """Return image id -> its rasters, the scene classification first."""
    with open_project(project) as opened:
        images = opened.catalog.images(opened.catalog.image_ids())
    return {
        id_: [r.source.path for r in sorted(image.rasters, key=lambda r: r.name != "SCL")]
        + [band.source.path for band in image.bands]
        for id_, image in images.items()
    }


def guard_seconds(project: Path) -> float:
    """Return the processor time that the guard takes for the pixels of all images."""
    spent = 0.0
    with open_project(project) as opened:
        for chip in opened.catalog.chips(opened.catalog.image_ids()).values():
            dn = read_bands(chip.image.bands, chip.place.grid)
            begin = time.process_time()
            findings_of(chip.image, dn)
            spent += time.process_time() - begin
    return spent


def processor_seconds(project: Path) -> float:
    """Return the processor time of screening all images in one process."""
    workers, run._WORKERS = run._WORKERS, 0
    begin = time.process_time()
    try:
        screen(project, again=True)
    finally:
        run._WORKERS = workers
    return time.process_time() - begin


if __name__ == "__main__":
    main()
