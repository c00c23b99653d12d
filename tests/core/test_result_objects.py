"""Objects of a scene: found across row bands, outlined pixel by pixel, measured in metres."""

from __future__ import annotations

import itertools
import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from pyproj import Geod
from rasterio.features import rasterize
from rasterio.warp import transform
from scipy import ndimage

from s2label.errors import InputError
from s2label.results import opened
from s2label.results.components import TooManyComponentsError
from s2label.results.objects import find_objects, write_objects
from s2label.samples.vessels import Vessel, mark_vessel
from s2label.types import LabelClass, Lifetime
from tests.factories.results import UTM, record_of, utm_grid, write_result

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.grid import Grid

BUOY = LabelClass(7, "buoy", "#00ff00")
MERCATOR = "EPSG:3857"
ANTIMERIDIAN: dict[str, Any] = {"crs": "EPSG:32601", "left": 332_200.0, "top": 6_655_600.0}
"""At 60 degrees north, 180 degrees east lie at 332 705 m in zone 1, and are no column of pixels."""


@pytest.fixture(autouse=True)
def _narrow_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let even small scenes fall into many row bands."""
    monkeypatch.setattr(opened, "ROWS_AT_ONCE", 16)


def specks(shape: tuple[int, int], seed: int = 0, sigma: float = 1.2) -> NDArray[np.float64]:
    """Return chances (1, y, x) with blobs of all shapes, some with holes, some touching edges."""
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=shape), sigma)
    return np.asarray(np.clip(0.5 + noise / noise.std() / 4 - 0.2, 0, 1))[None]


def pixels_of(path: Path, grid: Grid) -> NDArray[np.int32]:
    """Return (y, x) the id of the feature whose geometry covers a pixel's centre."""
    shapes = []
    for each in read(path):
        geometry = each["geometry"]
        parts = geometry["coordinates"]
        for part in [parts] if geometry["type"] == "Polygon" else parts:
            rings = [turned(ring, grid) for ring in part]
            shapes.append(({"type": "Polygon", "coordinates": rings}, each["id"]))
    found: NDArray[np.int32] = rasterize(shapes, grid.shape, transform=grid.affine, dtype="int32")
    return found


def turned(ring: list[list[float]], grid: Grid) -> list[tuple[float, float]]:
    xs, ys = transform("EPSG:4326", grid.crs, [p[0] for p in ring], [p[1] for p in ring])
    return list(zip(xs, ys, strict=True))


def read(path: Path) -> list[dict[str, Any]]:
    features: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["features"]
    return features


def written(folder: Path, chances: NDArray[np.float64], grid: Grid) -> Path:
    result = write_result(folder, chances, grid)
    write_objects(folder / "objects.geojson", find_objects(*result), record_of())
    return folder / "objects.geojson"


@pytest.mark.parametrize("seed", range(3))
def test_objects_are_those_of_the_whole_raster_labelled_at_once(tmp_path: Path, seed: int) -> None:
    chances, grid = specks((100, 120), seed), utm_grid((100, 120))
    found = find_objects(*write_result(tmp_path, chances, grid))
    numbered, count = ndimage.label(chances[0] >= 0.5, np.ones((3, 3)))
    steps = np.round(chances[0] * 254) / 254
    index = range(1, count + 1)
    truth = zip(
        ndimage.sum_labels(np.ones_like(steps), numbered, index),
        ndimage.mean(steps, numbered, index),
        ndimage.maximum(steps, numbered, index),
        strict=True,
    )
    seen = [(f.pixels, f.probability, f.largest_probability) for f in found]
    assert sorted(map(rounded, seen)) == sorted(map(rounded, truth))


