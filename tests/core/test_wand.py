"""One click selects the vessel and not the sea; a larger tolerance never loses a pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import label

from s2label.painting.wand import DEFAULT_TOLERANCE, MAX_PX, Growth, grow, start_growth
from tests.factories import ports

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE = 64
SEA = np.array([0.045, 0.040, 0.025, 0.012, 0.010])
VESSEL = np.array([0.20, 0.21, 0.22, 0.25, 0.24])
LAND = np.array([0.060, 0.080, 0.090, 0.280, 0.200])
EVERYWHERE = np.ones((SIDE, SIDE), bool)
TOLERANCES = st.floats(0, 1)
CLICKS = st.tuples(st.integers(0, SIDE - 1), st.integers(0, SIDE - 1))


def paint(
    *surfaces: tuple[NDArray[np.bool_], NDArray[np.float64]], seed: int = 0
) -> NDArray[np.float32]:
    """Return a noisy sea (band, y, x) on which surfaces lie, each a mask and its spectrum."""
    values = np.tile(SEA[:, None, None], (1, SIDE, SIDE))
    for mask, spectrum in surfaces:
        values[:, mask] = spectrum[:, None]
    noise = np.random.default_rng(seed).normal(1, 0.05, values.shape)
    return (values * noise).astype(np.float32)


def rectangle(x: int, y: int, width: int, height: int) -> NDArray[np.bool_]:
    mask = np.zeros((SIDE, SIDE), bool)
    mask[y : y + height, x : x + width] = True
    return mask


def tilted(length: float, beam: float, degrees: float) -> NDArray[np.bool_]:
    """Return an ellipse in the middle of the chip."""
    rows, columns = np.mgrid[:SIDE, :SIDE] - SIDE // 2
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    along, across = columns * cosine + rows * sine, rows * cosine - columns * sine
    return np.asarray((2 * along / length) ** 2 + (2 * across / beam) ** 2 <= 1)


def is_connected(mask: NDArray[np.bool_]) -> bool:
    return bool(label(mask, np.ones((3, 3)))[1] <= 1)


# -- what is selected -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "vessel",
    [
        pytest.param(rectangle(30, 30, 1, 1), id="one pixel"),
        pytest.param(rectangle(31, 32, 2, 1), id="two pixels"),
        pytest.param(rectangle(30, 30, 5, 2), id="10 px"),
        pytest.param(np.eye(SIDE, dtype=bool) & rectangle(30, 30, 4, 4), id="diagonal"),
        pytest.param(np.eye(SIDE, dtype=bool)[::-1] & rectangle(30, 30, 4, 4), id="antidiagonal"),
        pytest.param(tilted(10, 3, 45), id="on the slant"),
        pytest.param(tilted(14, 5, 110), id="ellipse"),
        pytest.param(rectangle(24, 30, 16, 4), id="160 m"),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_a_vessel_on_the_sea_is_selected_exactly(vessel: NDArray[np.bool_], seed: int) -> None:
    rows, columns = np.nonzero(vessel)
    nearest = np.argmin((rows - rows.mean()) ** 2 + (columns - columns.mean()) ** 2)
    click = (int(columns[nearest]), int(rows[nearest]))

    assert np.array_equal(grow(paint((vessel, VESSEL), seed=seed), EVERYWHERE, click), vessel)


@pytest.mark.parametrize("tolerance", [0.6, 0.8, 1])
def test_a_ship_of_400_m_needs_more_tolerance_and_gets_no_sea(tolerance: float) -> None:
    ship = rectangle(12, 29, 40, 6)
    growth = start_growth(paint((ship, VESSEL)), EVERYWHERE, (32, 32))

    assert (growth.region() & ~ship).sum() == 0
    assert growth.region().sum() >= 0.5 * ship.sum()
    assert (growth.region(tolerance) & ~ship).sum() == 0
    assert growth.region(tolerance).sum() >= 0.9 * ship.sum()


def test_each_vessel_of_a_port_is_selected_alone() -> None:
    values, vessels = ports.reflectance().astype(np.float32), ports.vessels() > 0
    whole = np.ones(vessels.shape, bool)

    selected = [grow(values, whole, click) for click in ((24, 51), (94, 51), (44, 101))]

    assert [mask.sum() for mask in selected] == [24, 24, 24]
    assert np.array_equal(np.any(selected, axis=0), vessels)


@pytest.mark.parametrize("beside", [(-1, 0), (2, 0), (0, -2), (-2, 1), (3, 2)])
def test_a_click_up_to_two_pixels_beside_a_small_vessel_hits_it(beside: tuple[int, int]) -> None:
    vessel = rectangle(30, 30, 2, 1)

    growth = start_growth(paint((vessel, VESSEL)), EVERYWHERE, (30 + beside[0], 30 + beside[1]))

    assert vessel[growth.seed[::-1]]
    assert np.array_equal(growth.region(), vessel)


def test_a_vessel_at_a_quay_of_another_colour_is_told_from_it() -> None:
    quay, vessel = rectangle(0, 0, 64, 20), rectangle(25, 20, 12, 3)
    growth = start_growth(paint((quay, LAND), (vessel, VESSEL)), EVERYWHERE, (31, 21))

    close, default = growth.region(0.4), growth.region()

    assert (close & vessel).sum() == (default & vessel).sum() == vessel.sum()
    assert (close & ~vessel).sum() <= 0.2 * vessel.sum()
    assert (default & ~vessel).sum() <= 0.5 * vessel.sum()


def test_land_on_three_sides_is_not_taken_for_sea() -> None:
    land = ~rectangle(22, 22, 20, 42)
    vessel = rectangle(30, 35, 3, 8)

    selected = grow(paint((land, LAND), (vessel, VESSEL)), EVERYWHERE, (31, 39))

    assert np.array_equal(selected, vessel)


def test_a_vessel_at_the_edge_of_the_chip_is_selected_as_far_as_it_is_there() -> None:
    vessel = rectangle(58, 0, 6, 3)

    assert np.array_equal(grow(paint((vessel, VESSEL)), EVERYWHERE, (63, 0)), vessel)


def test_a_dark_vessel_on_bright_water_is_selected() -> None:
    glint, vessel = rectangle(0, 0, SIDE, SIDE), rectangle(30, 30, 8, 3)
    values = paint((glint, np.full(5, 0.2)), (vessel, np.full(5, 0.05)))

    assert np.array_equal(grow(values, EVERYWHERE, (34, 31)), vessel)


def test_one_band_is_enough() -> None:
    vessel = rectangle(30, 30, 5, 2)

    assert np.array_equal(grow(paint((vessel, VESSEL))[3:4], EVERYWHERE, (32, 31)), vessel)


# -- the tolerance --------------------------------------------------------------------------------


@given(st.integers(0, 20), CLICKS, TOLERANCES, TOLERANCES)
def test_a_larger_tolerance_never_loses_a_pixel(
    seed: int, click: tuple[int, int], one: float, other: float
) -> None:
    values = paint((rectangle(0, 0, 64, 20), LAND), (tilted(16, 5, 70), VESSEL), seed=seed)
    growth = start_growth(values, EVERYWHERE, click)

    small, large = growth.region(min(one, other)), growth.region(max(one, other))

    assert (large | ~small).all()
    assert is_connected(large)
    assert large.sum() <= MAX_PX
    assert large[growth.seed[::-1]] or growth.reason


@given(st.integers(1, 400), TOLERANCES)
def test_no_region_is_larger_than_asked(max_px: int, tolerance: float) -> None:
    values = paint((rectangle(0, 0, 64, 20), LAND))
    growth = start_growth(values, EVERYWHERE, (30, 15), max_px)

    region = growth.region(tolerance)

    assert 1 <= region.sum() <= max_px
    assert growth.is_cut_off(tolerance) == growth.note(tolerance).startswith("stopped at")


def test_what_runs_into_land_says_so() -> None:
    growth = start_growth(paint((rectangle(0, 0, 64, 20), LAND)), EVERYWHERE, (30, 15), 200)

    assert growth.is_cut_off(1)
    assert "200 px: it runs into land or a quay" in growth.note(1)
    assert not growth.note(0)


def test_without_tolerance_only_the_click_is_selected() -> None:
    assert grow(paint((tilted(16, 5, 70), VESSEL)), EVERYWHERE, (32, 32), 0).sum() == 1


# -- where there is nothing -----------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_a_click_on_the_sea_selects_nothing_and_says_why(seed: int) -> None:
    growth = start_growth(paint((rectangle(50, 50, 5, 2), VESSEL), seed=seed), EVERYWHERE, (20, 20))

    assert not growth.region(1).any()
    assert growth.note() == "nothing here stands out from the sea"


def test_a_click_far_inland_says_so() -> None:
    values = paint((rectangle(0, 0, 64, 50), LAND))

    assert "looks like land" in start_growth(values, EVERYWHERE, (30, 25)).note()


@pytest.mark.parametrize("marked", ["valid", "nan"])
def test_nodata_is_never_selected_and_never_sea(marked: str) -> None:
    vessel, gap = rectangle(30, 30, 8, 3), rectangle(34, 0, 30, 64)
    values, valid = paint((vessel, VESSEL), (gap, np.zeros(5))), EVERYWHERE.copy()
    if marked == "valid":
        valid[gap] = False
    else:
        values[:, gap] = np.nan

    assert np.array_equal(grow(values, valid, (31, 31)), vessel & ~gap)


def test_a_click_on_nodata_selects_nothing_and_says_why() -> None:
    growth = start_growth(paint(), ~EVERYWHERE, (3, 4))

    assert not growth.region(1).any()
    assert growth.note() == "no data here"


@pytest.mark.parametrize("value", [0.0, 0.3, 1e6, -0.2])
def test_a_chip_of_one_value_has_no_object(value: float) -> None:
    assert not grow(np.full((3, 5, 4), value, np.float32), np.ones((5, 4), bool), (2, 2), 1).any()


# -- wrong use ------------------------------------------------------------------------------------


@pytest.mark.parametrize("click", [(-1, 0), (0, -1), (SIDE, 0), (0, SIDE)])
def test_a_seed_outside_is_an_error(click: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="outside the chip of 64 x 64 px"):
        grow(paint(), EVERYWHERE, click)


@pytest.mark.parametrize("tolerance", [-0.1, 1.1, float("nan")])
def test_a_tolerance_out_of_range_is_an_error(tolerance: float) -> None:
    with pytest.raises(ValueError, match="expected a number from 0 to 1"):
        Growth(np.zeros((1, 1), np.float32), (0, 0)).region(tolerance)


def test_other_shapes_and_sizes_are_errors() -> None:
    with pytest.raises(ValueError, match=r"are not \(band, y, x\)"):
        grow(paint(), EVERYWHERE[:-1], (1, 1))
    with pytest.raises(ValueError, match="expected 1 or more"):
        grow(paint(), EVERYWHERE, (1, 1), DEFAULT_TOLERANCE, 0)
