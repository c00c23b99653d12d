"""The scene dock in a real viewer: children predict, stop and go on; results come to hand."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from importlib.util import find_spec
from shutil import copytree
from typing import TYPE_CHECKING

import numpy as np
import pytest
from napari_s2label.parts.dialogs import Dialogs
from napari_s2label.parts.scene_words import NO_MODEL, NO_TORCH
from napari_s2label.scene import SceneWidget
from napari_s2label.scene_look import levels_of, look_layers, show_result
from napari_s2label.scene_rows import SceneState
from napari_s2label.scene_wish import SceneWish, default_folder, read_wish, wish_path
from qtpy.QtCore import QMimeData, QPointF, Qt, QUrl
from qtpy.QtGui import QDropEvent
from s2label_training.shelf import Shelf

from s2label.catalog.store import this_author
from s2label.errors import InputError
from s2label.queue_specs import QueueOrder
from s2label.results.writing import write_rgb
from tests.factories import made_scenes as scenes
from tests.factories import shelf
from tests.factories.results import record_of, utm_grid, write_result

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import napari
    from napari_s2label.desk import Desk
    from pytestqt.qtbot import QtBot

LONG_MS = 60_000
SIDE = 1024
MODEL = "tiny-1"

HAS_TRAINING = find_spec("torch") is not None

needs_training = pytest.mark.skipif(
    not HAS_TRAINING, reason="predicting needs the training extra; the Qt 6 run has it"
)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scenes.write_scene(tmp_path_factory.mktemp("product"), 96)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a scene that takes several bands of rows."""
    return scenes.write_scene(tmp_path_factory.mktemp("large"), SIDE)


