"""Which views an image has, in which order, and what is said about their colours."""

from __future__ import annotations

import pytest

from s2label.bands import BANDS
from s2label.expressions import parse_expression
from s2label.views import (
    BUILT_IN,
    TRUE_COLOUR,
    View,
    legend,
    missing_bands,
    views_for,
    with_built_in,
)

ORDER = [
    "true colour",
    "false colour",
    "short-wave infrared",
    "NDVI",
    "NDWI",
    "MNDWI",
    "brightness",
]


def view(name: str, *texts: str, colours: str = "") -> View:
    return View(name, tuple(parse_expression(text) for text in texts), colours=colours)


MINE = view("NDBI", "(B11 - B08) / (B11 + B08)")
MY_TRUE_COLOUR = view(TRUE_COLOUR, "B04", "B03", "B01")


def names(views: list[View] | tuple[View, ...]) -> list[str]:
    return list(dict.fromkeys(view.name for view in views))


def test_an_image_with_all_bands_has_all_views_once_and_in_order() -> None:
    found = views_for(list(BANDS))

    assert [view.name for view in found] == ORDER
    assert found[2].bands == ("B04", "B8A", "B12")


@pytest.mark.parametrize(
    ("bands", "expected"),
    [
        pytest.param(["B02", "B03", "B04", "B08", "B11"], ORDER, id="a port"),
        pytest.param(
            ["B04", "B02", "B03"], ["true colour", "brightness"], id="nothing but visible bands"
        ),
        pytest.param(["B08", "B04"], ["B08", "NDVI"], id="no colours: the first band in grey"),
        pytest.param(["B01"], ["B01"], id="one band"),
        pytest.param([], [], id="none"),
    ],
)
def test_views_that_lack_bands_are_not_offered(bands: list[str], expected: list[str]) -> None:
    assert [view.name for view in views_for(bands)] == expected


def test_short_wave_infrared_does_with_what_a_port_has() -> None:
    assert views_for(["B02", "B03", "B04", "B08", "B11"])[2].bands == ("B04", "B08", "B11")


def test_own_views_come_after_the_built_in_ones() -> None:
    assert names(with_built_in([MINE])) == [*ORDER, "NDBI"]
    assert with_built_in([]) == BUILT_IN


def test_an_own_view_replaces_the_one_of_its_name_and_takes_its_place() -> None:
    swir = view("short-wave infrared", "B12", "B11", "B04")

    views = with_built_in([MINE, swir])

    assert names(views) == [*ORDER, "NDBI"]
    assert [view for view in views if view.name == swir.name] == [swir]


def test_own_views_of_one_name_are_variants() -> None:
    poorer = view("NDBI", "B11 - B08")
    richer = view("NDBI", "B12 - B08")

    offered = [
        views_for(bands, with_built_in([richer, poorer])) for bands in (["B08", "B11"], list(BANDS))
    ]

    assert [views[-1] for views in offered] == [poorer, richer]


def test_missing_bands_are_those_of_the_least_demanding_variant() -> None:
    assert missing_bands("short-wave infrared", ["B04", "B11"], BUILT_IN) == ["B08"]
    assert missing_bands("NDVI", ["B04", "B08"], BUILT_IN) == []
    assert missing_bands("nothing", ["B04"], BUILT_IN) == []


INDEX = view("NDBI", "B11 - B08", colours="PuOr")


@pytest.mark.parametrize(
    ("limits", "fixed", "expected"),
    [
        pytest.param((-1.0, 1.0), True, "NDBI: B11 - B08, -1 to 1 in PuOr", id="its own range"),
        pytest.param(
            (0.1234, 0.5678),
            False,
            "NDBI: B11 - B08, 0.123 to 0.568 in PuOr, limits of this chip",
            id="limits of the chip",
        ),
        pytest.param(None, False, "NDBI: B11 - B08, no data in this chip", id="no data"),
    ],
)
def test_the_legend_of_an_index_tells_range_and_colours(
    limits: tuple[float, float] | None, fixed: bool, expected: str
) -> None:
    found = {"B11 - B08": limits} if limits else {}
    assert legend(INDEX, found, found if fixed else {}) == expected


def test_the_legend_of_colours_tells_red_green_and_blue() -> None:
    limits = dict.fromkeys(["B04", "B03", "B02"], (0.0, 0.3))
    true_colour = views_for(["B02", "B03", "B04"])[0]

    assert legend(true_colour, limits, limits) == "true colour: B04, B03, B02"
    assert legend(true_colour, limits, {}).endswith(", limits of this chip")
