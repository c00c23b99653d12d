"""Grids know their ground, whatever way they are turned, and tell pixels that are the same."""

from __future__ import annotations

import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from rasterio.crs import CRS
from rasterio.windows import Window

from s2label.grid import Grid, aligned_window, crs_text

NORTH_UP = Affine(10, 0, 500_000, 0, -10, 4_800_000)
TRANSFORMS = {
    "north up": NORTH_UP,
    "south up": Affine(10, 0, 500_000, 0, 10, 4_799_000),
    "turned by 30 degrees": Affine.translation(500_000, 4_800_000)
    @ Affine.rotation(30)
    @ Affine.scale(10, -10),
    "mirrored": Affine(-10, 0, 501_000, 0, -10, 4_800_000),
}
ANY_WAY = pytest.mark.parametrize("name", TRANSFORMS)


def grid(transform: Affine = NORTH_UP, height: int = 60, width: int = 100, crs: str = "x") -> Grid:
    numbers = tuple(float(v) for v in tuple(transform)[:6])
    return Grid(crs, numbers, height, width)  # type: ignore[arg-type]


def moved(columns: float, rows: float, transform: Affine = NORTH_UP) -> Affine:
    return transform @ Affine.translation(columns, rows)


@ANY_WAY
def test_pixel_sizes_and_sides_are_positive(name: str) -> None:
    turned = grid(TRANSFORMS[name])
    assert turned.gsd == pytest.approx((10, 10))
    left, bottom, right, top = turned.bounds
    assert left < right
    assert bottom < top


def test_bounds_of_a_turned_grid_hold_all_its_corners() -> None:
    turned = grid(Affine.rotation(45) @ Affine.scale(1, -1), height=10, width=10)
    assert turned.bounds == pytest.approx((0, -(50**0.5), 2 * 50**0.5, 50**0.5))


@ANY_WAY
def test_a_window_lies_where_its_pixels_lie(name: str) -> None:
    whole = grid(TRANSFORMS[name])
    window = whole.window(7, 5, width=20, height=30)
    assert window.shape == (30, 20)
    assert window.affine @ (3, 4) == pytest.approx(whole.affine @ (10, 9))


@ANY_WAY
@given(column=st.integers(-200, 200), row=st.integers(-200, 200))
def test_a_window_is_found_again_by_its_ground(name: str, column: int, row: int) -> None:
    whole = grid(TRANSFORMS[name])
    window = whole.window(column, row, width=20, height=30)
    assert aligned_window(whole, window) == Window(column, row, 20, 30)


@pytest.mark.parametrize(
    "target",
    [
        pytest.param(grid(moved(0.5, 0)), id="half a pixel off"),
        pytest.param(grid(Affine(20, 0, 500_000, 0, -20, 4_800_000)), id="coarser"),
        pytest.param(grid(TRANSFORMS["south up"]), id="upside down"),
        pytest.param(grid(TRANSFORMS["turned by 30 degrees"]), id="turned"),
        pytest.param(grid(crs="y"), id="another CRS"),
    ],
)
def test_pixels_that_are_not_the_same_have_no_window(target: Grid) -> None:
    assert aligned_window(grid(), target) is None


@pytest.mark.parametrize(
    "transform",
    [
        pytest.param(Affine(1e-4, 0, 2.0, 0, -1e-4, 48.0), id="degrees"),
        pytest.param(NORTH_UP, id="metres"),
    ],
)
def test_the_key_tells_a_pixel_and_forgives_noise(transform: Affine) -> None:
    here = grid(transform)
    noisy = Affine(*(v * (1 + 1e-15) for v in tuple(transform)[:6]))
    assert grid(noisy).key == here.key
    others = [grid(moved(1, 0, transform)), grid(moved(0, 1, transform)), grid(transform, 61)]
    others += [grid(transform, crs="y"), grid(moved(0.01, 0, transform))]
    assert here.key not in {other.key for other in others}


def test_the_key_does_not_tell_the_sign_of_zero() -> None:
    assert grid(Affine(10, -0.0, 500_000, 0, -10, 4_800_000)).key == grid().key


def test_a_slight_turn_in_degrees_is_not_the_same_pixels() -> None:
    straight = grid(Affine(1e-4, 0, 2.0, 0, -1e-4, 48.0))
    turned = grid(Affine(1e-4, 9e-7, 2.0, 9e-7, -1e-4, 48.0))
    assert not straight.is_same_as(turned)
    assert aligned_window(straight, turned) is None


@pytest.mark.parametrize(
    ("columns", "same"),
    [pytest.param(1e-4, True, id="a mm of 10 m"), pytest.param(0.01, False, id="10 cm")],
)
def test_corners_tell_whether_grids_are_the_same(columns: float, same: bool) -> None:
    assert grid().is_same_as(grid(moved(columns, 0))) is same


@pytest.mark.parametrize(
    ("crs", "start"),
    [
        pytest.param(CRS.from_epsg(32631), "EPSG:32631", id="with a code"),
        pytest.param(
            CRS.from_proj4("+proj=laea +lat_0=12.3 +lon_0=4.5 +units=m"), "PROJCS[", id="without"
        ),
    ],
)
def test_a_crs_is_written_by_its_code_or_in_full(crs: CRS, start: str) -> None:
    text = crs_text(crs)
    assert text.startswith(start)
    assert CRS.from_string(text) == crs
