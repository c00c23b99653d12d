"""Back into the loop: doubts become chips, and only what changed is predicted anew."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import rasterio
from s2label_training.scene import work_folder
from s2label_training.scene.renewing import renew_scene

from s2label.canvases import CanvasKind
from s2label.classes import VESSELS
from s2label.errors import S2LabelError
from s2label.progress import finish
from s2label.project import create_project, open_project
from s2label.queue_specs import QueueOrder, QueueSpec
from s2label.results.doubtful_chips import bring_doubts
from s2label.results.doubts_request import DoubtsRequest
from s2label.results.rasters import read_record
from s2label.scene_chips import chips_on
from s2label.scenes import require_one_scene
from s2label.types import Decision, Provenance, Subject, Verdict
from tests.factories import whole_scenes as scenes
from tests.factories.commands import do, run
from tests.factories.painting import RealPainting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray
    from s2label_training.scene.run import SceneReport

    from s2label.chip_views import ChipView
    from s2label.project import Project

SIDE, CHIP = scenes.SIDE, 32
FOREMOST = QueueSpec(order=QueueOrder.DOUBT, descending=True, only_doubtful=True)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a scene, two models and what the first made of the scene."""
    folder = tmp_path_factory.mktemp("made")
    archive = scenes.write_scene(folder).rename(folder / "scene.zip")
    scenes.write_model(folder / "first", id="first")
    scenes.write_model(folder / "second", seed=1, id="second", threshold=0.45)
    wanted = scenes.request(archive, folder, "probabilities.tif")
    scenes.predict(wanted, scenes.predictor(folder / "first"))
    return folder


