"""Rasters are read by what they hold and where they lie, and nodata is told before all else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from PIL import Image

from s2label.errors import InputError
from s2label.grid import Grid
from s2label.raster import (
    RasterPool,
    driver_of,
    grid_of,
    is_raster,
    open_raster,
    read_bands,
    read_on_grid,
    reflectance,
    source_of,
    valid_pixels,
)
from s2label.types import BandRaster
from tests.factories.ports import CRS, TRANSFORM, write_raster

NAN = float("nan")


def at(x_m: float, y_m: float, gsd_m: float, height: int, width: int) -> Grid:
    """Return a grid whose corner lies so far from the port's, east and south."""
    corner = (TRANSFORM.c + x_m, TRANSFORM.f - y_m)
    return Grid(CRS, (gsd_m, 0, corner[0], 0, -gsd_m, corner[1]), height, width)


def eastings(grid: Grid) -> np.ndarray[Any, Any]:
    """Return metres east of the port's corner plus 1000 at each pixel centre: a linear ramp."""
    columns = np.arange(grid.width) + 0.5
    row = grid.transform[2] - TRANSFORM.c + columns * grid.transform[0] + 1000
    return np.tile(row, (grid.height, 1)).astype(np.float32)


def write(path: Path, array: np.ndarray[Any, Any], grid: Grid, **profile: Any) -> Path:
    return write_raster(path, np.atleast_3d(array.T).T, transform=grid.affine, **profile)


def band(path: Path, index: int = 1, **facts: Any) -> BandRaster:
    return BandRaster("B02", source_of(path), index, **facts)


# -- where pixels land -----------------------------------------------------------------------


@pytest.mark.parametrize("offset_m", [0, -10, -20, -7], ids=lambda m: f"{m} m off")
def test_a_20_m_raster_lands_by_its_transform(tmp_path: Path, offset_m: float) -> None:
    coarse, fine = at(offset_m, offset_m, 20, 20, 20), at(0, 0, 10, 24, 24)
    path = write(tmp_path / "B11.tif", eastings(coarse), coarse)
    with open_raster(path) as dataset:
        values = read_on_grid(dataset, 1, fine)
    # Bilinear interpolation of a ramp is the ramp; only the half pixel at the rim is not.
    inner = slice(2, -2)
    assert values[inner, inner] == pytest.approx(eastings(fine)[inner, inner], abs=0.01)


def test_rows_of_a_scene_that_are_read_apart_equal_the_scene_read_at_once(tmp_path: Path) -> None:
    coarse, fine = at(-10, -10, 20, 40, 40), at(0, 0, 10, 64, 64)
    pixels = np.random.default_rng(0).integers(1, 9000, (40, 40), dtype=np.uint16)
    path = write(tmp_path / "B11.tif", pixels, coarse)
    with open_raster(path) as dataset:
        whole = read_on_grid(dataset, 1, fine)
        rows = [read_on_grid(dataset, 1, fine.window(0, y, 64, 16)) for y in range(0, 64, 16)]
    assert np.array_equal(np.concatenate(rows), whole)


@pytest.mark.parametrize(
    ("transform", "turn"),
    [
        pytest.param(Affine(10, 0, 500_000, 0, 10, 4_799_760), np.flipud, id="south up"),
        pytest.param(Affine(-10, 0, 500_240, 0, -10, 4_800_000), np.fliplr, id="mirrored"),
    ],
)
def test_a_raster_that_lies_otherwise_is_turned(
    tmp_path: Path, transform: Affine, turn: Any
) -> None:
    pixels = np.random.default_rng(0).integers(1, 9000, (24, 24), dtype=np.uint16)
    path = write_raster(tmp_path / "B02.tif", pixels[None], transform=transform)
    with open_raster(path) as dataset:
        own = read_on_grid(dataset, 1, grid_of(dataset))
        turned = read_on_grid(dataset, 1, at(0, 0, 10, 24, 24))
    assert np.array_equal(own, pixels)
    assert np.array_equal(turned, turn(pixels))


