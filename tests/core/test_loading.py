"""The snippets of docs/loading.md that need no torch load an export."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from s2label.classes import VESSELS
from s2label.project import open_project
from s2label.types import Verdict
from tests.factories.exports import export
from tests.factories.projects import (
    NODATA_ROWS,
    apart,
    classes_of,
    decide,
    make_project,
    pixels,
)
from tests.factories.snippets import run_snippet

if TYPE_CHECKING:
    from pathlib import Path

GROUNDS = apart(3, mask_values=(0, 1, 254, 255), dates=("2018-01-05",))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = make_project(tmp_path, GROUNDS, VESSELS, offset_dn=-1000)
    with open_project(folder, write=True) as opened:
        decide(opened, Verdict.ACCEPT)
    monkeypatch.chdir(tmp_path)
    return folder


def test_archives_are_read_with_numpy_alone(project: Path, tmp_path: Path) -> None:
    export(project, tmp_path / "clean", format="npz")

    pairs = run_snippet("loading.md", "NumPy, from npz")["pairs"]

    seen = 0
    for split in ("train", "validation", "test"):
        for reflectance, mask in pairs("clean", split):
            assert reflectance.dtype == np.float32
            assert np.isnan(reflectance[:, :NODATA_ROWS]).all()
            expected = [(pixels(g, 0) - 1000.0) / 10_000 for g in GROUNDS]
            matches = [
                np.allclose(reflectance[:, NODATA_ROWS:], e[:, NODATA_ROWS:], atol=1e-6)
                for e in expected
            ]
            assert sum(matches) == 1
            assert (mask[:NODATA_ROWS] == 255).all()
            assert np.array_equal(mask[NODATA_ROWS:], classes_of(GROUNDS[0])[NODATA_ROWS:])
            seen += 1
    assert seen == 3


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_objects_are_read_with_pycocotools(project: Path, tmp_path: Path) -> None:
    export(project, tmp_path / "clean", format="coco")

    names = run_snippet("loading.md", "COCO")

    (vessel,) = names["vessels"]
    assert np.array_equal(vessel, classes_of(GROUNDS[0]) == 1)
    assert (tmp_path / "clean/images" / names["image"]["file_name"]).is_file()
    assert (tmp_path / "clean" / names["image"]["mask_file"]).is_file()
