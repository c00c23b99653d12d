"""The stretch of a project: measured on a seeded sample of its images, kept in project.toml."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from s2label.errors import InputError
from s2label.progress import Job, Progress
from s2label.raster import RasterPool, read_bands, reflectance
from s2label.stretch import choose_sample, compute_stretch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from s2label.grid import Grid
    from s2label.project import Project
    from s2label.types import ImageRecord


def update_stretch(project: Project) -> Job[list[str]]:
    """Measure the stretch anew if the images to sample changed, unless the user fixed it.

    Returns one line per image that could not be read: the stretch is then of the others.
    """
    stretch = project.settings.stretch
    images = project.catalog.images(choose_sample(project.catalog.image_ids()))
    sample = _sample_key(images)
    unread: list[str] = []
    if stretch.fixed or stretch.sample == sample:
        return unread
    places = project.catalog.places()
    measured: list[tuple[Sequence[str], NDArray[np.float32]]] = []
    with RasterPool() as pool:
        for done, image in enumerate(images.values()):
            yield Progress(done, len(images), "measuring the stretch")
            try:
                measured.append(_reflectance_of(image, places[image.place_id].grid, pool))
            except InputError as error:
                unread.append(f"not in the stretch: {error}")
    yield Progress(len(images), len(images), "measuring the stretch")
    found = compute_stretch(measured, stretch.percentiles)
    project.keep_stretch(replace(found, sample="" if unread else sample))
    return unread


def _reflectance_of(
    image: ImageRecord, grid: Grid, pool: RasterPool
) -> tuple[Sequence[str], NDArray[np.float32]]:
    if not image.bands:
        return [], np.empty((0, *grid.shape), dtype=np.float32)
    dn = read_bands(image.bands, grid, open_=pool.open)
    return [band.name for band in image.bands], reflectance(dn, image.bands)


def _sample_key(images: Mapping[str, ImageRecord]) -> str:
    parts = [f"{id_}:{image.fingerprint}" for id_, image in images.items()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
