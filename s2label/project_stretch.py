"""The stretch of a project: measured on a seeded sample of its images, kept in project.toml."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from s2label.progress import Job, Progress
from s2label.raster import RasterPool, read_bands, reflectance
from s2label.stretch import choose_sample, compute_stretch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from s2label.project import Project
    from s2label.types import ImageRecord


def update_stretch(project: Project) -> Job[None]:
    """Measure the stretch anew if the images to sample changed, unless the user fixed it."""
    stretch = project.settings.stretch
    images = project.catalog.images(choose_sample(project.catalog.image_ids()))
    sample = _sample_key(images)
    if stretch.fixed or stretch.sample == sample:
        return
    yield Progress(0, len(images), "measuring the stretch")
    places = project.catalog.places()
    measured: list[tuple[Sequence[str], NDArray[np.float32]]] = []
    with RasterPool() as pool:
        for done, image in enumerate(images.values(), start=1):
            if image.bands:
                grid = places[image.place_id].grid
                dn = read_bands(image.bands, grid, open_=pool.open)
                measured.append(([b.name for b in image.bands], reflectance(dn, image.bands)))
            yield Progress(done, len(images), "measuring the stretch")
    project.keep_stretch(replace(compute_stretch(measured, stretch.percentiles), sample=sample))


def _sample_key(images: Mapping[str, ImageRecord]) -> str:
    parts = [f"{id_}:{image.fingerprint}" for id_, image in images.items()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
