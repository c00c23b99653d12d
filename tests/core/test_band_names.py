"""Bands of a raster are called what the file calls them; --bands chooses, or names the unnamed."""

from __future__ import annotations

from pathlib import Path

import pytest

from s2label.errors import InputError
from s2label.importers.band_names import name_bands

PATH = Path("port.tif")
RGB = ("B02", "B03", "B04")


@pytest.mark.parametrize(
    ("descriptions", "wanted", "indexes"),
    [
        pytest.param(["Blue", "B3", "b04"], (), [1, 2, 3], id="known"),
        pytest.param([None, "", "?"], RGB, [1, 2, 3], id="none known"),
        pytest.param(["VV", "VH", "x"], RGB, [1, 2, 3], id="none of them a band"),
        pytest.param(["B04", "SCL", "B03", "B02"], RGB, [4, 3, 1], id="chosen beside another"),
        pytest.param(["B02", "Band 2", None], RGB, [1, 2, 3], id="unnamed beside a known one"),
    ],
)
def test_bands_are_named(
    descriptions: list[str | None], wanted: tuple[str, ...], indexes: list[int]
) -> None:
    named = name_bands(PATH, descriptions, wanted)
    assert named.indexes == dict(zip(wanted or RGB, indexes, strict=True))
    assert named.notes == ()


def test_what_is_no_band_is_left_out_and_said() -> None:
    named = name_bands(PATH, ["B02", "SCL", "B04", "mask"], ())
    assert named.indexes == {"B02": 1, "B04": 3}
    assert named.notes == ("left out: SCL (band 2), mask (band 4)",)


@pytest.mark.parametrize(
    ("descriptions", "wanted", "words"),
    [
        pytest.param(["SCL", "mask"], (), "2 of 2 bands without names", id="no band"),
        pytest.param(["B02", "SCL", "?"], (), "1 of 3 bands without names", id="one unnamed"),
        pytest.param(["B04", "B03", "?"], RGB, "no band B02; there are B04, B03", id="other order"),
        pytest.param(["B02", "B03", "SCL"], RGB, "no band B04", id="SCL is no red"),
        pytest.param(["B02", "?"], RGB, "no band B03, B04", id="too many"),
        pytest.param(["B02", "blue"], (), "each band once", id="one twice"),
    ],
)
def test_bands_that_cannot_be_named_are_refused(
    descriptions: list[str | None], wanted: tuple[str, ...], words: str
) -> None:
    with pytest.raises(InputError, match=f"port.tif: .*{words}"):
        name_bands(PATH, descriptions, wanted)
