"""Doubtful places of a scene: five reasons to look, in turn, no chip over another."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
import rasterio
from rasterio.warp import transform

from s2label.errors import InputError
from s2label.importers.cutting.point_tiles import tiles_around
from s2label.importers.cutting.points import read_points
from s2label.importers.options import ImportOptions
from s2label.raster import source_of, tiled_geotiff
from s2label.results import opened
from s2label.results.doubts import Doubt, DoubtKind, find_doubts, write_doubts
from s2label.types import BandRaster, LabelClass, Lifetime
from tests.factories.results import Result, record_of, utm_grid, write_result

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SHAPE = (256, 320)
CHIP = 32
SHIP = np.s_[100:103, 200:212]


@pytest.fixture(autouse=True)
def _narrow_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened, "ROWS_AT_ONCE", 40)


def sea(ship: float = 0.0) -> NDArray[np.float64]:
    chances = np.zeros((1, *SHAPE))
    chances[0][SHIP] = ship
    return chances


def predicted(folder: Path, chances: NDArray[np.float64]) -> Result:
    return write_result(folder, chances, utm_grid(SHAPE))


def band_of(path: Path, pixels: NDArray[np.generic], name: str, scale: float = 0) -> BandRaster:
    path.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(path, "w", **tiled_geotiff(utm_grid(SHAPE), 1, pixels.dtype.name)) as file:
        file.write(pixels, 1)
    return BandRaster(name, source_of(path), quantification=scale)


def where(doubt: Doubt) -> tuple[int, int]:
    """Return (row, column) of the pixel in the middle of a doubt's chip."""
    column, row = ~utm_grid(SHAPE).affine @ (doubt.x, doubt.y)
    return int(row), int(column)


def kinds(doubts: list[Doubt]) -> list[str]:
    return [str(doubt.kind) for doubt in doubts]


def test_a_sure_model_over_calm_sea_leaves_no_doubt(tmp_path: Path) -> None:
    result = predicted(tmp_path, sea(ship=1.0))
    assert find_doubts(*result, older=result.classes, chip_px=CHIP) == []


@pytest.mark.parametrize(
    ("chance", "words"),
    [
        (0.55, "Only just called vessel: probability 0.55, 0.50 is enough."),
        (0.45, "Almost called vessel: probability 0.45, 0.50 is enough."),
    ],
)
def test_what_lies_near_the_threshold_is_doubtful(
    tmp_path: Path, chance: float, words: str
) -> None:
    chances = sea(ship=chance)
    chances[0, 30:33, 30:40] = 0.95
    found = find_doubts(*predicted(tmp_path, chances), chip_px=CHIP)
    (doubt,) = (each for each in found if each.kind is DoubtKind.THRESHOLD)
    assert doubt.words == words
    assert where(doubt) == (101, 206)


def test_the_halo_of_a_sure_object_is_not_almost_one(tmp_path: Path) -> None:
    chances = sea(ship=0.98)
    chances[0, 99, 200:212] = 0.45
    found = find_doubts(*predicted(tmp_path, chances), chip_px=CHIP)
    assert DoubtKind.THRESHOLD not in {each.kind for each in found}


def test_the_most_uncertain_ground_comes_first_of_its_kind(tmp_path: Path) -> None:
    chances = sea()
    chances[0, 0:48, 0:48] = 0.2
    chances[0, 160:200, 240:300] = 0.3
    found = find_doubts(*predicted(tmp_path, chances), chip_px=CHIP)
    assert set(kinds(found)) == {"uncertain"}
    assert 176 <= where(found[0])[0] <= 184
    assert found[0].score == pytest.approx(0.88, abs=0.01)  # of 0.3, in bits
    assert found[0].words == "The model is unsure of this ground: 88% of the greatest doubt."
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)


def test_uncertain_ground_never_takes_the_place_of_an_object(tmp_path: Path) -> None:
    chances = sea()
    for number, row in enumerate(range(20, 240, 40)):
        chances[0, row : row + 8, 20:28] = 0.54 + number / 100
    found = find_doubts(*predicted(tmp_path, chances), chip_px=CHIP)
    assert kinds(found) == ["near the threshold"] * 6


def test_ground_without_data_is_not_doubtful(tmp_path: Path) -> None:
    chances = sea()
    chances[0, :, :20] = 0.5
    is_nodata = np.zeros(SHAPE, bool)
    is_nodata[:, :24] = True
    result = write_result(tmp_path, chances, utm_grid(SHAPE), is_nodata=is_nodata)
    assert find_doubts(*result, chip_px=CHIP) == []


