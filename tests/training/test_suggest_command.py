"""``s2label suggest``: suggestions for many images at once."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from s2label_training import suggesting
from s2label_training.bundle import ModelClass, write_record
from s2label_training.channels import read_reflectance
from s2label_training.predict import Predictor
from s2label_training.shelf import Shelf

from s2label.conditions import Conditions
from s2label.errors import S2LabelError
from s2label.project import open_project
from s2label.suggestion_files import read_suggestion, suggestion_path, write_suggestion
from s2label.types import Decision, Lifetime, Subject, Verdict
from tests.factories import bundles, fleet
from tests.factories.commands import do, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from s2label_training.bundle import ModelRecord

    from s2label.project import Project

MODEL = "tiny-1"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project of four images with a model in use."""
    folder = tmp_path_factory.mktemp("made")
    project = fleet.make_fleet(folder, groups=2, places=2)
    bundles.write_bundle(project / "models" / MODEL, bundles.record(MODEL, threshold=0.3))
    Shelf(project).promote(MODEL, "for the test")
    return project


@pytest.fixture
def project(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "project")
    return tmp_path / "project"


@pytest.fixture
def opened(project: Path) -> Iterator[Project]:
    with open_project(project) as opened:
        yield opened


def with_suggestion(project: Path, model: str = MODEL) -> set[str]:
    """Return the names of the places whose image has a suggestion."""
    with open_project(project) as opened:
        chips = opened.catalog.chips(opened.catalog.image_ids()).values()
        return {c.place.name for c in chips if read_suggestion(opened, c.image, model)}


ALL = {"g0_0", "g0_1", "g1_0", "g1_1"}


def test_every_open_image_gets_what_the_model_proposes(project: Path, opened: Project) -> None:
    printed = do("suggest", project)
    assert "tiny-1: 4 of 4 images got a suggestion now, 0 had one already" in printed.out
    predictor = Predictor(project / "models" / MODEL)
    for chip in opened.catalog.chips(opened.catalog.image_ids()).values():
        found = read_suggestion(opened, chip.image, MODEL)
        assert found is not None
        assert (found.class_values, found.threshold, found.provenance) == ((0, 1), 0.3, 16)
        values = read_reflectance(chip.image, chip.place.grid, predictor.record.bands)
        expected = np.rint(255 * predictor.probabilities(values))
        assert np.abs(found.probabilities.astype(int) - expected).max() <= 2


def test_what_is_there_already_is_kept_and_the_rest_made(project: Path, opened: Project) -> None:
    do("suggest", project)
    first, second, *others = opened.catalog.image_ids()
    suggestion_path(opened, first, MODEL).unlink()
    damaged = suggestion_path(opened, second, MODEL)
    damaged.write_bytes(damaged.read_bytes()[:300])
    before = [suggestion_path(opened, id_, MODEL).stat().st_mtime_ns for id_ in others]
    printed = do("suggest", project)
    assert "2 of 4 images got a suggestion now, 2 had one already" in printed.out
    assert before == [suggestion_path(opened, id_, MODEL).stat().st_mtime_ns for id_ in others]
    assert with_suggestion(project) == ALL


def test_a_suggestion_with_the_number_of_another_model_is_made_anew(
    project: Path, opened: Project
) -> None:
    do("suggest", project)
    chips = opened.catalog.chips(opened.catalog.image_ids())
    chip = next(iter(chips.values()))
    found = read_suggestion(opened, chip.image, MODEL)
    assert found is not None
    write_suggestion(opened, chip.image, chip.place.grid, replace(found, provenance=17))
    assert "1 of 4 images got a suggestion now, 3 had" in do("suggest", project).out
    again = read_suggestion(opened, chip.image, MODEL)
    assert again is not None
    assert again.provenance == 16


