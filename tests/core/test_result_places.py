"""Where a result may be written: never over what is read, never into what is somebody else's."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from s2label.classes import VESSELS
from s2label.errors import InputError
from s2label.project import create_project
from s2label.results.places import (
    RASTER_SUFFIXES,
    require_apart,
    require_no_source,
    require_outside,
    require_place,
    require_replaceable,
    scene_of_result,
)
from tests.factories import ports
from tests.factories.results import utm_grid, write_result


def place(path: Path) -> None:
    require_place(path, "classes", RASTER_SUFFIXES)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("out.txt", r"out\.txt: the suffix '\.txt'; expected \.tif or \.tiff for the classes"),
        (".tif", "the suffix ''"),
        ("folder.tif", "a folder; expected a file for the classes"),
        ("", "a folder"),
        ("no/out.tif", "no: no such folder; make it first"),
        ("project/out.tif", r"out\.tif: lies in the project project"),
        ("project/masks/deep/out.tif", "lies in the project project"),
        ("link/out.tif", "lies in the project project"),
    ],
    ids=["suffix", "no name", "folder", "empty", "parent", "project", "masks", "link"],
)
def test_a_place_that_cannot_take_a_result_is_refused(
    tmp_path: Path, name: str, words: str
) -> None:
    create_project(tmp_path / "project", VESSELS)
    (tmp_path / "project" / "masks" / "deep").mkdir(parents=True)
    (tmp_path / "folder.tif").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "project" / "masks")
    place(tmp_path / "OUT.TIF")
    with pytest.raises(InputError, match=words):
        place(tmp_path / name)


def test_a_source_is_known_by_any_of_its_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, other = tmp_path / "s.tif", tmp_path / "other.tif"
    source.touch()
    other.touch()
    (tmp_path / "sub").mkdir()
    (tmp_path / "link.tif").symlink_to(source)
    monkeypatch.chdir(tmp_path)
    require_no_source([other, tmp_path / "new.tif"], [source, tmp_path / "absent.tif"])
    for name in ("s.tif", "sub/../s.tif", "link.tif"):
        with pytest.raises(InputError, match="is read for this result"):
            require_no_source([other, Path(name)], [source])


def test_two_names_of_one_file_are_told_apart_from_two_files(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    require_apart([tmp_path / "a.tif", tmp_path / "sub" / "a.tif"])
    with pytest.raises(InputError, match="named for two results"):
        require_apart([tmp_path / "a.tif", tmp_path / "sub" / ".." / "a.tif"])


def test_the_folder_of_a_model_is_its_own(tmp_path: Path) -> None:
    require_outside(tmp_path / "model.json", tmp_path / "model", "the model")
    with pytest.raises(InputError, match="lies in the model model"):
        require_outside(tmp_path / "x" / ".." / "model" / "o.json", tmp_path / "model", "the model")


def test_only_a_result_of_the_same_scene_is_replaced_unasked(tmp_path: Path) -> None:
    result = write_result(tmp_path, np.zeros((1, 32, 32)), utm_grid((32, 32)))
    foreign = tmp_path / "mine.tif"
    ports.write_raster(foreign, np.ones((1, 8, 8), np.uint16))
    assert scene_of_result(result.probabilities) == "T34TCL"
    assert scene_of_result(foreign) is None
    assert scene_of_result(tmp_path / "absent.tif") is None
    require_replaceable(tmp_path / "absent.tif", "T34TCL")
    require_replaceable(result.classes, "T34TCL")
    with pytest.raises(InputError, match="a result of T34TCL; expected one of port two"):
        require_replaceable(result.classes, "port two")
    with pytest.raises(InputError, match="no result of this program"):
        require_replaceable(foreign, "T34TCL")
    os.truncate(result.classes, 100)
    with pytest.raises(InputError, match="no result of this program"):
        require_replaceable(result.classes, "T34TCL")
