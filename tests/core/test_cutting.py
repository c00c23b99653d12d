"""Which tiles of a scene become chips: all, around masks or points, at random; never blank ones."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import rasterio
from rasterio.warp import transform

from s2label.checking import check_project
from s2label.errors import InputError
from s2label.importers.cutting.points import read_points
from s2label.importers.options import ImportOptions
from s2label.importers.run import import_sources
from s2label.masks import read_mask
from s2label.progress import finish
from s2label.project import open_project
from tests.factories.commands import run
from tests.factories.cut_scenes import CRS, LEFT, TOP, bring, new_project, store_chips, write_scene

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SIDE = 256
CHIP = 32


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return new_project(tmp_path / "project")


@pytest.fixture(params=["in place", "stored"])
def is_stored(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    is_stored = bool(request.param == "stored")
    store_chips(monkeypatch, is_stored=is_stored)
    return is_stored


def origins(project: Path) -> set[tuple[int, int]]:
    """Return the first column and row of every chip, in pixels of the scene."""
    with open_project(project) as opened:
        assert finish(check_project(opened)) == []
        grids = [place.grid for place in opened.catalog.places().values()]
    return {
        (round((g.transform[2] - LEFT) / 10), round((TOP - g.transform[5]) / 10)) for g in grids
    }


def lonlat(pixels: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return pixels (column, row) of the scene as longitude and latitude."""
    xs, ys = zip(*((LEFT + 10 * x, TOP - 10 * y) for x, y in pixels), strict=True)
    lon, lat = transform(CRS, "EPSG:4326", list(xs), list(ys))[:2]
    return list(zip(lon, lat, strict=True))


def csv_of(folder: Path, pixels: Iterable[tuple[float, float]]) -> Path:
    lines = [f"{name},{lon!r},{lat!r}" for name, (lon, lat) in enumerate(lonlat(pixels))]
    path = folder / "points.csv"
    path.write_text("\n".join(["name,Lon,Lat", *lines]) + "\n")
    return path


def vessels(path: Path, pixels: Iterable[tuple[int, int]]) -> Path:
    """Write a mask of the whole scene with a vessel of one pixel at each (column, row)."""
    classes = np.zeros((1, SIDE, SIDE), np.uint8)
    for x, y in pixels:
        classes[0, y, x] = 1
    profile = {"driver": "GTiff", "crs": CRS, "dtype": "uint8", "count": 1}
    profile |= {"height": SIDE, "width": SIDE}
    profile |= {"transform": rasterio.Affine(10, 0, LEFT, 0, -10, TOP)}
    with rasterio.open(path, "w", **profile) as raster:
        raster.write(classes)
    return path


# -- around masks -------------------------------------------------------------------------------


def test_only_tiles_that_touch_a_mask_become_chips(
    project: Path, tmp_path: Path, is_stored: bool
) -> None:
    masks = vessels(tmp_path / "m.tif", [(5, 5), (31, 40), (32, 40), (200, 100)])

    bring(project, write_scene(tmp_path / "scene"), masks=masks, around="masks")

    assert origins(project) == {(0, 0), (0, 32), (32, 32), (192, 96)}
    with open_project(project) as opened:
        versions = opened.catalog.mask_versions()
        found = [read_mask(opened.mask_path(v["mask_id"], 1)).class_counts[1] for v in versions]
    assert sorted(found) == [1, 1, 1, 1]


def test_a_mask_that_touches_no_tile_is_said(project: Path, tmp_path: Path) -> None:
    masks = vessels(tmp_path / "m.tif", [])

    with pytest.raises(InputError, match="no tile touches a mask"):
        bring(project, write_scene(tmp_path / "scene"), masks=masks, around="masks")


# -- points -------------------------------------------------------------------------------------


def test_a_chip_is_centred_on_each_point(project: Path, tmp_path: Path, is_stored: bool) -> None:
    points = csv_of(tmp_path, [(100.5, 60.5), (130.2, 200.7), (100.6, 60.4)])

    bring(project, write_scene(tmp_path / "scene"), points=points)

    assert origins(project) == {(84, 44), (114, 184)}
    with open_project(project) as opened:
        names = {place.name for place in opened.catalog.places().values()}
    assert names == {"scene_y00044_x00084", "scene_y00184_x00114"}