def rounded(numbers: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(round(float(number), 9) for number in numbers)


@pytest.mark.parametrize("crs", [UTM, MERCATOR])
def test_rasterised_outlines_are_the_very_pixels(tmp_path: Path, crs: str) -> None:
    grid = utm_grid((96, 96), crs, top=5_000_000)
    chances = specks(grid.shape, sigma=0.8)
    path = written(tmp_path, chances, grid)
    found = pixels_of(path, grid)
    np.testing.assert_array_equal(found > 0, chances[0] >= 0.5)
    pixels = {each["id"]: each["properties"]["pixels"] for each in read(path)}
    assert dict(zip(*np.unique(found[found > 0], return_counts=True), strict=True)) == pixels


def test_what_crosses_the_antimeridian_is_cut_along_it(tmp_path: Path) -> None:
    grid = utm_grid((96, 96), **ANTIMERIDIAN)
    chances = specks(grid.shape)
    chances[0, 40:44, 10:90] = chances[0, 5:90, 44:58] = 0.9
    path = written(tmp_path, chances, grid)
    positions = [p for each in read(path) for ring in rings_of(each) for p in ring]
    lon = np.array(positions)[:, 0]
    assert {-180.0, 180.0} <= set(lon.tolist())
    for each in read(path):
        for ring in rings_of(each):
            on_it = np.abs(np.array(ring)[:-1, 0]) == 180
            assert not (on_it & np.roll(on_it, 1) & np.roll(on_it, 2)).any()
    assert not any(
        np.ptp(np.array(ring)[:, 0]) > 1 for each in read(path) for ring in rings_of(each)
    )
    np.testing.assert_array_equal(pixels_of(path, grid) > 0, chances[0] >= 0.5)


def rings_of(each: dict[str, Any]) -> list[list[list[float]]]:
    parts = each["geometry"]["coordinates"]
    parts = [parts] if each["geometry"]["type"] == "Polygon" else parts
    return [ring for part in parts for ring in part]


@pytest.mark.parametrize("where", [{}, ANTIMERIDIAN], ids=["Aegean", "antimeridian"])
def test_the_file_keeps_the_rules_of_rfc_7946(tmp_path: Path, where: dict[str, Any]) -> None:
    grid = utm_grid((80, 96), **where)
    path = written(tmp_path, specks(grid.shape, seed=4), grid)
    document = json.loads(path.read_text("utf-8"))
    assert set(document) == {"type", "features"}
    assert document["type"] == "FeatureCollection"
    for each in document["features"]:
        assert set(each) == {"type", "id", "geometry", "properties"}
        parts = each["geometry"]["coordinates"]
        parts = [parts] if each["geometry"]["type"] == "Polygon" else parts
        assert (each["geometry"]["type"] == "MultiPolygon") == (len(parts) > 1)
        for part in parts:
            for number, ring in enumerate(part):
                assert ring[0] == ring[-1]
                assert len(ring) >= 4
                assert len({tuple(position) for position in ring}) == len(ring) - 1
                assert all(abs(lon) <= 180 and abs(lat) <= 90 for lon, lat in ring)
                assert (turning(ring) > 0) == (number == 0)
    decimals = re.findall(
        r"-?\d+\.(\d+)", json.dumps([e["geometry"] for e in document["features"]])
    )
    assert max(map(len, decimals)) <= 7


@pytest.mark.parametrize("where", [{}, ANTIMERIDIAN], ids=["Aegean", "antimeridian"])
def test_an_outline_encloses_the_geodesic_area_that_is_said(
    tmp_path: Path, where: dict[str, Any]
) -> None:
    grid = utm_grid((80, 96), **where)
    for each in read(written(tmp_path, specks(grid.shape, seed=4), grid)):
        area = sum(geodesic_area(ring) for ring in rings_of(each))
        assert area == pytest.approx(each["properties"]["area_m2"], rel=3e-3)


def geodesic_area(ring: list[list[float]]) -> float:
    """Return the area in m2, positive where the ring runs counterclockwise."""
    lon, lat = np.array(ring).T
    return float(Geod(ellps="WGS84").polygon_area_perimeter(lon, lat)[0])


def turning(ring: list[list[float]]) -> float:
    """Return twice the signed area, the slow way: triangles seen from the first corner."""
    (x, y), total = ring[0], 0.0
    for (ax, ay), (bx, by) in itertools.pairwise(ring[1:]):
        total += (ax - x) * (by - y) - (bx - x) * (ay - y)
    return total


def test_objects_come_from_north_to_south_with_what_is_known_of_them(tmp_path: Path) -> None:
    chances = np.zeros((1, 60, 60))
    chances[0, 40:42, 10:30] = 0.9
    chances[0, 10:12, 30:33] = 0.7
    path = written(tmp_path, chances, utm_grid((60, 60)))
    first, second = (each["properties"] for each in read(path))
    assert (first["pixels"], second["pixels"]) == (6, 40)
    assert second["class"] == "vessel"
    assert second["probability"] == pytest.approx(0.9, abs=0.003)
    assert (second["scene"], second["model"]) == ("T34TCL", "vessels_unet-1")
    assert second["time"] == "2023-06-14T09:30:31Z"
    assert next(iter(second)) == "id"


@pytest.mark.parametrize(("crs", "left", "top"), [(UTM, 250_000, 6_900_000), (MERCATOR, 2e6, 9e6)])
def test_metres_are_geodesic_and_headings_from_true_north(
    tmp_path: Path, crs: str, left: float, top: float
) -> None:
    grid = utm_grid((80, 80), crs, left, top)
    chances = np.zeros((1, *grid.shape))
    chances[0, 40:43, 20:60] = 1
    (found,) = find_objects(*write_result(tmp_path, chances, grid))
    ends = transform(grid.crs, "EPSG:4326", [left + 200, left + 600], [top - 415, top - 415])
    (lon0, lon1), (lat0, lat1) = ends
    azimuth, _, metres = Geod(ellps="WGS84").inv(lon0, lat0, lon1, lat1)
    # A bar has no bow: the 5 % that hulls get are its own error.
    assert found.length_m / 1.05 == pytest.approx(metres, rel=2e-3)
    assert found.heading_deg == pytest.approx(azimuth % 180, abs=0.02)
    assert found.length_m / 1.05 * found.width_m == pytest.approx(found.area_m2, rel=1e-6)


def test_planted_ships_are_as_long_and_wide_as_they_are(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    turns = rng.uniform(0, 360, 24)
    fleet = [
        Vessel(40.0 + 60 * (i % 6) + rng.random(), 40.0 + 60 * (i // 6) + rng.random(),
               length, length / 5.8, turn, ())
        for i, (length, turn) in enumerate(zip(np.linspace(7, 34, 24), turns, strict=True))
    ]  # fmt: skip
    grid = utm_grid((260, 380), left=500_000)
    mask = np.any([mark_vessel(ship, grid.shape, 0.42) for ship in fleet], axis=0)
    found = find_objects(*write_result(tmp_path, mask[None].astype(float), grid))
    assert len(found) == len(fleet)
    centres = np.array([(f.bounds[1] + f.bounds[3], f.bounds[0] + f.bounds[2]) for f in found]) / 2
    nearest = [int(np.argmin(np.hypot(*(centres - (s.x, s.y)).T))) for s in fleet]
    length = np.array(
        [found[n].length_m / 10 - s.length_px for n, s in zip(nearest, fleet, strict=True)]
    )
    width = np.array(
        [found[n].width_m / 10 - s.width_px for n, s in zip(nearest, fleet, strict=True)]
    )
    turn = np.array(
        [(found[n].heading_deg or 0) - s.heading_deg for n, s in zip(nearest, fleet, strict=True)]
    )
    assert abs(length.mean()) < 0.3
    assert length.std() < 0.6
    assert abs(width.mean()) < 0.3
    assert np.abs((turn + 90) % 180 - 90).max() < 4


def test_soft_edges_tell_of_parts_of_pixels(tmp_path: Path) -> None:
    chances = np.zeros((1, 40, 40))
    chances[0, 20, 10:20] = 1
    chances[0, 20, 20] = 0.45  # not its own, yet the bow reaches into it
    (short,) = find_objects(*write_result(tmp_path / "soft", chances, utm_grid((40, 40))))
    chances[0, 20, 20] = 0
    (hard,) = find_objects(*write_result(tmp_path / "hard", chances, utm_grid((40, 40))))
    assert short.pixels == hard.pixels == 10
    assert 2 < short.length_m - hard.length_m < 8


@pytest.mark.parametrize(
    "where",
    [np.s_[5, 5], np.s_[5:7, 5:7], np.s_[5, 5:7], np.s_[4:8, 4:8]],
    ids=["one pixel", "four", "two", "square"],
)
def test_round_things_have_no_heading(tmp_path: Path, where: Any) -> None:
    chances = np.zeros((1, 32, 32))
    chances[0][where] = 0.8
    (found,) = find_objects(*write_result(tmp_path, chances, utm_grid((32, 32))))
    assert found.heading_deg is None
    assert found.length_m >= found.width_m >= 9.9


def test_a_lone_pixel_is_as_long_and_wide_as_a_pixel(tmp_path: Path) -> None:
    chances = np.zeros((1, 32, 32))
    chances[0, 5, 5] = 0.8
    (found,) = find_objects(*write_result(tmp_path, chances, utm_grid((32, 32))))
    assert (found.length_m, found.width_m) == pytest.approx((10, 10), rel=2e-3)


def test_what_touches_the_edge_or_missing_data_is_said_to(tmp_path: Path) -> None:
    chances = np.zeros((1, 64, 64))
    for row, column in ((0, 10), (20, 20), (40, 40), (50, 63)):
        chances[0, row, column] = 0.9
    is_nodata = np.zeros((64, 64), bool)
    is_nodata[41:, 41:50] = True
    result = write_result(tmp_path, chances, utm_grid((64, 64)), is_nodata=is_nodata)
    assert [f.is_at_edge for f in find_objects(*result)] == [True, False, True, True]


def test_missing_data_beside_an_object_does_not_make_it_longer(tmp_path: Path) -> None:
    chances = np.zeros((1, 48, 48))
    chances[0, 20:22, 10:20] = 0.9
    is_nodata = np.zeros((48, 48), bool)
    (alone,) = find_objects(*write_result(tmp_path / "a", chances, utm_grid((48, 48))))
    is_nodata[:, 20:] = True
    cut = write_result(tmp_path / "b", chances, utm_grid((48, 48)), is_nodata=is_nodata)
    assert find_objects(*cut)[0].length_m == pytest.approx(alone.length_m)


def test_arms_that_meet_far_below_are_one_object(tmp_path: Path) -> None:
    chances = np.zeros((1, 80, 60))
    chances[0, 5:70, 10] = chances[0, 20:70, 40] = chances[0, 70, 10:41] = 0.9
    (found,) = find_objects(*write_result(tmp_path, chances, utm_grid((80, 60))))
    assert found.first == (5, 10)
    assert found.bounds == (5, 10, 71, 41)


def test_a_vessel_over_half_the_scene_is_kept_as_sums_and_a_box(tmp_path: Path) -> None:
    chances = np.zeros((1, 300, 200))
    chances[0, 20:280, 40:140] = 0.9
    chances[0, 100, 60] = 0
    grid = utm_grid((300, 200))
    (found,) = find_objects(*write_result(tmp_path, chances, grid))
    assert not found.is_outlined
    assert found.pixels == 260 * 100 - 1
    assert found.length_m == pytest.approx(2600 * 1.05, rel=2e-3)
    assert found.width_m == pytest.approx(1000, rel=2e-3)
    ((outer,),) = found.outline
    xs, ys = transform("EPSG:4326", UTM, *zip(*outer, strict=True))
    assert min(xs) <= grid.bounds[0] + 400.1
    assert max(ys) >= grid.bounds[3] - 200.1


def test_classes_are_kept_apart_where_they_touch(tmp_path: Path) -> None:
    chances = np.zeros((2, 48, 48))
    chances[0, 10:30, 10:13] = 0.9
    chances[1, 10:30, 13:15] = 0.8
    record = record_of(LabelClass(1, "vessel", "#ff3b30"), BUOY)
    result = write_result(tmp_path, chances, utm_grid((48, 48)), record)
    pixels = {f.label_class.name: f.pixels for f in find_objects(*result)}
    assert pixels == {"vessel": 60, "buoy": 40}
    assert [f.label_class for f in find_objects(*result, values=[7])] == [BUOY]


def test_land_cover_has_objects_only_where_classes_are_named(tmp_path: Path) -> None:
    record = record_of(lifetime=Lifetime.STATIC)
    result = write_result(tmp_path, specks((40, 40)), utm_grid((40, 40)), record)
    with pytest.raises(InputError, match=r"stay where they are \(vessel\)"):
        find_objects(*result)
    assert find_objects(*result, values=[1])


def test_noise_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    result = write_result(tmp_path, specks((80, 80)), utm_grid((80, 80)))
    with pytest.raises(TooManyComponentsError, match=r"classes\.tif: more than 5 .* threshold"):
        find_objects(*result, most=5)


def test_probabilities_of_another_scene_are_refused(tmp_path: Path) -> None:
    one = write_result(tmp_path / "one", specks((40, 40)), utm_grid((40, 40)))
    other = write_result(tmp_path / "other", specks((40, 40)), utm_grid((40, 40), left=0))
    with pytest.raises(InputError, match="another grid"):
        find_objects(one.classes, other.probabilities)


def test_a_scene_without_vessels_has_an_empty_collection(tmp_path: Path) -> None:
    path = written(tmp_path, np.zeros((1, 40, 40)), utm_grid((40, 40)))
    assert json.loads(path.read_text()) == {"type": "FeatureCollection", "features": []}


def test_a_file_that_fails_half_way_leaves_the_old_one(tmp_path: Path) -> None:
    path = written(tmp_path, specks((40, 40)), utm_grid((40, 40)))
    before = path.read_bytes()
    with pytest.raises(AttributeError):
        write_objects(path, [None], record_of())  # type: ignore[list-item]
    assert path.read_bytes() == before
