"""The map of a result: pictures and objects lie where they belong."""

from __future__ import annotations

import base64
import dataclasses
import json
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import rasterio
from PIL import Image
from pyproj import Transformer

from s2label.classes import LANDCOVERNET
from s2label.raster import grid_of, open_raster
from s2label.webmap.ground import metres_per_unit, plan_ground
from s2label.webmap.layers import class_layers, picture_layer
from s2label.webmap.objects import read_objects
from tests.factories.mapped import (
    DATE_LINE,
    DEGREES_EAST,
    DEGREES_WEST,
    GROUNDS,
    MERCATOR,
    UTM,
    VESSELS_PX,
    lonlat_of,
    record_of,
    vessel_mask,
    write_result,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from s2label.grid import Grid
    from s2label.webmap.ground import MapGround
    from s2label.webmap.images import PlacedImage

MAP = Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True)


def pixels_of(image: PlacedImage) -> NDArray[np.uint8]:
    """Return a picture of a map as red, green, blue, alpha (y, x, 4)."""
    data = base64.b64decode(image.url.split(",", 1)[1])
    return np.asarray(Image.open(BytesIO(data)).convert("RGBA"))


def middles(images: list[PlacedImage], is_there: str = "class") -> list[tuple[float, float]]:
    """Return where the pixels of a layer are that stand out, in metres of the map."""
    points = []
    for image in images:
        values = pixels_of(image)
        shown = values[..., 3] > 0 if is_there == "class" else values[..., 0] > 128
        rows, columns = np.nonzero(shown)
        xs = image.left + (columns + 0.5) / values.shape[1] * image.width
        ys = image.top - (rows + 0.5) / values.shape[0] * image.height
        points += list(zip(xs.tolist(), ys.tolist(), strict=True))
    return points


def ground_of(path: Path, **options: int) -> MapGround:
    with open_raster(path) as raster:
        return plan_ground(path, grid_of(raster), **options)


def place_of(grid: Grid, number: int) -> tuple[float, float]:
    """Return where a vessel belongs on the map, by pyproj alone."""
    row, column, height, width = VESSELS_PX[number]
    longitude, latitude = lonlat_of(grid, column + width / 2, row + height / 2)
    if grid is DATE_LINE:
        assert abs(longitude) > 179
    x, y = MAP.transform((longitude + 180) % 360 - 180, latitude)
    is_cut = grid in (DATE_LINE, DEGREES_EAST, DEGREES_WEST)
    return (x + 2 * np.pi * 6378137 if is_cut and x < 0 else x), y


def nearest(points: list[tuple[float, float]], place: tuple[float, float]) -> tuple[float, float]:
    """Return the middle of those points that lie within 100 m of a place, seen from it."""
    near = np.array(points) - place
    near = near[np.hypot(*near.T) < 100 / metres_per_unit(place[1])]
    assert len(near), "nothing there"
    return tuple((near.min(0) + near.max(0)) / 2 * metres_per_unit(place[1]))


@pytest.mark.parametrize("name", GROUNDS)
@pytest.mark.parametrize("most_px", [1_000_000, 12_000], ids=["own pixels", "2 to one"])
def test_vessels_lie_where_pyproj_says(tmp_path: Path, name: str, most_px: int) -> None:
    grid = GROUNDS[name]
    result = write_result(tmp_path, grid)
    ground = ground_of(result.classes, most_px=most_px)
    assert ground.pixel_m == pytest.approx(10 if most_px > 12_000 else 20, rel=0.12)
    shown = middles(class_layers(result.classes, ground, record_of())[1].coarse)
    drawn = middles(picture_layer(result.rgb, ground).coarse, "bright")
    objects = read_objects(result.objects, ground)
    for number in range(len(VESSELS_PX)):
        place = place_of(grid, number)
        assert np.hypot(*nearest(shown, place)) <= 10
        assert (objects["x"][number], objects["y"][number]) == pytest.approx(place, abs=0.02)
        if VESSELS_PX[number][3] > 1:  # a single bright pixel of 10 m is averaged away at 20 m
            assert np.hypot(*nearest(drawn, place)) <= 10


def test_no_vessel_of_one_pixel_gets_lost(tmp_path: Path) -> None:
    mask = np.zeros(UTM.shape, np.uint8)
    mask[15::8, 15::8] = 1
    result = write_result(tmp_path, UTM, mask=mask)
    for most_px in (1_000_000, 12_000):
        ground = ground_of(result.classes, most_px=most_px)
        shown = np.array(middles(class_layers(result.classes, ground, record_of())[1].coarse))
        for row, column in np.argwhere(mask):
            lonlat = lonlat_of(UTM, column + 0.5, row + 0.5)
            place = Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True).transform(
                *lonlat
            )
            assert np.hypot(*(shown - place).T).min() < 20