@pytest.mark.parametrize(
    ("name", "cloud", "clear"), [("SCL.tif", 9, 6), ("CLD.tif", 80, 3), ("MSK_CLDPRB.tif", 99, 0)]
)
def test_objects_under_cloud_are_doubtful(
    tmp_path: Path, name: str, cloud: int, clear: int
) -> None:
    chances = sea(ship=1.0)
    chances[0, 200:203, 60:72] = 1
    clouds = np.full(SHAPE, clear, np.uint8)
    clouds[90:110, 206:230] = cloud
    band_of(tmp_path / name, clouds, "clouds")
    found = find_doubts(*predicted(tmp_path, chances), clouds=tmp_path / name, chip_px=CHIP)
    (doubt,) = (each for each in found if each.kind is DoubtKind.CLOUD)
    assert where(doubt) == (101, 206)
    assert doubt.words == "Called vessel, but 50% of it lies under cloud."
    assert doubt.score == pytest.approx(0.5)


def test_a_cloud_raster_of_unknown_meaning_is_refused(tmp_path: Path) -> None:
    band_of(tmp_path / "weather.tif", np.zeros(SHAPE, np.uint8), "clouds")
    with pytest.raises(InputError, match=r"SCL .*or CLD"):
        find_doubts(*predicted(tmp_path, sea()), clouds=tmp_path / "weather.tif")


