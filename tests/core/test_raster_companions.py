"""What lies beside a raster: GDAL reads it along, whatever it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from s2label.errors import InputError
from s2label.raster import open_raster

if TYPE_CHECKING:
    from pathlib import Path

VRT = b'<VRTDataset rasterXSize="8" rasterYSize="8"></VRTDataset>'


@pytest.fixture
def raster(tmp_path: Path) -> Path:
    path = tmp_path / "x_B02.tif"
    _write(path)
    return path


def _write(path: Path) -> None:
    profile = {"driver": "GTiff", "width": 64, "height": 64, "count": 1, "dtype": "uint16"}
    with rasterio.open(
        path, "w", **profile, crs="EPSG:32633", transform=from_origin(5e5, 5e6, 10, 10)
    ) as made:
        made.write(np.ones((1, 64, 64), np.uint16))


@pytest.mark.parametrize("suffix", [".ovr", ".msk", ".ovr.ovr"])
def test_a_file_of_another_format_beside_a_raster_is_refused(raster: Path, suffix: str) -> None:
    if suffix == ".ovr.ovr":
        _write(raster.with_name(raster.name + ".ovr"))
    hidden = raster.with_name(raster.name + suffix)
    hidden.write_bytes(VRT)
    with pytest.raises(InputError, match="not a GeoTIFF") as raised, open_raster(raster):
        pass
    assert hidden.name in str(raised.value)


def test_overviews_that_lie_elsewhere_are_refused(raster: Path) -> None:
    raster.with_name(raster.name + ".aux.xml").write_text(
        '<PAMDataset><Metadata domain="OVERVIEWS">'
        '<MDI key="OVERVIEW_FILE">/vsicurl/http://example.org/x.vrt</MDI>'
        "</Metadata></PAMDataset>"
    )
    with pytest.raises(InputError, match="another file"), open_raster(raster):
        pass


def test_true_overviews_beside_a_raster_are_welcome(raster: Path) -> None:
    with rasterio.Env(TIFF_USE_OVR=True), rasterio.open(raster, "r+") as opened:
        opened.build_overviews([2, 4])
    with open_raster(raster) as dataset:
        assert dataset.overviews(1) == [2, 4]
