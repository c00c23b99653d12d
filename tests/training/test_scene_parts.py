"""The parts of predicting a scene: water across strips, rows that move, sums of tiles, the look."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest
from s2label_training.blending import cut_image
from s2label_training.scene.likeliest import classes_of
from s2label_training.scene.look import take_look
from s2label_training.scene.rows import Rows
from s2label_training.scene.sums import RowSums
from s2label_training.scene.tiles import plan_tiles
from s2label_training.scene.water_rows import context_rows, near_water
from s2label_training.water import is_near_water

from s2label.errors import InputError
from s2label.importers.options import ImportOptions
from s2label.raster import reflectance
from s2label.scenes import require_one_scene
from tests.factories import whole_scenes as scenes
from tests.factories.products import Recipe, ground, write_product

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def waters(height: int, width: int) -> NDArray[np.float32]:
    """Return infrared (y, x) with waters below and above 200 px, and rivers."""
    draw = np.random.default_rng(3)
    values = np.full((height, width), 0.3, np.float32)
    for _ in range(60):
        y, x = draw.integers(0, height), draw.integers(0, width)
        values[y : y + draw.integers(3, 70), x : x + 3] = 0.02
    values[:, width // 2 : width // 2 + 3] = 0.02
    values[height // 3 : height // 3 + 4] = 0.3
    return values


@pytest.mark.parametrize("rows", [37, 384], ids=str)
def test_water_seen_in_strips_is_water_seen_at_once(rows: int) -> None:
    values, names, reach = waters(1300, 90), ("B04", "B11"), 5
    expected = is_near_water(values[None], ["B11"], reach)
    for first in range(0, 1300, rows):
        end = min(1300, first + rows)
        held = Rows(max(0, first - context_rows(reach)))
        held.append(values[held.first : end + context_rows(reach)])
        found = near_water(held, (first, end), 1300, reach, names)
        np.testing.assert_array_equal(found, expected[first:end])
    assert 0.1 < expected.mean() < 0.9


def test_rows_are_held_until_they_are_let_go() -> None:
    rows, pixels = Rows(10), np.arange(200).reshape(2, 20, 5)
    for first in range(0, 20, 7):
        rows.append(pixels[:, first : first + 7])
    np.testing.assert_array_equal(rows.between(12, 29), pixels[:, 2:19])
    rows.let_go(18)
    assert (rows.first, rows.end) == (17, 30)
    np.testing.assert_array_equal(rows.between(18, 30), pixels[:, 8:])
    with pytest.raises(ValueError, match="rows 16 to 20 of 17 to 30"):
        rows.between(16, 20)


@pytest.mark.parametrize("shape", [(150, 203), (100, 130), (40, 33), (64, 300)], ids=str)
def test_the_tiles_of_a_scene_are_those_of_an_image(shape: tuple[int, int]) -> None:
    plan, cut = plan_tiles(shape, 64), cut_image(np.zeros((1, *shape), np.float32), 64)
    starts = [(y, x) for y in plan.rows.starts for x in plan.columns.starts]
    assert starts == [(y - cut.corner[0], x - cut.corner[1]) for y, x in cut.starts]
    assert plan.ends[-1] == shape[0]


@pytest.mark.parametrize("shape", [(150, 203), (40, 33)], ids=str)
def test_tiles_added_up_are_the_scene(shape: tuple[int, int]) -> None:
    plan = plan_tiles(shape, 64)
    image = np.random.default_rng(0).random((2, *shape)).astype(np.float32)
    sums, done = RowSums(plan, 2, 0), []
    for row, y in enumerate(plan.rows.starts):
        rows = slice(*plan.rows.inside(y))
        for x in plan.columns.starts:
            sums.add(y, x, plan.mirrored(image[:, rows, slice(*plan.columns.inside(x))]))
        done.append(sums.take(plan.ends[row])[0])
    np.testing.assert_allclose(np.concatenate(done, axis=1), image, atol=1e-6)


def test_the_likeliest_class_is_taken_from_the_threshold_on() -> None:
    steps = np.array([[[126, 127, 100, 255]], [[128, 126, 101, 255]]], np.uint8)
    found = classes_of(steps, np.array([3, 7], np.uint8), 0.5, 0)
    assert found.tolist() == [[7, 3, 0, 254]]


def test_the_look_is_the_scene_at_low_resolution(tmp_path: Path) -> None:
    source = write_product(tmp_path, Recipe(bands=scenes.coast(), side=scenes.SIDE))
    found = require_one_scene(source, ImportOptions())
    bands = [band for band in found.image.bands if band.name in ("B03", "B11")]
    with ThreadPoolExecutor(1) as threads:
        look = take_look(found.grid, bands, threads).as_look()
    assert look.values.shape == (2, scenes.SIDE // 8, scenes.SIDE // 8)
    dn = scenes.coast()
    for layer, band in zip(look.values, bands, strict=True):
        fine = dn[band.name][None]
        times = fine.shape[1] // len(layer)
        blocks = reflectance(fine, [band])[0].reshape(len(layer), times, len(layer), times)
        has_data = np.isfinite(layer) & np.isfinite(blocks).all(axis=(1, 3))
        error = np.abs(layer - blocks.mean(axis=(1, 3)))[has_data]
        assert np.median(error) < 0.01
        assert has_data.mean() > 0.7


@pytest.mark.parametrize("shape", [(1, 1), (2, 30), (30, 1), (17, 9)], ids=str)
def test_the_look_of_a_small_scene_lies_inside_it(tmp_path: Path, shape: tuple[int, int]) -> None:
    pixels = np.arange(1, 1 + 5 * shape[0] * shape[1], dtype=np.uint16).reshape(5, *shape)
    path = scenes.write_bands(tmp_path / "scene.tif", pixels)
    found = require_one_scene(path, ImportOptions(quantification=10000, any_values=True))
    with ThreadPoolExecutor(1) as threads:
        numbers = take_look(found.grid, found.image.bands, threads)
    assert numbers.dn.shape == (5, *(-(-side // 8) for side in shape))
    assert (numbers.dn > 0).all()


def test_a_damaged_band_is_named_and_nothing_is_put_in_place(tmp_path: Path) -> None:
    scenes.write_model(tmp_path / "model")
    source = write_product(tmp_path, Recipe(bands=ground(288), side=288))
    path = next(source.rglob("*_B04.jp2"))
    path.write_bytes(path.read_bytes()[:20_000])
    (tmp_path / "out").mkdir()
    with pytest.raises(InputError, match=r"_B04\.jp2: damaged or cut short"):
        scenes.predict(
            scenes.request(source, tmp_path / "out"), scenes.predictor(tmp_path / "model")
        )
    assert not (tmp_path / "out" / "classes.tif").exists()
