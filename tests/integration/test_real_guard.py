"""The guard is silent about real images, and finds traps that are made of them."""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import rasterio

from s2label.bands import band_in_name
from s2label.screening.guard import findings_of
from tests.factories.radiometry import image_record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.screening.findings import Finding

CHIP_PX = 64
PORTS = ("casablanca", "honolulu")
DAYS = ("S2A_33TWL_20230815_0_L2A", "S2A_33TWL_20230818_0_L2A")


def read(files: Mapping[str, object]) -> NDArray[np.uint16]:
    """Return (band, y, x) DN; coarser bands are repeated, without this program's code."""
    layers = []
    for file in files.values():
        with rasterio.open(file) as raster:
            layers.append(raster.read(1))
    height, width = np.max([layer.shape for layer in layers], axis=0)
    rows, columns = np.arange(height), np.arange(width)
    return np.stack(
        [
            layer[np.ix_(rows * layer.shape[0] // height, columns * layer.shape[1] // width)]
            for layer in layers
        ]
    )


def chips(dn: NDArray[Any]) -> Iterator[NDArray[Any]]:
    _, height, width = dn.shape
    for y in range(0, height - CHIP_PX + 1, CHIP_PX):
        for x in range(0, width - CHIP_PX + 1, CHIP_PX):
            yield dn[:, y : y + CHIP_PX, x : x + CHIP_PX]


def found(
    names: list[str], dn: NDArray[Any], quantification: float = 10_000, nodata: float | None = 0
) -> list[Finding]:
    """Return the findings of all chips and of the whole, but for chips without any data."""
    image = image_record(names, quantification=quantification, nodata=nodata)
    pieces = [piece for piece in chips(dn) if piece.any()]
    return [finding for piece in (*pieces, dn) for finding in findings_of(image, piece)]


def port(real_data: Path, name: str) -> tuple[list[str], NDArray[np.uint16]]:
    named = (
        (band_in_name(f.stem), f) for f in sorted((real_data / "ports" / name).rglob("*.tiff"))
    )
    files = {band: file for band, file in named if band is not None}
    return list(files), read(files)


@pytest.mark.parametrize("name", PORTS)
def test_ports_with_zeros_over_dark_water_are_sound(real_data: Path, name: str) -> None:
    names, dn = port(real_data, name)

    assert found(names, dn, 65_535, None) == []


@pytest.mark.parametrize("day", DAYS)
def test_33twl_is_sound_under_clouds_and_without(real_data: Path, day: str) -> None:
    folder = real_data / "l2a" / "full_products" / "sentinel-2-l2a" / day
    names = ["B02", "B03", "B04", "B08"]

    assert found(names, read({name: folder / f"{name}.tif" for name in names})) == []


def test_t33svb_is_sound_though_its_20_m_bands_have_coarse_steps(real_data: Path) -> None:
    (folder,) = (real_data / "l2a").glob("S2A_*/*.SAFE/GRANULE/*/IMG_DATA")
    files = {}
    for resolution in ("R60m", "R20m", "R10m"):
        for file in sorted((folder / resolution).glob("*.jp2")):
            files[str(band_in_name(file.stem))] = file

    assert found(list(files), read(files)) == []


@pytest.fixture(scope="module")
def l1c(real_data: Path) -> dict[str, NDArray[np.uint16]]:
    (path,) = (real_data / "l1c_zip").rglob("*.zip")
    files = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if match := re.search(r"IMG_DATA/T\w+_(B\w\w)\.jp2$", name):
                files[match[1]] = f"/vsizip/{path}/{name}"
    return dict(zip(files, read(files), strict=True))


def test_t56jmm_is_sound_in_all_13_bands(l1c: dict[str, NDArray[np.uint16]]) -> None:
    assert found(list(l1c), np.stack(list(l1c.values()))) == []


@pytest.mark.parametrize(
    ("order", "kind"),
    [
        pytest.param("B08 B03 B04 B02", "band-order", id="infrared under the name of blue"),
        pytest.param("B02 B08 B04 B03", "band-order", id="infrared under the name of green"),
        pytest.param("B02 B03 B03 B08", "band-order", id="green twice"),
    ],
)
def test_t56jmm_with_bands_under_other_names_is_found(
    l1c: dict[str, NDArray[np.uint16]], order: str, kind: str
) -> None:
    dn = np.stack([l1c[name] for name in order.split()])

    assert kind in {finding.kind for finding in found(["B02", "B03", "B04", "B08"], dn)}


def test_t56jmm_stretched_for_display_is_found(l1c: dict[str, NDArray[np.uint16]]) -> None:
    dn = np.stack([l1c[name] for name in ("B02", "B03", "B04", "B08")])
    stretched = (dn / 4000 * 255).clip(0, 255).astype(np.uint8).astype(np.uint16) * np.uint16(257)

    kinds = {finding.kind for finding in found(["B02", "B03", "B04", "B08"], stretched, 65_535)}
    assert "8-bit" in kinds
