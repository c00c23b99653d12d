"""The learning rates of a recipe's schedule go by steps or by minutes, whichever ends first."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import numpy as np
import pytest
from s2label_training.networks import build_network
from s2label_training.optimisers import build_optimiser
from s2label_training.schedules import build_schedule
from s2label_training.sections import NetworkSettings, OptimiserSettings
from torch.optim import lr_scheduler

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import nn
    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LRScheduler

STEPS = 200


@pytest.fixture(scope="module")
def network() -> nn.Module:
    return build_network(NetworkSettings(architecture="unet", filters=4), 3, 2)


def seen_rates(optimiser: Optimizer, schedule: LRScheduler, steps: int) -> np.ndarray:
    """Return the rate of each step and group of layers, (step, group)."""
    seen = []
    for _ in range(steps):
        seen.append([group["lr"] for group in optimiser.param_groups])
        optimiser.step()
        schedule.step()
    return np.array(seen)


def our_rates(
    network: nn.Module, name: str, steps: int, share_of_minutes: Callable[[], float] = lambda: 0.0
) -> np.ndarray:
    settings = OptimiserSettings(schedule=name)
    optimiser = build_optimiser(network, settings, 1e-2, decay=100)
    schedule = build_schedule(optimiser, settings, STEPS, share_of_minutes)
    return seen_rates(optimiser, schedule, steps)


def clock_of(fitting: int) -> Callable[[], float]:
    """Return a clock that so many steps fit into; each of three groups asks it once a step."""
    asked = count()
    return lambda: next(asked) // 3 / fitting


THEIRS: dict[str, Callable[[Optimizer], LRScheduler]] = {
    "constant": lambda of: lr_scheduler.ConstantLR(of, factor=1.0, total_iters=0),
    "cosine": lambda of: lr_scheduler.CosineAnnealingLR(of, STEPS),
    "one_cycle": lambda of: lr_scheduler.OneCycleLR(
        of, [group["lr"] for group in of.param_groups], total_steps=STEPS, cycle_momentum=False
    ),
}


@pytest.mark.parametrize("name", THEIRS)
def test_where_steps_end_a_stage_the_rates_are_those_of_torch(
    network: nn.Module, name: str
) -> None:
    optimiser = build_optimiser(network, OptimiserSettings(), 1e-2, decay=100)
    expected = seen_rates(optimiser, THEIRS[name](optimiser), STEPS)
    found = our_rates(network, name, STEPS)
    # Ours counts from the middle of a step, theirs from its beginning and to the last but one.
    np.testing.assert_allclose(found, expected, atol=0.04 * 1e-2)
    assert found.max(axis=0) == pytest.approx([1e-4, 1e-3, 1e-2], rel=1e-3)


@pytest.mark.parametrize("name", ["cosine", "one_cycle"])
def test_where_minutes_end_a_stage_the_rate_has_fallen_by_then(
    network: nn.Module, name: str
) -> None:
    fitting = STEPS // 10
    found = our_rates(network, name, fitting, clock_of(fitting))[:, -1]
    assert found[-1] < 0.02 * 1e-2
    whole = our_rates(network, name, STEPS)[:, -1]
    np.testing.assert_allclose(found, whole[::10], atol=0.02 * 1e-2)


def test_minutes_that_suffice_change_nothing(network: nn.Module) -> None:
    slower = our_rates(network, "one_cycle", STEPS, clock_of(STEPS * 2))
    np.testing.assert_array_equal(slower, our_rates(network, "one_cycle", STEPS))


@pytest.mark.parametrize("name", THEIRS)
def test_a_single_step_moves_something(network: nn.Module, name: str) -> None:
    settings = OptimiserSettings(schedule=name)
    optimiser = build_optimiser(network, settings, 1e-2, decay=1)
    build_schedule(optimiser, settings, 1, lambda: 0.0)
    assert optimiser.param_groups[-1]["lr"] > 0.4 * 1e-2
