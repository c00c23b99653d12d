"""Models for made scenes, and predictions of them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from s2label_training.predict import Predictor
from s2label_training.scene.request import ResultFiles, SceneRequest
from s2label_training.scene.run import predict_scene

from s2label.importers.options import ImportOptions
from s2label.progress import finish
from s2label.scenes import require_one_scene
from tests.factories import bundles
from tests.factories.made_scenes import BANDS, SIDE, coast, write_bands, write_scene

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from s2label_training.bundle import ModelRecord
    from s2label_training.scene.run import SceneReport

    from s2label.progress import Progress

__all__ = [
    "BANDS",
    "SIDE",
    "TILE_PX",
    "coast",
    "predict",
    "predictor",
    "request",
    "write_bands",
    "write_model",
    "write_scene",
]

TILE_PX = 64


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


if __name__ == "__main__":
    write_model(Path(sys.argv[1]))
