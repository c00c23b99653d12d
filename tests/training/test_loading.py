"""The PyTorch snippet of docs/loading.md loads an export; a loss leaves out what nobody judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from s2label.classes import VESSELS
from s2label.project import open_project
from s2label.types import Verdict
from tests.factories.exports import export, rows
from tests.factories.projects import apart, classes_of, decide, make_project, pixels
from tests.factories.snippets import run_snippet

if TYPE_CHECKING:
    from pathlib import Path

GROUNDS = apart(3, mask_values=(0, 1, 254, 255), dates=("2018-01-05",))


@pytest.mark.parametrize("format_", ["geotiff", "stac"])
def test_the_snippet_gives_reflectance_and_classes(
    tmp_path: Path, format_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(tmp_path, GROUNDS, VESSELS, offset_dn=-1000)
    with open_project(project, write=True) as opened:
        decide(opened, Verdict.ACCEPT)
    export(project, tmp_path / "clean", format=format_)
    monkeypatch.chdir(tmp_path)

    names = run_snippet("loading.md", "PyTorch, from GeoTIFF")

    (row,) = (r for r in rows(tmp_path / "clean/splits.csv") if r["split"] == "train")
    ground = next(g for g in GROUNDS if row["image"].startswith(g.name))
    ((images, classes),) = list(names["train"])
    assert images.dtype == torch.float32
    assert np.allclose(images[0], (pixels(ground, 0) - 1000.0) / 10_000, atol=1e-6)
    stored = classes_of(ground)
    assert np.array_equal(classes[0], np.where(stored == 254, 255, stored))
    logits = torch.randn(1, 2, 32, 32, requires_grad=True)
    names["loss"](logits, classes).backward()
    assert logits.grad is not None
    touched = logits.grad[0].abs().sum(dim=0) > 0
    assert np.array_equal(touched, stored < 254)
