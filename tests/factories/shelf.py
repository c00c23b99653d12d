"""Model bundles without a network: records, and weights of no tensors; nothing imports torch."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from s2label_training.bundle import (
    WEIGHTS_NAME,
    ModelClass,
    ModelRecord,
    TrainingData,
    write_record,
)
from s2label_training.recipe import find_recipe

from s2label.types import Lifetime

if TYPE_CHECKING:
    from pathlib import Path

BANDS = ("B02", "B03", "B04", "B08")
# The shortest safetensors file: the length of the header, and a header that names no tensor.
WEIGHTS = (2).to_bytes(8, "little") + b"{}"


def record(id_: str = "vessels-1", weights: bytes = WEIGHTS, **changes: Any) -> ModelRecord:
    """Return the record of a model that tells vessels from background."""
    fields: dict[str, Any] = {
        "id": id_,
        "recipe": find_recipe("vessels_unet"),
        "program": "0.1.0",
        "created_at": "2024-05-01T12:00:00.000Z",
        "who": "test",
        "lifetime": Lifetime.MOVING,
        "classes": (
            ModelClass(value=0, name="background", colour="#000000"),
            ModelClass(value=1, name="vessel", colour="#ff3b30"),
        ),
        "bands": BANDS,
        "indices": (),
        "offset": (0.0,) * len(BANDS),
        "scale": (0.3,) * len(BANDS),
        "typical": ((0.01, 0.25),) * len(BANDS),
        "gsd_m": 10.0,
        "tile_px": 64,
        "threshold": 0.4,
        "data": TrainingData(
            digest="0" * 64,
            chips=4,
            pixels={"vessel": 120},
            checked_share=0.5,
            trust="checked",
            training_places=("p0", "p1"),
            validation_places=("p2",),
        ),
        "metrics": {"headline": 0.61},
        "epochs": 30,
        "weights_sha256": hashlib.sha256(weights).hexdigest(),
    }
    return ModelRecord.model_validate(fields | changes)


def write_bundle(models: Path, id_: str = "vessels-1", **changes: Any) -> Path:
    """Write a bundle into a folder of models and return its folder."""
    folder = models / id_
    folder.mkdir(parents=True)
    (folder / WEIGHTS_NAME).write_bytes(WEIGHTS)
    write_record(folder, record(id_, **changes))
    return folder
