"""The PyTorch snippet of docs/loading.md loads an export; a loss leaves out what nobody judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from s2label.classes import VESSELS
from s2label.project import open_project
from s2label.types import Verdict
from tests.factories import projects
from tests.factories.exports import export, rows
from tests.factories.projects import (
    NODATA_ROWS,
    Ground,
    apart,
    classes_of,
    decide,
    make_project,
    pixels,
)
from tests.factories.snippets import run_snippet

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

GROUNDS = apart(3, mask_values=(0, 1, 254, 255), dates=("2018-01-05",))


def scenery(ground: Ground, number: int) -> NDArray[np.uint16]:
    """Return the pixels of the project factory's image with a band that is 0 in its last row."""
    values = pixels(ground, number)
    values[0, -1] = 0
    return values


@pytest.mark.parametrize("nodata", [0, None], ids=["tagged", "untagged"])
@pytest.mark.parametrize("format_", ["geotiff", "stac"])
def test_the_snippet_gives_reflectance_and_classes_where_there_are_data(
    tmp_path: Path, format_: str, nodata: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Without a tag only 0 in all bands together is no data; one dark band is dark water.
    monkeypatch.setattr(projects, "NODATA_TAG", nodata)
    monkeypatch.setattr(projects, "pixels", scenery if nodata is None else pixels)
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
    expected = (projects.pixels(ground, 0) - 1000.0) / 10_000
    expected[:, :NODATA_ROWS] = 0
    assert np.allclose(images[0], expected, atol=1e-6)
    stored = classes_of(ground)
    stored[:NODATA_ROWS] = 255
    assert np.array_equal(classes[0], np.where(stored == 254, 255, stored))
    logits = torch.randn(1, 2, 32, 32, requires_grad=True)
    names["loss"](logits, classes).backward()
    assert logits.grad is not None
    touched = logits.grad[0].abs().sum(dim=0) > 0
    assert np.array_equal(touched, stored < 254)