def test_a_turned_raster_is_cut_into_its_own_pixels(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(1, 9000, (24, 24), dtype=np.uint16)
    turned = TRANSFORM @ Affine.rotation(30)
    path = write_raster(tmp_path / "B02.tif", pixels[None], transform=turned)
    with open_raster(path) as dataset:
        piece = read_on_grid(dataset, 1, grid_of(dataset).window(3, 5, 10, 8))
    assert np.array_equal(piece, pixels[5:13, 3:13])


@pytest.mark.parametrize("nodata", [None, 0, 65535], ids=lambda v: f"nodata {v}")
@pytest.mark.parametrize(
    ("x", "y"), [(-8, -4), (16, 12), (-8, 12), (100, 0)], ids=["before", "behind", "both", "far"]
)
def test_ground_outside_gets_nodata_or_zero(
    tmp_path: Path, nodata: int | None, x: int, y: int
) -> None:
    pixels = np.random.default_rng(0).integers(1, 9000, (24, 24), dtype=np.uint16)
    path = write(tmp_path / "B02.tif", pixels, at(0, 0, 10, 24, 24), nodata=nodata)
    with open_raster(path) as dataset:
        read = read_on_grid(dataset, 1, grid_of(dataset).window(x, y, 20, 20))
    beyond = np.pad(pixels, 200, constant_values=nodata or 0)
    assert np.array_equal(read, beyond[200 + y : 220 + y, 200 + x : 220 + x])


@pytest.mark.parametrize("degrees", [1, -40])
def test_ground_outside_a_turned_raster_moves_no_pixel(tmp_path: Path, degrees: float) -> None:
    pixels = np.random.default_rng(0).integers(1, 9000, (24, 24), dtype=np.uint16)
    turned = TRANSFORM @ Affine.rotation(degrees)
    path = write_raster(tmp_path / "B02.tif", pixels[None], transform=turned, nodata=0)
    with open_raster(path) as dataset:
        read = read_on_grid(dataset, 1, grid_of(dataset).window(16, 12, 20, 20))
    assert np.array_equal(read, np.pad(pixels, (0, 20))[12:32, 16:36])


def test_bands_of_two_sizes_come_on_one_grid_in_their_common_dtype(tmp_path: Path) -> None:
    fine, coarse = at(0, 0, 10, 8, 8), at(0, 0, 20, 4, 4)
    paths = [
        write(tmp_path / "a.tif", np.full((8, 8), 60_000, np.uint16), fine),
        write(tmp_path / "b.tif", np.full((4, 4), -300, np.int16), coarse),
    ]
    dn = read_bands([band(path) for path in paths], fine)
    assert dn.shape == (2, 8, 8)
    assert dn.dtype == np.int32
    assert [int(layer[4, 4]) for layer in dn] == [60_000, -300]


def test_ground_that_one_band_does_not_reach_is_no_data(tmp_path: Path) -> None:
    fine, coarse = at(0, 0, 10, 8, 8), at(20, 0, 20, 4, 3)
    paths = [
        write(tmp_path / "B02.tif", np.full((8, 8), 500, np.uint16), fine),
        write(tmp_path / "B11.tif", np.full((4, 3), 500, np.uint16), coarse),
    ]
    bands = [band(path, quantification=10_000) for path in paths]
    values = reflectance(read_bands(bands, fine), bands)
    assert np.isnan(values[1, :, :2]).all()


# -- what is nodata --------------------------------------------------------------------------

DN = np.array([[[0, 0, 7, 9]], [[0, 5, 0, 9]]], dtype=np.uint16)


@pytest.mark.parametrize(
    ("nodata", "valid"),
    [
        pytest.param((None, None), [False, True, True, True], id="no tag: zero in every band"),
        pytest.param((0, 0), [False, False, False, True], id="tag 0: zero in any band"),
        pytest.param((9, None), [True, True, True, False], id="a tag makes zero a value"),
        pytest.param((7, 5), [True, False, False, True], id="each band has its own tag"),
        pytest.param((-9999, -9999), [True] * 4, id="tag that the dtype cannot hold"),
        pytest.param((NAN, NAN), [True] * 4, id="tag NaN on whole numbers"),
    ],
)
def test_nodata_is_told_by_the_tag_first(
    nodata: tuple[float | None, ...], valid: list[bool]
) -> None:
    assert valid_pixels(DN, nodata).tolist() == [valid]


@pytest.mark.parametrize("nodata", [None, NAN, -1.0], ids=["no tag", "tag NaN", "other tag"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_is_not_finite_is_nodata_under_any_tag(nodata: float | None, dtype: str) -> None:
    dn = np.array([[[NAN, 0.1, np.inf, 0.1]], [[0.2, NAN, 0.2, 0.2]]]).astype(dtype)
    assert valid_pixels(dn, (nodata, nodata)).tolist() == [[False, False, False, True]]


def test_a_tag_beyond_float32_is_found_in_float32(tmp_path: Path) -> None:
    lowest = float(np.finfo(np.float32).min)
    pixels = np.full((8, 8), 0.5, np.float32)
    pixels[0] = lowest
    path = write(tmp_path / "a.tif", pixels, at(0, 0, 10, 8, 8), nodata=lowest)
    with open_raster(path) as dataset:
        assert valid_pixels(dataset.read(), [dataset.nodata]).sum() == 56


def test_reflectance_is_not_clipped_and_nodata_is_nan() -> None:
    dn = np.array([[[0, 1, 999, 65535, 12_000]]], dtype=np.uint16)
    facts = BandRaster("B02", source_of(Path(__file__)), 1, 10_000, -1000, 0)
    values = reflectance(dn, [facts])
    assert values.dtype == np.float32
    assert values[0, 0] == pytest.approx([NAN, -0.0999, -0.0001, 6.4535, 1.1], nan_ok=True)


# -- what is a raster ------------------------------------------------------------------------


def write_jp2(path: Path) -> Path:
    pixels = np.random.default_rng(0).integers(0, 9000, (1, 64, 64), dtype=np.uint16)
    profile: dict[str, Any] = {"driver": "JP2OpenJPEG", "quality": 100, "reversible": "YES"}
    return write_raster(path.with_suffix(".jp2"), pixels, **profile).rename(path)


def write_picture(path: Path, kind: str) -> Path:
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(path, format=kind)
    return path


def write_vrt(path: Path) -> Path:
    path.write_text('<VRTDataset rasterXSize="8" rasterYSize="8"></VRTDataset>')
    return path


@pytest.mark.parametrize(
    ("profile", "driver"),
    [
        pytest.param({}, "GTiff", id="GeoTIFF"),
        pytest.param({"BIGTIFF": "YES"}, "GTiff", id="BigTIFF"),
        pytest.param({"ENDIANNESS": "BIG"}, "GTiff", id="big-endian"),
        pytest.param({"BIGTIFF": "YES", "ENDIANNESS": "BIG"}, "GTiff", id="big-endian BigTIFF"),
    ],
)
def test_tiff_of_every_make_is_opened_whatever_its_name(
    tmp_path: Path, profile: dict[str, str], driver: str
) -> None:
    path = write(tmp_path / "a.tif", np.ones((8, 8), np.uint16), at(0, 0, 10, 8, 8), **profile)
    path = path.rename(tmp_path / "no suffix, (odd): name")
    assert driver_of(path) == driver
    with open_raster(path) as dataset:
        assert dataset.read().sum() == 64


def test_jpeg2000_named_tif_is_read(tmp_path: Path) -> None:
    path = write_jp2(tmp_path / "B02.tif")
    with open_raster(path) as dataset, rasterio.open(path) as plain:
        assert dataset.driver == "JP2OpenJPEG"
        assert np.array_equal(dataset.read(), plain.read())
        assert grid_of(dataset).crs == CRS


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(lambda p: write_picture(p, "PNG"), "neither", id="PNG"),
        pytest.param(lambda p: write_picture(p, "JPEG"), "neither", id="JPEG"),
        pytest.param(write_vrt, "neither", id="VRT"),
        pytest.param(lambda p: p.write_bytes(b""), "an empty file", id="empty"),
        pytest.param(lambda p: p.mkdir(), "not a regular file", id="folder"),
        pytest.param(lambda p: None, "no such file", id="nothing"),
    ],
)
def test_other_formats_named_tif_are_refused(tmp_path: Path, make: Any, words: str) -> None:
    path = tmp_path / "B02.tif"
    make(path)
    assert not is_raster(path)
    with pytest.raises(InputError, match=f"B02.tif: {words}"), open_raster(path):
        pytest.fail("it was opened")


def test_a_raster_without_size_on_the_ground_is_refused(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "B02.tif", np.ones((1, 8, 8), np.uint16), crs=CRS)
    with rasterio.open(path, "r+") as dataset:
        dataset.transform = Affine(NAN, 0, 0, 0, -10, 0)
    with open_raster(path) as dataset, pytest.raises(InputError, match=r"B02\.tif: a geotransform"):
        grid_of(dataset)


def test_a_raster_of_pixels_without_size_is_refused(tmp_path: Path) -> None:
    flat = Affine(0, 0, 500_000, 0, 0, 4_800_000)
    path = write_raster(tmp_path / "B02.tif", np.ones((1, 8, 8), np.uint16), transform=flat)
    with open_raster(path) as dataset, pytest.raises(InputError):
        grid_of(dataset)


# -- identity and the pool -------------------------------------------------------------------


@pytest.mark.parametrize("at_byte", [0, 70_000, 199_999], ids=["head", "before the tail", "tail"])
def test_a_changed_end_of_a_file_is_another_source(tmp_path: Path, at_byte: int) -> None:
    path = tmp_path / "a.tif"
    content = bytearray(200_000)
    path.write_bytes(content)
    before = source_of(path)
    content[at_byte] = 1
    path.write_bytes(content)
    is_seen = at_byte < 65_536 or at_byte >= 200_000 - 65_536
    assert (source_of(path).digest != before.digest) is is_seen


def test_the_pool_keeps_the_rasters_read_last_and_closes_all(tmp_path: Path) -> None:
    grid = at(0, 0, 10, 8, 8)
    paths = [str(write(tmp_path / f"{n}.tif", np.full((8, 8), n), grid)) for n in (1, 2, 3)]
    with RasterPool(limit=2) as pool:
        seen = []
        for path in (*paths, paths[1]):
            with pool.open(path) as dataset:
                seen.append(dataset)
                assert dataset.read(1)[0, 0] == int(Path(path).stem)
        assert [dataset.closed for dataset in seen] == [True, False, False, False]
        assert seen[3] is seen[1]
    assert all(dataset.closed for dataset in seen)


def test_the_pool_explains_what_it_cannot_open(tmp_path: Path) -> None:
    with (
        RasterPool() as pool,
        pytest.raises(InputError, match="gone"),
        pool.open(str(tmp_path / "gone.tif")),
    ):
        pytest.fail("it was opened")
