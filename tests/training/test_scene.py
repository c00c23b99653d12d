"""A whole scene in strips and tiles is what it would be all at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import rasterio
import torch
from s2label_training.bundle import ModelClass
from s2label_training.channels import read_reflectance
from s2label_training.scene.predicting import predict_bands
from s2label_training.scene.tiles import plan_tiles

from s2label.classes import VESSELS
from s2label.errors import InputError, S2LabelError
from s2label.importers.options import ImportOptions
from s2label.importers.run import import_sources
from s2label.progress import Progress, finish
from s2label.project import create_project, open_project
from s2label.results.rasters import RasterKind, read_record
from s2label.scenes import require_one_scene
from s2label.types import Lifetime
from tests.factories import whole_scenes as scenes
from tests.factories.products import Recipe, write_product

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from numpy.typing import NDArray
    from s2label_training.predict import Predictor


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scenes.write_scene(tmp_path_factory.mktemp("product"), baseline="05.09")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "near"
    scenes.write_model(folder, near_water_px=5)
    return folder


def read(path: Path) -> NDArray[np.uint8]:
    with rasterio.open(path) as dataset:
        return np.asarray(dataset.read())


def whole(source: Path, predictor: Predictor) -> NDArray[np.float32]:
    """Return what the model says of all pixels at once, as for a chip."""
    found = require_one_scene(source, ImportOptions())
    values = read_reflectance(found.image, found.grid, predictor.record.bands)
    return predictor.probabilities(values)


@pytest.mark.parametrize("side", [288, 320, 100, 40], ids=str)
def test_strips_give_what_the_whole_image_gives(tmp_path: Path, model: Path, side: int) -> None:
    source = scenes.write_scene(tmp_path, side)
    predictor = scenes.predictor(model)
    scenes.predict(scenes.request(source, tmp_path, "probabilities.tif"), predictor)
    found = read(tmp_path / "probabilities.tif")[0]
    expected = whole(source, predictor)
    is_nodata = ~expected.any(axis=0)
    np.testing.assert_array_equal(found == 255, is_nodata)
    # A sum of floats may round the other way.
    difference = found[~is_nodata] - np.rint(254 * expected[1][~is_nodata])
    assert np.abs(difference).max() <= 1
    assert (difference != 0).mean() < 0.001
    assert side < 100 or found[~is_nodata].std() > 5  # in the smallest no water is large enough


@pytest.mark.parametrize("side", [288, 160], ids=str)
def test_where_tiles_overlap_enough_it_equals_one_large_forward_pass(
    tmp_path: Path, side: int
) -> None:
    scenes.write_model(tmp_path / "model")
    source = scenes.write_scene(tmp_path, side)
    predictor = scenes.predictor(tmp_path / "model")
    near_sighted(predictor)
    scenes.predict(scenes.request(source, tmp_path, "probabilities.tif"), predictor)
    at_once = scenes.predictor(tmp_path / "model", tile_px=320)
    near_sighted(at_once)
    found, expected = read(tmp_path / "probabilities.tif")[0], whole(source, at_once)
    has_data = found != 255
    assert np.abs(found - np.rint(254 * expected[1]))[has_data].max() <= 1
    assert found[has_data].std() > 5


def near_sighted(predictor: Predictor) -> None:
    """Replace a network by one that sees two pixels around each."""
    torch.manual_seed(1)
    bands = len(predictor.record.bands)
    predictor._network = torch.nn.Sequential(
        torch.nn.Conv2d(bands, 6, 3, padding=1),
        torch.nn.ReLU(),
        torch.nn.Conv2d(6, 2, 3, padding=1),
    ).eval()


def test_a_real_network_leaves_no_step_where_tiles_meet(tmp_path: Path, model: Path) -> None:
    source = scenes.write_scene(tmp_path)
    scenes.predict(
        scenes.request(source, tmp_path, "probabilities.tif"), scenes.predictor(model, 96)
    )
    found = read(tmp_path / "probabilities.tif")[0].astype(int)
    starts = plan_tiles(found.shape, 96).columns.starts[1:]
    water = found[:60, 44:]  # all of it sea: no coast that makes steps of its own
    steps = np.abs(np.diff(water, axis=1)).mean(axis=0)
    ends = [x + 96 for x in starts[:-1] if x + 96 < 288] + starts
    at_seams = steps[[x - 45 for x in ends]].mean()
    assert at_seams < 1.5 * steps.mean()


def test_a_strip_is_read_as_the_chips_of_an_import_are(tmp_path: Path, archive: Path) -> None:
    create_project(tmp_path / "project", VESSELS)
    with open_project(tmp_path / "project", write=True) as project:
        finish(import_sources(project, [archive], ImportOptions(chip=48)))
        found = require_one_scene(archive, ImportOptions())
        whole_scene = read_reflectance(found.image, found.grid, scenes.BANDS)
        chips = list(project.catalog.chips(project.catalog.image_ids()).values())
    assert len(chips) > 20
    left, top = found.grid.transform[2], found.grid.transform[5]
    for chip in chips:
        grid = chip.place.grid
        x, y = round((grid.transform[2] - left) / 10), round((top - grid.transform[5]) / 10)
        values = read_reflectance(chip.image, grid, scenes.BANDS)
        np.testing.assert_array_equal(values, whole_scene[:, y : y + 48, x : x + 48])


def test_the_rasters_are_what_they_say_they_are(tmp_path: Path, archive: Path, model: Path) -> None:
    wanted = scenes.request(archive, tmp_path, "rgb.tif", "probabilities.tif")
    report = scenes.predict(wanted, scenes.predictor(model))
    found = require_one_scene(archive, ImportOptions())
    kinds = zip(("classes", "probabilities", "rgb"), RasterKind, strict=True)
    for name, kind in kinds:
        path = tmp_path / f"{name}.tif"
        with rasterio.open(path) as dataset:
            assert dataset.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
            assert (dataset.shape, tuple(dataset.transform)[:6]) == (
                found.grid.shape,
                found.grid.transform,
            )
            assert dataset.crs.to_epsg() == 32633
        record = read_record(path, kind)
        assert (record.model, record.time) == ("tiny-1", "2023-08-15T09:50:31Z")
    classes, steps = read(tmp_path / "classes.tif")[0], read(tmp_path / "probabilities.tif")[0]
    np.testing.assert_array_equal(classes == 254, steps == 255)
    np.testing.assert_array_equal(classes == 1, (steps >= 0.4 * 254) & (steps != 255))
    rgb = read(tmp_path / "rgb.tif")
    np.testing.assert_array_equal((rgb > 0).all(axis=0), classes != 254)
    assert report.pixels["no data"] == (classes == 254).sum() >= 36 * scenes.SIDE
    assert report.pixels["vessel"] == (classes == 1).sum() > 0


def test_bands_come_out_the_same_whichever_one_begins_with(
    tmp_path: Path, archive: Path, model: Path
) -> None:
    from s2label_training.scene.finishing import RowBand
    from s2label_training.scene.settling import settle
    from s2label_training.scene.threads import Threads

    predictor, wanted = scenes.predictor(model), scenes.request(archive, tmp_path, "rgb.tif")
    found = require_one_scene(archive, ImportOptions())

    def bands_from(first: int) -> dict[int, RowBand]:
        with Threads(is_on_gpu=False) as threads:
            plan = settle(wanted, predictor.record, found, 64, threads.reading)
            steps = predict_bands(plan, predictor, threads, first)
            return {step.number: step for step in steps if isinstance(step, RowBand)}

    every = bands_from(0)
    assert list(every) == list(range(6))
    for first in (1, 4, 5):
        later = bands_from(first)
        assert list(later) == list(range(first, 6))
        for number, band in later.items():
            np.testing.assert_array_equal(band.probabilities, every[number].probabilities)
            assert band.rgb is not None
            np.testing.assert_array_equal(band.rgb, every[number].rgb)


def test_land_far_from_water_is_left_out_and_the_result_says_so(tmp_path: Path) -> None:
    side = 640
    bands = scenes.coast(side, 0)
    for name, dn in bands.items():
        step = side // len(dn)
        dn[: 400 // step] = 2500
        dn[400 // step :] = 150
        assert name
    source = write_product(tmp_path, Recipe(bands=bands, side=side))
    scenes.write_model(tmp_path / "model")
    seen: list[Progress] = []
    scenes.predict(
        scenes.request(source, tmp_path, skip_land=True, threshold=0.001),
        scenes.predictor(tmp_path / "model"),
        seen.append,
    )
    classes = read(tmp_path / "classes.tif")[0]
    # Water begins in row 400; 1 km is 100 px, and tiles are taken or left whole.
    assert (classes[:200] == 0).all()
    assert (classes[320:] == 1).all()
    (note,) = read_record(tmp_path / "classes.tif").notes
    assert "tiles of land" in note
    assert "km2" in note
    plan = plan_tiles((side, side), 64)
    assert max(step.total for step in seen) < len(plan.rows.starts) * len(plan.columns.starts)


def test_a_scene_without_background_has_nothing_below_the_threshold(
    tmp_path: Path, archive: Path
) -> None:
    table = [ModelClass(value=v, name=n, colour="#0000ff") for v, n in ((1, "Water"), (5, "Wood"))]
    scenes.write_model(tmp_path / "model", classes=table, lifetime=Lifetime.STATIC)
    wanted = scenes.request(archive, tmp_path, "probabilities.tif", threshold=0.6)
    scenes.predict(wanted, scenes.predictor(tmp_path / "model"))
    classes, steps = read(tmp_path / "classes.tif")[0], read(tmp_path / "probabilities.tif")
    is_unsure = (steps.max(axis=0) < 0.6 * 254) | (steps[0] == 255)
    np.testing.assert_array_equal(classes == 254, is_unsure)
    np.testing.assert_array_equal(np.unique(classes), [1, 5, 254])


def test_objects_and_map_are_made_of_the_rasters(
    tmp_path: Path, archive: Path, model: Path
) -> None:
    pytest.importorskip("bokeh")
    wanted = scenes.request(archive, tmp_path, "objects.geojson", "map.html")
    report = scenes.predict(wanted, scenes.predictor(model))
    assert report.objects
    assert (tmp_path / "objects.geojson").read_text().count('"Feature"') == report.objects
    assert "</html>" in (tmp_path / "map.html").read_text()
    assert {path.name for path in tmp_path.iterdir()} == {
        "classes.tif",
        "objects.geojson",
        "map.html",
    }


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"bands": ("B03", "B05", "B08", "B11")}, "no B05"),
        ({"gsd_m": 20.0}, "pixels of 10 m"),
        (
            {"typical": ((30.0, 40.0),) * 4},
            "that is no reflectance; give the right --quantification",
        ),
    ],
    ids=["bands", "pixels", "scale"],
)
def test_what_does_not_fit_is_refused_before_any_work(
    tmp_path: Path, archive: Path, changes: dict[str, Any], words: str
) -> None:
    scenes.write_model(tmp_path / "model", **changes)
    predictor = scenes.predictor(tmp_path / "model")
    with pytest.raises(S2LabelError, match=words):
        scenes.predict(scenes.request(archive, tmp_path), predictor)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path, archive: Path, model: Path) -> None:
    wanted = scenes.request(archive, tmp_path / "nowhere")
    with pytest.raises(InputError, match="nowhere: no such folder"):
        scenes.predict(wanted, scenes.predictor(model))