@pytest.fixture
def opened() -> list[Path]:
    """Return what was opened outside of the window."""
    return []


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a bundle; a child writes it, since the process of a window has no torch."""
    models = tmp_path_factory.mktemp("models")
    if not HAS_TRAINING:
        return shelf.write_bundle(models, MODEL, bands=scenes.BANDS)
    command = [sys.executable, "-W", "ignore", "-m", "tests.factories.whole_scenes"]
    subprocess.run([*command, str(models / MODEL)], check=True)
    return models / MODEL


@pytest.fixture
def new_dock(
    desk: Desk, model: Path, qtbot: QtBot, opened: list[Path]
) -> Callable[[], SceneWidget]:
    assert desk.project is not None
    copytree(model, desk.project.folder / "models" / MODEL)
    Shelf(desk.project.folder).promote(MODEL, "for the test")

    def open_outside(path: Path) -> bool:
        opened.append(path)
        return True

    def new() -> SceneWidget:
        dock = SceneWidget(desk.viewer, Dialogs(), open_outside)
        qtbot.addWidget(dock)
        dock.resize(310, 700)
        dock.show()
        qtbot.waitUntil(lambda: dock.form.record is not None, timeout=LONG_MS)
        return dock

    return new


@pytest.fixture
def dock(new_dock: Callable[[], SceneWidget]) -> SceneWidget:
    return new_dock()


def drop(dock: SceneWidget, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    event = QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    dock.list.dropEvent(event)


def states(dock: SceneWidget) -> dict[str, SceneState]:
    return {row.name: row.state for row in dock.choice.rows}


def wait_for(dock: SceneWidget, qtbot: QtBot, *expected: SceneState) -> None:
    qtbot.waitUntil(lambda: list(states(dock).values()) == list(expected), timeout=LONG_MS)


def start(dock: SceneWidget, qtbot: QtBot) -> None:
    qtbot.waitUntil(dock.start.isEnabled, timeout=LONG_MS)
    dock.start.click()


def wait_for_end(desk: Desk, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: desk.scenes.job is None, timeout=LONG_MS)


def test_the_dock_opens_through_the_manifest_and_says_what_it_lacks(
    desk: Desk, qtbot: QtBot
) -> None:
    _, widget = desk.viewer.window.add_plugin_dock_widget("napari-s2label", "Scene")
    assert isinstance(widget, SceneWidget)
    lacking = NO_MODEL if HAS_TRAINING else NO_TORCH
    qtbot.waitUntil(lambda: widget.obstacle.words == lacking, timeout=LONG_MS)
    assert not widget.start.isEnabled()
    assert widget.sizeHint().width() <= 320


@needs_training
def test_a_dropped_scene_is_predicted_counted_opened_gone_through_and_found_again(
    desk: Desk,
    dock: SceneWidget,
    new_dock: Callable[[], SceneWidget],
    archive: Path,
    opened: list[Path],
    qtbot: QtBot,
) -> None:
    drop(dock, archive)
    wait_for(dock, qtbot, SceneState.WAITING)
    start(dock, qtbot)
    wait_for_end(desk, qtbot)
    wait_for(dock, qtbot, SceneState.DONE)
    assert dock.message.words == "1 scene predicted."
    card = dock.results.card
    qtbot.waitUntil(lambda: "object" in card.facts.words, timeout=LONG_MS)
    assert "2023-08-15 09:50 UTC" in card.facts.words
    assert "km²" in card.facts.words
    card.map.click()
    card.folder.click()
    assert desk.folder is not None
    folder = default_folder(desk.folder)
    assert opened == [folder / f"{archive.stem}.html", folder]

    qtbot.waitUntil(card.doubts.isEnabled, timeout=LONG_MS)
    card.doubts.click()
    assert desk.is_lent
    qtbot.waitUntil(lambda: not desk.is_lent, timeout=LONG_MS)
    assert "doubtful place" in dock.results.bar.message.words
    assert desk.session is not None
    assert desk.session.queue.order is QueueOrder.DOUBT

    again = new_dock()  # as after a restart: the list and its states come back
    wait_for(again, qtbot, SceneState.DONE)
    again.list.remove()
    qtbot.waitUntil(lambda: [r.source for r in again.choice.rows] == [None], timeout=LONG_MS)


@needs_training
def test_a_run_that_is_stopped_says_how_far_it_came_and_goes_on_from_there(
    desk: Desk, dock: SceneWidget, large: Path, qtbot: QtBot
) -> None:
    drop(dock, large)
    start(dock, qtbot)
    folder = dock.choice.folder
    assert folder is not None
    part = folder / f".{large.stem}.tif.part"
    qtbot.waitUntil(lambda: bool(list(part.glob("rows-*.tif"))), timeout=LONG_MS)
    assert dock.bar.isVisible()
    dock.bar.stop.click()
    with qtbot.waitSignal(desk.scenes.ended, timeout=2000):
        pass
    wait_for(dock, qtbot, SceneState.BEGUN)
    qtbot.waitUntil(lambda: dock.start.text().startswith("Resume at"), timeout=LONG_MS)
    assert "Stopped" in dock.message.words
    dock.form.skip_land.click()
    qtbot.waitUntil(lambda: "choice about land" in dock.choice.rows[0].why, timeout=LONG_MS)
    dock.form.skip_land.click()
    qtbot.waitUntil(lambda: dock.start.text().startswith("Resume at"), timeout=LONG_MS)

    start(dock, qtbot)
    reports: list[dict[str, object]] = []
    assert desk.scenes.job is not None
    desk.scenes.job.progressed.connect(lambda step: reports.append(step.data))
    wait_for_end(desk, qtbot)
    report = next(data["report"] for data in reports if "report" in data)
    assert isinstance(report, dict)
    assert report["bands_before"] >= 1
    wait_for(dock, qtbot, SceneState.DONE)


@needs_training
def test_a_killed_child_is_told_and_a_closed_window_takes_its_child_with_it(
    desk: Desk, dock: SceneWidget, large: Path, qtbot: QtBot
) -> None:
    drop(dock, large)
    start(dock, qtbot)
    job = desk.scenes.job
    assert job is not None
    qtbot.waitUntil(lambda: bool(desk.scenes.run and desk.scenes.run.scene), timeout=LONG_MS)
    os.kill(job.pid, signal.SIGKILL)
    wait_for_end(desk, qtbot)
    assert "start it again, it goes on" in dock.message.words

    start(dock, qtbot)
    job = desk.scenes.job
    assert job is not None
    qtbot.waitUntil(lambda: bool(desk.scenes.run and desk.scenes.run.scene), timeout=LONG_MS)
    pid = job.pid
    desk.scenes.close()
    with pytest.raises(ProcessLookupError):
        os.killpg(pid, 0)


def test_what_does_not_fit_is_said_before_anything_starts(
    desk: Desk, dock: SceneWidget, archive: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    no_scene = tmp_path / "notes.zip"
    no_scene.write_bytes(b"no scene")
    drop(dock, archive, no_scene)
    wait_for(dock, qtbot, SceneState.WAITING, SceneState.REFUSED)
    dock.form.reading.texts["quantification"].setText("1")
    wait_for(dock, qtbot, SceneState.REFUSED, SceneState.REFUSED)
    assert '"Divide by"' in dock.choice.rows[0].why
    qtbot.waitUntil(lambda: not dock.start.isEnabled(), timeout=LONG_MS)
    assert desk.scenes.run is None


def test_a_setting_that_cannot_be_is_marked_and_the_choice_is_kept_per_project(
    desk: Desk, dock: SceneWidget, archive: Path, qtbot: QtBot
) -> None:
    drop(dock, archive)
    dock.form.threshold.setText("2")
    assert "Threshold" in dock.error.words
    qtbot.waitUntil(lambda: not dock.start.isEnabled(), timeout=LONG_MS)
    dock.form.threshold.setText("0.7")
    dock.form.skip_land.click()
    dock.form.makes["map"].click()
    assert not dock.error.words
    assert desk.folder is not None
    kept = read_wish(wish_path(desk.folder, this_author().who))
    assert (kept.threshold, kept.skip_land, kept.sources) == (0.7, True, (archive,))
    assert kept.makes == ("objects", "rgb", "probabilities")


def test_a_damaged_wish_chooses_nothing(tmp_path: Path) -> None:
    path = wish_path(tmp_path, "me")
    path.parent.mkdir()
    path.write_text(json.dumps({"threshold": 7}))
    assert read_wish(path) == SceneWish()


def test_a_result_is_looked_at_by_overviews_and_only_where_one_looks(
    desk: Desk, tmp_path: Path
) -> None:
    chances = np.zeros((1, 1200, 1500))
    chances[0, 600:700, 800:] = 1.0
    result = write_result(tmp_path, chances, utm_grid((1200, 1500)))
    levels = levels_of(result.classes)
    assert [level.shape for level in levels][:2] == [(1200, 1500), (600, 750)]
    assert np.array_equal(levels[0][590:610, 790:810], levels[0][:, :][590:610, 790:810])
    assert levels[0][650, 900] == 1
    assert levels[1][..., 450][325] == 1
    (layer,) = look_layers(result.classes, None)
    assert layer.scale == pytest.approx((10, 10), rel=1e-3)
    assert layer.metadata == {}
    before = list(desk.viewer.layers)
    assert layer not in before


def test_the_picture_lies_under_the_classes_in_a_plain_viewer(
    make_napari_viewer: Callable[[], napari.Viewer], tmp_path: Path
) -> None:
    grid = utm_grid((300, 400))
    result = write_result(tmp_path, np.ones((1, 300, 400)), grid)
    picture = tmp_path / "classes_rgb.tif"
    write_rgb(picture, grid, record_of(), [np.full((3, 300, 400), 7, np.uint8)])
    viewer = make_napari_viewer()
    show_result(viewer, result.classes, picture)
    assert [layer.name for layer in viewer.layers] == ["(picture)", "(classes)"]
    other = write_result(tmp_path / "other", np.ones((1, 64, 64)), utm_grid((64, 64)))
    with pytest.raises(InputError, match="another grid"):
        look_layers(other.classes, picture)
