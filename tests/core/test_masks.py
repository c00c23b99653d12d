"""Mask files come back as they were written, and are whole or absent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from s2label.durable import make_whole, sha256_of
from s2label.errors import InputError
from s2label.grid import Grid
from s2label.masks import Mask, imported_mask, read_mask, write_mask
from tests.factories.ports import write_raster

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def grid(height: int, width: int, crs: str = "EPSG:32631", west: float = 500_000.0) -> Grid:
    return Grid(crs, (10.0, 0.0, west, 0.0, -10.0, 4_800_000.0), height, width)


def mask(values: NDArray[np.uint8]) -> Mask:
    return imported_mask(values, grid(*values.shape))


shapes = st.tuples(st.integers(1, 40), st.integers(1, 40))
pixels = arrays.arrays(np.uint8, shapes)


@given(pixels, st.randoms())
def test_a_mask_comes_back_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, classes: NDArray[np.uint8], chance: Any
) -> None:
    path = tmp_path_factory.getbasetemp() / "mask.tif"
    provenance = np.array(chance.choices(range(256), k=classes.size), np.uint8)
    written = Mask(classes, provenance.reshape(classes.shape), grid(*classes.shape))

    write_mask(path, written)
    found = read_mask(path)

    np.testing.assert_array_equal(found.classes, written.classes)
    np.testing.assert_array_equal(found.provenance, written.provenance)
    assert found.grid == written.grid
    assert found.content == written.content


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param((1, 1), id="one pixel"),
        pytest.param((64, 64), id="chip"),
        pytest.param((17, 300), id="wide"),
        pytest.param((1000, 3), id="tall"),
        pytest.param((600, 600), id="several tiles"),
    ],
)
@pytest.mark.parametrize("crs", ["EPSG:32631", "EPSG:4326"])
def test_a_mask_file_is_what_the_design_says(
    tmp_path: Path, shape: tuple[int, int], crs: str
) -> None:
    place = grid(*shape, crs=crs)
    classes = np.arange(shape[0] * shape[1], dtype=np.int64).reshape(shape).astype(np.uint8)
    path = tmp_path / "маска ü.tif"

    write_mask(path, imported_mask(classes, place))

    with rasterio.open(path) as dataset:
        assert dataset.descriptions == ("class", "provenance")
        assert dataset.dtypes == ("uint8", "uint8")
        assert dataset.compression.value == "DEFLATE"
        assert {height == width for height, width in dataset.block_shapes} == {True}
        assert (dataset.crs.to_string(), dataset.transform) == (crs, place.affine)
        np.testing.assert_array_equal(dataset.read(1), classes)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_the_same_mask_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.tif", "b.tif"):
        write_mask(tmp_path / name, mask(np.eye(50, dtype=np.uint8)))

    assert sha256_of(tmp_path / "a.tif") == sha256_of(tmp_path / "b.tif")


def test_labelled_pixels_of_a_source_are_imported_and_the_rest_is_nobodys() -> None:
    made = mask(np.array([[0, 1, 254, 255]], np.uint8))

    assert made.provenance.tolist() == [[1, 1, 0, 1]]
    assert made.class_counts == {0: 1, 1: 1, 254: 1, 255: 1}


@given(pixels)
def test_class_counts_are_those_of_the_pixels(classes: NDArray[np.uint8]) -> None:
    counts = mask(classes).class_counts

    assert sum(counts.values()) == classes.size
    assert all(counts[value] == (classes == value).sum() for value in counts)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(mask(np.array([[1, 2], [3, 5]], np.uint8)), id="another class"),
        pytest.param(
            Mask(np.array([[1, 2], [3, 4]], np.uint8), np.zeros((2, 2), np.uint8), grid(2, 2)),
            id="another provenance",
        ),
        pytest.param(
            imported_mask(np.array([[1, 2], [3, 4]], np.uint8), grid(2, 2, west=500_010.0)),
            id="other ground",
        ),
        pytest.param(mask(np.array([[1, 2, 3, 4]], np.uint8)), id="another shape"),
    ],
)
def test_content_tells_masks_apart(other: Mask) -> None:
    one = mask(np.array([[1, 2], [3, 4]], np.uint8))

    assert other.content != one.content
    assert mask(one.classes.copy(order="F")).content == one.content


@pytest.mark.parametrize(
    ("classes", "provenance"),
    [
        pytest.param(np.zeros((2, 3), np.uint8), np.zeros((2, 2), np.uint8), id="shapes differ"),
        pytest.param(np.zeros((2, 2), np.int16), np.zeros((2, 2), np.uint8), id="16 bits"),
        pytest.param(np.zeros((1, 2, 2), np.uint8), np.zeros((2, 2), np.uint8), id="a band axis"),
    ],
)
def test_what_does_not_fit_its_grid_is_no_mask(
    classes: NDArray[Any], provenance: NDArray[Any]
) -> None:
    with pytest.raises(ValueError, match="is no mask of"):
        Mask(classes, provenance, grid(2, 2))


@pytest.mark.parametrize(
    ("array", "words"),
    [
        pytest.param(np.zeros((1, 8, 8), np.uint8), "1 bands of uint8; expected two", id="1 band"),
        pytest.param(np.zeros((3, 8, 8), np.uint8), "3 bands of uint8; expected two", id="3 bands"),
        pytest.param(np.zeros((2, 8, 8), np.uint16), "2 bands of uint16", id="16 bits"),
    ],
)
def test_another_raster_is_no_mask_file(tmp_path: Path, array: NDArray[Any], words: str) -> None:
    path = write_raster(tmp_path / "other.tif", array)

    with pytest.raises(InputError, match=words):
        read_mask(path)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_cut_mask_file_is_refused_in_one_line(tmp_path: Path, share: float) -> None:
    path = tmp_path / "mask.tif"
    noise = np.random.default_rng(0).integers(0, 255, (300, 300), dtype=np.uint8)
    write_mask(path, mask(noise))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])

    with pytest.raises(InputError, match=r"mask\.tif: (damaged|an empty file)") as refusal:
        read_mask(path)

    assert "\n" not in str(refusal.value)


def test_a_writer_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "mask.tif"
    write_mask(path, mask(np.eye(9, dtype=np.uint8)))
    before = path.read_bytes()

    def fail(part: Path) -> None:
        part.write_bytes(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_whole(path, fail)

    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"mask.tif": before}
