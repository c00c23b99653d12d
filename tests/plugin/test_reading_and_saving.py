"""What napari opens and saves through this plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import rasterio
from napari.plugins import _npe2
from napari_s2label.desk import Desk, desk_of
from napari_s2label.layers import metadata_of
from napari_s2label.looking import read_chips
from napari_s2label.reader import chips_reader, project_reader
from napari_s2label.writer import write_mask_layer
from PIL import Image

from s2label.errors import ExportError
from s2label.grid import Grid
from tests.factories.ports import band_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NEW_PRODUCT = "S2B_MSIL2A_20230815T095559_N0509_R122_T33TWL_20230815T130101"
GRID = Grid("EPSG:32634", (10.0, 0.0, 5e5, 0.0, -10.0, 4e6), 8, 6)


@pytest.fixture
def viewer(make_napari_viewer_proxy: Callable[..., Any]) -> Iterator[Any]:
    viewer = make_napari_viewer_proxy()
    yield viewer
    desk_of(viewer).close()


@pytest.mark.parametrize("name", ["", "project.toml"])
def test_a_project_opens_with_its_docks(viewer: Any, vessels_project: Path, name: str) -> None:
    viewer.open(vessels_project / name, plugin="napari-s2label")

    desk: Desk = desk_of(viewer)
    assert desk.project is not None
    assert desk.project.folder == vessels_project
    assert "Triage (napari-s2label)" in viewer.window.dock_widgets


def test_napari_proposes_us_for_a_folder_and_nobody_else_for_a_project_file(
    tmp_path: Path,
) -> None:
    # The dialog of napari marks the first name.
    assert sorted(_npe2.get_readers(tmp_path).values())[0] == "S2label"
    assert list(_npe2.get_readers(tmp_path / "project.toml")) == ["napari-s2label"]
    assert "napari-s2label" not in _npe2.get_readers(tmp_path / "any.tif")


def test_a_folder_of_pictures_is_left_to_napari(tmp_path: Path) -> None:
    Image.new("L", (5, 4), 7).save(tmp_path / "a.png")
    assert project_reader(str(tmp_path)) is None
    read = chips_reader(str(tmp_path))
    assert read is not None

    ((data, *_),) = read(str(tmp_path))

    assert np.asarray(data).shape[-2:] == (4, 5)


def test_a_new_product_is_looked_at_with_the_offset_it_is_published_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr("napari_s2label.looking.show_info", said.append)
    folder = band_folder(tmp_path / NEW_PRODUCT)

    layers = read_chips(str(folder or tmp_path / NEW_PRODUCT))

    assert layers[0][2] == "image"
    assert any("offset of -1000" in line for line in said)


def test_a_mask_is_saved_with_its_crs_and_read_back_equal(tmp_path: Path) -> None:
    mask = np.arange(48, dtype=np.uint8).reshape(8, 6) % 3

    (path,) = write_mask_layer(str(tmp_path / "mask"), mask, {"metadata": metadata_of(GRID)})

    assert path == str(tmp_path / "mask.tif")
    with rasterio.open(path) as file:
        assert np.array_equal(file.read(1), mask)
        assert file.crs.to_epsg() == 32634
        assert tuple(file.transform)[:6] == GRID.transform


def test_a_file_nobody_was_asked_about_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "mask.tif").write_bytes(b"mine")

    with pytest.raises(ExportError, match="is there already"):
        write_mask_layer(str(tmp_path / "mask"), np.zeros((8, 6)), {"metadata": metadata_of(GRID)})

    assert (tmp_path / "mask.tif").read_bytes() == b"mine"
