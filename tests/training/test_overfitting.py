"""Each recipe can learn four chips by heart: its network, loss and optimiser belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from s2label_training.channels import normalise, read_channels
from s2label_training.labels import read_chip_labels
from s2label_training.losses import build_loss
from s2label_training.networks import build_network
from s2label_training.recipe import find_recipe, with_changes
from s2label_training.shelf import Shelf
from s2label_training.weights import load_weights
from torch import nn

from s2label.labelled.chips import find_labelled
from s2label.project import open_project
from tests.factories import fields, fleet
from tests.factories.fits import train
from tests.faults.seeds import long_only

if TYPE_CHECKING:
    from pathlib import Path

    from s2label_training.bundle import ModelRecord

pytestmark = pytest.mark.filterwarnings("ignore:.*isinstance.treespec, LeafSpec.*")

# What is changed for the sake of time: small tiles and few of them, with a rate to match; a crop or
# a search of the rate would only take longer. Network, loss, optimiser and stages are the recipe's.
_SHORT = ("fit.precision=fp32", "augment.crop_px=0", "fit.lr_search=false")
_SMALL = ("fit.batch_size=8", "input.tile_px=32")
VESSELS = {
    "vessels_unet": [
        *("fit.batch_size=4", "network.filters=8"),
        *("fit.epochs=9", "sampling.tiles_per_epoch=100"),
    ],
    "vessels_resnet34": [
        *(*_SMALL, "optimiser.lr=5e-3"),
        *("fit.epochs=1", "sampling.tiles_per_epoch=480"),
    ],
}
LAND_COVER = {
    "landcover_resnet34": [
        *(*_SMALL, "network.encoder_weights=none", "optimiser.lr=1e-2"),
        *("fit.epochs=3", "fit.frozen_epochs=1", "sampling.tiles_per_epoch=152"),
    ],
    "landcover_bands": [
        *(*_SMALL, "optimiser.lr=1e-2"),
        *("fit.epochs=1", "sampling.tiles_per_epoch=440"),
    ],
}


_SAME_NETWORK = long_only("the network of vessels_resnet34; test_landcover.py trains both")


@pytest.mark.parametrize(
    "name", [*VESSELS, *(pytest.param(name, marks=_SAME_NETWORK) for name in LAND_COVER)]
)
def test_four_chips_are_learnt_by_heart(tmp_path: Path, name: str) -> None:
    is_vessels = name in VESSELS  # of five places one is held out
    project = fleet.make_fleet(tmp_path, 5, 1) if is_vessels else fields.make_fields(tmp_path, 5)
    recipe = with_changes(find_recipe(name), [*_SHORT, *(VESSELS | LAND_COVER)[name]])
    record = Shelf(project).record(train(project, recipe).model)
    assert record.data.chips == 4
    torch.manual_seed(recipe.fit.seed)
    channels = len(record.bands) + len(record.indices)
    network = build_network(recipe.network, channels, len(record.classes))
    start = training_loss(project, record, network)
    load_weights(Shelf(project).folder(record.id) / "weights.safetensors", network)
    end = training_loss(project, record, network)
    assert end < 0.05 * start
    # An untrained network may be worse than one that knows nothing: that is no bar to pass.
    assert end < 0.05 * training_loss(project, record, Undecided(len(record.classes)))


class Undecided(nn.Module):
    """A network that gives all classes the same probability."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self._classes = classes

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return logits of 0."""
        return images.new_zeros(len(images), self._classes, *images.shape[-2:])


def training_loss(project: Path, record: ModelRecord, network: nn.Module) -> float:
    """Return the loss of a network on the chips that a model learnt from, in evaluation."""
    images, targets, weights = [], [], []
    with open_project(project) as opened:
        for chip in find_labelled(opened):
            if chip.place.id in record.data.training_places:
                grid, bands = chip.place.grid, record.bands
                values = read_channels(chip.image, grid, bands, record.indices)
                images.append(normalise(values, record.offset, record.scale))
                settings = record.recipe.labels
                labels = read_chip_labels(opened, chip, record.class_values, settings)
                targets.append(labels.target.astype(np.int64))
                weights.append(labels.weight)
    loss = build_loss(record.recipe.loss, [1] * len(record.classes))
    with torch.inference_mode():
        logits = network.eval()(torch.from_numpy(np.stack(images)))
        parts = (torch.from_numpy(np.stack(part)) for part in (targets, weights))
        return float(loss(logits, *parts))
