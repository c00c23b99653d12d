"""The LandCoverNet trees of the factory are what the published layouts say, read with rasterio."""

from __future__ import annotations

import csv
import json
import re
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest
import rasterio
from rasterio.warp import transform as to_crs

from tests.factories.landcovernet import (
    REGIONS,
    band_path,
    dates_path,
    label_path,
    write_layout_1,
    write_layout_2,
)
from tests.factories.landcovernet_truth import BANDS, DTYPES, NODATA, TILES, Tile, lay_out_places

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.factories.landcovernet_truth import Truth

    WriteTree = Callable[..., Truth]

LAYOUT_1_FILE = re.compile(
    r"ref_landcovernet_v1_labels_(?P<id>\d\d[A-Z]{3}_\d\d)/"
    r"(source/(?P=id)_2018\d{4}_(B0[1-9]|B8A|B1[12]|SCL|CLD)_10m\.tif"
    r"|labels/(?P=id)_2018_LC_10m\.tif|labels/(?P=id)_labeling_dates\.csv)"
)
LAYOUT_2_FILE = re.compile(
    r"ref_landcovernet_eu_v1_labels/(ref_landcovernet_eu_v1_labels_\d\d[A-Z]{3}_\d\d/"
    r"(labels\.tif|source_dates\.csv|stac\.json)|collection\.json)"
    r"|ref_landcovernet_eu_v1_source_sentinel_2/"
    r"(ref_landcovernet_eu_v1_source_sentinel_2_\d\d[A-Z]{3}_\d\d_2018\d{4}/"
    r"((B0[1-9]|B8A|B1[12]|SCL|CLD)\.tif|stac\.json)|collection\.json)"
)
WRITERS = pytest.mark.parametrize("write", [write_layout_1, write_layout_2], ids=["one", "two"])


def files_below(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("write", "pattern", "count"),
    [
        pytest.param(write_layout_1, LAYOUT_1_FILE, 5 * (3 * 14 + 2), id="one"),
        pytest.param(write_layout_2, LAYOUT_2_FILE, 5 * (3 * 15 + 3) + 2, id="two"),
    ],
)
def test_files_have_the_published_names(
    tmp_path: Path, write: WriteTree, pattern: re.Pattern[str], count: int
) -> None:
    truth = write(tmp_path, places=5, dates=3, size=8)

    found = files_below(tmp_path)

    assert len(found) == count
    assert found == truth.files
    assert [name for name in found if not pattern.fullmatch(name)] == []


@WRITERS
def test_every_raster_reads_as_the_truth_says(tmp_path: Path, write: WriteTree) -> None:
    truth = write(tmp_path, places=3, dates=2, size=24, seed=5)

    for place in truth.places:
        for day in place.dates:
            for name in BANDS:
                with rasterio.open(tmp_path / band_path(truth.layout, place, day, name)) as raster:
                    assert raster.crs.to_epsg() == place.crs.to_epsg() == place.tile.epsg
                    assert raster.transform == place.transform
                    assert (raster.count, raster.shape) == (1, (24, 24))
                    assert (raster.dtypes[0], raster.nodata) == (DTYPES[name], NODATA[name])
                    pixels = raster.read(1)
                np.testing.assert_array_equal(pixels, truth.band(place.id, day, name))


@WRITERS
def test_labels_hold_class_and_consensus(tmp_path: Path, write: WriteTree) -> None:
    truth = write(tmp_path, places=4, dates=1, size=64)

    for place in truth.places:
        with rasterio.open(tmp_path / label_path(truth.layout, place)) as raster:
            assert raster.dtypes == ("uint16", "uint16")
            assert raster.crs == place.crs
            assert raster.transform == place.transform
            classes, consensus = raster.read()
        np.testing.assert_array_equal(classes, place.classes)
        np.testing.assert_array_equal(consensus, place.consensus)
        assert set(np.unique(classes)) == set(range(8))
        assert (consensus.min(), consensus.max()) == (0, 100)


@WRITERS
def test_list_of_dates_stands_under_the_tiles_name(tmp_path: Path, write: WriteTree) -> None:
    truth = write(tmp_path, places=3, dates=5, size=4)

    for place in truth.places:
        with open(tmp_path / dates_path(truth.layout, place), newline="") as stream:
            rows = list(csv.DictReader(stream))
        assert tuple(row[place.tile.name] for row in rows) == place.dates
        assert len(set(place.dates)) == 5


def test_pixels_are_plausible_and_differ_from_file_to_file(tmp_path: Path) -> None:
    truth = write_layout_1(tmp_path, places=2, dates=2, size=32)

    rasters = [
        place.band(day, name) for place in truth.places for day in place.dates for name in BANDS
    ]

    for name, pixels in zip(BANDS * 4, rasters, strict=True):
        limits = {"CLD": (0, 100), "SCL": (2, 9)}.get(name, (200, 4000))
        assert limits[0] <= pixels.min() <= pixels.max() <= limits[1], name
    assert len({pixels.tobytes() for pixels in rasters}) == len(rasters)