def test_land_cover_takes_what_most_pixels_are(tmp_path: Path) -> None:
    mask = np.full(UTM.shape, 2, np.uint8)
    mask[::4, ::4] = 7
    result = write_result(tmp_path, UTM, record_of(LANDCOVERNET), mask)
    ground = ground_of(result.classes, most_px=3_000)
    layers = class_layers(result.classes, ground, record_of(LANDCOVERNET))
    assert layers[7].coarse == []
    assert len(middles(layers[2].coarse)) > 2_000


def test_a_whole_tile_is_not_stretched_between_its_corners(tmp_path: Path) -> None:
    tile = dataclasses.replace(
        UTM, height=1098, width=1098, transform=(100, 0, 300_000, 0, -100, 5_200_020)
    )
    mask = np.zeros(tile.shape, np.uint8)
    mask[:3, 548:551] = 1
    result = write_result(tmp_path, tile, mask=mask)
    shown = middles(class_layers(result.classes, ground_of(result.classes), record_of())[1].coarse)
    place = np.array(MAP.transform(*lonlat_of(tile, 549.5, 1.5)))
    true_m = metres_per_unit(place[1])
    assert np.hypot(*(np.mean(shown, axis=0) - place)) * true_m < 50
    left, right = (np.array(MAP.transform(*lonlat_of(tile, x, 1.5))) for x in (0, 1098))
    assert np.hypot(*(left + (right - left) * 549.5 / 1098 - place)) * true_m > 150


def test_a_whole_tile_has_pixels_of_20_m() -> None:
    tile = dataclasses.replace(UTM, height=10980, width=10980)
    ground = plan_ground(Path("tile.tif"), tile)
    assert ground.pixel_m == pytest.approx(20, rel=0.02)


@pytest.mark.parametrize("alpha", ["nodata", "alpha", "mask"])
def test_ground_without_data_is_transparent(tmp_path: Path, alpha: str) -> None:
    result = write_result(tmp_path, MERCATOR)
    with rasterio.open(result.rgb) as raster:
        bands, profile = raster.read(), {**raster.profile, "driver": "GTiff", "nodata": None}
    valid = np.where(vessel_mask(MERCATOR) == 254, 0, 255).astype(np.uint8)
    if alpha == "alpha":
        with rasterio.open(result.rgb, "w", **{**profile, "count": 4}, alpha="yes") as raster:
            raster.write(np.concatenate([bands, valid[None]]))
    if alpha == "mask":
        with (
            rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
            rasterio.open(result.rgb, "w", **profile) as raster,
        ):
            raster.write(bands)
            raster.write_mask(valid)
    [image] = picture_layer(result.rgb, ground_of(result.classes)).coarse
    seen = pixels_of(image)[..., 3]
    assert not seen[:10].any()
    assert seen[10:].all()


def test_a_large_map_has_fine_tiles_that_lie_side_by_side(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("s2label.webmap.layers.COARSE_PX", 100)
    monkeypatch.setattr("s2label.webmap.layers.TILE_PX", 64)
    result = write_result(tmp_path, MERCATOR)
    ground = ground_of(result.classes)
    layer = picture_layer(result.rgb, ground)
    assert len(layer.coarse) == 1
    assert max(pixels_of(layer.coarse[0]).shape[:2]) <= 100
    assert sum(i.width * i.height for i in layer.fine) == pytest.approx(240 * 180 * 12.5**2)
    assert len({(i.left, i.top) for i in layer.fine}) == len(layer.fine) == 12
    vessels = class_layers(result.classes, ground, record_of())[1]
    assert len(middles(vessels.fine)) == np.count_nonzero(vessel_mask(MERCATOR) == 1)


def test_objects_cut_at_180_degrees_lie_in_one_piece(tmp_path: Path) -> None:
    result = write_result(tmp_path, DATE_LINE)
    west, east = (
        [[[a, 66.6], [b, 66.6], [b, 66.601], [a, 66.6]]]
        for a, b in ((179.999, 180.0), (-180.0, -179.999))
    )
    document = json.loads(result.objects.read_text())
    document["features"][0]["geometry"] = {"type": "MultiPolygon", "coordinates": [west, east]}
    result.objects.write_text(json.dumps(document))
    columns = read_objects(result.objects, ground_of(result.classes))
    xs = np.array([ring for polygon in columns["xs"][0] for ring in polygon])
    assert np.ptp(xs) == pytest.approx(0.002 / 360 * 2 * np.pi * 6378137, rel=1e-3)
