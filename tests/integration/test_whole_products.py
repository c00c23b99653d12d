"""Real products come in whole, as they are downloaded: their pixels are those of the files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import rasterio
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT

from s2label.project import open_project
from s2label.raster import read_bands, reflectance
from tests.factories.commands import do, run

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.types import ImageRecord, PlaceRecord

BANDS = ("B02", "B03", "B04", "B08", "B11", "B12", "B8A")
CHIP_PX = 64


@pytest.fixture(scope="module")
def l1c_zip(real_data: Path) -> Path:
    return next((real_data / "l1c_zip").glob("*/*.zip"))


@pytest.fixture(scope="module")
def l2a_folder(real_data: Path) -> Path:
    return next((real_data / "l2a").glob("S2A_*/*.SAFE"))


@pytest.fixture(scope="module")
def l1c(l1c_zip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return imported(tmp_path_factory.mktemp("l1c"), l1c_zip)


@pytest.fixture(scope="module")
def l2a(l2a_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return imported(tmp_path_factory.mktemp("l2a"), l2a_folder)


def imported(folder: Path, source: Path) -> Path:
    do("init", folder / "project", "--classes", "landcovernet")
    do("import", folder / "project", source, "--chip", CHIP_PX)
    return folder / "project"


def images(project: Path) -> list[tuple[PlaceRecord, ImageRecord]]:
    with open_project(project) as opened:
        places = opened.catalog.places()
        found = opened.catalog.images(opened.catalog.image_ids()).values()
        return [(places[image.place_id], image) for image in found]


def values_at(project: Path, row: int, column: int) -> NDArray[np.float32]:
    """Return the reflectance of all bands at a pixel of the whole product."""
    label = f"r{row // CHIP_PX:03d}_c{column // CHIP_PX:03d}"
    ((place, image),) = [(p, i) for p, i in images(project) if p.name.endswith(label)]
    values = reflectance(read_bands(image.bands, place.grid), image.bands)
    return values[:, row % CHIP_PX, column % CHIP_PX]


def plain_at(paths: dict[str, str], row: int, column: int) -> list[float]:
    """Return the same, read with rasterio alone: bilinear on the grid of B02."""
    found = []
    with rasterio.open(paths["B02"]) as fine:
        grid = {"crs": fine.crs, "transform": fine.transform}
        size = {"height": fine.height, "width": fine.width}
    for name in BANDS:
        with (
            rasterio.open(paths[name]) as dataset,
            WarpedVRT(dataset, resampling=Resampling.bilinear, **grid, **size) as warped,
        ):
            found.append(warped.read(1)[row, column] / 10_000)
    return found


def test_the_l1c_zip_gives_36_places(l1c: Path) -> None:
    found = images(l1c)
    assert len(found) == 36
    assert {(i.date, p.grid.crs) for p, i in found} == {("2018-06-29", "EPSG:32756")}
    assert {tuple(band.name for band in image.bands) for _, image in found} == {BANDS}
    others = {raster.name for raster in found[0][1].rasters}
    assert others == {"B01", "B05", "B06", "B07", "B09", "B10", "MSK_CLOUDS"}


def test_the_l2a_folder_gives_9_places(l2a: Path) -> None:
    found = images(l2a)
    assert len(found) == 9
    assert {(i.date, p.grid.crs) for p, i in found} == {("2018-12-29", "EPSG:32633")}
    assert {tuple(band.name for band in image.bands) for _, image in found} == {BANDS}


@pytest.mark.parametrize(("row", "column"), [(30, 20), (100, 70), (300, 350)])
def test_pixels_of_the_l1c_zip_are_those_that_rasterio_reads(
    l1c: Path, l1c_zip: Path, row: int, column: int
) -> None:
    granule = f"{l1c_zip.stem}.SAFE/GRANULE/L1C_T56JMM_A015757_20180629T000241"
    root = f"/vsizip/{{{l1c_zip}}}/{granule}/IMG_DATA/T56JMM_20180629T000241"
    plain = plain_at({name: f"{root}_{name}.jp2" for name in BANDS}, row, column)
    assert values_at(l1c, row, column) == pytest.approx(plain, abs=1e-6)


@pytest.mark.parametrize(("row", "column"), [(10, 20), (100, 70), (180, 185)])
def test_pixels_of_the_l2a_folder_are_those_that_rasterio_reads(
    l2a: Path, l2a_folder: Path, row: int, column: int
) -> None:
    files = {n: str(sorted(l2a_folder.glob(f"**/*_{n}_*.jp2"))[0]) for n in BANDS}
    plain = plain_at(files, row, column)
    assert values_at(l2a, row, column) == pytest.approx(plain, abs=1e-6)


def test_ground_that_the_20_m_bands_of_the_cropped_product_miss_is_no_data(l2a: Path) -> None:
    # The 20 m bands begin 10 m farther west and end 10 m short of the 10 m bands.
    assert np.isnan(values_at(l2a, 50, 191)).all()
    assert np.isfinite(values_at(l2a, 50, 190)).all()


@pytest.mark.parametrize("project", ["l1c", "l2a"])
def test_the_catalog_of_whole_products_is_sound(
    project: str, request: pytest.FixtureRequest
) -> None:
    assert do("check", request.getfixturevalue(project), "--full").out == "all is well\n"


def test_metadata_without_pixels_is_told_for_both_trees(real_data: Path, tmp_path: Path) -> None:
    do("init", tmp_path / "project", "--classes", "landcovernet")
    for safe in sorted((real_data.resolve() / "safe_metadata").glob("*.SAFE")):
        printed = run("import", tmp_path / "project", safe)
        assert printed.code == 1
        assert f"{safe}: metadata without pixels" in printed.err