@pytest.fixture
def folder(tmp_path: Path, made: Path) -> Path:
    """Return a copy of it with an empty project."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    create_project(tmp_path / "project", VESSELS)
    return tmp_path


@pytest.fixture
def project(folder: Path) -> Iterator[Project]:
    """Return the project, open for writing, with four chips of the doubtful places."""
    with open_project(folder / "project", write=True) as project:
        wanted = DoubtsRequest(folder / "classes.tif", folder / "scene.zip", chip_px=CHIP, most=4)
        assert finish(bring_doubts(project, wanted)).new_chips == 4
        yield project


def pixels(folder: Path, name: str = "classes.tif") -> NDArray[np.uint8]:
    with rasterio.open(folder / name) as dataset:
        return np.asarray(dataset.read())


def accept(project: Project, number: int = 0, value: int = 1) -> ChipView:
    """Paint a square of a class, the rest background, and accept mask and image."""
    hand = RealPainting(project)
    hand.look(number)
    square = {row * CHIP + column for row in range(4, 9) for column in range(6, 15)}
    hand.paint(CanvasKind.MASK, square, value, Provenance.HUMAN, drawn=False)
    hand.rest()
    hand.decide((Verdict.ACCEPT, ""), None)
    hand.leave()
    chip = project.catalog.chip(hand.images[number])
    assert chip is not None
    return chip


def renew(
    folder: Path, project: Project, model: str = "second", labels: bool = False, **wishes: object
) -> SceneReport:
    wanted = scenes.request(folder / "scene.zip", folder, **wishes)
    found = require_one_scene(wanted.source, wanted.options)
    predictor = scenes.predictor(folder / model)
    return finish(renew_scene(wanted, found, predictor, project, labels=labels))


def windows(folder: Path, project: Project, *images: str) -> list[tuple[slice, slice]]:
    """Return where images lie in the scene."""
    found = require_one_scene(folder / "scene.zip", scenes.request(folder, folder).options)
    chips = {chip.image_id: chip for chip in chips_on(project, found)}
    return [(slice(*chips[id_].rows), slice(*chips[id_].columns)) for id_ in images]


def test_the_loop_from_a_result_to_chips_and_back(folder: Path, project: Project) -> None:
    queue = project.catalog.queue(FOREMOST)
    assert len(queue) == 4
    project.catalog.decide([Decision(Subject.IMAGE, queue[0], Verdict.REJECT, "cloudy")])
    assert project.catalog.queue(replace(FOREMOST, only_open=False)) == queue[1:]
    project.catalog.undo()
    assert project.catalog.queue(FOREMOST) == queue
    before = pixels(folder), pixels(folder, "probabilities.tif")

    chip = accept(project)
    assert chip.image.id not in project.catalog.queue(FOREMOST)
    report = renew(folder, project, labels=True)

    ((rows, columns),) = windows(folder, project, chip.image.id)
    after = pixels(folder), pixels(folder, "probabilities.tif")
    expected = np.zeros((CHIP, CHIP), np.uint8)
    expected[4:9, 6:15] = 1
    has_data = after[1][0, rows, columns] != 255
    np.testing.assert_array_equal(after[0][0, rows, columns][has_data], expected[has_data])
    np.testing.assert_array_equal(after[1][0, rows, columns][has_data], 254 * expected[has_data])
    far = np.ones((SIDE, SIDE), bool)
    for up, along in windows(folder, project, chip.image.id, queue[0]):
        far[max(up.start - 64, 0) : up.stop + 64, max(along.start - 64, 0) : along.stop + 64] = 0
    assert far.sum() > 10_000
    for was, now in zip(before, after, strict=True):
        np.testing.assert_array_equal(was[:, far], now[:, far])
    assert report.state == "done"
    assert report.tiles_anew is not None
    assert 0 < report.tiles_anew <= 18
    record = read_record(folder / "classes.tif")
    assert record.model == "first"
    assert f"{report.tiles_anew} of 36 tiles, around 2 chips" in record.notes[0]
    assert "are by second with a threshold of 0.45" in record.notes[0]
    assert not (folder / ".classes.tif.part").exists()


def test_a_chip_says_what_the_new_model_says_of_it(folder: Path, project: Project) -> None:
    whole = folder / "whole"
    whole.mkdir()
    wanted = scenes.request(folder / "scene.zip", whole, "probabilities.tif")
    scenes.predict(wanted, scenes.predictor(folder / "second"))
    chip = accept(project)
    renew(folder, project)
    ((rows, columns),) = windows(folder, project, chip.image.id)
    for name in ("classes.tif", "probabilities.tif"):
        np.testing.assert_array_equal(
            pixels(folder, name)[0, rows, columns], pixels(whole, name)[0, rows, columns]
        )


def test_the_new_goes_over_into_the_old_without_a_step(folder: Path, project: Project) -> None:
    before = pixels(folder, "probabilities.tif")[0].astype(int)
    accept(project)
    renew(folder, project)
    after = pixels(folder, "probabilities.tif")[0].astype(int)
    whole = folder / "whole"
    whole.mkdir()
    wanted = scenes.request(folder / "scene.zip", whole, "probabilities.tif")
    scenes.predict(wanted, scenes.predictor(folder / "second"))
    anew = pixels(whole, "probabilities.tif")[0].astype(int)
    low, high = np.minimum(before, anew), np.maximum(before, anew)
    assert ((after >= low) & (after <= high)).all()
    is_between = (after > low + 3) & (after < high - 3)
    assert is_between.sum() > 200
    change = np.abs(np.diff(after - before, axis=1))[:, 45:].max()
    assert change < np.abs(anew - before)[:, 45:].max() / 2


def test_the_same_model_changes_nothing(folder: Path, project: Project) -> None:
    before = pixels(folder, "probabilities.tif").astype(int)
    accept(project)
    renew(folder, project, "first")
    # Tiles that go through the network together are others: a sum of floats may round otherwise.
    assert np.abs(pixels(folder, "probabilities.tif") - before).max() <= 1


def test_where_nothing_changed_the_result_stays_untouched(folder: Path, project: Project) -> None:
    out = folder / "classes.tif"
    before = out.stat().st_mtime_ns, out.read_bytes()
    report = renew(folder, project)
    assert (report.state, report.tiles_anew) == ("kept", 0)
    assert report.notes[-1].startswith("nothing to do: no chip of this scene changed since")
    assert (out.stat().st_mtime_ns, out.read_bytes()) == before

    accept(project)
    assert renew(folder, project, labels=True).state == "done"
    before = out.stat().st_mtime_ns, out.read_bytes()
    assert renew(folder, project, labels=True).state == "kept"
    assert (out.stat().st_mtime_ns, out.read_bytes()) == before


def test_what_is_taken_back_comes_from_the_model_again(folder: Path, project: Project) -> None:
    chip = accept(project)
    renew(folder, project, "first", labels=True)
    hand = RealPainting(project)
    while hand.undo(show=False) is True:
        hand.leave()
    renew(folder, project, "first", labels=True)
    ((rows, columns),) = windows(folder, project, chip.image.id)
    made = pixels(folder, "probabilities.tif")[0, rows, columns]
    assert len(np.unique(made)) > 10
    assert "accepted masks" not in " ".join(read_record(folder / "classes.tif").notes)


def test_a_mask_that_is_only_open_says_nothing_to_the_result(
    folder: Path, project: Project
) -> None:
    chip = accept(project)
    assert chip.mask is not None
    project.catalog.decide([Decision(Subject.MASK, chip.mask.id, Verdict.REJECT)])
    renew(folder, project, labels=True)
    ((rows, columns),) = windows(folder, project, chip.image.id)
    assert len(np.unique(pixels(folder, "probabilities.tif")[0, rows, columns])) > 10


def test_stopped_and_begun_again_it_gives_the_same_bytes(
    folder: Path, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(project)
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("classes.tif", "probabilities.tif", "scene.zip"):
        shutil.copy2(folder / name, copy / name)
    for model in ("first", "second"):
        shutil.copytree(folder / model, copy / model)
    renew(copy, project)

    keep = work_folder.WorkFolder.keep

    def keep_three(self: work_folder.WorkFolder, *arguments: object) -> None:
        if self.done() == 3:
            raise KeyboardInterrupt
        keep(self, *arguments)  # type: ignore[arg-type]

    before = (folder / "classes.tif").read_bytes()
    monkeypatch.setattr(work_folder.WorkFolder, "keep", keep_three)
    with pytest.raises(KeyboardInterrupt):
        renew(folder, project)
    assert (folder / "classes.tif").read_bytes() == before
    monkeypatch.undo()
    assert renew(folder, project).bands_before == 3
    for name in ("classes.tif", "probabilities.tif"):
        assert (folder / name).read_bytes() == (copy / name).read_bytes()


def test_without_probabilities_the_classes_go_over(folder: Path, project: Project) -> None:
    (folder / "probabilities.tif").unlink()
    before = pixels(folder)[0]
    accept(project)
    report = renew(folder, project)
    assert "probabilities" not in report.files
    assert (pixels(folder)[0] != before).any()
    assert not (folder / "probabilities.tif").exists()


def test_objects_are_made_anew_where_they_are_asked_for(folder: Path, project: Project) -> None:
    accept(project)
    arguments = ["predict", folder / "first", folder / "scene.zip", folder / "classes.tif"]
    arguments += ["--changed-in", folder / "project", "--labels"]
    printed = do(*arguments, "--objects", folder / "objects.geojson")
    assert "1 tiles predicted anew" in printed.out
    assert (folder / "objects.geojson").is_file()
    assert "nothing to do" in do(*arguments).out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["OUT", "--labels"], 2, "needs a project: --changed-in"),
        (["FOLDER", "--changed-in", "PROJECT"], 2, "is for one result, OUT.tif"),
        (["OUT", "--changed-in", "PROJECT", "--skip-land"], 2, "beside --changed-in"),
        (["NEW", "--changed-in", "PROJECT"], 1, "no result yet; predict the scene first"),
    ],
    ids=["labels", "many", "land", "nothing there"],
)
def test_what_makes_no_sense_is_said(
    folder: Path, arguments: list[str], code: int, words: str
) -> None:
    known = {
        "OUT": folder / "classes.tif",
        "FOLDER": folder / "results",
        "NEW": folder / "new.tif",
        "PROJECT": folder / "project",
    }
    printed = run(
        "predict", folder / "first", folder / "scene.zip", *(known.get(a, a) for a in arguments)
    )
    assert printed.code == code
    assert words in " ".join(printed.err.replace("│", " ").split())


def test_a_project_of_other_classes_has_no_labels_for_a_result(
    folder: Path, project: Project
) -> None:
    project.settings = replace(
        project.settings,
        classes=replace(VESSELS, classes=(replace(VESSELS.classes[0], name="buoy"),)),
    )
    with pytest.raises(S2LabelError, match="the project has other classes"):
        renew(folder, project, labels=True)
