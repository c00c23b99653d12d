"""Networks take bands and give logits; the plain one is the published one."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from s2label_training.dark import dark_level
from s2label_training.networks import above_dark, build_network
from s2label_training.recipe import NetworkSettings
from torch import nn
from torch.nn import functional

from s2label.errors import InputError, S2LabelError

# Of the published weights: github.com/nargyrop/sentinel-2-unet, 5 bands, 64 filters, one sigmoid.
PUBLISHED_BYTES = 138_323_312
ARCHITECTURES = ("unet", "resnet34_unet")


def network_of(architecture: str, channels: int = 5, classes: int = 3, **more: object) -> nn.Module:
    settings = NetworkSettings.model_validate({"architecture": architecture, "filters": 4} | more)
    torch.manual_seed(0)
    return build_network(settings, channels, classes)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize(
    ("channels", "classes", "side"), [(1, 2, 64), (3, 8, 32), (13, 2, 96)], ids=str
)
def test_every_pixel_gets_a_logit_per_class(
    architecture: str, channels: int, classes: int, side: int
) -> None:
    network = network_of(architecture, channels, classes).eval()
    logits = network(torch.randn(2, channels, side, side))
    assert logits.shape == (2, classes, side, side)
    assert logits.dtype == torch.float32


def test_the_plain_network_is_as_large_as_the_published_one() -> None:
    settings = NetworkSettings(architecture="unet", filters=64, dropout=0.5)
    with torch.device("meta"):
        network = build_network(settings, channels=5, classes=1)
    # Running means and deviations are weights to Keras, and its convolutions keep a bias each.
    numbers = sum(t.numel() for name, t in network.state_dict().items() if "tracked" not in name)
    biases = sum(t.numel() for name, t in network.named_buffers() if "running_mean" in name)
    assert 0.995 < 4 * (numbers + biases) / PUBLISHED_BYTES < 1


def test_the_plain_network_halves_its_input_four_times() -> None:
    network = network_of("unet")
    seen: list[torch.Size] = []
    for block in network.get_submodule("encoder").children():
        block.register_forward_hook(lambda _, __, output: seen.append(output.shape[1:]))
    network(torch.randn(1, 5, 64, 64))
    assert seen == [(4, 64, 64), (8, 32, 32), (16, 16, 16), (32, 8, 8), (64, 4, 4)]


@pytest.mark.parametrize(("width", "height"), [(60, 64), (64, 72)], ids=str)
def test_the_plain_network_says_which_sides_it_takes(width: int, height: int) -> None:
    with pytest.raises(S2LabelError, match=f"{width} x {height} px.*multiples of 16 px"):
        network_of("unet")(torch.randn(1, 5, height, width))


@pytest.mark.parametrize("stages", [2, 3, 4])
def test_a_resnet_of_fewer_stages_halves_its_input_less_often_and_keeps_no_unused_weights(
    stages: int,
) -> None:
    network = network_of("resnet34_unet", encoder_stages=stages)
    sides = [each.shape[-1] for each in network.get_submodule("encoder")(torch.randn(1, 5, 64, 64))]
    assert sides == [64, 32, 16, 8, 4, 2][: stages + 2]
    network(torch.randn(2, 5, 64, 64)).square().mean().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_dropout_is_by_chance_in_training_and_absent_in_use(architecture: str) -> None:
    images = torch.randn(2, 5, 64, 64)
    network = network_of(architecture, dropout=0.5)
    assert not torch.equal(network(images), network(images))
    network.eval()
    assert torch.equal(network(images), network(images))


def test_the_plain_network_drops_half_as_much_after_its_first_pooling() -> None:
    network, seen = network_of("unet", dropout=0.5), []
    for module in network.modules():
        if isinstance(module, nn.Dropout):
            module.register_forward_pre_hook(lambda dropout, _: seen.append(dropout.p))
    network(torch.randn(1, 5, 64, 64))
    assert seen == [0.25, *[0.5] * 7]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_seed_makes_the_same_network_again(architecture: str) -> None:
    first, again = (network_of(architecture).state_dict() for _ in range(2))
    assert all(torch.equal(first[name], again[name]) for name in first)


def test_the_plain_network_learns_bright_squares_on_dark_water_in_a_hundred_steps() -> None:
    generator = torch.Generator().manual_seed(0)
    # As small as reflectance divided by its maxima is.
    images = 0.02 + 0.002 * torch.randn(4, 5, 32, 32, generator=generator)
    target = torch.zeros(4, 32, 32, dtype=torch.long)
    for tile in range(4):
        target[tile, 5 + 4 * tile : 13 + 4 * tile, 10 - 2 * tile : 16 - 2 * tile] = 1
    images += 0.02 * target[:, None]
    network = network_of("unet", classes=2, filters=8)
    optimiser = torch.optim.Adam(network.parameters(), lr=3e-3)
    for _ in range(100):
        optimiser.zero_grad()
        torch.autograd.backward(functional.cross_entropy(network(images), target))
        optimiser.step()
    proposed = network.eval()(images).argmax(dim=1)
    assert (proposed & target).sum() / (proposed | target).sum() > 0.9


# -- weights learnt elsewhere ---------------------------------------------------------------------


def test_nothing_is_read_where_channels_have_no_names() -> None:
    network_of("resnet34_unet", encoder_weights="nowhere.safetensors")
    settings = NetworkSettings(encoder_weights="nowhere.safetensors")
    with pytest.raises(InputError, match=r"nowhere\.safetensors: cannot be read"):
        build_network(settings, 1, 2, channel_names=["B02"])


def test_as_many_names_as_channels_are_needed() -> None:
    with pytest.raises(ValueError, match="2 names for 3 channels"):
        build_network(NetworkSettings(), 3, 2, channel_names=["B02", "B03"])


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_haze_over_a_tile_makes_no_difference_to_local_contrast(architecture: str) -> None:
    network = network_of(architecture, 2, 2, contrast="local").eval()
    images = torch.randn(2, 2, 64, 64, generator=torch.Generator().manual_seed(1))
    haze = torch.tensor([[0.5, 3.0], [-1.0, 0.25]])[..., None, None]
    torch.testing.assert_close(network(images + haze), network(images), rtol=1e-3, atol=1e-4)
    assert not torch.allclose(network(2 * images), network(images), atol=1e-2)


def test_absolute_contrast_leaves_haze_in() -> None:
    network = network_of("unet", 2, 2).eval()
    images = torch.randn(1, 2, 64, 64, generator=torch.Generator().manual_seed(1))
    assert not torch.allclose(network(images + 1), network(images), atol=1e-2)


def test_the_dark_level_is_the_tenth_percentile() -> None:
    values = torch.randperm(1024, generator=torch.Generator().manual_seed(0)).float() / 1024
    level = dark_level(values.reshape(1, 1, 32, 32).repeat_interleave(2, 2).repeat_interleave(2, 3))
    assert level.shape == (1, 1, 64, 64)
    assert level.min().item() == level.max().item() == pytest.approx(101 / 1024)
    seen = above_dark(values.reshape(1, 1, 32, 32) + 7)
    assert seen.max().item() == pytest.approx(np.arcsinh(4 * 0.9), rel=0.05)


def test_the_dark_level_of_a_large_image_follows_its_surroundings() -> None:
    image = torch.zeros(1, 1, 256, 256)
    image[..., 128:] = 1
    level = dark_level(image)[0, 0]
    assert level.shape == (256, 256)
    torch.testing.assert_close(level[:, :96], torch.zeros(256, 96))
    torch.testing.assert_close(level[:, 160:], torch.ones(256, 96))
    steps = level.diff(dim=1)
    assert steps.min() >= 0
    assert steps.max() < 0.05


@pytest.mark.parametrize("side", [(16, 16), (48, 32), (80, 112), (96, 64), (128, 320)], ids=str)
def test_an_even_image_stands_out_nowhere(side: tuple[int, int]) -> None:
    assert above_dark(torch.full((2, 3, *side), 0.3)).abs().max() < 1e-6
