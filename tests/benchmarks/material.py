"""What the benchmarks work on, made from code and kept in the working folder for the next run."""

from __future__ import annotations

import shutil
from dataclasses import replace
from itertools import islice, product
from pathlib import Path
from typing import TYPE_CHECKING

import rasterio

from s2label import ids
from s2label.classes import LANDCOVERNET, VESSELS
from s2label.durable import sha256_of
from s2label.importers.options import ImportOptions
from s2label.importers.run import import_sources
from s2label.masks import imported_mask, read_mask, write_mask
from s2label.progress import finish
from s2label.project import create_project, open_project
from s2label.raster import grid_of
from s2label.samples import write_coast_scene
from s2label.types import ChipRecord, ImportRun, MaskRecord, PlaceRecord
from tests.factories.landcovernet import write_layout_1

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from s2label.types import ClassTable, ImageRecord

CHIPS = 200
SMALL_PX, LARGE_PX = 64, 256
PLACES, DATES = 20, 6
# So that a scene of 640 x 768 px gives over 200 chips of 64 px.
_STRIDE_PX = 40
# Chips of a large catalog lie so densely that 100,000 different ones fit into the scene.
_DENSE_PX = 2
_DATE = "2023-06-14"


def _made(folder: Path, make: Callable[[Path], object]) -> Path:
    """Make a folder whole, or take the one that is there."""
    if not folder.is_dir():
        draft = folder.with_name(f"{folder.name}.part")
        shutil.rmtree(draft, ignore_errors=True)
        draft.parent.mkdir(parents=True, exist_ok=True)
        make(draft)
        draft.rename(folder)
    return folder


def real_port() -> Path | None:
    """Return a folder with a real scene; None where the real data are not beside the checkout."""
    folder = Path(__file__).resolve().parents[3] / "shared" / "data" / "ports" / "hedland"
    return folder if folder.is_dir() else None


def coast(work: Path) -> Path:
    """Return a folder with a scene, one file per band, and its labels."""
    return _made(work / "coast", write_coast_scene)


def landcovernet(work: Path, places: int = PLACES) -> Path:
    """Return a LandCoverNet tree of chips of 256 px, on six dates each."""

    def make(folder: Path) -> None:
        folder.mkdir()
        write_layout_1(folder, places, DATES, size=LARGE_PX)

    return _made(work / f"landcovernet-{places}", make)


def small_chips(work: Path) -> Path:
    """Return a project of over 200 chips of 64 px, windows of one scene."""
    source = coast(work)
    options = ImportOptions(masks=source / "labels", chip=SMALL_PX, stride=_STRIDE_PX)
    return _made(work / "small", lambda f: new_project(f, VESSELS, source, options))


def large_chips(work: Path) -> Path:
    """Return a project of over 200 chips of 256 px, each of its own files."""
    source = landcovernet(work, places=CHIPS // DATES + 1)
    return _made(work / "large", lambda f: new_project(f, LANDCOVERNET, source, ImportOptions()))


def new_project(folder: Path, classes: ClassTable, source: Path, options: ImportOptions) -> None:
    """Make a project and import a source into it."""
    create_project(folder, classes)
    with open_project(folder, write=True) as project:
        finish(import_sources(project, [source], options))


def undecided(project: Path, folder: Path) -> Path:
    """Return a copy of a project in which nothing was decided yet; mask files are shared."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    for entry in project.iterdir():
        if entry.name == "masks":
            (folder / "masks").symlink_to(entry, target_is_directory=True)
        elif entry.is_dir():
            (folder / entry.name).mkdir()
        else:
            shutil.copyfile(entry, folder / entry.name)
    return folder


def project_of(work: Path, chips: int) -> Path:
    """Return a project with so many chips of 64 px in its catalog, all from one scene's files."""
    model = small_chips(work)
    return _made(work / f"catalog-{chips}", lambda folder: _fill(folder, model, chips))


def _fill(folder: Path, model: Path, chips: int) -> None:
    create_project(folder, VESSELS)
    with open_project(model) as known:
        stretch = known.settings.stretch
        image = next(iter(known.catalog.images(known.catalog.image_ids()[:1]).values()))
        row = next(known_row for known_row in known.catalog.mask_versions())
        mask = read_mask(known.mask_path(row["mask_id"], row["version"]))
    template = folder.parent / "mask.tif"
    write_mask(template, imported_mask(mask.classes, mask.grid))

    def place_mask(_: MaskRecord, id_: str, version: int) -> None:
        path = project.mask_path(id_, version)
        path.parent.mkdir()
        # A hard link each would meet the limit of links per file.
        path.symlink_to(template)

    facts = (sha256_of(template), mask.content, mask.class_counts)
    with open_project(folder, write=True) as project:
        project.keep_stretch(replace(stretch, fixed=True))
        records = islice(_records(image, facts), chips)
        project.catalog.merge(ImportRun((str(model),)), records, place_mask)


def _records(image: ImageRecord, facts: tuple[str, str, dict[int, int]]) -> Iterator[ChipRecord]:
    with rasterio.open(image.bands[0].source.path) as scene:
        whole = grid_of(scene)
    rows = range(0, whole.height - SMALL_PX + 1, _DENSE_PX)
    columns = range(0, whole.width - SMALL_PX + 1, _DENSE_PX)
    for y, x in product(rows, columns):
        grid = whole.window(x, y, SMALL_PX, SMALL_PX)
        name = f"coast_r{y:03d}_c{x:03d}"
        place = PlaceRecord(ids.place_id(name, grid), name, grid)
        id_ = ids.image_id(place.id, image.scene, _DATE)
        here = replace(image, id=id_, place_id=place.id, date=_DATE)
        mask = MaskRecord(ids.mask_id(id_), place.id, id_, 1, *facts)
        yield ChipRecord(place, (here,), (mask,))
