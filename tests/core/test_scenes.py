"""Whole scenes of every kind of source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from s2label.errors import InputError
from s2label.importers.options import ImportOptions
from s2label.scenes import find_scenes, require_one_scene, scene_sources, sensed_at
from tests.factories import landcovernet, ports
from tests.factories.products import Recipe, write_product, zipped

if TYPE_CHECKING:
    from pathlib import Path


def test_a_product_in_a_zip_is_a_scene_with_its_time(tmp_path: Path) -> None:
    archive = zipped(write_product(tmp_path, Recipe(baseline="05.09")))
    found = require_one_scene(archive, ImportOptions())
    assert found.time == "2023-08-15T09:50:31Z"
    assert found.file_name == archive.stem
    assert found.grid.shape == (128, 128)
    assert {band.offset_dn for band in found.image.bands} == {-1000}


def test_a_folder_of_bands_smaller_than_a_chip_is_a_scene(tmp_path: Path) -> None:
    for name in ("B02", "B08"):
        ports.write_raster(tmp_path / f"x_20200102_{name}.tif", np.ones((1, 20, 30), np.uint16))
    found = require_one_scene(tmp_path, ImportOptions(quantification=10_000))
    assert (found.grid.shape, found.time) == (((20, 30)), "2020-01-02")


def test_every_geotiff_of_a_folder_is_a_scene(tmp_path: Path) -> None:
    ports.chip_folder(tmp_path, 2)
    assert len(find_scenes(tmp_path, ImportOptions())) == 2
    with pytest.raises(InputError, match=r"2 scenes .* expected one scene"):
        require_one_scene(tmp_path, ImportOptions())


def test_every_date_of_a_landcovernet_place_is_a_scene(tmp_path: Path) -> None:
    landcovernet.write_layout_1(tmp_path, places=2, dates=3, size=16)
    found = find_scenes(tmp_path, ImportOptions())
    assert len({scene.file_name for scene in found}) == len(found) == 6
    assert all(scene.image.bands and scene.time for scene in found)


@pytest.mark.parametrize(
    ("date", "names", "expected"),
    [
        ("2023-08-15", ("S2A_MSIL1C_20230815T095031_N0509",), "2023-08-15T09:50:31Z"),
        ("2015-08-13", ("S2A_OPER_20150818T101451_V20150813T102406",), "2015-08-13T10:24:06Z"),
        ("2023-08-16", ("S2A_MSIL1C_20230815T095031",), "2023-08-16"),
        (None, ("x_20230815T095031_B02",), "2023-08-15T09:50:31Z"),
        (None, ("port",), None),
        (None, ("x_20231399T995031",), None),
    ],
    ids=["product", "old product", "another day", "band", "nothing", "no time"],
)
def test_time_is_taken_from_names_of_that_day(
    date: str | None, names: tuple[str, ...], expected: str | None
) -> None:
    assert sensed_at(date, *names) == expected


def test_a_list_is_read_relative_to_itself(tmp_path: Path) -> None:
    path = tmp_path / "scenes.txt"
    path.write_text("# mine\n\na.zip\n/b/c.SAFE\n")
    assert [str(p) for p in scene_sources(path)] == [str(tmp_path / "a.zip"), "/b/c.SAFE"]
    path.write_text("# nothing\n")
    with pytest.raises(InputError, match="an empty list"):
        scene_sources(path)
