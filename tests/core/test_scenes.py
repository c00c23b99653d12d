"""Whole scenes of every kind of source."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from s2label.errors import InputError
from s2label.importers.options import ImportOptions
from s2label.many_scenes import every_source, name_scenes, scene_sources
from s2label.scenes import find_scenes, require_one_scene, sensed_at
from tests.factories import landcovernet, ports
from tests.factories.products import Recipe, write_product, zipped
from tests.factories.results import utm_grid, write_result

if TYPE_CHECKING:
    from pathlib import Path

    from tests.factories.results import Result


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


def test_a_list_may_name_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    (tmp_path / "scenes.txt").write_text("~/a.zip\n")
    assert scene_sources(tmp_path / "scenes.txt") == [tmp_path / "home" / "a.zip"]


def test_names_of_scenes_do_not_depend_on_their_order(tmp_path: Path) -> None:
    paths = [tmp_path / name / "deep" / "same.tif" for name in ("e0", "e1", "e2")]
    for number, path in enumerate(paths):
        path.parent.mkdir(parents=True)
        ports.write_raster(path, np.full((1, 20, 30), 500 + number // 2, np.uint16))
    options = ImportOptions(quantification=10_000, bands=("B08",))

    def names(*sources: Path) -> dict[str, Path]:
        return {each.name: each.source for each in name_scenes(sources, options)}

    assert names(paths[0]) == {"deep-same": paths[0]}
    assert names(paths[0], paths[1]) == {"deep-same": paths[0]}  # the same pixels
    both = names(paths[0], paths[2])
    assert len(both) == 2
    assert all(re.fullmatch("deep-same-[0-9a-f]{8}", name) for name in both)
    assert names(paths[2], paths[0]) == both


def test_what_was_predicted_before_is_no_scene(tmp_path: Path) -> None:
    ports.chip_folder(tmp_path, 2)
    scenes = every_source(tmp_path)
    assert len(scenes) == 2

    def result(folder: Path) -> Result:
        return write_result(folder, np.zeros((1, 32, 32)), utm_grid((32, 32)))

    result(tmp_path)
    result(tmp_path / "res")
    assert every_source(tmp_path) == scenes
    mixed = tmp_path / "mixed"
    result(mixed)
    for name in ("x.tif", "y.tif"):
        shutil.copy(scenes[0], mixed / name)
    assert every_source(tmp_path) == sorted([*scenes, mixed / "x.tif", mixed / "y.tif"])
    with pytest.raises(InputError, match="only results of predictions"):
        every_source(tmp_path / "res")
