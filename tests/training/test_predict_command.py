"""``s2label predict``: whole scenes from the command line, one or many."""

from __future__ import annotations

import csv
import shutil
from typing import TYPE_CHECKING

import pytest
from s2label_training.shelf import Shelf

from s2label.classes import VESSELS
from s2label.project import create_project
from s2label.results.rasters import read_record
from tests.factories import whole_scenes as scenes
from tests.factories.commands import do, run

if TYPE_CHECKING:
    from pathlib import Path

SIDE = 96


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scenes.write_scene(tmp_path_factory.mktemp("product"), SIDE)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "tiny-1"
    scenes.write_model(folder)
    return folder


def summary(folder: Path) -> list[dict[str, str]]:
    with (folder / "summary.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_scene_becomes_a_raster(tmp_path: Path, archive: Path, model: Path) -> None:
    printed = do("predict", model, archive, tmp_path / "out.tif", "--json-lines")
    *steps, last = printed.lines
    messages = {step["progress"]["message"] for step in steps}
    assert {"looking at the scene", "predicting", "writing classes"} <= messages
    assert last["result"]["state"] == "done"
    assert sum(last["result"]["pixels"].values()) == SIDE**2
    assert read_record(tmp_path / "out.tif").scene == archive.stem


def test_the_same_result_is_kept_until_it_is_asked_for_again(
    tmp_path: Path, archive: Path, model: Path
) -> None:
    out = tmp_path / "out.tif"
    do("predict", model, archive, out)
    before = out.stat().st_mtime_ns, out.read_bytes()
    assert "--again makes it anew" in do("predict", model, archive, out).out
    assert out.stat().st_mtime_ns == before[0]
    do("predict", model, archive, out, "--again")
    assert out.stat().st_mtime_ns != before[0]
    assert out.read_bytes() == before[1]
    do("predict", model, archive, out, "--threshold", "0.9")
    assert read_record(out).threshold == 0.9


def test_a_project_predicts_with_its_model_in_use(
    tmp_path: Path, archive: Path, model: Path
) -> None:
    create_project(tmp_path / "project", VESSELS)
    without = run("predict", tmp_path / "project", archive, tmp_path / "out.tif")
    assert (without.code, "no model in use yet" in without.err) == (1, True)
    shutil.copytree(model, tmp_path / "project" / "models" / "tiny-1")
    Shelf(tmp_path / "project").promote("tiny-1", "for the test")
    do("predict", tmp_path / "project", archive, tmp_path / "out.tif")
    assert read_record(tmp_path / "out.tif").model == "tiny-1"


def test_finished_bands_of_another_model_are_thrown_away_and_it_says_so(
    tmp_path: Path, archive: Path, model: Path
) -> None:
    out, work = tmp_path / "out.tif", tmp_path / ".out.tif.part"
    work.mkdir()
    (work / "rows-00000.tif").write_bytes(b"of another model")
    (work / "run.json").write_text('{"model": "another"}')
    assert "began anew (another" in do("predict", model, archive, out).out
    assert not work.exists()


def test_of_many_scenes_a_broken_one_does_not_stop_the_others(
    tmp_path: Path, archive: Path, model: Path
) -> None:
    folder = tmp_path / "scenes"
    folder.mkdir()
    shutil.copy(archive, folder)
    scenes.write_scene(folder, SIDE, day="20230901")
    (folder / "S2A_MSIL1C_20230101T000000_broken.zip").write_bytes(archive.read_bytes()[:2000])
    (folder / "notes.md").write_text("nothing to predict")
    arguments = ["predict", model, folder, tmp_path / "out", "--objects", tmp_path / "out"]
    printed = run(*arguments)
    assert printed.code == 1
    assert "S2A_MSIL1C_20230101T000000_broken.zip" in printed.err
    rows = summary(tmp_path / "out")
    states = {row["scene"].split("_")[2]: row["state"] for row in rows}
    assert states == {
        "20230101T000000": "failed",
        "20230815T095031": "done",
        "20230901T095031": "done",
    }
    assert len(list((tmp_path / "out").glob("*.tif"))) == 2
    run(*arguments)
    again = summary(tmp_path / "out")
    assert [row["state"] for row in again] == ["failed", "kept", "kept"]
    assert [row["objects"] for row in again] == [row["objects"] for row in rows]


def test_a_list_names_scenes_relative_to_itself(tmp_path: Path, archive: Path, model: Path) -> None:
    shutil.copy(archive, tmp_path / "one.zip")
    (tmp_path / "scenes.txt").write_text("# two of a summer\none.zip\nnowhere.zip\n")
    printed = run("predict", model, tmp_path / "scenes.txt", tmp_path / "out")
    assert (printed.code, "nowhere.zip: no such file" in printed.err) == (1, True)
    assert [row["state"] for row in summary(tmp_path / "out")] == ["failed", "done"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere", "SCENE", "out.tif"], "nowhere: no such folder"),
        (["MODEL", "nowhere.zip", "out.tif"], "nowhere.zip: no such file"),
        (["MODEL", "SCENE", "out.tif", "--rgb", "rgb.png"], "rgb.png: the suffix '.png'"),
        (["MODEL", "SCENE", "out.tif", "--rgb", "out.tif"], "named for two results"),
        (["MODEL", "SCENE", "no/out.tif"], "no: no such folder"),
    ],
    ids=["model", "scene", "suffix", "twice", "folder"],
)
def test_wrong_paths_are_told_in_a_line(
    tmp_path: Path,
    archive: Path,
    model: Path,
    arguments: list[str],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    known = {"MODEL": str(model), "SCENE": str(archive)}
    printed = run("predict", *(known.get(each, each) for each in arguments))
    assert printed.code == 1
    assert words in printed.err
    assert printed.err.count("\n") == 1
    assert not list(tmp_path.iterdir())
