"""Exploring in a real viewer: a child draws, a click on a figure leads to its chips."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
import pytest
from napari_s2label.explore import ExploreWidget
from napari_s2label.explore_reader import FigureInView
from napari_s2label.exploring import QUEUE, queue_options
from napari_s2label.parts.dialogs import Dialogs
from qtpy.QtCore import QPoint, Qt
from qtpy.QtGui import QImage
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QToolTip

from s2label.queue_specs import QueueSpec
from s2label.types import Decision, Subject, Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from napari_s2label.desk import Desk
    from napari_s2label.parts.figure_picture import FigurePicture
    from pytestqt.qtbot import QtBot
    from qtpy.QtWidgets import QWidget

LONG_MS = 60_000


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    return tmp_path / "saved"


@pytest.fixture
def dock(desk: Desk, qtbot: QtBot, saved: Path) -> ExploreWidget:
    def target(parent: QWidget, title: str, start: str) -> Path:
        saved.mkdir(exist_ok=True)
        return saved / start

    dock = ExploreWidget(desk.viewer, Dialogs(target=target))
    qtbot.addWidget(dock)
    dock.resize(310, 700)
    dock.show()
    dock.start.bands.setText("B08")
    dock.start.scatter.setText("B04,B08")
    dock.start.samples.setValue(200)
    return dock


@pytest.fixture
def explored(dock: ExploreWidget, qtbot: QtBot) -> ExploreWidget:
    """Return the dock with the first figure in view."""
    explore(dock, qtbot)
    return dock


def explore(dock: ExploreWidget, qtbot: QtBot) -> None:
    dock.start.button.click()
    qtbot.waitUntil(dock.start.button.isEnabled, timeout=LONG_MS)
    qtbot.waitUntil(lambda: bool(dock.figures.picture.name), timeout=LONG_MS)


def show(dock: ExploreWidget, name: str, qtbot: QtBot) -> FigurePicture:
    """Choose a figure as a user does, and wait until it is in view."""
    view = dock.figures.view
    view.choose(name)
    view.activated.emit(view.currentIndex())
    qtbot.waitUntil(lambda: dock.figures.picture.name == name, timeout=LONG_MS)
    return dock.figures.picture


def middle_of(picture: FigurePicture, words: str) -> QPoint:
    """Return where a part lies that is said in some words."""
    figure = picture._figure
    assert figure is not None
    number = next(n for n, said in enumerate(figure.words) if words in said)
    left, top, right, bottom = figure.boxes[number]
    across, down = (left + right) / 2 * picture.width(), (top + bottom) / 2 * picture.height()
    return QPoint(round(across), round(down))


def click(picture: FigurePicture, words: str) -> None:
    QTest.mouseClick(picture, Qt.MouseButton.LeftButton, pos=middle_of(picture, words))


def queue_of(desk: Desk) -> QueueSpec:
    assert desk.session is not None
    return desk.session.queue


def test_the_dock_opens_through_the_manifest(desk: Desk) -> None:
    _, widget = desk.viewer.window.add_plugin_dock_widget("napari-s2label", "Explore")
    assert isinstance(widget, ExploreWidget)
    assert widget.start.button.isEnabled()
    assert not widget.figures.isVisible()


def test_a_child_draws_and_a_click_goes_through_the_chips_behind_a_bar(
    desk: Desk, explored: ExploreWidget, qtbot: QtBot
) -> None:
    titles = [explored.figures.view.itemText(n) for n in range(explored.figures.view.count())]
    assert titles == [
        "Pixels and chips",
        "Histograms",
        "Violins",
        "Scatter",
        "Mean spectra",
        "Dates",
        "Places",
    ]
    assert "200 px of" in explored.start.bar.message.words
    bars = explored.figures.picture
    QTest.mouseMove(bars, middle_of(bars, "with vessel"))
    qtbot.waitUntil(lambda: "12 images with vessel" in QToolTip.text(), timeout=LONG_MS)
    QTest.mouseMove(bars, QPoint(2, 2))
    qtbot.waitUntil(lambda: bars._under_mouse is None, timeout=LONG_MS)

    click(show(explored, "dates", qtbot), "of 2018-04")
    assert desk.project is not None
    dates = {row["id"]: row["date"] for row in desk.project.catalog.list_images()}
    spec = queue_of(desk)
    assert sorted(spec.among) == sorted(id_ for id_ in dates if dates[id_] == "2018-04-10")
    assert (spec.title, spec.only_open) == ("of 2018-04", False)
    qtbot.waitUntil(lambda: desk.session.number == (1, 6), timeout=LONG_MS)  # type: ignore[union-attr]
    assert "6 images of 2018-04" in explored.figures.message.words

    assert "no time is known" in explored.start.bar.message.words
    decision = Decision(Subject.IMAGE, spec.among[0], Verdict.ACCEPT)
    desk.project.catalog.decide([decision], seconds=7.2)
    explored.start.which.choose(QUEUE)
    explore(explored, qtbot)
    assert explored.start.bar.message.words.startswith("6 chips; 200 px of")
    assert "no time is known" not in explored.start.bar.message.words
    assert "no model was trained yet" in explored.start.bar.message.words
    assert explored.figures.view.value == "dates"
    click(show(explored, "days", qtbot), "done on")
    assert queue_of(desk).among == (spec.among[0],)


def test_a_figure_is_seen_large_saved_and_goes_with_its_project(
    desk: Desk, explored: ExploreWidget, qtbot: QtBot, saved: Path
) -> None:
    explored.figures.large.click()
    large = explored.figures.window_of_figure
    assert large is not None
    qtbot.waitUntil(lambda: large.picture.name == "counts", timeout=LONG_MS)
    show(explored, "violins", qtbot)
    assert (large.picture.name, large.windowTitle()) == ("violins", "Violins")
    assert large.picture.width() > 2 * explored.figures.picture.width()
    click(large.picture, "with vessel of B08")
    assert queue_of(desk).title.startswith("with vessel of B08")

    for button in explored.figures.buttons.values():
        button.click()
    assert QImage(str(saved / "violins.png")).width() > 900
    assert "<svg" in (saved / "violins.svg").read_text("utf-8")
    with (saved / "violins.csv").open() as file:
        assert {row["measure"] for row in csv.DictReader(file)} == {"B08"}

    drawn = desk.exploring.explored
    assert drawn is not None
    desk.close()
    assert desk.exploring.explored is None
    assert not drawn.folder.exists()
    assert not explored.figures.isVisible()
    assert not large.isVisible()
    assert not explored.start.button.isEnabled()


def test_what_cannot_be_explored_is_said(dock: ExploreWidget, qtbot: QtBot) -> None:
    dock.start.bands.setText("B12")
    dock.start.button.click()
    qtbot.waitUntil(dock.start.button.isEnabled, timeout=LONG_MS)
    assert "B12 needs B12" in dock.start.bar.message.words
    assert not dock.figures.isVisible()


def test_an_exploration_can_be_cancelled(dock: ExploreWidget, desk: Desk, qtbot: QtBot) -> None:
    dock.start.button.click()
    assert not dock.start.button.isEnabled()
    job = desk.jobs.job
    assert job is not None
    with qtbot.waitSignal(job.progressed, timeout=LONG_MS):
        pass  # a child that is younger may not hear of it
    assert "begins anew" in dock.start.bar.cancel.toolTip()
    dock.start.bar.cancel.click()
    qtbot.waitUntil(lambda: desk.jobs.job is None, timeout=LONG_MS)
    assert dock.start.bar.message.words == "Exploring was stopped; what was shown before stays."
    assert not dock.figures.isVisible()


def test_what_is_chosen_becomes_a_command(dock: ExploreWidget) -> None:
    dock.start.which.choose("state = accepted")
    dock.start.trust.choose("checked")
    command = dock.start.arguments("harbour")
    assert command[:2] == ["explore", "harbour"]
    assert " ".join(command[3:]) == (
        "--where state = accepted --trust checked --seed 0 --samples 200 "
        "--bands B08 --scatter B04,B08"
    )


# -- without a window -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("queue", "where"),
    [
        (QueueSpec(), "state = open and mask = any"),
        (QueueSpec(only_open=False), "state = any and mask = any"),
        (QueueSpec(Subject.MASK), "mask = open and state = any"),
    ],
)
def test_a_queue_is_put_into_conditions(tmp_path: Path, queue: QueueSpec, where: str) -> None:
    assert queue_options(queue, None, tmp_path / "ids.txt") == ["--where", where]


def test_a_queue_of_a_few_images_is_handed_over_as_a_list(tmp_path: Path) -> None:
    options = queue_options(QueueSpec(), ("b", "a"), tmp_path / "ids.txt")
    assert options[:2] == ["--images", str(tmp_path / "ids.txt")]
    assert (tmp_path / "ids.txt").read_text() == "b\na"


def test_the_smallest_part_under_the_mouse_is_meant() -> None:
    boxes = np.array([[0.0, 0.0, 1.0, 1.0], [0.4, 0.4, 0.6, 0.6]])
    figure = FigureInView("f", QImage(), boxes, ("all", "few"), ([0, 1], [1]), ["a", "b"])
    assert figure.part_at(0.5, 0.5) == 1
    assert figure.part_at(0.1, 0.5) == 0
    assert figure.part_at(1.5, 0.5) is None
    assert figure.part(1).image_ids == ("b",)
