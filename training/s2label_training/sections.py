"""Sections of a recipe, each with the checks that it can make alone. Knows no torch."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from s2label.bands import parse_bands
from s2label.expressions import parse_expression

Share = Annotated[float, Field(ge=0, le=1)]
LossTerm = Literal["dice", "jaccard", "focal", "cross_entropy"]


class Section(BaseModel):
    """A section of a recipe; unknown fields are errors, so that a typing mistake is told."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class InputSettings(Section):
    """What the network sees."""

    bands: Literal["all"] | tuple[str, ...] = Field(
        "all", description='Bands in order, or "all": those that every labelled chip has.'
    )
    indices: tuple[str, ...] = Field(
        (), description="Arithmetic over bands, each one more channel: (B08 - B04) / (B08 + B04)."
    )
    normalisation: Literal["mean_std", "maxima", "imagenet", "sidecar"] = Field(
        "mean_std",
        description="mean_std: mean 0, deviation 1 on the training chips; maxima: divided by the "
        "largest value of each channel; imagenet: red, green and blue from their 2nd to 98th "
        "percentile to 0..1, then by ImageNet's mean and deviation, other channels as mean_std; "
        "sidecar: divided by the maxima of a published XML sidecar.",
    )
    sidecar: str = Field(
        "",
        validate_default=True,
        description="sidecar: path of the XML file, relative to the recipe.",
    )
    tile_px: int = Field(
        64,
        ge=32,
        le=1024,
        multiple_of=32,
        description="Side of a tile in px; for unet a power of two, 64 or more.",
    )

    @field_validator("bands", mode="before")
    @classmethod
    def _known_bands(cls, bands: Any) -> Any:
        if bands == "all":
            return bands
        if isinstance(bands, list | tuple):
            if not all(isinstance(name, str) for name in bands):
                return tuple(bands)
            if not bands:
                raise ValueError('found no band, expected "all" or a list of bands')
            bands = ",".join(bands)
        # Also "B04,B03,B02" in one text, which is easier to type on a command line.
        return parse_bands(bands) if isinstance(bands, str) else bands

    @field_validator("indices")
    @classmethod
    def _arithmetic_over_bands(
        cls, indices: tuple[str, ...], info: ValidationInfo
    ) -> tuple[str, ...]:
        parsed = [parse_expression(text) for text in indices]
        texts = tuple(each.text for each in parsed)
        if len(set(texts)) != len(texts):
            raise ValueError("found an index twice, expected each one once")
        bands = info.data.get("bands", "all")
        needed = {band for each in parsed for band in each.bands}
        if bands != "all" and not needed <= set(bands):
            missing = ", ".join(sorted(needed - set(bands)))
            raise ValueError(f"found an index over {missing}, expected only bands of input.bands")
        return texts

    @field_validator("sidecar")
    @classmethod
    def _sidecar_where_needed(cls, path: str, info: ValidationInfo) -> str:
        if info.data.get("normalisation") == "sidecar" and not path:
            raise ValueError("found no path, expected one, since input.normalisation is sidecar")
        return path


class NetworkSettings(Section):
    """The network."""

    architecture: Literal["unet", "resnet34_unet"] = Field(
        "resnet34_unet",
        description="unet: four poolings, plain; resnet34_unet: a ResNet34 as encoder.",
    )
    filters: int = Field(
        64, ge=4, le=256, description="unet: filters of the first level, doubled at each pooling."
    )
    dropout: float = Field(
        0.0, ge=0, lt=1, description="Share of features that are dropped while it learns, 0..1."
    )
    encoder_stages: int = Field(
        4,
        ge=2,
        le=4,
        description="resnet34_unet: how many of the ResNet's four stages are used, from the first; "
        "fewer are quicker and see less far.",
    )
    encoder_weights: str = Field(
        "none",
        description='resnet34_unet: "none", "imagenet" (by name, from the cache of the library), '
        "or the path of a .safetensors checkpoint of timm or torchgeo, relative to the recipe.",
    )
    contrast: Literal["absolute", "local"] = Field(
        "absolute",
        description="local: each channel less the dark level of its surroundings, on a scale that "
        "is fine near it; haze and the brightness of the sea then make no difference.",
    )


class AugmentSettings(Section):
    """How training tiles are varied; nothing that changes spectra but a resized crop."""

    turns: bool = Field(True, description="Quarter turns.")
    flips: bool = Field(True, description="Flips left-right and up-down.")
    shift_px: int = Field(
        0, ge=0, description="Moved by up to so many px; what comes in is mirrored, without weight."
    )
    paste_share: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Chance of a tile to be given the objects of another, where it is as even as "
        "open water; for classes beside a background.",
    )
    crop_px: int = Field(
        0, ge=0, multiple_of=32, description="Random resized crop to this side in px; 0: none."
    )
    crop_scale: tuple[Share, Share] = Field(
        (0.5, 1.0), description="Smallest and largest share of the tile's area that a crop takes."
    )

    @field_validator("crop_scale")
    @classmethod
    def _rising(cls, scale: tuple[float, float]) -> tuple[float, float]:
        if not 0 < scale[0] <= scale[1]:
            raise ValueError(f"found {list(scale)}, expected two shares above 0, the smaller first")
        return scale


