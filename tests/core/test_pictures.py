"""Which view of a chip is shown: the one that is wanted, else colours that the chip has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from s2label.project import open_project
from s2label.raster import RasterPool
from s2label.review.pictures import Look, draw_chip, look_further, numbered_view, shown_view
from s2label.views import views_for
from tests.factories.projects import apart, make_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from s2label.chip_views import ChipView
    from s2label.project import Project

OWN = '\n[[views]]\nname = "haze"\nindex = "B02 - B04"\n'


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Return a project of one place with B02, B03, B04 and B08, and one view of its own."""
    folder = make_project(tmp_path, apart(1))
    with (folder / "project.toml").open("a") as file:
        file.write(OWN)
    with open_project(folder) as project:
        yield project


@pytest.fixture
def chip(project: Project) -> ChipView:
    """Return its first chip."""
    chip = project.catalog.chip(project.catalog.image_ids()[0])
    assert chip is not None
    return chip


@pytest.mark.parametrize(
    ("bands", "wanted", "expected"),
    [
        pytest.param(["B02", "B03", "B04", "B08"], "NDVI", "NDVI", id="the wanted one"),
        pytest.param(["B02", "B03", "B04"], "NDVI", "true colour", id="colours"),
        pytest.param(["B08", "B04", "B03"], "true colour", "false colour", id="other colours"),
        pytest.param(["B08", "B04"], "true colour", "B08", id="grey"),
        pytest.param([], "true colour", None, id="nothing"),
    ],
)
def test_a_chip_that_lacks_a_view_is_shown_in_colours_it_has(
    bands: list[str], wanted: str, expected: str | None
) -> None:
    view = shown_view(views_for(bands), Look(wanted))

    assert (view.name if view else None) == expected


@pytest.mark.parametrize(
    ("look", "step", "expected"),
    [
        pytest.param("true colour", 1, "false colour", id="next"),
        pytest.param("false colour", 1, "NDVI", id="past one that lacks B11"),
        pytest.param("true colour", -1, "haze", id="before the first: the last"),
        pytest.param("haze", 1, "true colour", id="after the last: the first"),
        pytest.param("MNDWI", 1, "false colour", id="from one that could not be shown"),
    ],
)
def test_steps_go_round_among_the_views_of_the_chip(
    project: Project, chip: ChipView, look: str, step: int, expected: str
) -> None:
    assert look_further(Look(look, is_local=True), project, chip, step) == Look(expected, True)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        pytest.param(1, ("true colour", ""), id="the first"),
        pytest.param(
            3,
            ("short-wave infrared", "short-wave infrared: the image has no B11"),
            id="a view without its bands keeps its number",
        ),
        pytest.param(8, ("haze", ""), id="the first own one"),
        pytest.param(9, ("", "there are 8 views; project.toml can add more"), id="none"),
    ],
)
def test_views_are_numbered_alike_for_all_chips(
    project: Project, chip: ChipView, number: int, expected: tuple[str, str]
) -> None:
    assert numbered_view(project, chip, number) == expected


def test_a_picture_says_which_view_it_is_and_what_its_colours_mean(
    project: Project, chip: ChipView
) -> None:
    with RasterPool() as pool:
        index = draw_chip(project, chip, Look("NDVI"), pool)
        own = draw_chip(project, chip, Look("haze"), pool)
        other = draw_chip(project, chip, Look("MNDWI"), pool)

    assert index.view == "NDVI"
    assert index.legend == "NDVI: (B08 - B04) / (B08 + B04), -1 to 1 in RdYlGn"
    assert own.legend.startswith("haze: B02 - B04, ")
    assert own.legend.endswith(" in grey, limits of this chip")
    assert other.view == "true colour"
