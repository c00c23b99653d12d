"""The guard finds each trap, and is silent about what only looks like it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from s2label.screening.findings import FindingKind
from s2label.screening.guard import findings_of
from tests.factories.radiometry import (
    BANDS,
    CLOUD,
    PLANTS,
    SAND,
    SHALLOWS,
    SIDE_PX,
    SNOW,
    SOIL,
    WATER,
    image_record,
    pixels,
    stretched,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from s2label.types import ImageRecord

LAND = pixels(PLANTS, SOIL, WATER)
NEW = "S2B_MSIL2A_20230815T100559_N0509_R022_T33TWL_20230815T130211.SAFE"
OLD = "S2A_MSIL2A_20181229T095411_N0211_R079_T33SVB_20181229T112231.SAFE"


def kinds(dn: NDArray[Any], image: ImageRecord | None = None) -> list[str]:
    return [finding.kind for finding in findings_of(image or image_record(), dn)]


def having(band: str, value: float, *, part: float = 1, of: NDArray[Any] = LAND) -> NDArray[Any]:
    """Return pixels of which the upper part of one band holds one number."""
    dn = of.copy()
    dn[BANDS.index(band), : round(SIDE_PX * part)] = value
    return dn


def at_rim(*, nodata_px: int, coarser_px: int) -> NDArray[Any]:
    """Return land at the rim of a swath, where one band ends a little earlier than the others."""
    dn = pixels(WATER, PLANTS, SOIL)
    for band in BANDS:
        missing = nodata_px - (0 if band == "B08" else coarser_px)
        dn[BANDS.index(band), :, SIDE_PX - max(missing, 0) :] = 0
    return dn


def named(*order: str) -> NDArray[Any]:
    """Return the pixels of land with bands under each other's names."""
    return LAND[[BANDS.index(name) for name in order]]


TRAPS = [
    pytest.param(having("B08", 0), None, "dead-band", id="a dead band"),
    pytest.param(having("B08", 0), image_record(nodata=None), "dead-band", id="dead, no tag"),
    pytest.param(having("B11", 0, part=0.1), None, "dead-band", id="lines dropped from one band"),
    pytest.param(having("B03", 1234), None, "dead-band", id="a constant band"),
    pytest.param(LAND * 0, None, "blank", id="nothing but nodata"),
    pytest.param(LAND * 0 + np.uint16(700), None, "blank", id="a blank window"),
    pytest.param(stretched(LAND, 0, 3000), None, "8-bit", id="8 bits"),
    pytest.param(
        stretched(LAND, 0, 3000).astype(np.uint16), None, "8-bit", id="8 bits in 16-bit numbers"
    ),
    pytest.param(
        stretched(LAND, 0, 5000).astype(np.uint16) * np.uint16(257),
        image_record(quantification=65_535),
        "8-bit",
        id="8 bits scaled to 16",
    ),
    pytest.param(
        stretched(LAND, 0, 5000).astype(np.float32) / 255,
        image_record(quantification=1, nodata=None),
        "8-bit",
        id="8 bits in floating point numbers",
    ),
    pytest.param(having("B02", 65_535, part=0.05), None, "saturated", id="saturated pixels"),
    pytest.param(having("B08", 10_000, part=0.05), None, "saturated", id="cut at 1"),
    pytest.param(having("B08", 16_383, part=0.05), None, "saturated", id="cut at 14 bits"),
    pytest.param(
        named("B04", "B03", "B02", "B08", "B11", "B12", "B8A"), None, "band-order", id="BGR"
    ),
    pytest.param(
        named("B08", "B03", "B04", "B02", "B11", "B12", "B8A"), None, "band-order", id="B02 is B08"
    ),
    pytest.param(
        named("B02", "B03", "B04", "B11", "B08", "B12", "B8A"), None, "band-order", id="B08 is B11"
    ),
    pytest.param(
        named("B02", "B02", "B04", "B08", "B11", "B12", "B8A"), None, "band-order", id="twins"
    ),
    pytest.param(LAND, image_record(offset_dn=-1000), "offset", id="the offset taken twice"),
    pytest.param(LAND, image_record(scene=NEW), "offset", id="nobody said it was applied"),
    pytest.param(
        LAND,
        replace(
            image_record(),
            bands=(*image_record().bands[:6], *image_record(["B8A"], offset_dn=-1000).bands),
        ),
        "offset",
        id="one band with another offset",
    ),
]