@pytest.mark.parametrize(
    ("edge", "expected", "words"),
    [
        ("drop", {(84, 44)}, "1 of 3 points of points.csv lie too near the edge"),
        ("shift", {(84, 44), (0, 224)}, ""),
        ("pad", {(84, 44), (-13, 234)}, ""),
    ],
)
def test_points_outside_are_counted_and_those_near_the_edge_follow_its_rule(
    project: Path, tmp_path: Path, edge: str, expected: set[tuple[int, int]], words: str
) -> None:
    points = csv_of(tmp_path, [(100.5, 60.5), (3.5, 250.5), (-40, 60)])
    masks = vessels(tmp_path / "m.tif", [(3, 250)])

    report = bring(project, write_scene(tmp_path / "scene"), points=points, edge=edge, masks=masks)

    assert origins(project) == expected
    assert any("1 of 3 points of points.csv lie outside" in line for line in report.warnings)
    assert any(words in line for line in report.warnings)
    with open_project(project) as opened:
        versions = opened.catalog.mask_versions()
        masks_read = [read_mask(opened.mask_path(v["mask_id"], 1)) for v in versions]
    corners = {
        tuple(map(int, np.argwhere(m.classes == 1)[0])) for m in masks_read if 1 in m.class_counts
    }
    assert corners == {"drop": set(), "shift": {(26, 3)}, "pad": {(16, 16)}}[edge]


def test_points_that_all_lie_elsewhere_are_said(project: Path, tmp_path: Path) -> None:
    points = tmp_path / "points.csv"
    points.write_text("lon;lat\n-70,5;10\n".replace(",", "."))

    with pytest.raises(InputError, match=r"no chip around a point of points\.csv lies inside"):
        bring(project, write_scene(tmp_path / "scene"), points=points)


def test_jitter_moves_chips_by_the_seed_and_no_further_than_asked(tmp_path: Path) -> None:
    scene = write_scene(tmp_path / "scene")
    points = csv_of(tmp_path, [(x + 0.5, 120.5) for x in range(40, 220, 20)])
    found = []
    for number, seed in enumerate((1, 1, 2)):
        project = new_project(tmp_path / f"{number}" / "project")
        bring(project, scene, points=points, jitter=5, seed=seed)
        found.append(origins(project))

    assert found[0] == found[1] != found[2]
    centres = sorted((x + 16, y + 16) for x, y in found[0])
    moved = [(x - p, y - 120) for (x, y), p in zip(centres, range(40, 220, 20), strict=True)]
    assert max(max(abs(dx), abs(dy)) for dx, dy in moved) <= 5
    assert len(set(moved)) > 3


# -- at random ----------------------------------------------------------------------------------


def test_random_tiles_hold_data_and_are_the_same_every_time(
    tmp_path: Path, is_stored: bool
) -> None:
    scene = write_scene(tmp_path / "scene", nodata_columns=128)
    found = []
    for number, seed in enumerate((3, 3, 4)):
        project = new_project(tmp_path / f"{number}" / "project")
        report = bring(project, scene, random=10, seed=seed)
        assert (report.counts.images_new, report.blank) == (10, 0)
        found.append(origins(project))

    assert found[0] == found[1] != found[2]
    assert max(x for x, _ in found[0] | found[2]) < 128


def test_fewer_tiles_than_asked_for_are_said(project: Path, tmp_path: Path) -> None:
    report = bring(project, write_scene(tmp_path / "scene"), random=100)

    assert report.counts.images_new == 64
    assert any("64 tiles hold data, 100 were asked for" in line for line in report.warnings)


def test_random_tiles_are_drawn_of_those_around_masks(project: Path, tmp_path: Path) -> None:
    masks = vessels(tmp_path / "m.tif", [(5, 5), (100, 40), (200, 100)])

    bring(project, write_scene(tmp_path / "scene"), masks=masks, around="masks", random=2)

    assert origins(project) < {(0, 0), (96, 32), (192, 96)}
    assert len(origins(project)) == 2


# -- files of points ----------------------------------------------------------------------------

COLLECTION = {"type": "FeatureCollection", "features": []}


