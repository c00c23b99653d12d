"""Small real projects: GeoTIFF sources on disk, mask files and a catalog that knows them."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import rasterio

from s2label import ids
from s2label.classes import LANDCOVERNET
from s2label.durable import sha256_of
from s2label.grid import Grid
from s2label.masks import imported_mask, write_mask
from s2label.project import create_project, open_project
from s2label.raster import source_of
from s2label.stretch import Stretch
from s2label.types import (
    BandRaster,
    ChipRecord,
    Decision,
    ImageRecord,
    ImportRun,
    Lifetime,
    MaskRecord,
    PlaceRecord,
    Subject,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.project import Project
    from s2label.types import ClassTable

BANDS = ("B02", "B03", "B04", "B08")
DATES = ("2018-01-05", "2018-04-10")
NODATA = 0
# What sources and catalog say of it; None stands for 0 in all bands together.
NODATA_TAG: float | None = NODATA
STRETCH = Stretch(dict.fromkeys(BANDS, (0.01, 0.31)), images=1)
# Rows at the top of every image that hold no data.
NODATA_ROWS = 3


@dataclass(frozen=True)
class Ground:
    """A place to make: an image of it per date, and its masks.

    `scene` is set for chips that were cut from a larger scene. `mask_values` are the stored
    values that its masks hold, in stripes; without any there are no masks.
    """

    name: str
    west_m: float = 300_000
    north_m: float = 5_000_000
    crs: str = "EPSG:32633"
    side_px: int = 32
    dates: Sequence[str | None] = DATES
    bands: Sequence[str] = BANDS
    scene: str | None = None
    mask_values: Sequence[int] = (1, 2, 5, 254)

    @property
    def grid(self) -> Grid:
        """The grid of 10 m pixels."""
        transform = (10.0, 0.0, float(self.west_m), 0.0, -10.0, float(self.north_m))
        return Grid(self.crs, transform, self.side_px, self.side_px)


def apart(count: int, distance_m: float = 50_000, **settings: object) -> list[Ground]:
    """Return places in a row, ``p0`` .., each so far east of the one before."""
    starts = [Ground.west_m + number * distance_m for number in range(count)]
    return [Ground(f"p{n}", west, **settings) for n, west in enumerate(starts)]  # type: ignore[arg-type]


def make_project(
    folder: Path,
    grounds: Iterable[Ground],
    classes: ClassTable = LANDCOVERNET,
    *,
    offset_dn: float = 0,
) -> Path:
    """Make ``folder/project`` with sources in ``folder/sources``; nothing is decided yet."""
    project = folder / "project"
    create_project(project, classes, name="Made for tests")
    with open_project(project, write=True) as opened:
        opened.keep_stretch(STRETCH)
        import_grounds(opened, folder / "sources", grounds, offset_dn=offset_dn)
    return project


def import_grounds(
    project: Project, sources: Path, grounds: Iterable[Ground], *, offset_dn: float = 0
) -> None:
    """Write the sources of some places and merge them into a project as an import does."""
    chips = [_chip(project, sources, ground, offset_dn) for ground in grounds]
    options: dict[str, object] = {"masks": str(sources / "masks"), "chip": 32}
    run = ImportRun(sources=(str(sources),), options=options)
    project.catalog.merge(run, chips, partial(_place, project))
    shutil.rmtree(project.staging, ignore_errors=True)


def decide(project: Project, verdict: Verdict, *images_or_masks: str, reason: str = "") -> None:
    """Decide on images and masks by id; on everything where none is named."""
    masks = {row["id"] for row in project.catalog.list_masks()}
    chosen = images_or_masks or (*project.catalog.image_ids(), *sorted(masks))
    subjects = {id_: Subject.MASK if id_ in masks else Subject.IMAGE for id_ in chosen}
    project.catalog.decide([Decision(s, id_, verdict, reason) for id_, s in subjects.items()])


def pixels(ground: Ground, number: int) -> NDArray[np.uint16]:
    """Return the DN (band, y, x) of the image of a place's date with that number."""
    seed = int(hashlib.sha256(f"{ground.name}|{number}".encode()).hexdigest()[:8], 16)
    shape = (len(ground.bands), ground.side_px, ground.side_px)
    values = np.random.default_rng(seed).integers(50, 4000, shape, dtype=np.uint16)
    values[:, :NODATA_ROWS] = NODATA
    return values


def classes_of(ground: Ground) -> NDArray[np.uint8]:
    """Return the stored mask (y, x) of a place: stripes of its values."""
    stripe = np.arange(ground.side_px) * len(ground.mask_values) // ground.side_px
    row = np.array(ground.mask_values, np.uint8)[stripe]
    return np.tile(row, (ground.side_px, 1))


def write_source(path: Path, ground: Ground, values: NDArray[np.uint16]) -> None:
    """Write an image's source, a GeoTIFF of all its bands."""
    path.parent.mkdir(parents=True, exist_ok=True)
    settings = {"crs": ground.crs, "transform": ground.grid.affine, "nodata": NODATA_TAG}
    size = {"count": len(values), "height": ground.side_px, "width": ground.side_px}
    with rasterio.open(path, "w", driver="GTiff", dtype=values.dtype, **settings, **size) as raster:
        raster.write(values)


def _chip(project: Project, sources: Path, ground: Ground, offset_dn: float) -> ChipRecord:
    place = PlaceRecord(ids.place_id(ground.name, ground.grid), ground.name, ground.grid)
    numbers = range(len(ground.dates))
    images = [_image(sources, ground, place, number, offset_dn) for number in numbers]
    owners = images if project.classes.lifetime is Lifetime.MOVING else [None]
    owners = owners if ground.mask_values else []
    masks = [_mask(project, ground, place, image.id if image else None) for image in owners]
    return ChipRecord(place, tuple(images), tuple(masks))


def _image(
    sources: Path, ground: Ground, place: PlaceRecord, number: int, offset_dn: float
) -> ImageRecord:
    path = sources / f"{ground.name}_{number}.tif"
    write_source(path, ground, pixels(ground, number))
    source = source_of(path)
    bands = tuple(
        BandRaster(name, source, index, 10_000, offset_dn, NODATA_TAG)
        for index, name in enumerate(ground.bands, start=1)
    )
    date, scene = ground.dates[number], ground.scene or path.stem
    return ImageRecord(
        id=ids.image_id(place.id, scene, date),
        place_id=place.id,
        scene=scene,
        date=date,
        bands=bands,
        radiometry="said by the test",
        cut=ground.scene is not None,
        fingerprint=ids.fingerprint(bands),
    )


def _mask(project: Project, ground: Ground, place: PlaceRecord, image: str | None) -> MaskRecord:
    mask = imported_mask(classes_of(ground), ground.grid)
    id_ = ids.mask_id(image or place.id)
    path = _staged(project, id_)
    path.parent.mkdir(exist_ok=True)
    write_mask(path, mask)
    facts = (sha256_of(path), mask.content, mask.class_counts)
    return MaskRecord(id_, place.id, image, 1, *facts)


def _staged(project: Project, mask_id: str) -> Path:
    return project.staging / f"{mask_id}.tif"


def _place(project: Project, mask: MaskRecord, id_: str, version: int) -> None:
    path = project.mask_path(id_, version)
    path.parent.mkdir(parents=True, exist_ok=True)
    _staged(project, mask.id).rename(path)
