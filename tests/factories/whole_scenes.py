"""Scenes to be predicted whole: a coast with vessels in seven bands, some of it without data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import rasterio
import torch
from affine import Affine
from s2label_training.predict import Predictor
from s2label_training.scene.request import ResultFiles, SceneRequest
from s2label_training.scene.run import predict_scene

from s2label.importers.options import ImportOptions
from s2label.progress import finish
from s2label.scenes import require_one_scene
from tests.factories import bundles
from tests.factories.products import USUAL, Recipe, ground, write_product, zipped

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from numpy.typing import NDArray
    from s2label_training.bundle import ModelRecord
    from s2label_training.scene.run import SceneReport

    from s2label.progress import Progress

BANDS = ("B03", "B04", "B08", "B11")
TILE_PX = 64
SIDE = 288


def coast(side: int = SIDE, nodata_columns: int | None = None) -> dict[str, NDArray[np.uint16]]:
    """Return DN of the usual bands: land, water with bright vessels, no data at the left."""
    bands = ground(side)
    empty = side // 16 * 2 if nodata_columns is None else nodata_columns
    draw = np.random.default_rng(1)
    spots = draw.integers(0, side // 2 - 4, (30, 2)) * 2
    for name in USUAL:
        step = side // len(bands[name])
        for y, x in spots:
            bands[name][y // step : (y + 4) // step, x // step : (x + 8) // step] = 3000
        bands[name][:, : empty // step] = 0
    return bands


def write_scene(folder: Path, side: int = SIDE, **fields: Any) -> Path:
    """Write a product in a zip, JPEG2000, and return it."""
    return zipped(write_product(folder, Recipe(bands=coast(side), side=side, **fields)))


def write_bands(
    path: Path,
    pixels: NDArray[np.uint16],
    crs: str = "EPSG:32633",
    transform: tuple[float, ...] = (10, 0, 500_000, 0, -10, 5_100_000),
) -> Path:
    """Write DN (band, y, x) of blue and the model's bands as a GeoTIFF and return it."""
    profile = {"count": len(pixels), "height": pixels.shape[1], "width": pixels.shape[2]}
    profile |= {"dtype": "uint16", "crs": crs, "transform": Affine(*transform)}
    with rasterio.open(path, "w", driver="GTiff", **profile) as dataset:
        dataset.write(pixels)
        dataset.descriptions = ("B02", *BANDS)
    return path


def write_model(folder: Path, near_water_px: int = 0, seed: int = 0, **changes: Any) -> ModelRecord:
    """Write a bundle of four bands, one of them of 20 m, whose network has seen images."""
    recipe = bundles.recipe(proposals={"near_water_px": near_water_px})
    settings: dict[str, Any] = {"bands": BANDS, "recipe": recipe, "threshold": 0.4}
    its = bundles.record(**(settings | changes))
    network = bundles.network_of(its, seed)
    with torch.no_grad():
        for _ in range(5):
            network(torch.randn(2, len(its.bands), 64, 64))
    return bundles.write_bundle(folder, its, network)


def predictor(folder: Path, tile_px: int = TILE_PX) -> Predictor:
    """Return a model that predicts in small tiles."""
    return Predictor(folder, "cpu", "fp32", tile_px)


def request(source: Path, folder: Path, *others: str, **wishes: Any) -> SceneRequest:
    """Return a request for ``classes.tif`` in a folder, and for others: ``rgb.tif``, ..."""
    named = {name.partition(".")[0]: folder / name for name in others}
    files = ResultFiles(folder / "classes.tif", **named)
    return SceneRequest(source, files, **({"options": ImportOptions()} | wishes))


def predict(
    wanted: SceneRequest,
    model: Predictor,
    on_progress: Callable[[Progress], None] | None = None,
) -> SceneReport:
    """Predict a scene to its end."""
    found = require_one_scene(wanted.source, wanted.options)
    return finish(predict_scene(wanted, found, model), on_progress)
