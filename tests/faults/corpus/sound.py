"""Sound material that every bad input is made from: projects, exports, models, results, sources."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from tests.factories import fleet, ports, shelf
from tests.factories.commands import do
from tests.factories.exports import export
from tests.factories.products import Recipe, write_product, zipped
from tests.factories.rebuilding import make_worked_project
from tests.factories.results import record_of, utm_grid, write_result

if TYPE_CHECKING:
    from pathlib import Path

MODEL = "vessels-1"
SIDE = 64


@dataclass(frozen=True)
class Sound:
    """Everything is made when it is first asked for, in a folder of its own."""

    folder: Path

    @cached_property
    def project(self) -> Path:
        """A project of vessels with two places; masks accepted, a model without a network."""
        project = fleet.make_fleet(self.folder / "fleet", groups=2, places=1)
        fleet.accept(project)
        shelf.write_bundle(project / "models", MODEL)
        do("models", "promote", project, MODEL)
        return project

    @cached_property
    def worked(self) -> Path:
        """A land-cover project in which somebody worked; ``sources`` and ``out`` lie beside it."""
        return make_worked_project(self.folder / "worked")

    @cached_property
    def export(self) -> Path:
        """An export of it."""
        out = self.folder / "worked" / "out"
        export(self.worked, out, format="png", include_open=True)
        return out

    @cached_property
    def port(self) -> Path:
        """A folder with a raster per band."""
        return ports.band_folder(self.folder / "port")

    @cached_property
    def chips(self) -> Path:
        """A folder of rasters with four bands each, and masks of the same names in ``masks``."""
        ports.chip_masks(self.folder / "chips" / "masks")
        return ports.chip_folder(self.folder / "chips" / "images")

    @cached_property
    def product(self) -> Path:
        """A whole L1C product as a folder."""
        return write_product(self.folder / "product")

    @cached_property
    def archive(self) -> Path:
        """The same product as a zip."""
        return zipped(self.product, self.folder / f"{self.product.stem}.zip")

    @cached_property
    def result(self) -> Path:
        """A folder with what `s2label predict` writes: classes, probabilities, rgb, objects."""
        folder = self.folder / "result"
        chances = np.zeros((1, SIDE, SIDE))
        chances[:, 20:24, 20:28] = 0.9
        grid, record = utm_grid((SIDE, SIDE)), replace(record_of(), scene="result/scene.tif")
        write_result(folder, chances, grid, record)
        picture = np.random.default_rng(0).integers(1, 255, (3, SIDE, SIDE), dtype=np.uint8)
        settings = {"crs": grid.crs, "transform": grid.affine}
        ports.write_raster(folder / "rgb.tif", picture, **settings)
        scene = np.full((4, SIDE, SIDE), 600, np.uint16)
        scene[:, :20] = 200
        ports.write_raster(folder / "scene.tif", scene, ports.BANDS, **settings)
        return folder

    @cached_property
    def granule(self) -> Path:
        """The granule of an L2A product, whose bands lie in folders by resolution."""
        return next(write_product(self.folder / "l2a", Recipe("L2A")).glob("GRANULE/*"))
