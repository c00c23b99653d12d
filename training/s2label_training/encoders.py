"""Weights that an encoder begins with: ImageNet's by name, or a checkpoint of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch

from s2label.errors import InputError
from s2label_training.encoder_files import (
    FIRST_LAYER,
    RGB,
    EncoderWeights,
    in_short,
    read_encoder_file,
)
from s2label_training.networks import RESNET_STAGES
from s2label_training.pretrained import read_named_weights

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor, nn

_NOT_NEEDED = ".num_batches_tracked"


def load_encoder_weights(network: nn.Module, wish: str, channel_names: Sequence[str]) -> str:
    """Let an encoder begin with weights that were learnt elsewhere.

    Parameters
    ----------
    network : nn.Module
        A network with a ResNet34 of torchvision's form as ``encoder``.
    wish : str
        "imagenet", or the path of a checkpoint.
    channel_names : sequence of str
        Bands and indices that the network sees, in their order.

    Returns
    -------
    str
        What was done with the first layer, in a line.

    Raises
    ------
    S2LabelError
        If the weights cannot be had, or do not fit.
    """
    if wish == "imagenet":
        state = read_named_weights("resnet34", wish)
        return _fill(network, EncoderWeights(state, RGB, wish), channel_names)
    return load_encoder_checkpoint(network, Path(wish), channel_names)


def load_encoder_checkpoint(network: nn.Module, path: Path, channel_names: Sequence[str]) -> str:
    """Let an encoder begin with a .safetensors checkpoint, see `encoder_files.read_encoder_file`.

    Parameters and result are those of `load_encoder_weights`.

    Raises
    ------
    InputError
        If the file is no .safetensors, or no ResNet34.
    """
    return _fill(network, read_encoder_file(path), channel_names)


def adapt_first_layer(
    filters: Tensor, bands: Sequence[str], channel_names: Sequence[str]
) -> Tensor:
    """Return the filters of a first layer for other channels.

    A band that the filters know keeps its own; another one, or an index, begins with the mean of
    all. They are scaled by the channels before over the channels after: more of them would answer
    louder, and the batch normalisation behind expects answers of the size it was trained with.

    Parameters
    ----------
    filters : Tensor
        (filter, channel, y, x) float32.
    bands : sequence of str
        Band of each of its channels.
    channel_names : sequence of str
        The channels wanted.

    Returns
    -------
    Tensor
        (filter, len(channel_names), y, x) float32.
    """
    mean = filters.mean(dim=1)
    at = {name: channel for channel, name in enumerate(bands)}
    chosen = [filters[:, at[name]] if name in at else mean for name in channel_names]
    return torch.stack(chosen, dim=1) * (len(bands) / len(channel_names))


def _fill(network: nn.Module, weights: EncoderWeights, channel_names: Sequence[str]) -> str:
    """Put weights into the encoder and say what became of the first layer."""
    encoder = network.get_submodule("encoder")
    filters = weights.state[FIRST_LAYER].float()
    adapted = adapt_first_layer(filters, weights.bands, channel_names)
    state = _of_stages(encoder, {**weights.state, FIRST_LAYER: adapted})
    _check_fit(encoder.state_dict(), state, weights.where)
    encoder.load_state_dict(state, strict=False)
    return f"{weights.where}: {_origin_of_filters(weights.bands, channel_names)}"


def _of_stages(encoder: nn.Module, state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the weights without those of stages that a recipe leaves out."""
    used = {name for name, _ in encoder.named_children()}
    left_out = {f"layer{number}" for number in range(1, RESNET_STAGES + 1)} - used
    return {name: tensor for name, tensor in state.items() if name.split(".")[0] not in left_out}


def _origin_of_filters(bands: Sequence[str], channel_names: Sequence[str]) -> str:
    own = [name for name in channel_names if name in bands]
    others = [name for name in channel_names if name not in bands]
    parts = [
        f"{words} {', '.join(names)}"
        for words, names in (("filters of its own for", own), ("the mean of all for", others))
        if names
    ]
    return ", ".join(parts)


def _check_fit(wanted: Mapping[str, Tensor], found: Mapping[str, Tensor], where: str) -> None:
    """Raise where weights are missing, too many, or of another shape."""
    other = [
        f"{name} {_shape(found[name])} instead of {_shape(wanted[name])}"
        for name in found
        if name in wanted and found[name].shape != wanted[name].shape
    ]
    missing = [n for n in wanted if n not in found and not n.endswith(_NOT_NEEDED)]
    unknown = [n for n in found if n not in wanted]
    faults = [
        f"{len(names)} weights {fault} ({in_short(names)})"
        for names, fault in (
            (other, "of another shape"),
            (missing, "missing"),
            (unknown, "too many"),
        )
        if names
    ]
    if faults:
        advice = "take another file, or set network.encoder_weights=none"
        raise InputError(where, ", ".join(faults), "a ResNet34", advice)


def _shape(tensor: Tensor) -> str:
    return "x".join(map(str, tensor.shape)) or "a number"
