"""Real L2A products go in as folders of bands, as users have them on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import rasterio

from s2label.project import open_project
from s2label.raster import driver_of, read_bands, reflectance
from tests.factories.commands import do

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.types import ImageRecord, PlaceRecord

CHIP_PX = 64
BANDS = ("B02", "B03", "B04", "B08")
DAYS = {"2023-08-15": "S2A_33TWL_20230815_0_L2A", "2023-08-18": "S2A_33TWL_20230818_0_L2A"}


@pytest.fixture(scope="module")
def alps(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Import 33TWL on both days: JPEG2000 named .tif, 915 x 915 px of 120 m, nodata tag 0."""
    project = tmp_path_factory.mktemp("alps") / "project"
    do("init", project, "--classes", "landcovernet")
    source = real_data / "l2a" / "full_products" / "sentinel-2-l2a"
    do("import", project, source)
    return project


@pytest.fixture(scope="module")
def r10m(real_data: Path) -> Path:
    """Return the folder of 10 m bands of the cropped T33SVB product."""
    (folder,) = (real_data / "l2a").glob("S2A_*/*.SAFE/GRANULE/*/IMG_DATA/R10m")
    return folder


def records(project: Path) -> list[tuple[PlaceRecord, ImageRecord]]:
    with open_project(project) as opened:
        places = opened.catalog.places()
        images = opened.catalog.images(opened.catalog.image_ids())
    return [(places[image.place_id], image) for image in images.values()]


def read_plainly(folder: Path, pattern: str) -> NDArray[np.uint16]:
    """Return (band, y, x) DN of whole files, read without the program's code."""
    layers = []
    for name in BANDS:
        with rasterio.open(next(folder.glob(pattern.format(name)))) as dataset:
            layers.append(dataset.read(1))
    return np.stack(layers)


def window_of(place: PlaceRecord, left: float, top: float, gsd_m: float) -> tuple[slice, slice]:
    x, y = (place.grid.transform[2] - left) / gsd_m, (top - place.grid.transform[5]) / gsd_m
    assert (x % CHIP_PX, y % CHIP_PX) == (0, 0)
    return slice(int(y), int(y) + CHIP_PX), slice(int(x), int(x) + CHIP_PX)


def test_the_bands_are_jpeg2000_named_tif(real_data: Path) -> None:
    folder = real_data / "l2a" / "full_products" / "sentinel-2-l2a" / DAYS["2023-08-15"]
    assert driver_of(folder / "B02.tif") == "JP2OpenJPEG"


def test_both_days_share_their_ground(alps: Path, real_data: Path) -> None:
    days: dict[str, set[str]] = {day: set() for day in DAYS}
    for place, image in records(alps):
        assert place.grid.crs == "EPSG:32633"
        assert place.grid.gsd == (120, 120)
        assert [band.name for band in image.bands] == list(BANDS)
        days[str(image.date)].add(place.id)
    clear, swath_edge = days["2023-08-15"], days["2023-08-18"]
    assert len(clear) == 14 * 14
    assert swath_edge < clear
    folder = real_data / "l2a" / "full_products" / "sentinel-2-l2a" / DAYS["2023-08-18"]
    valid = (read_plainly(folder, "{}.tif")[:, : 14 * 64, : 14 * 64] != 0).all(axis=0)
    tiles = valid.reshape(14, 64, 14, 64).any(axis=(1, 3))
    assert len(swath_edge) == tiles.sum()


def test_reflectance_and_nodata_are_those_of_the_files(alps: Path, real_data: Path) -> None:
    source = real_data / "l2a" / "full_products" / "sentinel-2-l2a"
    plain = {day: read_plainly(source / folder, "{}.tif") for day, folder in DAYS.items()}
    chosen = records(alps)[::17]
    assert {image.date for _, image in chosen} == set(DAYS)
    for place, image in chosen:
        dn = plain[str(image.date)][:, *window_of(place, 499_980, 5_100_000, 120)]
        nowhere = (dn == 0).any(axis=0)
        expected = np.where(nowhere, np.nan, dn / 10_000)
        values = reflectance(read_bands(image.bands, place.grid), image.bands)
        assert values == pytest.approx(expected, nan_ok=True)
        assert image.nodata_share == pytest.approx(nowhere.mean())
        assert {band.nodata for band in image.bands} == {0}


