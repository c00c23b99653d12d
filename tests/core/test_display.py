"""A view drawn: bands as they always were, computed colours, indices, and black without data."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import pytest
import rasterio
from matplotlib import colormaps

from s2label.display import draw_image
from s2label.expressions import parse_expression
from s2label.grid import Grid
from s2label.raster import open_raster, read_bands, reflectance, source_of
from s2label.stretch import Stretch, apply_stretch, compute_stretch
from s2label.types import BandRaster, ImageRecord
from s2label.views import BUILT_IN, View, views_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

SIDE = 16
GRID = Grid("EPSG:32633", (10.0, 0.0, 300_000.0, 0.0, -10.0, 5_000_000.0), SIDE, SIDE)
NAMES = ("B02", "B03", "B04", "B08", "B11")
STRETCH = Stretch({"B02": (0.0, 0.2), "B03": (0.01, 0.2), "B04": (0.02, 0.3), "B08": (0.0, 0.5)})
# The first row has no data; elsewhere no band is 0.
NODATA_ROW = 0


def view(*texts: str, limits: tuple[float, float] | None = None, colours: str = "") -> View:
    return View("mine", tuple(parse_expression(text) for text in texts), limits, colours)


@pytest.fixture
def image(tmp_path: Path) -> ImageRecord:
    """Return an image of five bands, one file each, 0 where there is no data."""
    values = np.random.default_rng(0).integers(100, 4000, (len(NAMES), SIDE, SIDE), np.uint16)
    values[:, NODATA_ROW] = 0
    return write_image(tmp_path, dict(zip(NAMES, values, strict=True)))


def write_image(folder: Path, layers: dict[str, NDArray[np.uint16]]) -> ImageRecord:
    bands = []
    for name, layer in layers.items():
        settings = {"crs": GRID.crs, "transform": GRID.affine, "nodata": 0, "dtype": "uint16"}
        path = folder / f"{name}.tif"
        with rasterio.open(path, "w", count=1, height=SIDE, width=SIDE, **settings) as raster:
            raster.write(layer, 1)
        bands.append(BandRaster(name, source_of(path), 1, 10_000, 0, 0))
    return ImageRecord("port", "place", "scene", "2020-06-01", tuple(bands))


def values_of(image: ImageRecord, *names: str) -> NDArray[np.float32]:
    bands = [next(band for band in image.bands if band.name == name) for name in names]
    return reflectance(read_bands(bands, GRID), bands)


# -- bands as they are ----------------------------------------------------------------------------


@pytest.mark.parametrize("is_local", [False, True], ids=["stretch of the project", "local"])
@pytest.mark.parametrize("names", [("B04", "B03", "B02"), ("B08", "B04", "B03")], ids="".join)
def test_bands_are_drawn_by_the_stretch_to_the_pixel(
    image: ImageRecord, names: tuple[str, str, str], is_local: bool
) -> None:
    values = values_of(image, *names)
    stretch = compute_stretch([(names, values)], (1.0, 99.0)) if is_local else STRETCH
    expected = np.moveaxis(apply_stretch(values, names, stretch), 0, -1)

    drawn = draw_image(image, GRID, view(*names), STRETCH, is_local=is_local)

    np.testing.assert_array_equal(drawn, expected)
    assert drawn.dtype == np.uint8
    assert drawn.flags.c_contiguous


def test_where_the_stretch_lacks_a_band_all_are_stretched_by_the_chip(image: ImageRecord) -> None:
    names = ("B11", "B08", "B04")
    values = values_of(image, *names)
    expected = apply_stretch(values, names, compute_stretch([(names, values)], (1.0, 99.0)))

    drawn = draw_image(image, GRID, view(*names), STRETCH)

    np.testing.assert_array_equal(drawn, np.moveaxis(expected, 0, -1))


def test_one_band_is_grey_by_the_stretch(image: ImageRecord) -> None:
    drawn = draw_image(image, GRID, view("B08"), STRETCH)

    expected = apply_stretch(values_of(image, "B08"), ["B08"], STRETCH)[0]
    for colour in range(3):
        np.testing.assert_array_equal(drawn[..., colour], expected)
    assert drawn.flags.c_contiguous


# -- computed colours -----------------------------------------------------------------------------


def test_a_computed_colour_goes_by_its_range_beside_bands_by_the_stretch(
    image: ImageRecord,
) -> None:
    drawn = draw_image(image, GRID, view("B04 - B03", "B03", "B02", limits=(-0.2, 0.2)), STRETCH)

    red, green, blue = values_of(image, "B04", "B03", "B02")
    stretch = Stretch({"red": (-0.2, 0.2), "B03": (0.01, 0.2), "B02": (0.0, 0.2)})
    expected = apply_stretch(np.stack([red - green, green, blue]), ["red", "B03", "B02"], stretch)
    np.testing.assert_array_equal(drawn, np.moveaxis(expected, 0, -1))


def test_a_computed_colour_without_a_range_fills_the_brightness_of_each_chip(
    image: ImageRecord,
) -> None:
    drawn = draw_image(image, GRID, view("B04 - B03", "B03", "B02"), STRETCH)

    red = drawn[NODATA_ROW + 1 :, :, 0]
    assert (red.min(), red.max()) == (1, 255)
    names = ("B03", "B02")
    expected = apply_stretch(values_of(image, *names), names, STRETCH)
    np.testing.assert_array_equal(drawn[..., 1:], np.moveaxis(expected, 0, -1))


def test_a_pixel_of_which_a_colour_is_missing_is_black(tmp_path: Path) -> None:
    layer = np.full((SIDE, SIDE), 1000, np.uint16)
    brighter = layer * 2
    brighter[5, 7] = 1000
    image = write_image(tmp_path, {"B03": layer, "B04": brighter})

    drawn = draw_image(
        image, GRID, view("1 / (B04 - B03)", "B03", "B04", limits=(0, 20)), Stretch()
    )

    assert drawn[5, 7].tolist() == [0, 0, 0]
    assert (np.delete(drawn.reshape(-1, 3), 5 * SIDE + 7, axis=0) > 0).all()


# -- indices --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [("NDVI", "B08", "B04"), ("NDWI", "B03", "B08"), ("MNDWI", "B03", "B11")],
    ids=["NDVI", "NDWI", "MNDWI"],
)
def test_an_index_has_the_colours_of_its_map(
    image: ImageRecord, name: str, one: str, other: str
) -> None:
    index = next(each for each in BUILT_IN if each.name == name)
    a, b = values_of(image, one, other)
    expected = colormaps[index.colours]((((a - b) / (a + b)) + 1) / 2, bytes=True)[..., :3]

    drawn = draw_image(image, GRID, index, STRETCH)

    seen = slice(NODATA_ROW + 1, None)
    difference = np.abs(drawn[seen].astype(int) - expected[seen].astype(int))
    assert difference.max() <= 6, "more than a step of the colour map"
    assert (drawn[NODATA_ROW] == 0).all()


def test_values_beyond_the_range_have_its_outer_colours(image: ImageRecord) -> None:
    drawn = draw_image(
        image, GRID, view("B08 * 100 - 20", limits=(0, 1), colours="RdYlGn"), STRETCH
    )

    outer = {tuple(int(v) for v in colormaps["RdYlGn"](end, bytes=True)[:3]) for end in (0.0, 1.0)}
    assert outer <= {tuple(pixel) for pixel in drawn.reshape(-1, 3).tolist()}


def test_a_local_stretch_spreads_an_index_over_all_colours(image: ImageRecord) -> None:
    narrow = view("B08", limits=(-10, 10))

    shown = [
        draw_image(image, GRID, narrow, STRETCH, is_local=local)[1:] for local in (False, True)
    ]

    assert [int(np.ptp(each)) for each in shown] == [5, 254]


def test_an_image_without_any_data_is_black(tmp_path: Path) -> None:
    image = write_image(tmp_path, dict.fromkeys(NAMES, np.zeros((SIDE, SIDE), np.uint16)))

    for each in (*views_for(NAMES), view("B04 / B03"), view("B04 / B03", colours="RdBu")):
        assert not draw_image(image, GRID, each, Stretch()).any(), each.name


def test_only_the_bands_of_the_view_are_read(image: ImageRecord) -> None:
    opened: list[str] = []

    @contextmanager
    def note(path: str) -> Iterator[rasterio.DatasetReader]:
        opened.append(path)
        with open_raster(path) as raster:
            yield raster

    draw_image(image, GRID, view("(B08 - B04) / (B08 + B04)", limits=(-1, 1)), STRETCH, open_=note)

    assert [path[-7:] for path in opened] == ["B04.tif", "B08.tif"]
