"""The rasters of a result: cloud-optimised, with tags that tell who made them of what."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import rasterio

from s2label.classes import LANDCOVERNET
from s2label.errors import InputError
from s2label.grid import Grid
from s2label.results.rasters import (
    RasterKind,
    ResultRecord,
    read_record,
    record_of_tags,
    result_tags,
)
from s2label.results.writing import write_classes, write_probabilities, write_rgb
from s2label.types import Lifetime
from tests.factories import ports

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

GRID = Grid("EPSG:32633", (10.0, 0.0, 499_980.0, 0.0, -10.0, 5_100_000.0), 700, 600)
RECORD = ResultRecord(
    model="model-1",
    program="0.1",
    scene='S2A "<scene>"',
    time="2023-08-15T09:50:31Z",
    lifetime=Lifetime.STATIC,
    threshold=0.35,
    classes=LANDCOVERNET.classes,
    notes=("said", "and done"),
)


def strips(pixels: NDArray[np.uint8], rows: int = 300) -> Iterator[NDArray[np.uint8]]:
    """Yield (…, y, x) in strips of rows."""
    for first in range(0, GRID.height, rows):
        yield pixels[..., first : first + rows, :]


def drawn(count: int, most: int) -> NDArray[np.uint8]:
    draw = np.random.default_rng(0)
    return draw.integers(0, most, (count, *GRID.shape)).astype(np.uint8)


@pytest.mark.parametrize("time", [None, "2023-08-15", "2023-08-15T09:50:31Z"], ids=str)
def test_a_record_is_read_back_from_its_raster(tmp_path: Path, time: str | None) -> None:
    record = replace(RECORD, time=time)
    write_classes(tmp_path / "x.tif", GRID, record, strips(drawn(1, 8)[0]))
    assert read_record(tmp_path / "x.tif") == record
    assert ("S2LABEL_TIME" in result_tags(record, RasterKind.CLASSES)) == (time is not None)


def test_the_class_raster_has_colours_overviews_and_the_ground_of_the_scene(
    tmp_path: Path,
) -> None:
    pixels = drawn(1, 8)[0]
    pixels[:, :50] = 254
    write_classes(tmp_path / "x.tif", GRID, RECORD, strips(pixels))
    with rasterio.open(tmp_path / "x.tif") as dataset:
        assert dataset.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert (dataset.nodata, dataset.dtypes, dataset.count) == (254, ("uint8",), 1)
        assert dataset.colormap(1)[3] == (0xD1, 0xA4, 0x6D, 255)
        assert tuple(dataset.transform)[:6] == GRID.transform
        np.testing.assert_array_equal(dataset.read(1), pixels)
        (times,) = dataset.overviews(1)[:1]
        coarse = dataset.read(1, out_shape=(GRID.height // times, GRID.width // times))
    # Nearest: no value that is not there.
    assert set(np.unique(coarse)) <= {*range(8), 254}
    assert (coarse[:, : 50 // times] == 254).all()


def test_the_probability_raster_has_a_named_band_per_class(tmp_path: Path) -> None:
    pixels = drawn(7, 255)
    write_probabilities(tmp_path / "x.tif", GRID, RECORD, strips(pixels))
    with rasterio.open(tmp_path / "x.tif") as dataset:
        assert dataset.descriptions == tuple(c.name for c in LANDCOVERNET.classes)
        assert dataset.scales == (pytest.approx(1 / 254),) * 7
        assert dataset.nodata == 255
        np.testing.assert_array_equal(dataset.read(), pixels)


def test_the_picture_is_red_green_and_blue(tmp_path: Path) -> None:
    pixels = drawn(3, 255)
    write_rgb(tmp_path / "x.tif", GRID, RECORD, strips(pixels), {"S2LABEL_RGB": "limits"})
    with rasterio.open(tmp_path / "x.tif") as dataset:
        assert [each.name for each in dataset.colorinterp] == ["red", "green", "blue"]
        assert (dataset.nodata, dataset.tags()["S2LABEL_RGB"]) == (0, "limits")
        np.testing.assert_array_equal(dataset.read(), pixels)


def test_a_raster_that_breaks_off_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "x.tif"
    path.write_bytes(b"old")

    def broken() -> Iterator[NDArray[np.uint8]]:
        yield drawn(1, 8)[0][:300]
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_classes(path, GRID, RECORD, broken())
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let no file grow larger, as on a full disk."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_fills_up_leaves_the_old_picture_and_says_so(tmp_path: Path) -> None:
    path, pixels = tmp_path / "x.tif", drawn(3, 40)
    write_rgb(path, GRID, RECORD, strips(pixels))
    size, good = path.stat().st_size, path.read_bytes()
    # GDAL says nothing where the last bytes do not fit.
    for lacking in (1, 100, 1_000, 3_000, 10_000, 100_000, size // 3, size // 2, size - 1_000):
        with largest_file(size - lacking), pytest.raises(InputError, match=r"x\.tif: cannot be w"):
            write_rgb(path, GRID, RECORD, strips(pixels))
        assert path.read_bytes() == good
        assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("kind", RasterKind)
def test_a_raster_is_read_as_what_it_holds_only(tmp_path: Path, kind: RasterKind) -> None:
    path = tmp_path / "x.tif"
    write = {"classes": write_classes, "probabilities": write_probabilities, "picture": write_rgb}
    count = {"classes": 1, "probabilities": 7, "picture": 3}[kind]
    pixels = drawn(count, 8)
    write[kind](path, GRID, RECORD, strips(pixels[0] if kind == "classes" else pixels))
    assert read_record(path, kind) == RECORD
    for other in set(RasterKind) - {kind}:
        with pytest.raises(InputError, match=f"holds the {kind} of a result; expected the {other}"):
            read_record(path, other)


def test_a_raster_with_the_tags_of_another_is_no_result(tmp_path: Path) -> None:
    path = ports.write_raster(tmp_path / "x.tif", np.ones((2, 20, 30), np.uint8))
    with rasterio.open(path, "r+") as dataset:
        dataset.update_tags(**result_tags(RECORD, RasterKind.CLASSES))
    with pytest.raises(InputError, match="2 bands of uint8, nodata None; expected the classes"):
        read_record(path)


def test_a_raster_of_somebody_else_is_no_result(tmp_path: Path) -> None:
    path = ports.write_raster(tmp_path / "x.tif", np.ones((1, 20, 30), np.uint16))
    with pytest.raises(InputError, match="no tag S2LABEL_MODEL; expected the classes of a scene"):
        read_record(path)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("CLASSES", "[{}]"),
        ("CLASSES", "not JSON"),
        ("CLASSES", "{}"),
        ("CLASSES", "[]"),
        ("CLASSES", "[" * 100_000),
        ("CLASSES", '[{"value": 0, "name": "sea", "colour": "#0000ff"}]'),
        ("CLASSES", '[{"value": 254, "name": "sea", "colour": "#0000ff"}]'),
        ("LIFETIME", "short"),
        ("THRESHOLD", "high"),
    ],
    ids=["class", "no JSON", "object", "none", "deep", "0", "254", "lifetime", "threshold"],
)
def test_damaged_tags_are_told(tmp_path: Path, name: str, text: str) -> None:
    tags = result_tags(RECORD, RasterKind.CLASSES) | {f"S2LABEL_{name}": text}
    with pytest.raises(InputError, match="tags that are damaged"):
        record_of_tags(tmp_path, tags)
