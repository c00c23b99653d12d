"""Model bundles made by hand: tiny networks with records that fit the made projects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from s2label_training.bundle import ModelClass, ModelRecord, TrainingData, write_record
from s2label_training.networks import build_network
from s2label_training.recipe import Recipe
from s2label_training.weights import save_weights

from s2label.types import Lifetime

if TYPE_CHECKING:
    from pathlib import Path

    from torch import nn

BANDS = ("B02", "B03", "B04", "B08")
CLASSES = (
    ModelClass(value=0, name="background", colour="#000000"),
    ModelClass(value=1, name="vessel", colour="#ff3b30"),
)


def recipe(tile_px: int = 64, **sections: Any) -> Recipe:
    """Return the recipe of the smallest plain U-Net."""
    document = {
        "name": "tiny",
        "input": {"tile_px": tile_px},
        "network": {"architecture": "unet", "filters": 4},
    }
    return Recipe.model_validate(document | sections)


def record(id_: str = "tiny-1", **changes: Any) -> ModelRecord:
    """Return the record of a model of four bands that tells vessels from background."""
    channels = len(changes.get("bands", BANDS)) + len(changes.get("indices", ()))
    fields: dict[str, Any] = {
        "id": id_,
        "recipe": recipe(),
        "program": "s2label 0.1.0",
        "created_at": "2024-05-01T12:00:00.000Z",
        "who": "test",
        "lifetime": Lifetime.MOVING,
        "classes": CLASSES,
        "bands": BANDS,
        "indices": (),
        "offset": (0.05,) * channels,
        "scale": (0.1,) * channels,
        "typical": ((0.0, 0.4),) * channels,
        "gsd_m": 10.0,
        "tile_px": 64,
        "threshold": 0.5,
        "data": training_data(),
        "metrics": {},
        "epochs": 1,
        "weights_sha256": "0" * 64,
    }
    return ModelRecord.model_validate(fields | changes)


def training_data(*training_places: str, trust: str = "checked") -> TrainingData:
    """Return what a model learnt from."""
    return TrainingData(
        digest="0" * 64,
        chips=len(training_places),
        pixels={"background": 1, "vessel": 1},
        checked_share=1.0,
        trust=trust,
        training_places=training_places,
        validation_places=(),
    )


def network_of(its: ModelRecord, seed: int = 0) -> nn.Module:
    """Return an untrained network of a record, always the same for a seed."""
    torch.manual_seed(seed)
    channels = len(its.bands) + len(its.indices)
    return build_network(its.recipe.network, channels, len(its.classes))


def write_bundle(folder: Path, its: ModelRecord, network: nn.Module | None = None) -> ModelRecord:
    """Write a bundle, of an untrained network where none is given; return the record as written."""
    folder.mkdir(parents=True, exist_ok=True)
    sha256 = save_weights(folder / "weights.safetensors", network or network_of(its))
    written = its.model_copy(update={"weights_sha256": sha256})
    write_record(folder, written)
    return written
