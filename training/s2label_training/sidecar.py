"""The XML file beside a published vessel U-Net: which bands it sees, and by what they are divided.

Source: github.com/nargyrop/sentinel-2-unet, ``trained_model/*.xml`` and the notebook that reads it.
Knows no torch.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from s2label.errors import InputError
from s2label.xml_documents import parse_xml
from s2label_training.documents import checked
from s2label_training.recipe import Recipe

if TYPE_CHECKING:
    from pathlib import Path

# What the file's band numbers count into, from 0: the bands of its author's stack.
STACK = ("B02", "B03", "B04", "B08", "B11", "B12", "B8A")
# Its maxima are DN of products before baseline 04.00, which had no offset.
QUANTIFICATION = 10_000.0
NDVI = "(B08 - B04) / (B08 + B04)"

_ROOT = "training_parameters"
_KIND = "the XML sidecar of a vessel U-Net"
_MOST_BYTES = 65_536
_LOSSES = {"jaccard": "jaccard", "dice": "dice", "binary_crossentropy": "cross_entropy"}


@dataclass(frozen=True)
class Sidecar:
    """What a sidecar says.

    Parameters
    ----------
    bands : tuple of str
        Bands in the order of the network's channels.
    maxima_reflectance : tuple of float
        Largest reflectance of each band, by which it is divided.
    has_ndvi : bool
        Whether NDVI is one more channel, after the bands.
    filters : int
        Filters of the first level.
    dropout : float
        Dropout, 0..1.
    batch_size : int
        Tiles of a step.
    loss : str
        The name of a term of a recipe's loss.
    """

    bands: tuple[str, ...]
    maxima_reflectance: tuple[float, ...]
    has_ndvi: bool
    filters: int
    dropout: float
    batch_size: int
    loss: str


class _Elements(BaseModel):
    """The elements of the file that matter here, as numbers."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    bands: tuple[Annotated[int, Field(ge=0, lt=len(STACK))], ...]
    ndvi: bool
    max_values: tuple[Annotated[float, Field(gt=0, allow_inf_nan=False)], ...]
    filters: int
    dropout: float
    batch_size: int
    loss: str

    @field_validator("bands", "max_values", mode="before")
    @classmethod
    def _apart(cls, text: Any) -> Any:
        return tuple(text.split(",")) if isinstance(text, str) else text

    @field_validator("loss")
    @classmethod
    def _known(cls, loss: str) -> str:
        if loss not in _LOSSES:
            raise ValueError(f"found {loss[:40]!r}, expected {', '.join(_LOSSES)}")
        return _LOSSES[loss]

    @model_validator(mode="after")
    def _one_maximum_per_channel(self) -> _Elements:
        if len(set(self.bands)) != len(self.bands):
            raise ValueError(f"bands: found {list(self.bands)}, expected each one once")
        # With NDVI there is one more, which the author divides by as well.
        if len(self.max_values) not in {len(self.bands), len(self.bands) + self.ndvi}:
            raise ValueError(
                f"max_values: found {len(self.max_values)}, expected {len(self.bands)}, as bands"
            )
        return self


def read_sidecar(path: Path) -> Sidecar:
    """Read the XML file beside a published vessel U-Net.

    Raises
    ------
    InputError
        If it is no such file, larger than 64 KiB, or declares a document type, whose entities could
        grow without end or read other files.
    """
    found = checked(_Elements, _read_elements(path), path, strict=False)
    maxima = found.max_values[: len(found.bands)]
    return Sidecar(
        bands=tuple(STACK[number] for number in found.bands),
        maxima_reflectance=tuple(maximum / QUANTIFICATION for maximum in maxima),
        has_ndvi=found.ndvi,
        filters=found.filters,
        dropout=found.dropout,
        batch_size=found.batch_size,
        loss=found.loss,
    )


def recipe_of_sidecar(path: Path) -> Recipe:
    """Return the recipe of the network that a sidecar describes: a plain U-Net, turns and flips.

    What the file does not say, such as the learning rate, has its default. Its padding is left
    out: images are predicted in tiles that overlap instead.

    Raises
    ------
    InputError
        If the file is no sidecar, or no network can be built as it says.
    """
    read = read_sidecar(path)
    document = {
        "name": re.sub(r"[^A-Za-z0-9_-]+", "-", path.stem)[:40],
        "description": f"As {path.name} says.",
        "input": {
            "bands": read.bands,
            "indices": [NDVI] if read.has_ndvi else [],
            "normalisation": "sidecar",
            "sidecar": str(path.absolute()),
        },
        "network": {"architecture": "unet", "filters": read.filters, "dropout": read.dropout},
        "loss": {"terms": {read.loss: 1.0}},
        "fit": {"batch_size": read.batch_size},
    }
    return checked(Recipe, document, path)


def _read_elements(path: Path) -> dict[str, str]:
    root = parse_xml(path, _KIND, _MOST_BYTES)
    if root.tag != _ROOT:
        found = f"found <{root.tag[:40]}>"
        raise InputError(path, found, f"<{_ROOT}>, {_KIND}")
    return {child.tag: (child.text or "").strip() for child in root}
