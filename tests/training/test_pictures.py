"""Chips beside their masks as pictures that one can tell things from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from s2label_training.bundle import ModelClass
from s2label_training.pictures import draw_preview, draw_row, draw_true_colour, save_png

from s2label.project import open_project
from s2label.types import LabelClass
from tests.factories import projects

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

CLASSES = (LabelClass(1, "vessel", "#ff0000"), LabelClass(2, "pier", "#00ff10"))
GREY = np.full((64, 64, 3), 90, np.uint8)


def mask(*values: int) -> NDArray[np.uint8]:
    """Return a mask of 64 x 64 px with these values in its first row."""
    found = np.zeros((64, 64), np.uint8)
    found[0, : len(values)] = values
    return found


def test_image_and_masks_stand_side_by_side_enlarged() -> None:
    row = draw_row(GREY, [mask(1), mask(2)], CLASSES)
    assert row.shape == (192, 3 * 192 + 2 * 4, 3)
    assert row.dtype == np.uint8
    np.testing.assert_array_equal(row[:, :192], 90)
    np.testing.assert_array_equal(row[:3, 196:199], np.broadcast_to((255, 0, 0), (3, 3, 3)))
    np.testing.assert_array_equal(row[0, 199], (0, 0, 0))
    np.testing.assert_array_equal(row[2, 2 * 196 + 2], (0, 255, 16))


def test_not_labelled_and_ignored_differ_from_background_and_each_other() -> None:
    row = draw_row(GREY, [mask(0, 254, 255)], CLASSES)
    shown = {tuple(row[0, 196 + 3 * number].tolist()) for number in range(3)}
    assert len(shown) == 3
    assert (0, 0, 0) in shown


def test_classes_of_a_model_have_their_colours_too() -> None:
    classes = [ModelClass(value=1, name="vessel", colour="#0000ff")]
    np.testing.assert_array_equal(draw_row(GREY, [mask(1)], classes)[0, 196], (0, 0, 255))


@pytest.mark.parametrize(("side", "expected"), [(16, 192), (64, 192), (100, 200), (256, 256)])
def test_only_whole_factors_enlarge(side: int, expected: int) -> None:
    square = np.zeros((side, side, 3), np.uint8)
    assert draw_row(square, [], CLASSES).shape == (expected, expected, 3)


def test_rows_of_a_preview_stand_below_each_other() -> None:
    wide = np.full((64, 96, 3), 10, np.uint8)
    rows = [
        (GREY, mask(1), mask()),
        (wide, np.ones((64, 96), np.uint8), np.zeros((64, 96), np.uint8)),
    ]
    preview = draw_preview(rows, CLASSES)
    assert preview.shape == (2 * 192 + 4, 3 * 288 + 8, 3)
    np.testing.assert_array_equal(preview[0, 196], (255, 0, 0))
    np.testing.assert_array_equal(preview[196, 292], (255, 0, 0))


def test_a_preview_of_nothing_is_still_a_picture() -> None:
    assert draw_preview([], CLASSES).shape == (1, 1, 3)


def test_a_picture_is_kept_as_png(tmp_path: Path) -> None:
    row = draw_row(GREY, [mask(1)], CLASSES)
    save_png(tmp_path / "row.png", row)
    with Image.open(tmp_path / "row.png") as read:
        assert read.format == "PNG"
        np.testing.assert_array_equal(np.array(read), row)
    assert [path.name for path in tmp_path.iterdir()] == ["row.png"]


def test_a_chip_is_drawn_by_the_stretch_of_the_project(tmp_path: Path) -> None:
    folder = projects.make_project(tmp_path, [projects.Ground("port", dates=("2020-01-05",))])
    with open_project(folder) as project:
        (chip,) = project.catalog.chips(project.catalog.image_ids()).values()
        rgb = draw_true_colour(project, chip.image, chip.place.grid)
    values = projects.pixels(projects.Ground("port"), 0) / 10_000
    low, high = projects.STRETCH.limits["B04"]
    expected = np.clip(np.rint(1 + 254 * (values[2] - low) / (high - low)), 1, 255)
    np.testing.assert_array_equal(rgb[: projects.NODATA_ROWS], 0)
    shown = rgb[projects.NODATA_ROWS :, :, 0].astype(int)
    assert np.abs(shown - expected[projects.NODATA_ROWS :]).max() <= 1


def test_a_chip_without_bands_to_show_is_black(tmp_path: Path) -> None:
    ground = projects.Ground("port", dates=("2020-01-05",), bands=("B01",))
    with open_project(projects.make_project(tmp_path, [ground])) as project:
        (chip,) = project.catalog.chips(project.catalog.image_ids()).values()
        rgb = draw_true_colour(project, chip.image, chip.place.grid)
    assert rgb.shape == (32, 32, 3)