SOUND = [
    pytest.param(LAND, None, id="land"),
    pytest.param(pixels(WATER), None, id="water alone"),
    pytest.param(pixels(WATER), image_record(nodata=None), id="zeros over dark water"),
    pytest.param(
        having("B08", 0, of=pixels(SHALLOWS, WATER)), image_record(nodata=None), id="B08 all 0"
    ),
    pytest.param(
        having("B12", 1, of=pixels(WATER)), image_record(nodata=None), id="B12 all 1 over water"
    ),
    pytest.param(pixels(CLOUD), None, id="cloud alone"),
    pytest.param(pixels(CLOUD, SNOW, WATER), None, id="snow, cloud and water"),
    pytest.param(pixels(SAND), None, id="sand alone"),
    pytest.param(pixels(PLANTS), None, id="plants alone"),
    pytest.param(
        pixels(PLANTS, SOIL, gain=65_535), image_record(quantification=65_535), id="65535 is 1"
    ),
    pytest.param(
        pixels(PLANTS, SOIL, gain=1000), image_record(quantification=1000), id="1000 is 1"
    ),
    pytest.param(
        pixels(WATER, WATER, WATER, CLOUD), None, id="dark water with few numbers, and some cloud"
    ),
    pytest.param(at_rim(nodata_px=20, coarser_px=3), None, id="the rim of a swath"),
    pytest.param(at_rim(nodata_px=2, coarser_px=2), None, id="a rim at the border of the chip"),
    pytest.param(having("B02", 65_535, part=0.001), None, id="a few saturated pixels"),
    pytest.param(
        pixels(PLANTS, SOIL, WATER, offset=1000),
        image_record(scene=NEW, offset_dn=-1000, radiometry="offset -1000 of the product"),
        id="a new product, offset applied by the program",
    ),
    pytest.param(
        LAND, image_record(scene=NEW, radiometry="offset 0 by option"), id="applied, the user says"
    ),
    pytest.param(LAND, image_record(scene=OLD), id="an old product without an offset"),
    pytest.param(
        (LAND / np.float32(10_000)).astype(np.float32),
        image_record(quantification=1, nodata=None),
        id="reflectance in floating point numbers",
    ),
]


@pytest.mark.parametrize(("dn", "image", "kind"), TRAPS)
def test_a_trap_is_found(dn: NDArray[Any], image: ImageRecord | None, kind: str) -> None:
    assert kinds(dn, image) == [kind]


@pytest.mark.parametrize(("dn", "image"), SOUND)
def test_a_look_alike_is_sound(dn: NDArray[Any], image: ImageRecord | None) -> None:
    assert kinds(dn, image) == []


@pytest.mark.parametrize(("dn", "image", "kind"), TRAPS)
def test_the_words_say_what_to_do_in_one_line(
    dn: NDArray[Any], image: ImageRecord | None, kind: str
) -> None:
    (finding,) = findings_of(image or image_record(), dn)

    assert "\n" not in finding.words
    assert any(word in finding.words for word in ("import", "reject", "ignore"))


def test_every_kind_that_one_image_can_tell_has_a_trap() -> None:
    told = {kind for kind in FindingKind if kind not in ("no-offset", "level")}
    assert {trap.values[2] for trap in TRAPS} == told


def test_a_chip_with_hardly_any_data_is_not_judged() -> None:
    dn = having("B08", 0)
    dn[:, 1:] = 0

    assert kinds(dn, image_record(nodata=None)) == []