def test_only_images_that_are_meant_get_one(project: Path) -> None:
    with open_project(project, write=True) as opened:
        names = {p.id: p.name for p in opened.catalog.places().values()}
        images = {names[i["place"]]: i["id"] for i in opened.catalog.list_images()}
        masks = {names[m["place"]]: m["id"] for m in opened.catalog.list_masks()}
        opened.catalog.decide(
            [
                Decision(Subject.IMAGE, images["g0_0"], Verdict.REJECT),
                Decision(Subject.MASK, masks["g0_1"], Verdict.ACCEPT),
            ]
        )
    do("suggest", project, "--where", "state = open and mask = accepted")
    assert with_suggestion(project) == {"g0_1"}
    do("suggest", project)
    assert with_suggestion(project) == ALL - {"g0_0"}
    do("suggest", project, "--where", "state=any AND mask=any")
    assert with_suggestion(project) == ALL


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("state open", "found 'state open'"),
        ("state = open; DROP TABLE image", "found 'state = open; DROP TABLE image'"),
        ("state = open or mask = open", "found 'state = open or mask = open'"),
        ("date = 2020", "found 'date' in 'date = 2020'; expected state or mask"),
        ("state = none", "found state = none; expected one of open, accepted, rejected, any"),
        ("mask = done", "expected one of open, accepted, rejected, none, any"),
        ("state = open and", "found ''"),
        ("state = open and state = accepted", "state stands twice"),
    ],
)
def test_conditions_that_are_none_are_told(project: Path, where: str, said: str) -> None:
    printed = run("suggest", project, "--where", where)
    assert printed.code == 1
    assert said in printed.err
    assert printed.err.count("\n") == 1


def test_json_lines_tell_progress_and_what_came_of_it(project: Path) -> None:
    *steps, last = do("suggest", project, "--json-lines").lines
    done = [step["progress"]["done"] for step in steps]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, 4)
    assert {step["progress"]["total"] for step in steps} == {4}
    expected = {"model": MODEL, "images": 4, "suggested": 4, "kept": 0, "refused": {}}
    assert last == {"result": expected}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"bands": ("B02", "B03", "B04", "B11")}, "no B11", id="bands"),
        pytest.param({"gsd_m": 20.0}, "pixels of 10 m", id="pixels"),
        pytest.param({"typical": ((100.0, 4000.0),) * 4}, "", id="scale"),
    ],
)
def test_images_that_the_model_refuses_are_counted_and_told_once(
    project: Path, changes: dict[str, object], reason: str
) -> None:
    bundles.write_bundle(project / "models" / "other", bundles.record("other", **changes))
    Shelf(project).promote("other", "for the test")
    printed = do("suggest", project)
    assert "0 of 4 images got a suggestion now" in printed.out
    (told,) = [line for line in printed.out.splitlines() if "without one" in line]
    assert told.startswith(f"4 images without one: {reason}")


def test_an_image_that_cannot_be_read_does_not_stop_the_others(tmp_path: Path) -> None:
    project = fleet.make_fleet(tmp_path, groups=2, places=2)
    bundles.write_bundle(project / "models" / MODEL, bundles.record(MODEL))
    Shelf(project).promote(MODEL, "for the test")
    (tmp_path / "sources" / "images" / "g0_1.tif").unlink()
    printed = do("suggest", project)
    assert "3 of 4 images got a suggestion now" in printed.out
    assert "1 image without one" in printed.out
    assert "g0_1.tif: no such file" in printed.out
    assert with_suggestion(project) == ALL - {"g0_1"}


def test_another_model_can_be_asked_and_keeps_its_own(project: Path) -> None:
    bundles.write_bundle(project / "models" / "later", bundles.record("later"))
    Shelf(project).promote("later", "for the test")
    do("suggest", project, "--model", MODEL)
    assert with_suggestion(project) == ALL
    assert with_suggestion(project, "later") == set()


def test_a_model_that_was_never_in_use_can_be_looked_at_and_gets_its_number(
    project: Path, opened: Project
) -> None:
    bundles.write_bundle(project / "models" / "later", bundles.record("later"))
    do("suggest", project, "--model", "later")
    images = opened.catalog.chips(opened.catalog.image_ids()).values()
    found = [read_suggestion(opened, chip.image, "later") for chip in images]
    assert {s.provenance if s else None for s in found} == {17}
    shelf = Shelf(project)
    assert (shelf.in_use, shelf.name_of_number(17)) == (MODEL, "later")
    assert shelf.promote("later", "better").number == 17


