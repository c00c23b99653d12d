"""``s2label doubts``: doubtful places become chips with a reason, and nothing comes twice."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest

from s2label.classes import VESSELS
from s2label.importers.options import ImportOptions
from s2label.project import create_project, open_project
from s2label.queue_specs import QueueOrder, QueueSpec
from s2label.scenes import require_one_scene
from tests.factories.commands import do, run
from tests.factories.products import Recipe, write_product, zipped
from tests.factories.results import VESSEL, Result, record_of, write_result

if TYPE_CHECKING:
    from pathlib import Path

    from s2label.results.rasters import ResultRecord
    from s2label.scenes import FoundScene

SIDE, CHIP = 128, 32
FOREMOST = QueueSpec(order=QueueOrder.DOUBT, descending=True, only_doubtful=True)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return zipped(write_product(tmp_path_factory.mktemp("product"), Recipe(side=SIDE)))


@pytest.fixture(scope="module")
def found(archive: Path) -> FoundScene:
    return require_one_scene(archive, ImportOptions())


@pytest.fixture
def project(tmp_path: Path) -> Path:
    create_project(tmp_path / "harbour", VESSELS)
    return tmp_path / "harbour"


def its_record(found: FoundScene, model: str = "tiny-1") -> ResultRecord:
    return dataclasses.replace(record_of(), scene=found.name, time=found.time, model=model)


def predicted(
    folder: Path, found: FoundScene, *ships: tuple[int, int, float], model: str = "tiny-1"
) -> Result:
    """Write a result with ships of four pixels: row, column, probability."""
    chances = np.zeros((1, *found.grid.shape))
    for row, column, chance in ships:
        chances[0, row : row + 2, column : column + 2] = chance
    return write_result(folder, chances, found.grid, its_record(found, model))


def bring(project: Path, result: Result, archive: Path, *more: object) -> dict[str, object]:
    arguments = ("doubts", project, result.classes, archive, "--chip", CHIP, *more)
    (report,) = do(*arguments, "--json").lines
    return report


def test_each_place_becomes_a_chip_with_its_reason_the_foremost_first(
    tmp_path: Path, project: Path, archive: Path, found: FoundScene
) -> None:
    result = predicted(tmp_path / "out", found, (20, 20, 0.45), (90, 100, 0.5))
    report = bring(project, result, archive)
    assert (report["new_chips"], report["chips_before"], report["noted"]) == (2, 0, 2)
    with open_project(project) as opened:
        chips = [opened.catalog.chip(id_) for id_ in opened.catalog.queue(FOREMOST)]
        assert [chip.doubts for chip in chips if chip] == [
            ("Only just called vessel: probability 0.50, 0.50 is enough.",),
            ("Almost called vessel: probability 0.45, 0.50 is enough.",),
        ]
        foremost = chips[0]
        assert foremost is not None
        assert foremost.place.grid.shape == (CHIP, CHIP)
        column, row = ~found.grid.affine @ foremost.place.grid.affine[2:6:3]
        assert (round(column), round(row)) == (101 - CHIP // 2, 91 - CHIP // 2)
    assert do("check", project).code == 0


def test_the_same_command_again_changes_nothing(
    tmp_path: Path, project: Path, archive: Path, found: FoundScene
) -> None:
    result = predicted(tmp_path / "out", found, (20, 20, 0.45), (90, 100, 0.5))
    bring(project, result, archive)
    before = do("list", project, "--json").out, do("status", project, "--json").out
    report = bring(project, result, archive)
    assert (report["new_chips"], report["chips_before"], report["noted"]) == (0, 2, 0)
    assert (do("list", project, "--json").out, do("status", project, "--json").out) == before


def test_a_place_in_a_chip_of_the_project_gives_it_the_reason(
    tmp_path: Path, project: Path, archive: Path, found: FoundScene
) -> None:
    do("import", project, archive, "--chip", 64)
    result = predicted(tmp_path / "out", found, (20, 20, 0.45), (90, 100, 0.5))
    report = bring(project, result, archive)
    assert (report["new_chips"], report["chips_before"]) == (0, 2)
    rows = do("list", project, "--json").lines
    assert len(rows) == 4
    assert [len(row["doubts"]) for row in rows].count(1) == 2


def test_in_a_chip_that_is_much_larger_a_place_would_be_lost(
    tmp_path: Path, project: Path, archive: Path, found: FoundScene
) -> None:
    do("import", project, archive, "--chip", SIDE)
    report = bring(project, predicted(tmp_path / "out", found, (20, 20, 0.45)), archive)
    assert (report["new_chips"], report["chips_before"]) == (1, 0)


def test_what_only_one_of_two_models_has_comes_first(
    tmp_path: Path, project: Path, archive: Path, found: FoundScene
) -> None:
    older = predicted(tmp_path / "older", found, (20, 20, 0.99), model="tiny-0")
    result = predicted(tmp_path / "out", found, (20, 100, 0.45), (90, 40, 0.99))
    report = bring(project, result, archive, "--older", older.classes)
    kinds = [each["kind"] for each in report["doubts"]]  # type: ignore[attr-defined]
    assert kinds == ["models differ", "models differ", "near the threshold"]


def test_a_chip_is_looked_at_once_and_a_newer_model_may_ask_again(
    tmp_path: Path, project: Path, archive: Path, found: FoundScene
) -> None:
    result = predicted(tmp_path / "out", found, (20, 20, 0.45))
    report = bring(project, result, archive)
    (image,) = (each["image"] for each in report["doubts"])  # type: ignore[attr-defined]
    decisions = tmp_path / "decisions.csv"
    decisions.write_text(f"subject,id,decision,reason\nimage,{image},accept,\n")
    do("decide", project, decisions)
    assert do("status", project, "--json").lines[0]["images_doubtful"] == 0
    assert bring(project, result, archive)["noted"] == 0
    do("undo", project)
    assert do("status", project, "--json").lines[0]["images_doubtful"] == 1
    do("redo", project)
    newer = predicted(tmp_path / "newer", found, (20, 20, 0.46), model="tiny-2")
    assert bring(project, newer, archive)["noted"] == 1
    (row,) = do("list", project, "--json").lines
    assert [each["model"] for each in row["doubts"]] == ["tiny-2"]


def test_without_doubts_nothing_is_imported(
    tmp_path: Path, project: Path, archive: Path, found: FoundScene
) -> None:
    result = predicted(tmp_path / "out", found)
    assert bring(project, result, archive)["doubts"] == []
    assert do("status", project, "--json").lines[0]["images"] == 0


def test_progress_and_result_come_as_json_lines(
    tmp_path: Path, project: Path, archive: Path, found: FoundScene
) -> None:
    result = predicted(tmp_path / "out", found, (20, 20, 0.45))
    printed = do("doubts", project, result.classes, archive, "--chip", CHIP, "--json-lines")
    *steps, last = printed.lines
    assert steps[1]["progress"]["message"] == "finding doubtful places"
    assert last["result"]["kinds"] == {"near the threshold": 1}


def test_without_probabilities_it_says_how_to_get_them(
    tmp_path: Path, project: Path, archive: Path, found: FoundScene
) -> None:
    result = predicted(tmp_path / "out", found, (20, 20, 0.45))
    moved = tmp_path / "elsewhere.tif"
    result.probabilities.rename(moved)
    printed = run("doubts", project, result.classes, archive)
    assert printed.code == 1
    assert "predict the scene again with --probabilities" in printed.err
    do("doubts", project, result.classes, archive, "--probabilities", moved)


def test_probabilities_of_another_model_are_not_taken(
    tmp_path: Path, project: Path, archive: Path, found: FoundScene
) -> None:
    result = predicted(tmp_path / "out", found)
    other = predicted(tmp_path / "other", found, model="tiny-0")
    printed = run(
        "doubts", project, result.classes, archive, "--probabilities", other.probabilities
    )
    assert (printed.code, "is of another result" in printed.err) == (1, True)


def test_a_result_of_another_scene_is_refused_and_the_project_stays(
    tmp_path: Path, project: Path, archive: Path, found: FoundScene
) -> None:
    other = dataclasses.replace(found, name="another")
    result = predicted(tmp_path / "out", other, (20, 20, 0.45))
    printed = run("doubts", project, result.classes, archive)
    assert (printed.code, printed.err.count("\n")) == (1, 1)
    assert f"a result of another; expected one of {found.name}" in printed.err
    assert do("status", project, "--json").lines[0]["images"] == 0


def test_a_class_that_another_one_beats_is_not_said_to_be_called(
    tmp_path: Path, project: Path, archive: Path, found: FoundScene
) -> None:
    buoy = dataclasses.replace(VESSEL, value=2, name="buoy")
    record = dataclasses.replace(its_record(found), classes=(VESSEL, buoy), threshold=0.4)
    chances = np.zeros((2, *found.grid.shape))
    chances[:, 20:23, 20:23] = np.array([0.42, 0.55])[:, None, None]
    result = write_result(tmp_path / "out", chances, found.grid, record)
    report = bring(project, result, archive)
    words = {each["words"] for each in report["doubts"]}  # type: ignore[attr-defined]
    assert words <= {
        "Almost called vessel: probability 0.42, but another class is likelier.",
        "Only just called buoy: probability 0.55, 0.40 is enough.",
    }


def test_numbers_of_another_scale_are_refused_by_the_whole_scene(
    tmp_path: Path, project: Path, archive: Path, found: FoundScene
) -> None:
    result = predicted(tmp_path / "out", found, (20, 20, 0.45))
    arguments = ("doubts", project, result.classes, archive, "--quantification", 1000)
    printed = run(*arguments)
    assert (printed.code, "the values contradict the scale" in printed.err) == (1, True)
    assert do("status", project, "--json").lines[0]["images"] == 0
