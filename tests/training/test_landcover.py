"""Land cover from end to end: a LandCoverNet tree is imported, learnt from, and suggested for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import torch
from huggingface_hub import constants
from s2label_training import search
from s2label_training.shelf import Shelf
from safetensors.torch import save_file

from s2label.project import open_project
from s2label.suggestion_files import read_suggestion
from tests.factories.commands import do
from tests.factories.landcovernet import write_layout_2

if TYPE_CHECKING:
    from pathlib import Path

    from s2label.suggestions import Suggestion

pytestmark = pytest.mark.filterwarnings("ignore:.*isinstance.treespec, LeafSpec.*")

SIDE = 32
# A few steps of small tiles; everything else is the recipe's.
SHORT = [
    *("input.tile_px=32", "augment.crop_px=32", "fit.precision=fp32"),
    *("fit.batch_size=2", "sampling.tiles_per_epoch=4"),
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project of six places of a made LandCoverNet tree; nothing is accepted."""
    write_layout_2(tmp_path / "tree", places=6, dates=1, size=SIDE)
    do("init", tmp_path / "project", "--classes", "landcovernet")
    do("import", tmp_path / "project", tmp_path / "tree")
    return tmp_path / "project"


@pytest.fixture
def encoder(tmp_path: Path) -> Path:
    """Return the file of a ResNet34 of timm that never learnt anything."""
    import timm

    torch.manual_seed(3)
    save_file(timm.create_model("resnet34").state_dict(), tmp_path / "encoder.safetensors")
    return tmp_path / "encoder.safetensors"


@pytest.fixture
def _imagenet(encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the same weights where the library looks for ImageNet's, and let it look nowhere else."""
    from segmentation_models_pytorch.encoders import encoders

    published = encoders["resnet34"]["pretrained_settings"]["imagenet"]
    repository = f"models--{published['repo_id'].replace('/', '--')}"
    snapshot = tmp_path / "hub" / repository / "snapshots" / published["revision"]
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").write_text("{}")
    os.link(encoder, snapshot / "model.safetensors")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)


def train(project: Path, recipe: str, *changes: str) -> str:
    """Train with the command line, take the model into use and return its id."""
    settings = [part for change in (*SHORT, *changes) for part in ("--set", change)]
    arguments = ("--recipe", recipe, *settings, "--trust", "imported", "--json-lines")
    result = do("train", project, *arguments).lines[-1]["result"]
    assert result["scores"]["headline"] is not None
    assert result["verdict"]["new"] == result["model"]
    do("models", "promote", project, result["model"], "--anyway")
    return str(result["model"])


def suggestions(project: Path, model: str) -> list[Suggestion]:
    """Suggest with the command line for all images and return what was proposed."""
    do("suggest", project)
    with open_project(project) as opened:
        chips = opened.catalog.chips(opened.catalog.image_ids()).values()
        return [found for c in chips if (found := read_suggestion(opened, c.image, model))]


@pytest.mark.usefixtures("_imagenet")
def test_both_recipes_learn_from_landcovernet_and_suggest_classes_for_every_pixel(
    project: Path, encoder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "_STEPS", 4)
    stages = ("fit.epochs=2", "fit.frozen_epochs=1")
    models = {
        "landcover_bands": train(
            project,
            "landcover_bands",
            *("fit.epochs=1", f"network.encoder_weights={encoder}"),
        ),
        "landcover_resnet34": train(project, "landcover_resnet34", *stages),
    }
    shelf = Shelf(project)
    record = shelf.record(models["landcover_bands"])
    assert (len(record.bands), len(record.indices)) == (12, 1)
    assert shelf.record(models["landcover_resnet34"]).bands == ("B04", "B03", "B02")
    found = suggestions(project, models["landcover_resnet34"])
    assert len(found) == 6
    for each in found:
        assert each.class_values == (1, 2, 3, 4, 5, 6, 7)
        proposed = each.classes(each.threshold)
        assert proposed.shape == (SIDE, SIDE)
        assert set(proposed.ravel().tolist()) <= set(each.class_values)
