"""True keys in a real window while a model learns: what was done is on disk, whatever comes of it.

A short run in the normal suite; ``S2LABEL_LONG=1`` adds a window that is killed while it trains.
"""

from __future__ import annotations

import os
import signal
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np
import pytest
from s2label_training.runs import Runs
from s2label_training.shelf import Shelf

from s2label.painting.canvas import read_canvas
from s2label.project import open_project
from s2label.types import Provenance
from tests.factories import window_painter
from tests.factories.fleet import make_fleet, truth
from tests.factories.painting import MASK
from tests.factories.painting_agreement import acts_on_disk, compare
from tests.factories.processes import wait_for_end
from tests.factories.shelf import write_bundle
from tests.factories.snapshots import catalog_snapshot, tree_snapshot
from tests.factories.window import wait_until
from tests.factories.window_painter import WindowPainter
from tests.factories.window_questions import RECIPE_NAME, AskedWindow
from tests.factories.window_vessels import is_red, point_at_one
from tests.faults.seeds import long_only

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

PAINTED = 10
# It learns the bright vessels of the fleet within three epochs, a second each.
TINY = """
name = "tiny"
description = "A network so small that it learns in seconds."
network = {{ architecture = "unet", filters = 4 }}
sampling = {{ tiles_per_epoch = 96, object_share = 0.5 }}
loss = {{ terms = {{ dice = 1.0, cross_entropy = 1.0 }} }}
optimiser = {{ lr = 1e-2 }}
fit = {{ epochs = {epochs}, batch_size = 4, precision = "fp32" }}
"""
WITHOUT_END = 5000


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project of twelve chips in six groups that nobody has decided on."""
    return make_fleet(tmp_path, groups=6, places=2)


@pytest.fixture
def somebody(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WindowPainter]:
    """Return somebody with a window open, a tiny network to choose, and a brush in hand."""
    monkeypatch.setattr(window_painter, "Window", AskedWindow)
    # The child that trains and the one that suggests: one thread each, as in the other tests.
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    offer_recipe(project, epochs=3)
    painter = WindowPainter(project, 0)
    with painter.at_work():
        yield painter


def offer_recipe(project: Path, epochs: int) -> None:
    (project.parent / RECIPE_NAME).write_text(TINY.format(epochs=epochs))


def window_of(painter: WindowPainter) -> AskedWindow:
    assert isinstance(painter.window, AskedWindow)
    return painter.window


def start_training(window: AskedWindow) -> None:
    """Choose the tiny network, trust imported masks, and begin."""
    window.ask("place_of(dock.survey)")  # it counts when somebody looks
    window.click_on("form.own")
    window.click_on("form.trust")
    wait_until(lambda: window.ask("dock.form.start.isEnabled()"), "one can train")
    window.click_on("form.start")
    wait_until(lambda: window.ask("desk.training.job is not None"), "it trains")


def wait_for_epoch(window: AskedWindow, number: int) -> None:
    wait_until(lambda: window.ask("desk.training.run.epochs_done") >= number, f"epoch {number}")


def ending(window: AskedWindow) -> str:
    """Return how the training ended, in the words of the dock; empty as long as it runs."""
    return str(window.ask("dock.models.card.ending.words if dock.bar.isHidden() else ''"))


# -- the loop closes ------------------------------------------------------------------------------


def test_one_paints_on_while_a_model_learns_and_takes_over_what_it_suggests(
    somebody: WindowPainter,
) -> None:
    window = window_of(somebody)
    somebody.calibrate()
    paint_ten_chips(somebody)
    start_training(window)
    go_on_while_it_runs(somebody)
    wait_until(lambda: bool(ending(window)), "it ends")
    assert ending(window) == "Done after 3 epochs. The new model is better."
    wait_until(lambda: "In use: tiny" in window.ask("dock.models.head.words"), "it is in use")
    accept_one_object_of_a_suggestion(somebody)
    take_back(somebody)
    assert not window.ask("[name for name in modules if name.startswith('torch')]")
    somebody.quit()
    with open_project(somebody.folder) as project:
        assert compare(project, somebody.model) == []


def paint_ten_chips(painter: WindowPainter) -> None:
    painter.choose(1)
    painter.resize(3)
    for number in range(PAINTED):
        painter.drag((60, 20 + number), (60, 26 + number))
        painter.go("d")


def go_on_while_it_runs(painter: WindowPainter) -> None:
    """Draw a stroke and decide, and see that the trainer was at work all the while."""
    painter.drag((58, 30), (58, 40))
    painter.accept()
    assert window_of(painter).ask("desk.training.run.is_running")


def accept_one_object_of_a_suggestion(painter: WindowPainter) -> None:
    """Clear the chip in view, have its vessels suggested, and accept one of them."""
    vessels = truth(5, 1) == 1
    clear(painter)
    wait_until(lambda: not is_red(painter, vessels), "nothing is labelled")
    painter.window.press("s")
    wait_until(lambda: is_red(painter, vessels), "the suggestion")
    one = point_at_one(painter, vessels)
    press(painter, "v")
    note_acceptance(painter, one)


def clear(painter: WindowPainter) -> None:
    press(painter, "shift+x")
    assert painter.model.clear()


def press(painter: WindowPainter, key: str) -> None:
    """Press a key that is an act, and wait until that is on disk."""
    painter.window.press(key)
    acts = painter.model.acts + 1
    wait_until(lambda: acts_on_disk(painter.folder) == acts, f"the act of {key}")


def note_acceptance(painter: WindowPainter, one: NDArray[np.bool_]) -> None:
    """Take over into the model what was accepted: that object and nothing else, by a model."""
    with open_project(painter.folder) as project:
        mask = read_canvas(project, painter.model.page.refs[MASK])
    assert mask is not None
    accepted = mask.classes == 1
    assert (accepted & one).sum() > 0.6 * (accepted | one).sum()
    assert set(mask.provenance[accepted]) == {Provenance.FIRST_MODEL}
    chosen = np.flatnonzero(accepted).tolist()
    assert painter.model.paint(MASK, chosen, 1, Provenance.FIRST_MODEL, drawn=True)


def take_back(painter: WindowPainter) -> None:
    """Undo the acceptance, which stays away."""
    press(painter, "ctrl+z")
    assert painter.model.undo(show=True) is True


# -- it does not come to its end ------------------------------------------------------------------


def test_a_killed_trainer_leaves_all_as_it_was_and_goes_on_until_it_is_stopped(
    somebody: WindowPainter,
) -> None:
    folder, window = somebody.folder, window_of(somebody)
    write_bundle(folder / "models", "older")
    Shelf(folder).promote("older", "for a test")
    before = kept(folder)
    offer_recipe(folder, WITHOUT_END)
    start_training(window)
    wait_for_epoch(window, 1)
    os.kill(window.ask("desk.training.job.pid"), signal.SIGKILL)
    wait_until(lambda: bool(ending(window)), "the window says that it ended")
    assert ending(window).startswith("The training ended early, after epoch ")
    assert ending(window).endswith("Your project and the model in use are as they were.")
    assert Shelf(folder).in_use == "older"
    assert kept(folder) == before
    resume_and_stop(window, folder)


def kept(folder: Path) -> dict[str, object]:
    """Return all rows and files of a project but those of trainings that can go on.

    The window draws thumbnails and notes what is in view or chosen all the while, and SQLite's
    files change without their rows.
    """
    passing = ("bookmarks/", "thumbnails/", "catalog.sqlite")
    others = ("models/.runs/", "models/validation.json", *passing)
    files = tree_snapshot(folder).items()
    whole = {name: digest for name, digest in files if not name.startswith(others)}
    return {"files": whole, **catalog_snapshot(folder / "catalog.sqlite")}


def resume_and_stop(window: AskedWindow, folder: Path) -> None:
    done = window.ask("desk.training.run.epochs_done")
    wait_until(lambda: window.ask("dock.models.unfinished.isVisible()"), "it can be resumed")
    window.click_on("models.unfinished.resume")
    wait_until(lambda: not window.ask("dock.bar.isHidden()"), "it trains")
    wait_for_epoch(window, done + 1)
    window.click_on("bar.stop")
    asked_s = monotonic()
    wait_until(lambda: len(Shelf(folder).records()) == 2, "the best so far is kept")
    assert monotonic() < asked_s + 2
    wait_until(lambda: bool(ending(window)), "the window says that it was stopped")
    assert "the best so far is kept" in ending(window)
    assert Shelf(folder).in_use == "older"


@long_only("a window that is killed while it trains")
def test_a_trainer_ends_with_a_window_that_is_killed(somebody: WindowPainter) -> None:
    folder, window = somebody.folder, window_of(somebody)
    offer_recipe(folder, WITHOUT_END)
    start_training(window)
    wait_for_epoch(window, 1)
    trainer = window.ask("desk.training.job.pid")
    window.kill()
    assert wait_for_end(trainer)
    assert len(Runs(folder).unfinished()) == 1
    somebody.open()
    wait_until(
        lambda: window_of(somebody).ask("dock.models.unfinished.resume.isEnabled()"),
        "it can be resumed",
    )
