"""The networks: a plain U-Net, and one with a ResNet34 as encoder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from s2label.errors import S2LabelError
from s2label_training.dark import dark_level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from s2label_training.recipe import NetworkSettings

POOLINGS = 4
RESNET_STAGES = 4
# The library's own, from the deepest.
_DECODER_CHANNELS = (256, 128, 64, 32, 16)
# Of normalised values; steps below a tenth of a deviation stay linear, bright ones become small.
_FINENESS = 4.0


def build_network(
    settings: NetworkSettings, channels: int, classes: int, channel_names: Sequence[str] = ()
) -> nn.Module:
    """Return a network that turns images into logits.

    It takes (batch, channel, y, x) and returns (batch, class, y, x), both float32, with sides that
    are multiples of 16 (`unet`) or any (`resnet34_unet`; multiples of 32 lose nothing).

    Parameters
    ----------
    settings : NetworkSettings
        Which network.
    channels, classes : int
        What goes in and comes out; background is a class.
    channel_names : sequence of str
        Bands and indices in their order. Where they are given, the encoder begins with the weights
        that ``settings.encoder_weights`` names. Without them nothing is read or downloaded and all
        weights are random: a bundle brings its own.

    Raises
    ------
    S2LabelError
        If the weights cannot be had, or do not fit.
    """
    if channel_names and len(channel_names) != channels:
        raise ValueError(f"{len(channel_names)} names for {channels} channels")
    network: nn.Module
    if settings.architecture == "unet":
        network = PlainUnet(channels, classes, settings.filters, settings.dropout)
    else:
        network = _resnet34_unet(channels, classes, settings.encoder_stages, settings.dropout)
        if channel_names and settings.encoder_weights != "none":
            from s2label_training.encoders import load_encoder_weights

            load_encoder_weights(network, settings.encoder_weights, channel_names)
    if settings.contrast == "local":
        network.register_forward_pre_hook(lambda _, given: (above_dark(given[0]),))
    return network


def above_dark(images: Tensor) -> Tensor:
    """Return how much each pixel stands out from the dark level of its surroundings.

    arcsinh(4 (value - dark level)), per channel: over the sea, or over the shadow of a town, haze
    adds about the same to every pixel and falls away (dark-object subtraction, Chavez 1988, Remote
    Sensing of Environment 24:459).

    Parameters
    ----------
    images : Tensor
        (batch, channel, y, x) normalised.
    """
    return torch.asinh(_FINENESS * (images - dark_level(images)))


def _resnet34_unet(channels: int, classes: int, stages: int, dropout: float) -> nn.Module:
    # It brings timm and torchvision, which take seconds to load.
    import segmentation_models_pytorch as smp

    depth = stages + 1  # the first layer halves the sides before any stage
    network: nn.Module = smp.Unet(
        "resnet34",
        encoder_depth=depth,
        decoder_channels=_DECODER_CHANNELS[-depth:],
        encoder_weights=None,
        in_channels=channels,
        classes=classes,
    )
    for unused in range(stages + 1, RESNET_STAGES + 1):
        delattr(network.encoder, f"layer{unused}")  # else its weights are kept, saved and shipped
    if dropout:
        network.segmentation_head = nn.Sequential(
            nn.Dropout2d(dropout), network.get_submodule("segmentation_head")
        )
    return network


class PlainUnet(nn.Module):
    """The U-Net of published vessel detection in Sentinel-2, layer by layer.

    As its Keras file has it (github.com/nargyrop/sentinel-2-unet, MIT): four poolings; at each
    level two 3x3 convolutions, each with batch normalisation and ReLU; 3x3 transposed convolutions
    upwards; dropout after every pooling (half of it after the first) and every joining. Different
    on purpose: a logit per class instead of one sigmoid, and batch statistics that follow in tens
    of steps instead of hundreds, since a fit may be short.

    Parameters
    ----------
    channels, classes : int
        What goes in and comes out.
    filters : int
        Filters of the first level, doubled at each pooling.
    dropout : float
        0..1.
    """

    def __init__(self, channels: int, classes: int, filters: int, dropout: float) -> None:
        super().__init__()
        widths = [filters * 2**level for level in range(POOLINGS + 1)]
        inputs = [channels, *widths[:-1]]
        self.encoder = nn.ModuleList(map(_two_convolutions, inputs, widths))
        self.decoder = nn.ModuleList(
            _Joining(deep, skip, dropout)
            for deep, skip in zip(widths[:0:-1], widths[-2::-1], strict=True)
        )
        self.segmentation_head = nn.Conv2d(filters, classes, kernel_size=1)
        self.pooling = nn.MaxPool2d(2)
        self.first_dropout, self.dropout = nn.Dropout(dropout / 2), nn.Dropout(dropout)
        self.apply(_initialise)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits (batch, class, y, x) of images (batch, channel, y, x)."""
        _check_sides(images)
        features = images
        skips: list[Tensor] = []
        for level, block in enumerate(self.encoder):
            if level:
                drop = self.first_dropout if level == 1 else self.dropout
                features = drop(self.pooling(features))
            features = block(features)
            skips.append(features)
        for joining, skip in zip(self.decoder, skips[-2::-1], strict=True):
            features = joining(features, skip)
        logits: Tensor = self.segmentation_head(features)
        return logits


class _Joining(nn.Module):
    """One step upwards: twice the side, joined with what was there on the way down."""

    def __init__(self, deep: int, skip: int, dropout: float) -> None:
        super().__init__()
        self.up = nn.ConvTranspose2d(deep, skip, 3, stride=2, padding=1, output_padding=1)
        self.dropout = nn.Dropout(dropout)
        self.block = _two_convolutions(2 * skip, skip)

    def forward(self, features: Tensor, skip: Tensor) -> Tensor:
        joined = torch.cat([self.up(features), skip], dim=1)
        result: Tensor = self.block(self.dropout(joined))
        return result


def _two_convolutions(inputs: int, outputs: int) -> nn.Module:
    layers: list[nn.Module] = []
    for channels in (inputs, outputs):
        # Batch normalisation takes a bias out again.
        layers += [nn.Conv2d(channels, outputs, 3, padding=1, bias=False)]
        layers += [nn.BatchNorm2d(outputs, eps=1e-3), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


def _initialise(module: nn.Module) -> None:
    """Begin as the published network does: He for convolutions, Glorot for the way up."""
    if isinstance(module, nn.ConvTranspose2d):
        nn.init.xavier_uniform_(module.weight)
    elif isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    if isinstance(module, (nn.ConvTranspose2d, nn.Conv2d)) and module.bias is not None:
        nn.init.zeros_(module.bias)


def _check_sides(images: Tensor) -> None:
    height, width = images.shape[-2:]
    step = 2**POOLINGS
    if height % step or width % step:
        raise S2LabelError(
            f"tiles of {width} x {height} px: a U-Net of {POOLINGS} poolings takes sides that are "
            f"multiples of {step} px"
        )
