"""Dates are read from names as products, portals and people write them."""

from __future__ import annotations

import pytest

from s2label.importers.dates import date_in_name


@pytest.mark.parametrize(
    ("name", "date"),
    [
        pytest.param("T33SVB_20181229T095411_B8A_20m", "2018-12-29", id="product"),
        pytest.param("38PKT_22_20180105_B11_10m", "2018-01-05", id="LandCoverNet"),
        pytest.param(
            "2023-08-17-00:00_2023-08-17-23:59_Sentinel-2_L2A", "2023-08-17", id="a whole day"
        ),
        pytest.param("2023-08-17_2023-08-31_mosaic", "2023-08-17", id="a span counts as its start"),
        pytest.param(
            "S2A_MSIL2A_20230815T095031_N0509_R079_T33TWL_20230815T144358.SAFE",
            "2023-08-15",
            id="a SAFE folder",
        ),
        pytest.param("port_20200229", "2020-02-29", id="a leap day"),
        pytest.param("port_20190229_20190301", "2019-03-01", id="a day that never was"),
        pytest.param("tile_20151301", None, id="a month that never was"),
        pytest.param("port_20150622", None, id="before the first satellite"),
        pytest.param("port_20150623", "2015-06-23", id="the day of the launch"),
        pytest.param("id_120180105", None, id="part of a longer number before"),
        pytest.param("id_201801051", None, id="part of a longer number behind"),
        pytest.param("port_2018_01_05", None, id="another separator"),
        pytest.param("harbour", None, id="none"),
        pytest.param("", None, id="no name"),
    ],
)
def test_a_name_gives_its_first_date(name: str, date: str | None) -> None:
    assert date_in_name(name) == date


def test_the_first_date_counts_however_it_is_written() -> None:
    assert date_in_name("port_20180105_exported-2024-05-01") == "2018-01-05"
