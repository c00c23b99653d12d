"""The parts of a fit, put together from a recipe and what it learns from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from s2label_training.blending import predicted_tile
from s2label_training.dataset import TileReader
from s2label_training.epoch_scoring import EpochScoring
from s2label_training.networks import build_network
from s2label_training.previews import choose_shown
from s2label_training.sampling import Sampler
from s2label_training.tile_loader import TileLoader
from s2label_training.validating import Validator
from s2label_training.weights import load_weights

if TYPE_CHECKING:
    from pathlib import Path

    from torch import nn

    from s2label.project import Project
    from s2label_training.hardware import Precision
    from s2label_training.learning import Learning
    from s2label_training.recipe import Recipe

# Threads that put batches together: from memory one keeps up with any network.
_THREADS_OF_MEMORY, _THREADS_OF_DISK = 1, 4


def build_start(
    recipe: Recipe, learning: Learning, start: Path | None, *, is_resumed: bool
) -> nn.Module:
    """Return the network that a fit begins with.

    Parameters
    ----------
    recipe : Recipe
        Which network, from which seed.
    learning : Learning
        Its channels and classes.
    start : Path, optional
        Weights that a warm start begins with.
    is_resumed : bool
        Whether a checkpoint will fill it, and no weights are needed.

    Raises
    ------
    S2LabelError
        If the weights to begin with cannot be had, or do not fit.
    """
    torch.manual_seed(recipe.fit.seed % 2**63)  # torch takes no larger ones
    names = [*learning.chosen.data.bands, *recipe.input.indices]
    is_fresh = start is None and not is_resumed
    sizes = (len(names), len(learning.classes))
    network = build_network(recipe.network, *sizes, names if is_fresh else ())
    if start is not None and not is_resumed:
        load_weights(start, network)
    if recipe.fit.channels_last:
        network = network.to(memory_format=torch.channels_last)
    if recipe.fit.compile:
        network.compile()
    return network


def build_sampler(recipe: Recipe, learning: Learning) -> Sampler:
    """Return what draws the tiles of each epoch from the training chips."""
    labels = learning.training.labels
    return Sampler(
        [each.target for each in labels],
        [each.weight for each in labels],
        [index for index, value in enumerate(learning.chosen.data.values) if value],
        recipe.sampling,
        recipe.input.tile_px,
        recipe.fit.batch_size,
        recipe.fit.seed,
    )


def build_loader(
    recipe: Recipe, learning: Learning, sampler: Sampler, *, is_pinned: bool
) -> TileLoader:
    """Return what reads the tiles that are drawn; pinned ones reach a GPU while it computes."""
    side = learning.training
    reader = TileReader(side.pixels, side.labels, recipe.input.tile_px)
    threads = _THREADS_OF_MEMORY if learning.is_in_memory else _THREADS_OF_DISK
    return TileLoader(reader, sampler, threads, is_pinned=is_pinned)


def build_scoring(
    project: Project, recipe: Recipe, learning: Learning, precision: Precision
) -> EpochScoring:
    """Return what scores the network on the held-out chips after each epoch.

    Raises
    ------
    InputError
        If a source that is drawn in the preview cannot be read.
    """
    side, classes = learning.validation, learning.classes
    validator = Validator(
        side.pixels,
        side.labels,
        classes,
        project.classes.lifetime,
        recipe.validation,
        predicted_tile(recipe.input.tile_px),
        recipe.proposals,
    )
    shown = choose_shown(project, learning.chosen.validation, side.labels)
    return EpochScoring(validator, precision, shown, classes)
