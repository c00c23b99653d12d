"""A project of vessels: bright blobs on dark water, in groups of places far from each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import rasterio
from affine import Affine

from s2label.classes import VESSELS
from s2label.importers.options import ImportOptions, Kind
from s2label.importers.run import import_sources
from s2label.progress import finish
from s2label.project import create_project, open_project
from s2label.types import Decision, Subject, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.project import Project

SIDE = 64
BANDS = ("B02", "B03", "B04", "B08")
# Reflectance of water, and of things that are as bright: vessels, and foam that is so in blue only.
_WATER = np.array((0.05, 0.045, 0.03, 0.02))
_VESSEL = np.array((0.22, 0.24, 0.25, 0.26))
_FOAM = np.array((0.22, 0.20, 0.06, 0.03))
_VESSELS_PER_CHIP = 5


def make_fleet(
    folder: Path,
    groups: int = 3,
    places: int = 2,
    labels: Callable[[int, int], NDArray[np.uint8]] | None = None,
) -> Path:
    """Make ``folder/project`` with so many places of 64 px in each group, imported and not decided.

    Groups lie 50 km apart, their places 160 m. ``labels`` says what the mask of a place holds where
    that is not the truth.
    """
    project, sources = folder / "project", folder / "sources"
    create_project(project, VESSELS, name="Fleet")
    for group in range(groups):
        for place in range(places):
            _write_chip(sources, group, place, (labels or truth)(group, place))
    options = ImportOptions(
        kind=Kind.GEOTIFF, masks=sources / "masks", quantification=10_000, offset=0
    )
    with open_project(project, write=True) as opened:
        finish(import_sources(opened, [sources / "images"], options))
    return project


def accept(project: Path, *groups: int) -> None:
    """Accept the masks of some groups, of all where none is named."""
    _decide(project, Verdict.ACCEPT, groups)


def reopen(project: Path) -> None:
    """Take all decisions on masks back."""
    _decide(project, Verdict.OPEN, ())


def _decide(project: Path, verdict: Verdict, groups: Iterable[int]) -> None:
    starts = tuple(f"g{group}_" for group in groups) or ("g",)
    with open_project(project, write=True) as opened:
        names = {place.id: place.name for place in opened.catalog.places().values()}
        masks = [m for m in opened.catalog.list_masks() if names[m["place"]].startswith(starts)]
        decisions = [Decision(Subject.MASK, mask["id"], verdict) for mask in masks]
        opened.catalog.decide(decisions)


def place_ids(project: Project, groups: Iterable[int]) -> tuple[str, ...]:
    """Return the ids of the places of some groups."""
    starts = tuple(f"g{group}_" for group in groups)
    places = project.catalog.places().values()
    return tuple(sorted(place.id for place in places if place.name.startswith(starts)))


def truth(group: int, place: int) -> NDArray[np.uint8]:
    """Return the true mask (y, x) of a place."""
    return _surface(group, place)[0]


def reflectance(group: int, place: int) -> NDArray[np.float32]:
    """Return the reflectance (band, y, x) of a place."""
    mask, foam = _surface(group, place)
    noise = np.random.default_rng((group, place, 1)).normal(1, 0.1, (len(BANDS), SIDE, SIDE))
    values = np.broadcast_to(_WATER[:, None, None], noise.shape).copy()
    values[:, foam] = _FOAM[:, None]
    values[:, mask == 1] = _VESSEL[:, None]
    return (values * noise).astype(np.float32)


def _surface(group: int, place: int) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    draw = np.random.default_rng((group, place))
    mask, foam = np.zeros((SIDE, SIDE), np.uint8), np.zeros((SIDE, SIDE), bool)
    for _ in range(_VESSELS_PER_CHIP):
        y, x = draw.integers(2, SIDE - 10, 2)
        mask[y : y + 3, x : x + 8] = 1
        y, x = draw.integers(2, SIDE - 6, 2)
        foam[y : y + 4, x : x + 4] = True
    return mask, foam & (mask == 0)


def _write_chip(sources: Path, group: int, place: int, labels: NDArray[np.uint8]) -> None:
    name = f"g{group}_{place}.tif"
    east, north = 300_000 + 50_000 * group, 5_000_000 - 800 * place
    grid = {"crs": "EPSG:32633", "transform": Affine(10, 0, east, 0, -10, north)}
    dn = np.rint(reflectance(group, place) * 10_000).clip(1, None).astype(np.uint16)
    for part, pixels in (("images", dn), ("masks", labels[None])):
        (sources / part).mkdir(parents=True, exist_ok=True)
        size = {"count": len(pixels), "height": SIDE, "width": SIDE, "dtype": pixels.dtype}
        with rasterio.open(sources / part / name, "w", driver="GTiff", **grid, **size) as raster:
            raster.write(pixels)
            for index, band in enumerate(BANDS if part == "images" else (), start=1):
                raster.set_band_description(index, band)
