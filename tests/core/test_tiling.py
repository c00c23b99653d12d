"""Scenes are cut so that nothing is lost that the edge rule does not give up."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from s2label.grid import Grid
from s2label.tiling import Edge, cut_tiles, tile_origins

LENGTHS = st.integers(1, 400)
CHIPS = st.integers(1, 120)
STRIDES = st.integers(1, 200)


def covered(origins: list[int], chip_px: int) -> set[int]:
    return {pixel for origin in origins for pixel in range(origin, origin + chip_px)}


@given(LENGTHS, CHIPS, STRIDES)
def test_drop_takes_every_whole_chip_and_no_other(length: int, chip: int, stride: int) -> None:
    origins = tile_origins(length, chip, stride, Edge.DROP)
    assert origins == [x for x in range(length) if x % stride == 0 and x + chip <= length]


@given(LENGTHS, CHIPS, STRIDES)
def test_pad_loses_no_pixel_and_begins_as_drop(length: int, chip: int, stride: int) -> None:
    assume(stride <= chip)
    origins = tile_origins(length, chip, stride, Edge.PAD)
    assert covered(origins, chip) >= set(range(length))
    assert all(origin < length for origin in origins)
    assert origins[:-1] == tile_origins(length, chip, stride, Edge.DROP)[: len(origins) - 1]


@given(LENGTHS, CHIPS, STRIDES)
def test_shift_loses_no_pixel_and_stays_inside(length: int, chip: int, stride: int) -> None:
    assume(stride <= chip)
    origins = tile_origins(length, chip, stride, Edge.SHIFT)
    assert covered(origins, chip) == (set(range(length)) if chip <= length else set())
    assert origins == sorted(set(origins))


@given(LENGTHS, CHIPS, STRIDES, st.sampled_from(Edge))
def test_an_exact_fit_is_the_same_under_every_rule(
    length: int, chip: int, stride: int, edge: Edge
) -> None:
    count = -(-length // chip)
    exact = chip + stride * (count - 1)
    assert tile_origins(exact, chip, stride, edge) == [stride * n for n in range(count)]


def test_pad_with_a_stride_over_the_chip_reaches_the_rest() -> None:
    assert tile_origins(130, 20, 60, Edge.PAD) == [0, 60, 120]


@given(LENGTHS, CHIPS, STRIDES)
def test_a_padded_chip_begins_inside_whatever_the_stride(
    length: int, chip: int, stride: int
) -> None:
    assert all(origin < length for origin in tile_origins(length, chip, stride, Edge.PAD))


@pytest.mark.parametrize(
    ("edge", "origins"), [(Edge.DROP, []), (Edge.PAD, [0]), (Edge.SHIFT, [])], ids=str
)
def test_a_chip_over_the_whole_length(edge: Edge, origins: list[int]) -> None:
    assert tile_origins(10, 64, 64, edge) == origins


def grid(height: int, width: int) -> Grid:
    return Grid("EPSG:32631", (10, 0, 500_000, 0, -10, 4_800_000), height, width)


def test_without_a_chip_size_the_scene_is_one_tile() -> None:
    (tile,) = cut_tiles(grid(31, 47), None, None, Edge.DROP)
    assert (tile.y, tile.x, tile.height, tile.width) == (0, 0, 31, 47)


def test_tiles_come_row_by_row_and_are_called_after_row_and_column() -> None:
    tiles = cut_tiles(grid(128, 192), 64, None, Edge.DROP)
    assert [tile.label for tile in tiles] == [
        "r000_c000", "r000_c001", "r000_c002", "r001_c000", "r001_c001", "r001_c002",
    ]  # fmt: skip
    assert [(tile.y, tile.x) for tile in tiles[2:4]] == [(0, 128), (64, 0)]


def test_a_long_narrow_scene_is_cut_along_its_length() -> None:
    tiles = cut_tiles(grid(10, 100_000), 64, None, Edge.PAD)
    assert len(tiles) == 1563
    assert len({tile.label for tile in tiles}) == 1563
    assert {tile.height for tile in tiles} == {64}