# -- classes of another project --------------------------------------------------------------------

QUAY = ModelClass(value=7, name="quay", colour="#00ff00")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param(
            {"classes": (*bundles.CLASSES, QUAY)},
            "strange suggests 7 (quay), but this project has 1 (vessel); take one that was "
            "trained in this project",
            id="class",
        ),
        pytest.param(
            {"lifetime": Lifetime.STATIC},
            "strange suggests static classes, but those of this project are moving",
            id="lifetime",
        ),
    ],
)
def test_a_model_of_other_classes_is_refused_before_its_network_is_loaded(
    project: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, object], words: str
) -> None:
    # Without weights, and where torch is not installed.
    write_record(made_folder(project, "strange"), bundles.record("strange", **changes))
    monkeypatch.setitem(sys.modules, "s2label_training.suggesting", None)
    printed = run("suggest", project, "--model", "strange")
    assert printed.code == 1
    assert words in printed.err
    assert printed.err.count("\n") == 1


def test_suggesting_from_python_refuses_other_classes_too(project: Path, opened: Project) -> None:
    strange = bundles.record("strange", classes=(*bundles.CLASSES, QUAY))
    bundles.write_bundle(project / "models" / "strange", strange)
    with pytest.raises(S2LabelError, match=r"strange suggests 7 \(quay\)"):
        next(suggesting.suggest_all(opened, Conditions(), "strange"))
    assert with_suggestion(project, "strange") == set()


def made_folder(project: Path, model: str) -> Path:
    folder = project / "models" / model
    folder.mkdir()
    return folder


# -- what older models proposed --------------------------------------------------------------------


def suggestion_files(project: Path) -> list[str]:
    """Return the names of all files beside suggestions, each once."""
    return sorted({path.name for path in (project / "rasters").rglob("*") if path.is_file()})


def later_record(model: str, day: int) -> ModelRecord:
    return bundles.record(model, created_at=f"2024-06-{day:02}T12:00:00.000Z")


def test_what_older_models_proposed_goes_when_a_newer_one_in_use_suggests(project: Path) -> None:
    bundles.write_bundle(project / "models" / "gone", later_record("gone", 1))
    Shelf(project).promote("gone", "for the test")
    for model in ("gone", MODEL):
        do("suggest", project, "--model", model)
    shutil.rmtree(project / "models" / "gone")
    for model, day in (("newest", 3), ("newer", 2)):
        bundles.write_bundle(project / "models" / model, later_record(model, day))
    do("suggest", project, "--model", "newest")
    mine = next((project / "rasters").iterdir()) / "mine.tif"
    mine.write_bytes(b"no model of this name")
    assert suggestion_files(project) == ["gone.tif", "mine.tif", "newest.tif", f"{MODEL}.tif"]

    do("suggest", project, "--model", "newer")
    assert f"{MODEL}.tif" in suggestion_files(project), "it is only looked at"
    Shelf(project).promote("newer", "for the test")
    do("suggest", project)

    assert suggestion_files(project) == ["mine.tif", "newer.tif", "newest.tif"]


def test_without_a_model_it_says_what_to_do(tmp_path: Path) -> None:
    project = fleet.make_fleet(tmp_path, groups=1, places=1)
    printed = run("suggest", project)
    assert printed.code == 1
    assert "no model in use yet" in printed.err
    assert "s2label train" in printed.err


def test_it_works_while_a_window_has_the_project_open(project: Path) -> None:
    with open_project(project, write=True):
        do("suggest", project)
        assert with_suggestion(project) == ALL


def test_a_run_that_was_interrupted_goes_on(
    project: Path, opened: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suggesting, "_BATCH", 1)
    job = suggesting.suggest_all(opened, Conditions())
    while next(job).done < 2:
        pass
    job.close()
    files = [path for path in (project / "rasters").rglob("*") if path.is_file()]
    assert [path.name for path in files] == [f"{MODEL}.tif"] * 2
    printed = do("suggest", project)
    assert "2 of 4 images got a suggestion now, 2 had one already" in printed.out
    assert with_suggestion(project) == ALL
