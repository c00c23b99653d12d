"""Clouds of one image: what each kind of layer says, the index rule, and what it amounts to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from s2label.errors import InputError
from s2label.screening.classes import (
    CLEAR,
    CLOUD,
    HAZE,
    NODATA,
    SHADOW,
    SNOW,
    UNKNOWN,
    of_flags,
    of_probability,
    of_scene_classes,
)
from s2label.screening.index_rule import index_classes
from s2label.screening.measuring import find_water, measure_bands, measure_shares
from s2label.screening.product_masks import of_polygons, read_cloud_polygons
from tests.factories.cloudy import grid_of_ground

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


# -- layers of others -----------------------------------------------------------------------------


def test_every_scene_class_means_something_or_is_unknown() -> None:
    scl = np.arange(14, dtype=np.uint8)
    expected = [NODATA, UNKNOWN, CLEAR, SHADOW, CLEAR, CLEAR, CLEAR, CLEAR, CLOUD, CLOUD, CLOUD]
    assert of_scene_classes(scl).tolist() == [*expected, SNOW, UNKNOWN, UNKNOWN]


def test_a_probability_above_a_hundred_is_unknown() -> None:
    percent = np.array([0, 19, 20, 100, 101, 255], np.uint8)
    expected = [CLEAR, CLEAR, CLOUD, CLOUD, UNKNOWN, UNKNOWN]
    assert of_probability(percent, nodata=255).tolist() == expected
    assert of_probability(percent, nodata=0).tolist()[0] == UNKNOWN


def test_the_flags_of_a_product_are_cloud_and_snow_and_other_values_unknown() -> None:
    opaque, cirrus, snow = np.array([[1, 0, 0, 0, 2], [0, 1, 0, 0, 0], [0, 0, 1, 0, 0]], np.uint8)
    assert of_flags(opaque, cirrus, snow).tolist() == [CLOUD, CLOUD, SNOW, CLEAR, UNKNOWN]


# -- polygons -------------------------------------------------------------------------------------

_MASK = """<?xml version="1.0"?>
<eop:Mask xmlns:eop="http://www.opengis.net/eop/2.0" xmlns:gml="http://www.opengis.net/gml/3.2">
<gml:boundedBy><gml:Envelope srsName="{crs}"/></gml:boundedBy>
<eop:maskMembers>{features}</eop:maskMembers></eop:Mask>"""
_FEATURE = """<eop:MaskFeature><eop:maskType>{kind}</eop:maskType><eop:extentOf><gml:Polygon>
{rings}</gml:Polygon></eop:extentOf></eop:MaskFeature>"""
_RING = (
    "<gml:{side}><gml:LinearRing><gml:posList>{numbers}</gml:posList></gml:LinearRing></gml:{side}>"
)
_CRS = "urn:ogc:def:crs:EPSG:8.7:32633"


def square(left_px: int, top_px: int, side_px: int) -> str:
    left, top, side = 300_000 + 10 * left_px, 5_000_000 - 10 * top_px, 10 * side_px
    corners = [(0, 0), (side, 0), (side, side), (0, side), (0, 0)]
    return " ".join(f"{left + x} {top - y}" for x, y in corners)


def feature(kind: str, outside: str, hole: str = "") -> str:
    rings = _RING.format(side="exterior", numbers=outside)
    if hole:
        rings += _RING.format(side="interior", numbers=hole)
    return _FEATURE.format(kind=kind, rings=rings)


def gml(tmp_path: Path, *features: str, crs: str = _CRS) -> Path:
    path = tmp_path / "MSK_CLOUDS_B00.gml"
    path.write_text(_MASK.format(crs=crs, features="".join(features)))
    return path


def burnt(path: Path) -> NDArray[np.uint8]:
    return of_polygons(read_cloud_polygons(path), grid_of_ground(16, 16))


def test_polygons_become_pixels_and_holes_stay_clear(tmp_path: Path) -> None:
    path = gml(tmp_path, feature("OPAQUE", square(2, 3, 8), square(4, 5, 2)))
    expected = np.full((16, 16), CLEAR)
    expected[3:11, 2:10] = CLOUD
    expected[5:7, 4:6] = CLEAR
    assert np.array_equal(burnt(path), expected)


def test_cirrus_is_haze_but_for_what_is_opaque(tmp_path: Path) -> None:
    opaque, cirrus = feature("OPAQUE", square(0, 0, 2)), feature("CIRRUS", square(0, 0, 4))
    found = burnt(gml(tmp_path, opaque, cirrus))
    assert ((found == CLOUD).sum(), (found == HAZE).sum()) == (4, 12)


def test_a_mask_without_polygons_says_that_all_is_clear(tmp_path: Path) -> None:
    assert not burnt(gml(tmp_path)).any()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("<html/>", "a document of kind 'html'", id="another document"),
        pytest.param("<!DOCTYPE x><a/>", "declares a document type", id="a document type"),
        pytest.param("no xml", "no XML", id="no XML"),
        pytest.param(
            _MASK.format(crs=_CRS, features=feature("OPAQUE", "1 2 3")),
            "a damaged polygon (3 numbers for a ring)",
            id="half a ring",
        ),
        pytest.param(
            _MASK.format(crs=_CRS, features=feature("OPAQUE", "a b c d e f g h")),
            "a damaged polygon",
            id="words for numbers",
        ),
        pytest.param(
            _MASK.format(crs="local", features=feature("OPAQUE", square(0, 0, 4))),
            "no CRS with an EPSG code",
            id="no CRS",
        ),
    ],
)
def test_a_damaged_mask_is_told_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "clouds.gml"
    path.write_text(text)
    with pytest.raises(InputError, match=r"clouds\.gml: ") as caught:
        read_cloud_polygons(path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


# -- the index rule -------------------------------------------------------------------------------

PLANTS = {"B02": 0.03, "B03": 0.06, "B04": 0.04, "B08": 0.35, "B10": 0.001, "B11": 0.15}
WHITE = {"B02": 0.5, "B03": 0.5, "B04": 0.5, "B08": 0.55, "B10": 0.005, "B11": 0.4}
SNOW_PACK = {"B02": 0.8, "B03": 0.8, "B04": 0.8, "B08": 0.7, "B10": 0.001, "B11": 0.1}
SAND = {"B02": 0.2, "B03": 0.28, "B04": 0.36, "B08": 0.42, "B10": 0.001, "B11": 0.5}
MIST = {"B02": 0.09, "B03": 0.1, "B04": 0.09, "B08": 0.33, "B10": 0.001, "B11": 0.15}


def scenery(
    surface: dict[str, float], side_px: int = 10, without: tuple[str, ...] = ("B10",)
) -> dict[str, NDArray[np.float32]]:
    """Return bands of 20 x 20 px plants with a square of something else in the corner."""
    bands = {name: np.full((20, 20), v, np.float32) for name, v in PLANTS.items()}
    for name, layer in bands.items():
        layer[:side_px, :side_px] = surface[name]
    return {name: layer for name, layer in bands.items() if name not in without}


@pytest.mark.parametrize(
    ("surface", "expected"),
    [
        pytest.param(WHITE, CLOUD, id="white"),
        pytest.param(SNOW_PACK, SNOW, id="snow"),
        pytest.param(SAND, CLEAR, id="sand"),
        pytest.param(MIST, HAZE, id="mist"),
        pytest.param(PLANTS, CLEAR, id="plants"),
    ],
)
def test_the_index_rule_tells_clouds_from_bright_ground(
    surface: dict[str, float], expected: int
) -> None:
    found = index_classes(scenery(surface), is_above_atmosphere=False)
    assert (found[:10, :10] == expected).all()
    assert (found[10:] == CLEAR).all()


def test_without_b11_snow_is_taken_for_cloud() -> None:
    found = index_classes(scenery(SNOW_PACK, without=("B10", "B11")), is_above_atmosphere=False)
    assert (found[:10, :10] == CLOUD).all()


def test_thin_high_cloud_is_seen_in_b10_alone() -> None:
    cirrus = PLANTS | {"B10": 0.02}
    found = index_classes(scenery(cirrus, without=()), is_above_atmosphere=True)
    assert (found[:10, :10] == CLOUD).all()


def test_blue_air_above_the_atmosphere_is_no_haze() -> None:
    airy = {name: layer + np.float32(0.03) for name, layer in scenery(PLANTS).items()}
    assert (index_classes(airy, is_above_atmosphere=True) == CLEAR).all()


def test_something_small_and_white_is_no_cloud() -> None:
    assert not (index_classes(scenery(WHITE, 6), is_above_atmosphere=False) == CLOUD).any()
    large = index_classes(scenery(WHITE, 6), is_above_atmosphere=False, pixel_m2=400)
    assert (large == CLOUD).sum() == 36


def test_nodata_stays_nodata() -> None:
    bands = scenery(WHITE)
    bands["B04"][:3] = np.nan
    found = index_classes(bands, is_above_atmosphere=False)
    assert (found[:3] == NODATA).all()
    assert (found[3:10, :10] == CLOUD).all()


# -- what it amounts to ---------------------------------------------------------------------------


def test_shares_are_of_the_whole_chip_and_of_its_parts() -> None:
    classes = np.array([[CLOUD, CLOUD, CLEAR, SHADOW, HAZE, SNOW, UNKNOWN, NODATA, NODATA, CLEAR]])
    is_labelled = np.arange(10)[None] < 3
    shares = measure_shares(classes.astype(np.uint8), is_labelled, np.zeros((1, 10), np.bool_))
    assert (shares.cloud, shares.shadow, shares.haze, shares.snow) == (0.2, 0.1, 0.1, 0.1)
    assert (shares.nodata, shares.unknown) == (0.2, 0.1)
    assert shares.valid_cloud == pytest.approx(2 / 7)
    assert shares.labelled_cloud == pytest.approx(2 / 3)
    assert shares.water_cloud is None


def test_where_nobody_can_say_there_is_no_share_of_cloud() -> None:
    assert measure_shares(np.full((2, 2), UNKNOWN, np.uint8)).valid_cloud is None


def test_water_under_a_cloud_is_what_the_nearest_clear_pixel_is() -> None:
    green, near = np.full((2, 9), 0.06, np.float32), np.full((2, 9), 0.3, np.float32)
    near[:, 5:] = 0.02
    classes = np.full((2, 9), CLEAR, np.uint8)
    classes[:, 2:4] = classes[:, 7:] = CLOUD
    near[classes == CLOUD] = green[classes == CLOUD] = 0.5
    is_water = find_water({"B03": green, "B08": near}, classes)
    assert is_water is not None
    assert is_water[0].tolist() == [False] * 5 + [True] * 4
    assert find_water({"B03": green, "B08": near}, np.full((2, 9), CLOUD, np.uint8)) is None
    assert find_water({"B03": green}, classes) is None


def test_statistics_are_of_pixels_with_data() -> None:
    values = np.array([[[0.1, 0.3, np.nan]], [[np.nan] * 3]], np.float32)
    found = measure_bands(["B02", "B03"], values)
    assert set(found) == {"B02"}
    assert found["B02"] == pytest.approx({"mean": 0.2, "deviation": 0.1, "p2": 0.104, "p98": 0.296})
