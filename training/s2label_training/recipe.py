"""Recipes: everything that decides how a model is trained, as TOML that is checked. Knows no torch.

A recipe is a file of the sections below; what it does not name has the default given here. On the
command line ``--set fit.epochs=3`` changes one field.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Section(BaseModel):
    """A section of a recipe; unknown fields are errors, so that a typing mistake is told."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class InputSettings(_Section):
    """What the network sees."""

    bands: Literal["all"] | tuple[str, ...] = Field(
        "all", description='Bands in order, or "all" that every chip has.'
    )
    indices: tuple[str, ...] = Field(
        (), description="Expressions over bands, each one more channel: (B08 - B04) / (B08 + B04)."
    )
    normalisation: Literal["mean_std", "maxima", "imagenet", "sidecar"] = Field(
        "mean_std",
        description="mean_std: mean 0, deviation 1 on the training chips; maxima: divided by the "
        "largest value of each band; imagenet: 2nd to 98th percentile as 0 to 1, then ImageNet's "
        "mean and deviation; sidecar: maxima of a published XML sidecar.",
    )
    sidecar: str = Field("", description="Path of the XML sidecar.")
    tile_px: int = Field(64, ge=32, le=1024, multiple_of=32, description="Side of a tile in px.")


class NetworkSettings(_Section):
    """The network."""

    architecture: Literal["unet", "resnet34_unet"] = Field(
        "resnet34_unet",
        description="unet: four poolings, plain; resnet34_unet: a ResNet34 as encoder.",
    )
    filters: int = Field(64, ge=4, le=256, description="unet: filters of the first level.")
    dropout: float = Field(0.0, ge=0, lt=1, description="Dropout, 0..1.")
    encoder_weights: str = Field(
        "none",
        description='resnet34_unet: "none", "imagenet" (by name, from the cache of the library), '
        "or the path of a .safetensors checkpoint of timm or torchgeo.",
    )


class AugmentSettings(_Section):
    """How training tiles are varied; nothing that changes spectra but a resized crop."""

    turns: bool = Field(True, description="Quarter turns.")
    flips: bool = Field(True, description="Flips left-right and up-down.")
    crop_px: int = Field(0, ge=0, description="Random resized crop to this side; 0: none.")
    crop_scale: tuple[float, float] = Field((0.5, 1.0), description="Share of area of the crop.")


class SamplingSettings(_Section):
    """Which tiles an epoch sees."""

    tiles_per_epoch: int = Field(0, ge=0, description="Tiles of an epoch; 0: as many as there are.")
    object_share: float = Field(
        0.0, ge=0, le=1, description="Share of tiles centred near labelled objects; 0: by chance."
    )
    hard_share: float = Field(
        0.0, ge=0, le=1, description="Share of tiles where the network was most wrong lately."
    )


class LossSettings(_Section):
    """What is made small: a sum of terms, by name and weight."""

    terms: dict[Literal["dice", "jaccard", "focal", "cross_entropy"], float] = Field(
        default_factory=lambda: {"dice": 1.0}, description="Terms and their weights."
    )
    class_weights: Literal["none", "balanced"] = Field(
        "none", description="cross_entropy and focal: weight of each class."
    )
    focal_gamma: float = Field(2.0, ge=0, description="Exponent of the focal term.")


class OptimiserSettings(_Section):
    """How the weights move."""

    kind: Literal["adam", "adamw", "sgd"] = Field("adam", description="Optimiser.")
    lr: float = Field(1e-3, gt=0, description="Learning rate.")
    momentum: float = Field(0.9, ge=0, lt=1, description="sgd: Nesterov momentum.")
    weight_decay: float = Field(0.0, ge=0, description="Weight decay.")
    schedule: Literal["constant", "one_cycle", "cosine"] = Field(
        "constant", description="How the learning rate goes over the whole fit."
    )


class FitSettings(_Section):
    """How long, and in which steps."""

    epochs: int = Field(30, ge=1, description="Epochs in all.")
    batch_size: int = Field(16, ge=1, description="Tiles of a step.")
    max_minutes: float = Field(0.0, ge=0, description="Stop after so many minutes; 0: never.")
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


class LabelSettings(_Section):
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


class ValidationSettings(_Section):
    """How a model is scored while it learns."""

    share: float = Field(0.2, gt=0, lt=1, description="Share of labels held out for ever.")
    threshold: Literal["best"] | float = Field(
        "best", description='Probability from which a class is proposed; "best": by validation.'
    )


class GateSettings(_Section):
    """When a new model replaces the old one."""

    confidence: float = Field(
        0.8, gt=0.5, lt=1, description="Share of resampled comparisons that the new one must win."
    )
    margin: float = Field(0.02, ge=0, le=1, description="What a class may lose at most.")


class Recipe(_Section):
    """A recipe as a whole."""

    name: str = Field(pattern=r"^[A-Za-z0-9_-]{1,40}$", description="Name, without spaces.")
    description: str = Field("", description="What it is for, in a sentence.")
    input: InputSettings = InputSettings()
    network: NetworkSettings = NetworkSettings()
    augment: AugmentSettings = AugmentSettings()
    sampling: SamplingSettings = SamplingSettings()
    loss: LossSettings = LossSettings()
    optimiser: OptimiserSettings = OptimiserSettings()
    fit: FitSettings = FitSettings()
    labels: LabelSettings = LabelSettings()
    validation: ValidationSettings = ValidationSettings()
    gate: GateSettings = GateSettings()
