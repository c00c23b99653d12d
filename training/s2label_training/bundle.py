"""The model bundle: a folder with ``model.json`` and ``weights.safetensors``. Knows no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from s2label.types import Lifetime
from s2label_training.recipe import Recipe

if TYPE_CHECKING:
    from pathlib import Path

RECORD_NAME = "model.json"
WEIGHTS_NAME = "weights.safetensors"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ModelClass(_Part):
    """A class that the network tells; value 0 is background."""

    value: int
    name: str
    colour: str


class TrainingData(_Part):
    """What a model learnt from and was scored on.

    ``digest`` is a SHA-256 over images, mask and ignore versions, in order.
    """

    digest: str
    chips: int
    pixels: dict[str, int] = Field(description="Class name -> labelled pixels that it learnt from.")
    checked_share: float
    trust: str
    training_places: tuple[str, ...]
    validation_places: tuple[str, ...]


class ModelRecord(_Part):
    """Everything but the weights.

    A channel is a band or an index; normalised = (reflectance - offset) / scale, 0 at nodata.
    ``typical`` are the 1st and 99th percentile of each channel in the training chips.
    """

    format: Literal[1] = 1
    id: str
    recipe: Recipe
    program: str
    created_at: str
    who: str
    lifetime: Lifetime
    classes: tuple[ModelClass, ...]
    bands: tuple[str, ...]
    indices: tuple[str, ...]
    offset: tuple[float, ...]
    scale: tuple[float, ...]
    typical: tuple[tuple[float, float], ...]
    gsd_m: float
    tile_px: int
    threshold: float
    data: TrainingData
    metrics: dict[str, Any] = Field(description="Scores on the validation chips.")
    epochs: int
    parent: str = ""
    weights_sha256: str

    @property
    def class_values(self) -> tuple[int, ...]:
        """Stored value of each output of the network."""
        return tuple(c.value for c in self.classes)


def record_path(folder: Path) -> Path:
    """Return where a bundle keeps its record."""
    return folder / RECORD_NAME
