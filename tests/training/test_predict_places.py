"""``s2label predict`` never replaces what is read, and loses nothing of earlier runs."""

from __future__ import annotations

import csv
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
from s2label_training.bundle import ModelClass
from s2label_training.scene.many import LOCK_NAME
from s2label_training.scene.run import SceneReport
from s2label_training.scene.summary import SUMMARY_NAME, Summary
from s2label_training.scene.work_folder import WorkFolder

from s2label.alone import alone
from s2label.classes import VESSELS
from s2label.errors import InputError, S2LabelError
from s2label.project import create_project
from s2label.results.rasters import read_record
from s2label.types import Lifetime
from tests.factories import bundles, ports
from tests.factories.commands import do, run

if TYPE_CHECKING:
    from pathlib import Path

READ = ("--quantification", "10000", "--any-values")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "tiny-1"
    bundles.write_bundle(folder, bundles.record(bands=ports.BANDS))
    return folder


def scene(path: Path, seed: int = 0) -> Path:
    """Write a scene of 64 x 64 pixels."""
    dn = np.random.default_rng(seed).integers(300, 1500, (4, 64, 64)).astype(np.uint16)
    return ports.write_raster(path, dn, ports.BANDS)


def contents(folder: Path) -> dict[str, bytes]:
    """Return all that lies in a folder, at any depth."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["s.tif", "s.tif"], "s.tif: is read for this result"),
        (["s.tif", "out.tif", "--rgb", "bands/../s.tif"], "s.tif: is read for this result"),
        (["bands", "bands/port_B03.tif"], "port_B03.tif: is read for this result"),
        (["s.tif", "out.tif", "--objects", "model/model.json"], "model.json: lies in the model"),
        (["s.tif", "project/masks/x.tif"], "x.tif: lies in the project project"),
        (["s.tif", "x.tif", "--probabilities", "bands/../x.tif"], "named for two results"),
        (["s.tif", "."], "s.tif: is read for this result"),
        (["list.txt", "bands/.."], "s.tif: is read for this result"),
        (["s.tif", "project"], "project: lies in the project project"),
        (["s.tif", "model"], "model: lies in the model model"),
        (["s.tif", ".tif"], ".tif: the name of a file"),
        (["s.tif", "out", "--objects", "o.geojson"], "o.geojson: the name of a file"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else "",
)
def test_what_is_read_is_never_replaced(
    tmp_path: Path,
    model: Path,
    arguments: list[str],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(model, tmp_path / "model")
    create_project(tmp_path / "project", VESSELS)
    scene(tmp_path / "s.tif")
    ports.band_folder(tmp_path / "bands")
    (tmp_path / "list.txt").write_text("s.tif\n")
    before = contents(tmp_path)
    printed = run("predict", "model", *arguments, *READ)
    assert (printed.code, printed.err.count("\n")) == (1, 1), printed.err
    assert words in printed.err
    assert contents(tmp_path) == before


def test_an_empty_path_is_not_the_folder_one_is_in(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for arguments in (("",), ("out.tif", "--rgb", "")):
        printed = run("predict", model, scene(tmp_path / "s.tif"), *arguments, *READ)
        assert (printed.code, "is empty" in printed.err) == (2, True)
    assert list(contents(tmp_path)) == ["s.tif"]


def test_results_among_the_scenes_stay_results(tmp_path: Path, model: Path) -> None:
    for name in ("a.tif", "b.tif"):
        scene(tmp_path / name, seed=ord(name[0]))
    before = contents(tmp_path)
    out, beside = tmp_path / "res", tmp_path / "obj"
    arguments = ("predict", model, tmp_path, out, "--probabilities", out, "--objects", beside)
    assert "2 scenes predicted" in do(*arguments, *READ).out
    assert "0 scenes predicted, 2 were there already" in do(*arguments, *READ).out
    assert "2 scenes predicted" in do("predict", model, tmp_path, tmp_path / "new", *READ).out
    assert before.items() <= contents(tmp_path).items()


def test_scenes_of_one_name_keep_their_results_in_any_order(tmp_path: Path, model: Path) -> None:
    names = ["e0/deep/same.tif", "e1/deep/same.tif"]
    for number, name in enumerate(names):
        scene(tmp_path / name, number)
    (tmp_path / "list.txt").write_text("\n".join(names))
    do("predict", model, tmp_path / "list.txt", tmp_path / "out", *READ)
    before = sorted(contents(tmp_path / "out"))
    (tmp_path / "list.txt").write_text("\n".join(reversed(names)))
    printed = do("predict", model, tmp_path / "list.txt", tmp_path / "out", *READ)
    assert "0 scenes predicted, 2 were there already" in printed.out
    assert sorted(contents(tmp_path / "out")) == before
    assert len(before) == 3


def test_no_scene_takes_the_file_of_another(tmp_path: Path, model: Path) -> None:
    for number, name in enumerate(("s.tif", "s_rgb.tif")):
        scene(tmp_path / "scenes" / name, number)
    out = tmp_path / "out"
    printed = run("predict", model, tmp_path / "scenes", out, "--rgb", out, *READ)
    assert (printed.code, "scenes-s_rgb.tif: is named for two results" in printed.err) == (1, True)
    assert not contents(out)
    do("predict", model, tmp_path / "scenes", out, "--rgb", tmp_path / "rgb", *READ)


def test_a_file_of_somebody_else_with_the_name_of_a_result_stays(
    tmp_path: Path, model: Path
) -> None:
    source, out = scene(tmp_path / "deep" / "s.tif"), tmp_path / "out"
    mine = scene(out / "deep-s.tif", 1)
    before = mine.read_bytes()
    printed = run("predict", model, source, out, *READ)
    assert (printed.code, "deep-s.tif: no result of this program" in printed.err) == (1, True)
    assert mine.read_bytes() == before
    assert rows(out)["deep-s"]["state"] == "failed"


def test_objects_of_land_cover_are_refused_once(tmp_path: Path) -> None:
    water = (ModelClass(value=1, name="Water", colour="#0000ff"),)
    its = bundles.record(bands=ports.BANDS, lifetime=Lifetime.STATIC, classes=water)
    bundles.write_bundle(tmp_path / "land", its)
    for name in ("a.tif", "b.tif"):
        scene(tmp_path / "scenes" / name)
    out = tmp_path / "out"
    printed = run("predict", tmp_path / "land", tmp_path / "scenes", out, "--objects", out, *READ)
    assert (printed.code, printed.err.count("\n")) == (1, 1)
    assert "--objects: tiny-1 tells classes that stay" in printed.err
    assert not out.exists()


def test_a_second_run_into_the_same_folder_waits_for_nobody_and_touches_nothing(
    tmp_path: Path, model: Path
) -> None:
    source, out = scene(tmp_path / "s.tif"), tmp_path / "out"
    out.mkdir()
    with alone(out / LOCK_NAME, ""):
        printed = run("predict", model, source, out, *READ)
        assert (printed.code, printed.err.count("\n")) == (1, 1)
        assert "another program predicts scenes into this folder" in printed.err
        assert list(contents(out)) == [LOCK_NAME]
    do("predict", model, source, out, *READ)
    assert LOCK_NAME not in contents(out)


def test_a_lock_is_gone_afterwards_and_keeps_others_out_before(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with alone(lock, "busy"):
        with pytest.raises(S2LabelError, match="busy"), alone(lock, "busy"):
            pass
        assert lock.exists()
    assert not lock.exists()
    with pytest.raises(ValueError, match="own"), alone(lock, "busy"):
        raise ValueError("own")
    assert not lock.exists()


def test_a_work_folder_that_another_run_took_over_stays_its_own(tmp_path: Path) -> None:
    first, second = WorkFolder(tmp_path / "out.tif"), WorkFolder(tmp_path / "out.tif")
    with first.locked():
        first.begin({"model": "tiny-1"}, again=False)
        first.remove()
        with pytest.raises(S2LabelError, match="another program predicts this scene"):
            second.locked().__enter__()
    assert not first.folder.exists()
    with second.locked():
        second.begin({"model": "tiny-1"}, again=False)
        with pytest.raises(S2LabelError, match="another program"), first.locked():
            pass
        assert (second.folder / "run.json").exists()
    assert [path.name for path in second.folder.iterdir()] == ["run.json"]


def made(state: str = "done", **fields: object) -> SceneReport:
    report = SceneReport("s", "2024-05-01", "tiny-1", state=state)
    for name, value in fields.items():
        setattr(report, name, value)
    return report


def rows(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / SUMMARY_NAME).open(newline="") as file:
        return {row["scene"]: row for row in csv.DictReader(file)}


def test_the_table_keeps_what_earlier_runs_told(tmp_path: Path) -> None:
    path = tmp_path / SUMMARY_NAME
    first = Summary(path)
    for number, name in enumerate(("a", "b", "gone")):
        first.add(name, made(pixels={"vessel": number + 5}, objects=number))
        (tmp_path / f"{name}.tif").touch()
    first.add_error("never", None, "no scene")
    (tmp_path / "gone.tif").unlink()
    Summary(path).add("c", made(pixels={"Water": 3}))
    (tmp_path / "c.tif").touch()
    assert list(rows(tmp_path)) == ["c", "a", "b"]
    Summary(path).add_error("b", "2024-05-01", "@home: cannot be read")
    assert rows(tmp_path)["b"] | {"pixels: vessel": "6"} == rows(tmp_path)["b"]
    assert rows(tmp_path)["b"]["error"] == "'@home: cannot be read"
    Summary(path).add("b", made("kept"))
    assert rows(tmp_path)["b"]["pixels: vessel"] == "6"
    assert (rows(tmp_path)["b"]["state"], rows(tmp_path)["b"]["error"]) == ("kept", "")


@pytest.mark.parametrize(
    "content",
    [b"name,price\nfish,3\n", b"scene,time,state,mine,objects,seconds,error\n", b"\xff\xfe", b""],
    ids=["table", "a column more", "no text", "empty"],
)
def test_a_table_of_somebody_else_stays(tmp_path: Path, model: Path, content: bytes) -> None:
    (tmp_path / SUMMARY_NAME).write_bytes(content)
    with pytest.raises(InputError, match="another kind of file; expected a table that"):
        Summary(tmp_path / SUMMARY_NAME)
    assert (tmp_path / SUMMARY_NAME).read_bytes() == content


def test_a_source_that_cannot_be_read_has_a_row_by_its_bare_name(
    tmp_path: Path, model: Path
) -> None:
    (tmp_path / "scenes").mkdir()
    (tmp_path / "scenes" / "=cmd.zip").write_bytes(b"no zip")
    scene(tmp_path / "scenes" / "s.tif")
    assert run("predict", model, tmp_path / "scenes", tmp_path / "out", *READ).code == 1
    found = {name: row["state"] for name, row in rows(tmp_path / "out").items()}
    assert found == {"cmd": "failed", "scenes-s": "done"}
    assert read_record(tmp_path / "out" / "scenes-s.tif").scene == "scenes/s.tif"
