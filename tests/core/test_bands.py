"""Bands are told by the names people and products give them, and by nothing that looks alike."""

from __future__ import annotations

import pytest

from s2label.bands import (
    BAND_IDS,
    BANDS,
    band_in_name,
    band_of_text,
    in_order,
    parse_bands,
    stem_without_band,
)


def test_the_table_is_in_the_order_of_the_product_metadata() -> None:
    order = "B01 B02 B03 B04 B05 B06 B07 B08 B8A B09 B10 B11 B12"
    assert " ".join(BAND_IDS) == order
    assert {name for name, band in BANDS.items() if band.gsd_m == 10} == {
        "B02",
        "B03",
        "B04",
        "B08",
    }
    assert {name for name, band in BANDS.items() if band.gsd_m == 60} == {"B01", "B09", "B10"}


@pytest.mark.parametrize(
    ("stem", "band"),
    [
        pytest.param(
            "2023-08-17-00:00_2023-08-17-23:59_Sentinel-2_L2A_B08_(Raw)", "B08", id="port"
        ),
        pytest.param("T33SVB_20181229T095411_B8A_20m", "B8A", id="product"),
        pytest.param("38PKT_22_20180105_B11_10m", "B11", id="LandCoverNet"),
        pytest.param("B02", "B02", id="nothing but the band"),
        pytest.param("b3", "B03", id="small and short"),
        pytest.param("b8a", "B8A", id="narrow infrared, small"),
        pytest.param("B1_harbour_B12", "B12", id="the last of two counts"),
        pytest.param("порт B4", "B04", id="beside letters of another script"),
        pytest.param("B13", None, id="no such number"),
        pytest.param("B00", None, id="zero"),
        pytest.param("AB02", None, id="letter before"),
        pytest.param("B020", None, id="digit behind"),
        pytest.param("SUB1_port", None, id="inside a word"),
        pytest.param("", None, id="no name"),
    ],
)
def test_a_band_is_found_in_a_file_stem(stem: str, band: str | None) -> None:
    assert band_in_name(stem) == band


@pytest.mark.parametrize(
    ("stems", "left"),
    [
        pytest.param(["T33_B02_10m", "T33_B11_20m", "T33_B01_60m"], "T33", id="resolutions"),
        pytest.param(["B02", "B8A", "b4"], "", id="nothing else"),
        pytest.param(["x_B02_(Raw)", "x_B11_(Raw)"], "x__(Raw)", id="word behind"),
        pytest.param(["port-B02", "port-B03"], "port", id="hyphen"),
        pytest.param(["B1_port_B02", "B1_port_B03"], "B1_port", id="a place called B1"),
    ],
)
def test_stems_of_one_image_are_equal_without_their_bands(stems: list[str], left: str) -> None:
    assert {stem_without_band(stem) for stem in stems} == {left}


def test_stems_of_two_dates_stay_different_without_their_bands() -> None:
    assert stem_without_band("a_20180105_B02") != stem_without_band("a_20180110_B02")


@pytest.mark.parametrize(
    ("text", "band"),
    [
        ("B4", "B04"), ("b8a", "B8A"), ("Red", "B04"), ("nir", "B08"), (" NIR 08 ", "B8A"),
        ("Red Edge 2", "B06"), ("swir-16", "B11"), ("B4 - red", "B04"), ("blue (B2)", "B02"),
        ("Water vapour", "B09"), ("coastal", "B01"), ("infrared", None), ("4", None), ("", None),
    ],
)  # fmt: skip
def test_a_description_names_a_band(text: str, band: str | None) -> None:
    assert band_of_text(text) == band


@pytest.mark.parametrize("name", BANDS)
def test_every_band_is_known_by_its_own_name_and_words(name: str) -> None:
    assert band_in_name(name) == name
    assert {band_of_text(word) for word in (name, *BANDS[name].words)} == {name}


def test_an_option_keeps_its_order() -> None:
    assert parse_bands("B08, red,b2") == ("B08", "B04", "B02")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        pytest.param("B02,B77", "B77", id="unknown"),
        pytest.param("B02,,B03", "''", id="nothing between commas"),
        pytest.param("B02,B03,blue", "B02", id="twice under two names"),
    ],
)
def test_an_option_that_is_wrong_says_where(text: str, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        parse_bands(text)


def test_bands_sort_as_on_the_instrument() -> None:
    assert in_order(["B11", "B8A", "B09", "B08", "B02"]) == ["B02", "B08", "B8A", "B09", "B11"]
