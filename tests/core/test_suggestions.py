"""What a model proposes is kept per image, and only believed where it is whole and fresh."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import rasterio

from s2label.project import open_project
from s2label.suggestion_files import (
    read_suggestion,
    suggestion_path,
    write_suggestion,
)
from s2label.suggestions import Suggestion
from tests.factories.projects import Ground, make_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from s2label.chip_views import ChipView
    from s2label.project import Project

MODEL = "tiny-20240501-120000"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with open_project(make_project(tmp_path, [Ground("port", dates=("2020-01-05",))])) as opened:
        yield opened


@pytest.fixture
def chip(project: Project) -> ChipView:
    (image_id,) = project.catalog.image_ids()
    found = project.catalog.chip(image_id)
    assert found is not None
    return found


def suggestion(chip: ChipView, values: tuple[int, ...] = (0, 1, 5)) -> Suggestion:
    shape = (len(values), *chip.place.grid.shape)
    shares = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    return Suggestion(chip.image.id, MODEL, 17, values, shares, 0.35)


def write(project: Project, chip: ChipView) -> Path:
    return write_suggestion(project, chip.image, chip.place.grid, suggestion(chip))


def is_there(project: Project, chip: ChipView, model: str = MODEL) -> bool:
    return read_suggestion(project, chip.image, model) is not None


def test_a_suggestion_comes_back_as_it_was(project: Project, chip: ChipView) -> None:
    write(project, chip)
    found = read_suggestion(project, chip.image, MODEL)
    assert found is not None
    expected = suggestion(chip)
    np.testing.assert_array_equal(found.probabilities, expected.probabilities)
    facts = ("image_id", "model", "provenance", "class_values", "threshold")
    assert [getattr(found, f) for f in facts] == [getattr(expected, f) for f in facts]


def test_its_file_lies_on_the_ground_of_the_image(project: Project, chip: ChipView) -> None:
    path = write(project, chip)
    assert path == suggestion_path(project, chip.image.id, MODEL)
    assert path.parent.name == f"{chip.image.id}-suggestion"
    with rasterio.open(path) as raster:
        assert raster.crs == chip.place.grid.crs
        assert raster.transform == chip.place.grid.affine
        assert raster.dtypes == ("uint8",) * 3


def test_nothing_is_there_before_one_is_written(project: Project, chip: ChipView) -> None:
    assert not is_there(project, chip)
    write(project, chip)
    assert is_there(project, chip)


def test_each_model_has_its_own(project: Project, chip: ChipView) -> None:
    write(project, chip)
    assert not is_there(project, chip, "other")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"version": 2}, id="version"),
        pytest.param({"fingerprint": "f" * 64}, id="pixels"),
    ],
)
def test_one_of_an_image_that_has_changed_since_is_not_believed(
    project: Project, chip: ChipView, change: dict[str, object]
) -> None:
    write(project, chip)
    changed = replace(chip, image=replace(chip.image, **change))  # type: ignore[arg-type]
    assert not is_there(project, changed)


def test_one_of_another_model_under_its_name_is_not_believed(
    project: Project, chip: ChipView
) -> None:
    write(project, chip).rename(suggestion_path(project, chip.image.id, "other"))
    assert not is_there(project, chip, "other")


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.98])
def test_a_file_that_is_cut_short_counts_as_missing(
    project: Project, chip: ChipView, share: float
) -> None:
    path = write(project, chip)
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    assert not is_there(project, chip)
    write(project, chip)
    assert is_there(project, chip)


def test_a_raster_that_says_nothing_of_itself_counts_as_missing(
    project: Project, chip: ChipView
) -> None:
    path = write(project, chip)
    with rasterio.open(path) as raster:
        profile, pixels = raster.profile, raster.read()
    with rasterio.open(path, "w", **profile) as raster:
        raster.write(pixels)
    assert not is_there(project, chip)


def test_a_raster_of_fewer_bands_than_it_says_counts_as_missing(
    project: Project, chip: ChipView
) -> None:
    path = write(project, chip)
    with rasterio.open(path) as raster:
        profile, pixels, tags = raster.profile, raster.read(), raster.tags()
    with rasterio.open(path, "w", **{**profile, "count": 2}) as raster:
        raster.write(pixels[:2])
        raster.update_tags(**tags)
    assert not is_there(project, chip)


def test_one_of_another_size_or_image_is_not_written(project: Project, chip: ChipView) -> None:
    whole = suggestion(chip)
    for wrong in (
        replace(whole, probabilities=whole.probabilities[:, 1:]),
        replace(whole, image_id="other"),
    ):
        with pytest.raises(ValueError, match="no suggestion of"):
            write_suggestion(project, chip.image, chip.place.grid, wrong)
    assert not is_there(project, chip)


def test_writing_again_replaces_and_leaves_no_parts(project: Project, chip: ChipView) -> None:
    path = write(project, chip)
    other = replace(suggestion(chip), threshold=0.9)
    write_suggestion(project, chip.image, chip.place.grid, other)
    found = read_suggestion(project, chip.image, MODEL)
    assert found is not None
    assert found.threshold == 0.9
    assert list(path.parent.iterdir()) == [path]


def proposed(threshold: float | None, values: tuple[int, ...], *shares: int) -> int:
    """Return the class proposed for one pixel of given probabilities, 0..255."""
    array = np.array(shares, np.uint8)[:, None, None]
    return int(Suggestion("image", "model", 16, values, array, 0.5).classes(threshold)[0, 0])


@pytest.mark.parametrize(
    ("threshold", "values", "shares", "expected"),
    [
        pytest.param(None, (0, 1), (100, 155), 1, id="above its own threshold"),
        pytest.param(None, (0, 1), (155, 100), 0, id="below"),
        pytest.param(0.3, (0, 1), (155, 100), 1, id="above another threshold"),
        pytest.param(0.5, (0, 1, 2), (5, 120, 130), 2, id="the likeliest class"),
        pytest.param(0.1, (0, 1, 2), (200, 30, 25), 1, id="likelier background, low threshold"),
        pytest.param(0.5, (1, 2), (100, 90), 254, id="no background, none sure"),
        pytest.param(0.5, (1, 2), (200, 55), 1, id="no background, one sure"),
        pytest.param(0.0, (0, 1), (0, 0), 254, id="no data"),
    ],
)
def test_a_class_is_proposed_from_the_threshold_on(
    threshold: float | None, values: tuple[int, ...], shares: tuple[int, ...], expected: int
) -> None:
    assert proposed(threshold, values, *shares) == expected
