"""Small pieces of the docks: paths with both ends, thumbnails in whole lines, dark pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from napari_s2label.parts.brightness import is_dark
from napari_s2label.parts.path_text import PathText
from napari_s2label.parts.reports import failure_report
from napari_s2label.parts.thumbnail_grid import ThumbnailGrid

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

LONG_PATH = "/data/projects/2023/harbours/hedland-export"


def test_a_long_path_shows_both_its_ends_and_all_of_it_in_the_tooltip(qtbot: QtBot) -> None:
    field = PathText("folder to make", "Where the data set goes")
    qtbot.addWidget(field)
    field.resize(150, 26)
    field.setText(LONG_PATH)

    head, tail = field.shown.split("…")
    assert LONG_PATH.startswith(head)
    assert LONG_PATH.endswith(tail)
    assert head
    assert tail
    assert LONG_PATH in field.toolTip()
    assert field.text() == LONG_PATH


def test_a_short_path_is_shown_whole(qtbot: QtBot) -> None:
    field = PathText()
    qtbot.addWidget(field)
    field.resize(150, 26)
    field.setText("/data")
    assert field.shown == "/data"


@pytest.mark.parametrize(
    ("height_px", "left_over_px"),
    [(140, 0), (222, 82), (280, 0), (100, 0)],
    ids=["one line", "one and a half", "two lines", "less than one"],
)
def test_whole_lines_of_thumbnails_fill_the_height(height_px: int, left_over_px: int) -> None:
    assert ThumbnailGrid(96, 437, height_px).cell_height_px == 140
    assert ThumbnailGrid(96, 437, height_px).left_over_px == left_over_px


@pytest.mark.parametrize(
    ("level", "expected"),
    [(10, True), (60, False), (0, False)],
    ids=["sea", "land", "no data at all"],
)
def test_a_dark_picture_is_known(level: int, expected: bool) -> None:
    assert is_dark(np.full((64, 64, 3), level, np.uint8)) is expected


def test_black_pixels_without_data_make_no_picture_dark() -> None:
    rgb = np.zeros((64, 64, 3), np.uint8)
    rgb[:20] = 90
    assert not is_dark(rgb)


def test_errors_name_the_fields_of_the_forms_and_not_options() -> None:
    words = failure_report("Import", "give the right --quantification, or --any-values").words
    assert '"Divide by"' in words
    assert '"take unusual values"' in words
