"""The model bundle: a folder with ``model.json`` and ``weights.safetensors``. Knows no torch."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from s2label.durable import sha256_of, write_whole
from s2label.errors import InputError
from s2label.expressions import parse_expression
from s2label.types import BACKGROUND, MAX_CLASS, Lifetime
from s2label_training.documents import checked
from s2label_training.recipe import Recipe
from s2label_training.suitability import check_values, refusal
from s2label_training.weights_file import pickled, pickled_in, refuse_pickled

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "ModelClass",
    "ModelRecord",
    "TrainingData",
    "check_values",
    "read_record",
    "record_path",
    "refusal",
    "refuse_pickled",
    "verify_weights",
    "write_record",
]

RECORD_NAME = "model.json"
WEIGHTS_NAME = "weights.safetensors"
# Letters that every file system takes; no path can be hidden in an id.
ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$"

_FORMAT = 1
_AGAIN = "copy the model anew, or train it again"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ModelClass(_Part):
    """A class that the network tells; value 0 is background."""

    value: Annotated[int, Field(ge=BACKGROUND, le=MAX_CLASS)]
    name: str
    colour: str


class TrainingData(_Part):
    """What a model learnt from and was scored on.

    ``digest`` is a SHA-256 over images, mask and ignore versions, in order. After a warm start
    ``training_places`` are also those of the model that it started from. ``hold_out`` are the
    groups that were held out instead of the frozen ones; older bundles do not tell.
    """

    digest: str
    chips: int
    pixels: dict[str, int] = Field(description="Class name -> labelled pixels that it learnt from.")
    checked_share: float
    trust: str
    training_places: tuple[str, ...]
    validation_places: tuple[str, ...]
    hold_out: tuple[str, ...] = ()


class ModelRecord(_Part):
    """Everything but the weights.

    A channel is a band or an index; normalised = (reflectance - offset) / scale, 0 at nodata.
    ``typical`` are the 1st and 99th percentile of each channel in the training chips.
    """

    format: Literal[1] = 1
    id: Annotated[str, Field(pattern=ID_PATTERN)]
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

    @model_validator(mode="after")
    def _one_of_each_per_channel(self) -> ModelRecord:
        channels = len(self.bands) + len(self.indices)
        for field in ("offset", "scale", "typical"):
            found = len(getattr(self, field))
            if found != channels:
                raise ValueError(
                    f"{field}: found {found} values, expected one per channel, {channels}"
                )
        if 0 in self.scale:
            raise ValueError("scale: found 0, expected numbers that one can divide by")
        for index in self.indices:
            parse_expression(index)
        return self

    @property
    def class_values(self) -> tuple[int, ...]:
        """Stored value of each output of the network."""
        return tuple(c.value for c in self.classes)


def record_path(folder: Path) -> Path:
    """Return where a bundle keeps its record."""
    return folder / RECORD_NAME


def write_record(folder: Path, record: ModelRecord) -> None:
    """Write a bundle's record, whole or not at all."""
    write_whole(record_path(folder), record.model_dump_json(indent=1).encode() + b"\n")


def read_record(folder: Path) -> ModelRecord:
    """Read a bundle's record; the weights are not looked at, see `verify_weights`.

    Raises
    ------
    InputError
        If there is no record, or it is damaged, of a newer program, or contradicts itself.
    """
    path = record_path(folder)
    if not path.is_file():
        raise _absent(folder, RECORD_NAME)
    try:
        document = json.loads(path.read_bytes())
    except (RecursionError, ValueError) as error:
        raise InputError(path, f"not JSON ({error})", "the record of a model", _AGAIN) from error
    if not isinstance(document, dict):
        raise InputError(path, "not a JSON object", "the record of a model", _AGAIN)
    _refuse_newer(path, document.get("format"))
    return checked(ModelRecord, document, path)


def verify_weights(folder: Path, record: ModelRecord) -> Path:
    """Return the file of a bundle's weights after a look at its first bytes and its SHA-256.

    Raises
    ------
    InputError
        If it is missing, pickled, no safetensors file, or not the one that the record names.
    """
    path = folder / WEIGHTS_NAME
    if not path.is_file():
        raise _absent(folder, WEIGHTS_NAME)
    refuse_pickled(path)
    found = sha256_of(path)
    if found != record.weights_sha256:
        raise InputError(
            path,
            f"changed or damaged: found SHA-256 {found[:12]}…",
            f"{record.weights_sha256[:12]}… of {RECORD_NAME}",
            _AGAIN,
        )
    return path


def _absent(folder: Path, name: str) -> InputError:
    if not folder.is_dir():
        return InputError(folder, "no such model", f"a folder with {RECORD_NAME}")
    found = pickled_in(folder)
    if found is not None:
        return pickled(found, "looks pickled")
    return InputError(folder, f"no {name}", f"{RECORD_NAME} and {WEIGHTS_NAME}", _AGAIN)


def _refuse_newer(path: Path, number: object) -> None:
    if isinstance(number, int) and number > _FORMAT:
        raise InputError(
            path,
            f"is of a newer program (format {number})",
            f"format {_FORMAT}",
            "update s2label to use this model",
        )
