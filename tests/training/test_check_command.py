"""``s2label check`` looks at models as well: one line for each thing that is wrong."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from s2label_training.bundle import WEIGHTS_NAME, ModelClass
from s2label_training.shelf import Shelf

from s2label.classes import VESSELS
from s2label.project import create_project
from tests.factories.commands import do, run
from tests.factories.shelf import write_bundle
from tests.factories.snapshots import tree_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a sound project with two models, the newer of them in use."""
    folder = tmp_path / "harbour"
    create_project(folder, VESSELS)
    for model in ("old", "new"):
        write_bundle(folder / "models", model)
        Shelf(folder).promote(model, "for a test")
    return folder


def test_sound_models_are_well(project: Path) -> None:
    *steps, last = do("check", project, "--json-lines").lines
    assert last == {"result": {"findings": []}}
    step = steps[-1]["progress"]
    assert (step["message"], step["done"], step["total"]) == ("checking models", 2, 2)


def _damaged_history(models: Path) -> Path:
    (models / "in_use.json").write_text('{"uses": [{"model": "old"}]}', "utf-8")
    return models / "in_use.json"


def _damaged_record(models: Path) -> Path:
    (models / "new" / "model.json").write_text("{", "utf-8")
    return models / "new" / "model.json"


def _changed_weights(models: Path) -> Path:
    path = models / "old" / WEIGHTS_NAME
    path.write_bytes(path.read_bytes() + b" ")
    return path


def _missing_weights(models: Path) -> Path:
    (models / "old" / WEIGHTS_NAME).unlink()
    return models / "old"


def _model_in_use_gone(models: Path) -> Path:
    shutil.rmtree(models / "new")
    return models / "new"


def _damaged_verdict(models: Path) -> Path:
    (models / "old" / "verdict.json").write_text("[", "utf-8")
    return models / "old" / "verdict.json"


def _damaged_sides(models: Path) -> Path:
    (models / "validation.json").write_text("{}", "utf-8")
    return models / "validation.json"


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        pytest.param(_damaged_history, "do not delete it", id="history"),
        pytest.param(_damaged_record, "not JSON", id="record"),
        pytest.param(_changed_weights, "changed or damaged", id="changed weights"),
        pytest.param(_missing_weights, f"no {WEIGHTS_NAME}", id="no weights"),
        pytest.param(_model_in_use_gone, "the model in use is gone", id="in use and gone"),
        pytest.param(_damaged_verdict, "not JSON", id="verdict"),
        pytest.param(_damaged_sides, "restore it from a backup", id="held-out ground"),
    ],
)
def test_a_damage_is_one_finding_that_names_the_file(
    project: Path, damage: Callable[[Path], Path], words: str
) -> None:
    where = damage(project / "models")
    before = tree_snapshot(project / "models")

    printed = run("check", project)

    assert printed.code == 1
    (finding,) = printed.out.splitlines()
    assert finding.startswith(f"{where}: ")
    assert words in finding
    assert tree_snapshot(project / "models") == before


def test_a_model_in_use_that_tells_other_classes_is_a_finding(project: Path) -> None:
    quay = ModelClass(value=7, name="quay", colour="#00ff00")
    write_bundle(project / "models", "strange", classes=(quay,))
    assert run("check", project).code == 0
    Shelf(project).promote("strange", "for a test")
    assert "strange suggests 7 (quay)" in run("check", project).out
