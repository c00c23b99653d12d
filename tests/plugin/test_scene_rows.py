"""What the list of scenes says of each, and what a run tells; without a window."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from napari_s2label.parts.scene_words import area, doubts_report, step_words
from napari_s2label.scene_areas import measure_areas
from napari_s2label.scene_facts import Looked, SceneEntry, SceneResult, Unfinished, read_results
from napari_s2label.scene_rows import SceneRow, SceneState, rows_of
from napari_s2label.scene_run import SceneRun
from napari_s2label.scene_wish import SceneWish, predict_arguments

from s2label.importers.options import ImportOptions
from s2label.progress import Progress
from s2label.types import NOT_LABELLED
from tests.factories.commands import run
from tests.factories.results import record_of, utm_grid, write_result

if TYPE_CHECKING:
    from s2label.scenes import FoundScene

MODEL = record_of().model
SCENE: Any = SimpleNamespace(grid=SimpleNamespace(height=100))
NAME = "T34TCL"


def entry(refusal: str = "", found: FoundScene | None = SCENE) -> SceneEntry:
    return SceneEntry(NAME, Path("scene.zip"), refusal, found)


def result() -> SceneResult:
    return SceneResult(NAME, Path("T34TCL.tif"), record_of(), ())


def run_at(*steps: Progress) -> SceneRun:
    run = SceneRun(Path("project"), Path("results"))
    for step in steps:
        run.take(step)
    return run


def told(done: int = 0, total: int = 0, step: str = "", **data: object) -> Progress:
    message = f"1 of 3, {NAME}: {step}"
    return Progress(done, total, message, {"scene": NAME, "scenes": 3, "step": step, **data})


def row(looked: Looked, run: SceneRun | None = None, model: str = MODEL) -> SceneRow:
    (only,) = rows_of(looked, run, model)
    return only


@pytest.mark.parametrize(
    ("looked", "state", "words"),
    [
        (Looked((entry(),)), SceneState.WAITING, "waiting"),
        (Looked((entry("no B11"),)), SceneState.REFUSED, "does not fit"),
        (Looked((entry("no zip", None),)), SceneState.REFUSED, "not read"),
        (Looked((entry(),), (result(),)), SceneState.DONE, "done"),
        (Looked((), (result(),)), SceneState.DONE, "done"),
        (
            Looked((entry(),), (result(),), ((NAME, Unfinished(0.54)),)),
            SceneState.BEGUN,
            "54 % done",
        ),
    ],
    ids=["new", "other bands", "damaged", "predicted", "found in the folder", "stopped"],
)
def test_a_scene_says_how_far_it_is(looked: Looked, state: SceneState, words: str) -> None:
    found = row(looked)
    assert (found.state, found.words) == (state, words)


def test_what_was_begun_otherwise_begins_anew_and_says_so() -> None:
    left = (NAME, Unfinished(0.54, ("model",)))
    found = row(Looked((entry(),), (), (left,)))
    assert found.why == "54 % was done, with another model: it begins anew."
    assert found.share == 0


def test_a_result_of_another_model_says_so() -> None:
    found = row(Looked((entry(),), (result(),)), model="vessels_unet-2")
    assert (found.words, MODEL in found.why) == ("older model", True)


def test_errors_in_the_list_name_the_fields_of_the_dock() -> None:
    found = row(Looked((entry("give --quantification, or leave out --rgb"),)))
    assert found.why == 'give "Divide by", or leave out "picture"'


def test_a_run_tells_of_the_scene_at_work_and_then_of_its_end() -> None:
    run = run_at(told(4, 10, "predicting"))
    looked = Looked((entry(),))
    assert (row(looked, run).state, row(looked, run).words) == (SceneState.RUNNING, "40 %")
    assert step_words(run) == "1 of 3: predicting"
    run.take(told(0, 5, "writing classes"))
    assert row(looked, run).words == "writing"
    run.take(told(error="no pixel with data"))
    assert (row(looked, run).words, row(looked, run).why) == ("failed", "no pixel with data")
    run.finish({"done": 2, "kept": 1, "errors": ["no pixel with data", "x.zip: damaged"]})
    assert run.ending is not None
    assert run.ending.words.splitlines() == [
        "2 scenes predicted.",
        "1 scene had the same result already.",
        "Not predicted: x.zip: damaged",
        "1 scene failed; the list says why.",
    ]


def test_results_are_found_by_their_classes_and_not_by_their_other_rasters(tmp_path: Path) -> None:
    made = write_result(tmp_path, np.ones((1, 8, 8)), utm_grid((8, 8)))
    made.probabilities.rename(tmp_path / "classes_probabilities.tif")
    (tmp_path / "other.tif").write_bytes(b"no raster")
    (found,) = read_results(tmp_path)
    assert (found.name, found.made, found.record.model) == ("classes", ("probabilities",), MODEL)


def test_areas_are_those_of_the_pixels_on_the_ground(tmp_path: Path) -> None:
    chances = np.zeros((1, 700, 300))
    chances[0, 600:, 100:200] = 1.0
    is_nodata = np.zeros((700, 300), bool)
    is_nodata[:50] = True
    grid = utm_grid((700, 300))
    areas = measure_areas(write_result(tmp_path, chances, grid, is_nodata=is_nodata).classes)
    # 100 m2 on the map; UTM's scale is 0.9996 to 1.001 on the ground.
    assert areas[1] == pytest.approx(100 * 100 * 1e-4, rel=2e-3)
    assert areas[NOT_LABELLED] == pytest.approx(50 * 300 * 1e-4, rel=2e-3)
    assert sum(areas.values()) == pytest.approx(700 * 300 * 1e-4, rel=2e-3)


@pytest.mark.parametrize(
    ("km2", "words"),
    [(0, "0 km²"), (0.00125, "0.0013 km²"), (2.936, "2.94 km²"), (12056, "12,056 km²")],
)
def test_areas_have_as_many_digits_as_one_reads(km2: float, words: str) -> None:
    assert area(km2) == words


def test_what_is_wished_becomes_the_command() -> None:
    wish = SceneWish(
        makes=("map",),
        skip_land=True,
        threshold=0.5,
        options=ImportOptions(offset=-1000, bands=("B02", "B03")),
    )
    arguments = predict_arguments(wish, Path("m"), Path("l.txt"), Path("out"))
    assert arguments[:4] == ["predict", "m", "l.txt", "out"]
    others = "--map out --skip-land --threshold 0.5 --bands B02,B03 --offset -1000.0"
    assert arguments[4:] == others.split()


def test_doubtful_places_are_told_in_words() -> None:
    report = {"doubts": [{}] * 3, "kinds": {"uncertain": 2, "at the quay": 1}, "notes": []}
    counts = {"new_chips": 1, "chips_before": 2, "without_chip": 0}
    assert doubts_report({**report, **counts}).words.splitlines() == [
        "3 doubtful places: 2 uncertain, 1 at the quay.",
        "1 new chip, 2 in chips that were there. The queue goes through them.",
    ]
    assert "No doubtful places" in doubts_report({**report, "doubts": []}).words


def test_what_is_no_result_is_not_looked_at(tmp_path: Path) -> None:
    (tmp_path / "notes.tif").write_text("no raster")
    said = run("look", tmp_path / "notes.tif")
    assert said.code == 1
    assert "notes.tif" in said.err
    assert len(said.err.splitlines()) == 1