@pytest.mark.parametrize("names", [("B11",), ("B03", "B08")])
def test_objects_at_the_quay_are_doubtful_and_those_beside_a_buoy_are_not(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    chances = sea(ship=0.9)
    chances[0, 200:206, 60:72] = 0.9  # of more pixels than land must have
    chances[0, 30:33, 60:72] = 0.9
    bright = chances[0] > 0
    bright[104:] |= np.arange(SHAPE[1]) > 190  # land south of the first
    bright[34:36, 60:62] = True  # a buoy beside the third
    bands = [
        band_of(tmp_path / f"{name}.tif", np.where(bright, high, low).astype(np.uint16), name, 1e4)
        for name, high, low in (("B11", 2500, 300), ("B03", 1200, 800), ("B08", 2600, 250))
        if name in names
    ]
    found = find_doubts(*predicted(tmp_path, chances), bands=bands, chip_px=CHIP)
    (doubt,) = (each for each in found if each.kind is DoubtKind.QUAY)
    assert where(doubt) == (101, 206)
    assert doubt.words == "Called vessel within 3 pixels of land."
    assert doubt.score == pytest.approx(0.1, abs=0.005)


def test_objects_that_only_one_model_has_are_doubtful(tmp_path: Path) -> None:
    mine, theirs = sea(ship=1.0), sea()
    theirs[0, 30:33, 30:40] = 1
    mine[0, 200:203, 60:72] = theirs[0, 201:204, 60:72] = 1  # shared, one row apart
    older = predicted(tmp_path / "older", theirs).classes
    found = find_doubts(*predicted(tmp_path / "new", mine), older=older, chip_px=CHIP)
    assert {where(each): each.words for each in found} == {
        (101, 206): "Called vessel (36 pixels), but not by model vessels_unet-1.",
        (31, 35): "Not called vessel, as model vessels_unet-1 did (30 pixels).",
    }
    assert set(kinds(found)) == {"models differ"}


def test_ground_that_models_of_land_cover_call_differently_is_doubtful(tmp_path: Path) -> None:
    record = record_of(LabelClass(1, "Water", "#0000ff"), LabelClass(5, "Wood", "#d64c2b"),
                       lifetime=Lifetime.STATIC)  # fmt: skip
    mine = np.stack([np.ones(SHAPE), np.zeros(SHAPE)])
    theirs = mine.copy()
    theirs[:, 64:96, 128:160] = theirs[::-1, 64:96, 128:160]
    grid = utm_grid(SHAPE)
    result = write_result(tmp_path / "new", mine, grid, record)
    older = write_result(tmp_path / "older", theirs, grid, record).classes
    (first, *_) = find_doubts(*result, older=older, chip_px=CHIP)
    assert where(first) == (80, 144)
    assert first.words == "Model vessels_unet-1 calls 100% of this ground something else."


def test_an_older_result_of_another_scene_is_refused(tmp_path: Path) -> None:
    older = write_result(tmp_path / "older", sea(), utm_grid(SHAPE, left=0)).classes
    with pytest.raises(InputError, match=r"classes\.tif: another grid"):
        find_doubts(*predicted(tmp_path / "new", sea()), older=older)


def test_a_result_on_no_known_ground_is_refused(tmp_path: Path) -> None:
    grid = utm_grid(SHAPE, 'LOCAL_CS["somewhere",UNIT["metre",1]]')
    with pytest.raises(InputError, match=r"classes\.tif: a CRS without longitude and latitude"):
        find_doubts(*write_result(tmp_path, sea(), grid))


def test_an_older_result_of_other_classes_is_refused(tmp_path: Path) -> None:
    record = record_of(LabelClass(1, "platform", "#ff3b30"))
    older = write_result(tmp_path / "older", sea(), utm_grid(SHAPE), record).classes
    with pytest.raises(InputError, match=r"other classes \(platform\)"):
        find_doubts(*predicted(tmp_path / "new", sea()), older=older)


@pytest.fixture
def doubts(tmp_path: Path) -> list[Doubt]:
    """Doubts of a scene full of reasons: many of two kinds, few of a third."""
    rng = np.random.default_rng(0)
    chances = np.zeros((1, *SHAPE))
    for row, column in rng.integers(4, 250, (90, 2)):
        chances[0, row : row + 3, column : column + 3] = rng.uniform(0.4, 0.6)
    chances[0, 200:240, 260:300] = 0.3
    older = sea(ship=1.0)
    older_path = predicted(tmp_path / "older", older).classes
    return find_doubts(*predicted(tmp_path, chances), older=older_path, chip_px=CHIP, most=20)


def test_no_chip_lies_over_another_nor_beyond_the_scene(doubts: list[Doubt]) -> None:
    middles = np.array([where(each) for each in doubts])
    apart = abs(middles[:, None] - middles[None]).max(axis=2)
    np.fill_diagonal(apart, CHIP)
    assert apart.min() >= CHIP
    assert (middles >= CHIP // 2).all()
    assert (middles + CHIP // 2 <= SHAPE).all()


def test_what_models_differ_on_comes_first_then_kinds_in_turn(doubts: list[Doubt]) -> None:
    assert len(doubts) == 20
    near, differ, unsure = (
        kinds(doubts).count(kind) for kind in ("near the threshold", "models differ", "uncertain")
    )
    assert kinds(doubts)[:differ] == ["models differ"] * differ
    assert set(kinds(doubts)[differ : differ + 2]) == {"uncertain", "near the threshold"}
    # Half of the places first, then one in each turn with the others.
    assert differ > 10
    assert near >= unsure >= 2


def test_the_same_seed_gives_the_same_places(tmp_path: Path) -> None:
    chances = np.zeros((1, *SHAPE))
    chances[0, 10::40, 10::40] = 0.5
    result = predicted(tmp_path, chances)
    first, again = (find_doubts(*result, chip_px=CHIP, most=9, seed=1) for _ in range(2))
    other = find_doubts(*result, chip_px=CHIP, most=9, seed=2)
    assert first == again
    assert {where(each) for each in other} != {where(each) for each in first}


def test_the_file_is_taken_as_points_and_cuts_the_very_chips(
    tmp_path: Path, doubts: list[Doubt]
) -> None:
    write_doubts(tmp_path / "doubts.geojson", doubts)
    points = read_points(tmp_path / "doubts.geojson")
    xs, ys = transform("EPSG:4326", utm_grid(SHAPE).crs, *points.T.tolist())
    np.testing.assert_allclose(xs, [each.x for each in doubts], atol=0.05)
    np.testing.assert_allclose(ys, [each.y for each in doubts], atol=0.05)
    tiles, notes = tiles_around(tmp_path / "doubts.geojson", utm_grid(SHAPE), CHIP, ImportOptions())
    assert notes == []
    assert {(t.y + CHIP // 2, t.x + CHIP // 2) for t in tiles} == {where(d) for d in doubts}
    features = json.loads((tmp_path / "doubts.geojson").read_text())["features"]
    assert [f["properties"]["words"] for f in features] == [each.words for each in doubts]
    assert {f["properties"]["kind"] for f in features} == set(kinds(doubts))
