"""Stages, groups of layers and rates are those that a recipe names."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from s2label_training.networks import build_network
from s2label_training.optimisers import (
    Stage,
    freeze,
    layer_groups,
    rates,
    stages_of,
    steepest_rate,
)
from s2label_training.sections import FitSettings, NetworkSettings
from torch import nn

LRS = np.geomspace(1e-6, 1, 60).tolist()


@pytest.fixture(scope="module")
def network() -> nn.Module:
    return build_network(NetworkSettings(architecture="unet", filters=4), 3, 2)


def test_a_fit_has_one_stage_or_the_decoder_first() -> None:
    assert stages_of(FitSettings(epochs=9)) == [Stage(0, 9, False, False)]
    two = stages_of(FitSettings(epochs=9, frozen_epochs=2, lr_search=True))
    assert two == [Stage(0, 2, True, False), Stage(2, 7, False, True)]


def test_every_parameter_is_in_one_group_the_last_ones_behind_the_encoder(
    network: nn.Module,
) -> None:
    groups = layer_groups(network)
    ids = [id(parameter) for group in groups for parameter in group]
    assert sorted(ids) == sorted(id(parameter) for parameter in network.parameters())
    last = {id(parameter) for parameter in groups[-1]}
    assert id(network.get_submodule("segmentation_head").weight) in last
    encoder = network.get_submodule("encoder")
    assert last.isdisjoint(id(parameter) for parameter in encoder.parameters())


def test_rates_rise_by_equal_factors() -> None:
    assert rates(1e-2, 100, 3) == pytest.approx([1e-4, 1e-3, 1e-2])


def test_a_frozen_encoder_gets_no_gradient_and_counts_no_statistics() -> None:
    network = build_network(NetworkSettings(architecture="unet", filters=4), 3, 2).train()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    freeze(network, True)
    network(torch.randn(2, 3, 64, 64)).square().mean().backward()
    encoder, head = (network.get_submodule(name) for name in ("encoder", "segmentation_head"))
    assert all(parameter.grad is None for parameter in encoder.parameters())
    assert all(parameter.grad is not None for parameter in head.parameters())
    after = network.state_dict()
    assert all(torch.equal(after[n], before[n]) for n in before if n.startswith("encoder."))
    freeze(network, False)
    assert all(parameter.requires_grad for parameter in network.parameters())


def test_the_rate_is_that_at_which_the_loss_falls_fastest() -> None:
    losses = [1 - 0.8 / (1 + math.exp(-2 * (math.log(lr) - math.log(1e-3)))) for lr in LRS]
    found = steepest_rate(LRS, losses)
    assert found is not None
    assert 1e-3 <= found < 5e-3  # the running mean lags behind


def test_what_the_first_batches_do_by_chance_is_no_rate() -> None:
    losses = [3.0, 1.0, *(1 - 0.01 * number for number in range(58))]
    found = steepest_rate(LRS, losses)
    assert found is not None
    assert found > 1e-6 * 10**0.5


@pytest.mark.parametrize("losses", [[1.0, 0.5], [1.0 + 0.1 * n for n in range(60)]], ids=len)
def test_without_a_fall_there_is_no_rate(losses: list[float]) -> None:
    assert steepest_rate(LRS[: len(losses)], losses) is None