def test_cloud_layers_agree_with_the_clouds(tmp_path: Path) -> None:
    place = write_layout_1(tmp_path, places=1, dates=4, size=32).places[0]

    for day in place.dates:
        clouds = place.clouds(day)
        np.testing.assert_array_equal(place.band(day, "SCL") == 9, clouds)
        np.testing.assert_array_equal(place.band(day, "CLD") >= 50, clouds)
    assert len({place.clouds(day).mean() for day in place.dates}) > 1


@WRITERS
def test_same_seed_gives_the_same_bytes(tmp_path: Path, write: WriteTree) -> None:
    trees = [tmp_path / name for name in ("one", "again", "other")]
    for tree, seed in zip(trees, (1, 1, 2), strict=True):
        write(tree, places=2, dates=1, size=8, seed=seed, drop_share=0.1)

    one, again, other = (
        {name: (tree / name).read_bytes() for name in files_below(tree)} for tree in trees
    )

    assert one == again
    assert one != other


def test_places_lie_in_their_tiles_mostly_far_apart(tmp_path: Path) -> None:
    truth = write_layout_1(tmp_path, places=200, dates=1, size=1)
    of_full_size = lay_out_places(TILES, 200, 1, 0, 256)

    assert len({place.tile.name for place in of_full_size}) == 7
    assert len({place.id for place in of_full_size}) == 200
    assert 20 <= len(truth.neighbours) <= 40
    near = set()
    for one, other in combinations(of_full_size, 2):
        if one.tile is other.tile:
            east_m = abs(one.left_m - other.left_m) - 2560
            south_m = abs(one.top_m - other.top_m) - 2560
            assert max(east_m, south_m) >= 0, "places overlap"
            if max(east_m, south_m) < 2500:
                near.add(frozenset({one.id, other.id}))
    assert near == truth.neighbours
    for place in of_full_size:
        east_m, south_m = place.left_m - place.tile.left_m, place.tile.top_m - place.top_m
        assert 0 <= min(east_m, south_m) <= max(east_m, south_m) <= 109_800 - 2560
        assert (place.left_m % 10, place.top_m % 10) == (0, 0)


@pytest.mark.parametrize("tile", TILES, ids=lambda tile: tile.name)
def test_tile_names_suit_their_ground(tile: Tile) -> None:
    place = next(place for place in lay_out_places(TILES, 480, 1, 0, 1) if place.tile is tile)

    (lon,), (lat,) = to_crs(place.crs, "EPSG:4326", [place.left_m], [place.top_m])

    assert int(place.tile.name[:2]) == int((lon + 180) // 6) + 1 == place.tile.epsg % 100
    assert place.tile.name[2] == "CDEFGHJKLMNPQRSTUVWX"[int((lat + 80) // 8)]
    assert place.tile.epsg // 100 == (326 if lat > 0 else 327)


@pytest.mark.parametrize("region", REGIONS)
def test_each_region_has_its_own_collections(tmp_path: Path, region: str) -> None:
    truth = write_layout_2(tmp_path, region=region, places=2, dates=1, size=1)

    assert {path.name for path in tmp_path.iterdir()} == {
        f"ref_landcovernet_{region}_v1_labels",
        f"ref_landcovernet_{region}_v1_source_sentinel_2",
    }
    assert len({place.tile.name for place in truth.places}) == 2
    for path in tmp_path.rglob("stac.json"):
        assert json.loads(path.read_text())["id"] == path.parent.name


@WRITERS
def test_dropped_files_are_those_the_truth_names(tmp_path: Path, write: WriteTree) -> None:
    whole = write(tmp_path / "whole", places=10, dates=5, size=1)
    asked = band_path(whole.layout, whole.places[0], whole.places[0].dates[0], "B04")

    truth = write(tmp_path / "part", places=10, dates=5, size=1, drop_share=0.1, missing=[asked])

    assert files_below(tmp_path / "part") == truth.files == whole.files - truth.missing
    assert asked in truth.missing
    for kind in ("B0", "CLD", "SCL", "_dates.csv", "LC_10m" if whole.layout == 1 else "labels.tif"):
        assert any(kind in name for name in truth.missing), kind
    assert any("stac.json" in name for name in truth.missing) == (whole.layout == 2)
    assert truth.dates_without_files
    for place_id, day in truth.dates_without_files:
        place = truth.place(place_id)
        assert not any(truth.has(band_path(truth.layout, place, day, name)) for name in BANDS)


def test_a_misspelt_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no_such\.tif"):
        write_layout_1(tmp_path, places=1, dates=1, size=1, missing=["no_such.tif"])