class SamplingSettings(Section):
    """Which tiles an epoch sees."""

    tiles_per_epoch: int = Field(
        0, ge=0, description="Tiles of an epoch; 0: as many as cover the labelled chips once."
    )
    object_share: float = Field(
        0.0, ge=0, le=1, description="Share of tiles centred near labelled objects; 0: by chance."
    )
    hard_share: float = Field(
        0.0, ge=0, le=1, description="Share of tiles where the network was most wrong lately."
    )

    @field_validator("hard_share")
    @classmethod
    def _at_most_all(cls, hard: float, info: ValidationInfo) -> float:
        near = info.data.get("object_share", 0.0)
        if near + hard > 1:
            raise ValueError(f"found {hard} beside object_share {near}, expected at most 1 in sum")
        return hard


class LossSettings(Section):
    """What is made small: a sum of terms, by name and weight."""

    terms: dict[LossTerm, float] = Field({"dice": 1.0}, description="Terms and their weights.")
    class_weights: Literal["none", "balanced"] = Field(
        "none", description="balanced: cross_entropy and focal count rare classes more."
    )
    focal_gamma: float = Field(
        2.0, ge=0, description="focal: exponent by which easy pixels count less."
    )

    @field_validator("terms")
    @classmethod
    def _some_and_positive(cls, terms: dict[str, float]) -> dict[str, float]:
        if not terms or min(terms.values()) <= 0:
            raise ValueError(f"found {terms}, expected at least one term, with weights above 0")
        return terms


class OptimiserSettings(Section):
    """How the weights move."""

    kind: Literal["adam", "adamw", "sgd"] = Field("adam", description="Which optimiser.")
    lr: float = Field(1e-3, gt=0, description="Largest learning rate, of the last layers.")
    momentum: float = Field(0.9, ge=0, lt=1, description="sgd: Nesterov momentum; 0: none.")
    weight_decay: float = Field(0.0, ge=0, description="Weight decay.")
    schedule: Literal["constant", "one_cycle", "cosine"] = Field(
        "constant", description="How the learning rate goes over a stage of the fit."
    )


class FitSettings(Section):
    """How long, and in which steps."""

    epochs: int = Field(30, ge=1, description="Epochs in all.")
    batch_size: int = Field(16, ge=1, description="Tiles of a step.")
    max_minutes: float = Field(
        0.0,
        ge=0,
        description="Stop after so many minutes, the learning rate lowered by then; 0: never.",
    )
    early_stop_epochs: int = Field(
        0, ge=0, description="Stop after so many epochs without a better score; 0: never."
    )
    frozen_epochs: int = Field(
        0, ge=0, description="Epochs at first in which only the decoder learns."
    )
    lr_search: bool = Field(False, description="Search the learning rate before all layers learn.")
    lr_decay: float = Field(
        1.0, ge=1, description="The first layers' rate is the last ones' divided by this."
    )
    precision: Literal["auto", "bf16", "fp32"] = Field(
        "auto", description="auto: bf16 where the processor or GPU has it."
    )
    channels_last: bool = Field(True, description="Memory order that is quicker for convolutions.")
    compile: bool = Field(False, description="Compile the network; pays on a GPU.")
    memory_gib: float = Field(4.0, gt=0, description="Chips are kept in memory up to this size.")
    seed: int = Field(0, ge=0, description="Seed of everything random.")
    start: Literal["fresh", "warm"] = Field(
        "fresh", description="warm: from the weights of the model in use."
    )

    @field_validator("frozen_epochs")
    @classmethod
    def _fewer_than_all(cls, frozen: int, info: ValidationInfo) -> int:
        epochs = info.data.get("epochs", frozen + 1)
        if frozen >= epochs:
            raise ValueError(f"found {frozen}, expected fewer than fit.epochs, {epochs}")
        return frozen


class LabelSettings(Section):
    """What labels are worth."""

    trust: Literal["checked", "imported"] = Field(
        "checked",
        description="Which pixels validate and judge: checked ones, or imported ones as well.",
    )
    unchecked_model: float = Field(
        0.3, ge=0, le=1, description="Weight of a model's pixels that nobody checked."
    )
    unchecked_imported: float = Field(
        1.0, ge=0, le=1, description="Weight of imported pixels that nobody checked."
    )


class ValidationSettings(Section):
    """How a model is scored while it learns."""

    share: float = Field(0.2, gt=0, lt=1, description="Share of labels held out for ever.")
    threshold: Literal["best"] | Share = Field(
        "best", description='Probability from which a class is proposed; "best": by validation.'
    )


class ProposalSettings(Section):
    """How a model proposes."""

    near_water_px: int = Field(
        0,
        ge=0,
        le=100,
        description="No farther than this from water, told by B11 or B12 (without both: anywhere); "
        "0: anywhere.",
    )
    turns_and_flips: bool = Field(
        False,
        description="The mean over all eight turns and flips of an image: fewer false objects, "
        "eight times as slow.",
    )


class GateSettings(Section):
    """When a new model replaces the old one."""

    confidence: float = Field(
        0.8, gt=0.5, lt=1, description="Share of resampled comparisons that the new one must win."
    )
    margin: float = Field(0.02, ge=0, le=1, description="What a class may lose at most.")
