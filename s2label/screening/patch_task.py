"""Screening a patch: what a worker process does; it reads, writes cloud rasters, and answers."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import rasterio

from s2label.errors import S2LabelError
from s2label.masks import read_mask
from s2label.raster import RasterPool, reflectance
from s2label.screening.classes import NODATA
from s2label.screening.cloud_rasters import write_clouds
from s2label.screening.ground import Ground, Patch, Target
from s2label.screening.guard import findings_of
from s2label.screening.measuring import find_water, measure_bands, measure_shares
from s2label.screening.methods import Method, source_for
from s2label.screening_records import FindingRecord, ScreeningRecord
from s2label.types import NOT_LABELLED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from s2label.screening.methods import CloudSource


@dataclass(frozen=True)
class Screened:
    """What came of an image: what was found, or why it could not be read."""

    image_id: str
    record: ScreeningRecord | None = None
    findings: tuple[FindingRecord, ...] = ()
    error: str = ""


@dataclass(frozen=True)
class PatchTask:
    """A patch to be screened by a method; cloud rasters go into a project's folder."""

    patch: Patch
    method: Method
    folder: Path

    def __call__(self) -> list[Screened]:
        """Screen all images; where one cannot be read, the others are screened without it."""
        with rasterio.Env(), RasterPool() as pool:
            try:
                return list(self._screen(pool))
            except S2LabelError as error:
                if len(self.patch.targets) == 1 and not self.patch.neighbours:
                    return [Screened(self.patch.image.id, error=str(error))]
        return [screened for alone in self._each_alone() for screened in alone()]

    def _each_alone(self) -> Iterator[PatchTask]:
        for target in self.patch.targets:
            yield replace(self, patch=Patch((target,), target.grid))

    def _screen(self, pool: RasterPool) -> Iterator[Screened]:
        ground = Ground(self.patch, pool)
        source = source_for(ground.image, self.method)
        classes = source.classes(ground)
        classes[~ground.has_data()] = NODATA
        for target in self.patch.targets:
            part = self.patch.part_of(target)
            yield self._screen_image(target, source, ground.dn()[:, *part], classes[part])

    def _screen_image(
        self,
        target: Target,
        source: CloudSource,
        dn: NDArray[np.generic],
        classes: NDArray[np.uint8],
    ) -> Screened:
        image = target.image
        values = reflectance(dn, image.bands)
        bands = {band.name: layer for band, layer in zip(image.bands, values, strict=True)}
        water = find_water(bands, classes)
        shares = measure_shares(classes, _labelled(target), water)
        statistics = measure_bands([band.name for band in image.bands], values)
        record = ScreeningRecord(
            image.id, image.version, str(source.method), **asdict(shares), statistics=statistics
        )
        found = tuple(
            FindingRecord(image.id, image.version, str(f.kind), f.words)
            for f in findings_of(image, dn)
        )
        write_clouds(self.folder, image.id, image.version, classes, target.grid)
        return Screened(image.id, record, found)


def _labelled(target: Target) -> NDArray[np.bool_] | None:
    """Return which pixels have a label, ignored ones aside; None without a mask to read."""
    if target.mask is None:
        return None
    with suppress(S2LabelError):  # `check` tells of damaged masks; clouds can be found without
        labels: NDArray[np.bool_] = read_mask(target.mask).classes < NOT_LABELLED
        return labels if labels.shape == target.grid.shape else None
    return None
