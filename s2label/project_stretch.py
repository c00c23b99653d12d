"""The stretch of a project: measured on a seeded sample of its images, kept in project.toml."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from s2label.errors import InputError
from s2label.progress import Job, Progress
from s2label.raster import RasterPool, read_bands, reflectance
from s2label.stretch import choose_sample, compute_stretch
from s2label.stretch_sample import sample_key, sample_pixels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from s2label.grid import Grid
    from s2label.project import Project
    from s2label.stretch_sample import Samples
    from s2label.types import ImageRecord


def update_stretch(project: Project, held: Samples | None = None) -> Job[list[str]]:
    """Measure the stretch anew if the images to sample changed, unless the user fixed it.

    Images of which `held` has the sample already are not read. Returns one line per image that
    could not be read: the stretch is then of the others.
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
            grid = places[image.place_id].grid
            dn = (held or {}).get(sample_key(image, grid))
            try:
                pixels = _sample_of(image, grid, pool) if dn is None else dn
                measured.append(_reflectance_of(image, pixels))
            except InputError as error:
                unread.append(f"not in the stretch: {error}")
    yield Progress(len(images), len(images), "measuring the stretch")
    found = compute_stretch(measured, stretch.percentiles)
    project.keep_stretch(replace(found, sample="" if unread else sample))
    return unread


def _sample_of(image: ImageRecord, grid: Grid, pool: RasterPool) -> NDArray[Any]:
    if not image.bands:
        return np.empty((0, 0), dtype=np.float32)
    return sample_pixels(read_bands(image.bands, grid, open_=pool.open), image.bands)


def _reflectance_of(
    image: ImageRecord, pixels: NDArray[Any]
) -> tuple[Sequence[str], NDArray[np.float32]]:
    """Return what `compute_stretch` wants: a sample is an image of one row."""
    if not image.bands:
        return [], np.empty((0, 1, 0), dtype=np.float32)
    return [band.name for band in image.bands], reflectance(pixels[:, None], image.bands)


def _sample_key(images: Mapping[str, ImageRecord]) -> str:
    parts = [f"{id_}:{image.fingerprint}" for id_, image in images.items()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