def feature(geometry: Any) -> dict[str, Any]:
    return {**COLLECTION, "features": [{"type": "Feature", "geometry": geometry, "properties": {}}]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("lon,lat\n1.5,2\n", [(1.5, 2)], id="CSV"),
        pytest.param("\ufeffid;Latitude;Longitude\na;2;1.5\n", [(1.5, 2)], id="semicolons"),
        pytest.param("lat\tlng\n2\t1.5\n", [(1.5, 2)], id="tabs"),
        pytest.param('name,lon,lat\n"a, b",1.5,2\n', [(1.5, 2)], id="quotes"),
        pytest.param(
            json.dumps(feature({"type": "Point", "coordinates": [1.5, 2, 9]})),
            [(1.5, 2)],
            id="a point with height",
        ),
        pytest.param(
            json.dumps(feature({"type": "MultiPoint", "coordinates": [[1.5, 2], [3, 4]]})),
            [(1.5, 2), (3, 4)],
            id="several points",
        ),
        pytest.param(
            json.dumps({"type": "Point", "coordinates": [1.5, 2]}), [(1.5, 2)], id="a geometry"
        ),
        pytest.param(
            json.dumps(
                feature({"type": "Point", "coordinates": [1, 2]})
                | {"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}}
            ),
            [(1, 2)],
            id="the CRS that GeoJSON has",
        ),
    ],
)
def test_points_are_read(tmp_path: Path, text: str, expected: list[tuple[float, float]]) -> None:
    (tmp_path / "points").write_text(text, encoding="utf-8")

    assert read_points(tmp_path / "points").tolist() == [list(point) for point in expected]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(None, "no such file", id="missing"),
        pytest.param(b"", "no column lon", id="empty"),
        pytest.param(b"\xff\xfe\x00", "not text in UTF-8", id="bytes"),
        pytest.param(b"x,y\n1,2\n", "no column lon (there are: x, y)", id="other columns"),
        pytest.param(b"lon,lat\n", "no points", id="no rows"),
        pytest.param(b"lon,lat\n1,two\n", "line 2: ('1', 'two') is no longitude", id="a word"),
        pytest.param(b"lon,lat\n1\n", "line 2", id="a short row"),
        pytest.param(b"lon,lat\n500000,2\n", "line 2: longitude 500000", id="metres"),
        pytest.param(b"lon,lat\nnan,2\n", "line 2: longitude nan", id="not a number"),
        pytest.param(b"{", "not JSON", id="broken JSON"),
        pytest.param(b"[" * 99999, "not JSON", id="deep JSON"),
        pytest.param(b"[1, 2]", "no GeoJSON", id="a list"),
        pytest.param(b'{"type": "FeatureCollection"}', "without features", id="no features"),
        pytest.param(json.dumps(COLLECTION).encode(), "no points", id="no feature"),
        pytest.param(
            json.dumps(feature({"type": "Polygon", "coordinates": []})).encode(),
            "feature 1 is Polygon",
            id="areas",
        ),
        pytest.param(json.dumps(feature(None)).encode(), "without a geometry", id="no geometry"),
        pytest.param(
            json.dumps(feature({"type": "Point", "coordinates": 5})).encode(),
            "feature 1: 5 is no longitude",
            id="a number",
        ),
        pytest.param(
            json.dumps(
                feature({"type": "Point", "coordinates": [1, 2]})
                | {"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32633"}}}
            ).encode(),
            "EPSG::32633",
            id="another CRS",
        ),
    ],
)
def test_what_are_no_points_is_said_in_one_line(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    path = tmp_path / "points.csv"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(InputError) as caught:
        read_points(path)

    assert str(caught.value).startswith(f"{path}: ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


# -- the command line ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--around", "masks"], "--masks"),
        (["--jitter", "3"], "--points"),
        (["--points", "p.csv", "--stride", "9"], "--stride"),
        (["--random", "0"], "--random"),
        (["--around", "points"], "--around"),
    ],
)
def test_options_that_do_not_go_together_are_wrong_use(
    project: Path, tmp_path: Path, arguments: list[str], words: str
) -> None:
    done = run("import", project, tmp_path, *arguments)

    assert done.code == 2
    assert words in done.out + done.err


def test_the_command_line_chooses_tiles_too(project: Path, tmp_path: Path) -> None:
    points = csv_of(tmp_path, [(100.5, 60.5), (150.5, 60.5), (-9, 9)])
    scene = write_scene(tmp_path / "scene")

    done = run(
        *("import", project, scene, "--chip", CHIP, "--points", points, "--random", 1),
        *("--seed", 5, "--jitter", 2),
    )

    assert done.code == 0, done.err
    assert len(origins(project)) == 1
    assert "1 of 3 points of points.csv lie outside" in done.out + done.err


def test_points_without_a_size_of_chips_are_refused(project: Path, tmp_path: Path) -> None:
    points = csv_of(tmp_path, [(100.5, 60.5)])
    write_scene(tmp_path / "scene")
    stacked = vessels(tmp_path / "one.tif", [(3, 3)])
    options = ImportOptions(kind="geotiff", points=points, bands=("B02",))

    with (
        open_project(project, write=True) as opened,
        pytest.raises(InputError, match="--chip 64"),
    ):
        finish(import_sources(opened, [stacked], options))