def test_stated_pixels_have_the_reflectance_of_their_dn(alps: Path) -> None:
    # Row 100, column 100 of the whole raster on both days, as plain rasterio reads them.
    stated = {
        "2023-08-15": (0.0399, 0.0567, 0.0340, 0.3541),
        "2023-08-18": (0.0477, 0.0557, 0.0405, 0.2712),
    }
    for place, image in records(alps):
        if place.name.endswith("r001_c001"):
            values = reflectance(read_bands(image.bands, place.grid), image.bands)
            assert values[:, 36, 36] == pytest.approx(stated.pop(str(image.date)), abs=1e-6)
    assert not stated


def test_their_items_tell_the_scale_and_what_screening_may_use(alps: Path) -> None:
    for place, image in records(alps):
        assert place.name.startswith("T33TWL_r")
        assert image.scene.startswith(f"S2A_MSIL2A_{str(image.date).replace('-', '')}T")
        assert "offset applied already, as STAC item S2A_33TWL" in image.radiometry
        assert {(band.quantification, band.offset_dn) for band in image.bands} == {(10_000, 0)}
        assert [r.name for r in image.rasters] == ["SCL", "MSK_CLDPRB", "MSK_CLASSI_B00"]


def test_the_catalog_of_real_products_is_sound(alps: Path) -> None:
    assert do("check", alps).out == "all is well\n"


def test_the_10_m_folder_of_a_product_comes_in(r10m: Path, tmp_path: Path) -> None:
    do("init", tmp_path / "project", "--classes", "landcovernet")
    do("import", tmp_path / "project", r10m, "--kind", "bands")
    found = records(tmp_path / "project")
    assert len(found) == 3 * 3
    dn = read_plainly(r10m, "*_{}_10m.jp2")
    assert (dn == 0).any()  # true zeros in one band: no tag, so no nodata
    for place, image in found:
        assert (place.grid.crs, place.grid.gsd, image.date) == (
            "EPSG:32633",
            (10, 10),
            "2018-12-29",
        )
        expected = dn[:, *window_of(place, 419_170, 4_161_300, 10)] / 10_000
        values = reflectance(read_bands(image.bands, place.grid), image.bands)
        assert values == pytest.approx(expected)
        assert image.nodata_share == 0


def test_20_m_bands_beside_10_m_bands_land_by_their_ground(r10m: Path, tmp_path: Path) -> None:
    folder = tmp_path / "T33SVB_20181229"
    folder.mkdir()
    for path in (*r10m.glob("*B0[28]_10m.jp2"), *r10m.parent.glob("R20m/*B11_20m.jp2")):
        (folder / path.name).symlink_to(path)
    do("init", tmp_path / "project", "--classes", "landcovernet")
    do("import", tmp_path / "project", folder, "--kind", "bands")
    with rasterio.open(next(folder.glob("*B11*"))) as dataset:
        coarse, transform = dataset.read(1).astype(float), dataset.transform
    for place, image in records(tmp_path / "project"):
        values = reflectance(read_bands(image.bands, place.grid), image.bands)[2]
        for y, x in ((5, 5), (20, 41), (50, 33)):
            column, row = ~transform @ (place.grid.affine @ (x + 0.5, y + 0.5))
            assert values[y, x] * 10_000 == pytest.approx(bilinear(coarse, row, column), abs=0.6)


def bilinear(array: NDArray[np.float64], row: float, column: float) -> float:
    """Interpolate between pixel centres, the slow way."""
    y, x = row - 0.5, column - 0.5
    top, left = int(np.floor(y)), int(np.floor(x))
    dy, dx = y - top, x - left
    weights = np.array([[(1 - dy) * (1 - dx), (1 - dy) * dx], [dy * (1 - dx), dy * dx]])
    return float((array[top : top + 2, left : left + 2] * weights).sum())
