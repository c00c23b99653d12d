"""Curves over epochs: round numbers at the axes, curves told apart, drawn in time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from napari_s2label.parts.axis_numbers import axis_numbers
from napari_s2label.parts.course import Course
from napari_s2label.training_run import TrainingRun

from s2label.progress import Progress
from tests.factories import trainings

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

# The dock's width, without its scroll bar.
ROOM_PX = 310 - 14


@pytest.mark.parametrize(
    ("low", "high", "whole", "numbers"),
    [
        pytest.param(0, 1, False, [0, 0.5, 1], id="scores"),
        pytest.param(0, 0.013, False, [0, 0.005, 0.01], id="small losses"),
        pytest.param(0, 140, False, [0, 50, 100], id="large losses"),
        pytest.param(1, 3, True, [1, 2, 3], id="few epochs"),
        pytest.param(1, 30, True, [10, 20, 30], id="many epochs"),
        pytest.param(7, 9, True, [7, 8, 9], id="resumed"),
        pytest.param(2, 2, False, [2], id="one value"),
    ],
)
def test_axes_have_few_round_numbers(
    low: float, high: float, whole: bool, numbers: list[float]
) -> None:
    assert axis_numbers(low, high, 4, whole=whole) == numbers


def test_a_course_with_many_classes_tells_them_apart(qtbot: QtBot) -> None:
    course, run = Course(), TrainingRun(Path("nothing"), "landcover_resnet34")
    qtbot.addWidget(course)
    course.follow(run, "mean IoU")

    iou = {f"class {n}": n / 20 for n in range(12)}
    for record in trainings.epoch(1, 1, iou=iou):
        run.take(Progress(**record["progress"]))

    styles = [curve.style for curve in course.curves[2:]]
    assert len(set(styles)) == len(styles) == 13
