"""The demo data: repeatable, in the published layouts, and with the errors it says it has."""

import csv
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray
from scipy import ndimage

from s2label.samples import (
    CoastScene,
    LandcoverSample,
    write_coast_scene,
    write_landcover_places,
)
from s2label.samples.files import encode_runs
from s2label.samples.landcover_masks import PAINTED_OVER, ROTATED, SWAPPED, plant_wrong_masks
from tests.faults.seeds import long_only

S2_BANDS = ["B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B11", "B12"]
LABELS = "ref_landcovernet_eu_v1_labels"
SOURCE = "ref_landcovernet_eu_v1_source_sentinel_2"


@pytest.fixture(scope="module")
def landcover(tmp_path_factory: pytest.TempPathFactory) -> LandcoverSample:
    return write_landcover_places(tmp_path_factory.mktemp("landcover"), places=8, dates=4)


def read_image(path: Path) -> NDArray[np.int64]:
    with rasterio.open(path) as source:
        return np.asarray(source.read(1), dtype=np.int64)


def decode_runs(counts: list[int], size: list[int]) -> NDArray[np.bool_]:
    values = np.arange(len(counts)) % 2 == 1
    return np.repeat(values, counts).reshape(size, order="F")


def read_annotations(coast: CoastScene) -> list[NDArray[np.bool_]]:
    content = json.loads(coast.labels.coco.read_text())
    runs = [annotation["segmentation"] for annotation in content["annotations"]]
    return [decode_runs(run["counts"], run["size"]) for run in runs]


def hash_folder(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def list_image_folders(sample: LandcoverSample) -> list[Path]:
    return sorted(sample.source.iterdir())


def test_same_seed_gives_the_same_coast_bytes(coast: CoastScene, tmp_path: Path) -> None:
    write_coast_scene(tmp_path / "again")
    assert hash_folder(tmp_path / "again") == hash_folder(coast.folder)


@long_only("another coast is made")
def test_another_seed_gives_another_coast(coast: CoastScene, tmp_path: Path) -> None:
    other = write_coast_scene(tmp_path / "other", seed=1)
    assert other.bands["B08"].read_bytes() != coast.bands["B08"].read_bytes()
    assert other.labels.count_planted() == coast.labels.count_planted()


def test_same_seed_gives_the_same_place_bytes(tmp_path: Path) -> None:
    for name in ("first", "second"):
        write_landcover_places(tmp_path / name, seed=3, places=3, dates=2)
    assert hash_folder(tmp_path / "first") == hash_folder(tmp_path / "second")


def test_coast_bands_are_l2a_on_one_utm_grid(coast: CoastScene) -> None:
    assert sorted(coast.bands) == ["B02", "B03", "B04", "B08", "B11", "B12"]
    for band, path in coast.bands.items():
        assert path.name == f"2023-06-14_Sentinel-2_L2A_{band}.tif"
        with rasterio.open(path) as source:
            assert (source.crs.to_epsg(), source.res, source.shape) == (32634, (10, 10), (640, 768))
            assert (source.dtypes, source.nodata, source.count) == (("uint16",), 0, 1)
            assert source.profile["compress"] == "deflate"
            assert source.profile["tiled"]
            assert source.read(1).min() > 0


def test_swir_is_coarser_than_visible(coast: CoastScene) -> None:
    swir = read_image(coast.bands["B11"])
    blue = read_image(coast.bands["B02"])
    assert np.array_equal(swir[::2, ::2], swir[1::2, 1::2])
    assert not np.array_equal(blue[::2, ::2], blue[1::2, 1::2])


def test_coco_masks_hold_the_planted_errors_and_no_others(coast: CoastScene) -> None:
    truth = read_image(coast.labels.truth) > 0
    objects, count = ndimage.label(truth, np.ones((3, 3)))
    masks = read_annotations(coast)
    exact = sum(not (mask & ~truth).any() for mask in masks)
    planted = coast.labels.count_planted()
    assert planted == {"unlabelled": 8, "shifted": 6, "lookalike": 3}
    assert 60 <= coast.vessel_count <= 90
    assert count >= coast.vessel_count - 3
    assert len(masks) == coast.vessel_count - planted["unlabelled"] + planted["lookalike"]
    assert len(masks) - exact == planted["shifted"] + planted["lookalike"]
    unlabelled = [p for p in coast.labels.planted if p.kind == "unlabelled"]
    drawn = np.any(masks, axis=0)
    assert all(objects[p.y, p.x] and not drawn[p.y, p.x] for p in unlabelled)


def test_lookalikes_are_labelled_but_no_vessels(coast: CoastScene) -> None:
    truth = read_image(coast.labels.truth)
    drawn = np.any(read_annotations(coast), axis=0)
    lookalikes = [p for p in coast.labels.planted if p.kind == "lookalike"]
    assert all(drawn[p.y, p.x] and not truth[p.y, p.x] for p in lookalikes)


def test_planted_table_lists_what_the_result_says(coast: CoastScene) -> None:
    with coast.labels.planted_table.open() as stream:
        rows = [(row["kind"], int(row["x"]), int(row["y"])) for row in csv.DictReader(stream)]
    assert rows == [(p.kind, p.x, p.y) for p in coast.labels.planted]


def test_truth_lies_on_the_grid_of_the_bands(coast: CoastScene) -> None:
    with rasterio.open(coast.labels.truth) as truth, rasterio.open(coast.bands["B02"]) as band:
        assert (truth.crs, truth.transform, truth.shape) == (band.crs, band.transform, band.shape)
        assert truth.dtypes == ("uint8",)


def test_vessels_outshine_the_sea_around_them_in_nir(coast: CoastScene) -> None:
    nir = read_image(coast.bands["B08"]).astype(float)
    objects, count = ndimage.label(read_image(coast.labels.truth), np.ones((3, 3)))
    brighter = []
    for number in range(1, count + 1):
        inside = objects == number
        around = ndimage.binary_dilation(inside, iterations=5)
        around &= ~ndimage.binary_dilation(inside, iterations=2)
        brighter.append(nir[inside].mean() > 1.5 * np.quantile(nir[around], 0.25))
    assert np.mean(brighter) > 0.97


def test_places_have_exactly_the_published_names(landcover: LandcoverSample) -> None:
    assert (landcover.labels.name, landcover.source.name) == (LABELS, SOURCE)
    for place in landcover.places:
        folder = landcover.labels / f"{LABELS}_{place}"
        assert {p.name for p in folder.iterdir()} == {"labels.tif", "source_dates.csv", "stac.json"}
        tile, *dates = (folder / "source_dates.csv").read_text().split()
        assert place.startswith(f"{tile}_")
        wanted = {"stac.json", *(f"{name}.tif" for name in (*S2_BANDS, "SCL", "CLD"))}
        for date in dates:
            image = landcover.source / f"{SOURCE}_{place}_{date}"
            assert {path.name for path in image.iterdir()} == wanted
    assert len(list_image_folders(landcover)) == landcover.image_count == 8 * 4


def test_place_rasters_have_published_types_and_share_a_grid(landcover: LandcoverSample) -> None:
    folder = list_image_folders(landcover)[0]
    place = "_".join(folder.name.split("_")[-3:-1])
    with rasterio.open(landcover.labels / f"{LABELS}_{place}" / "labels.tif") as labels:
        assert (labels.count, labels.dtypes) == (2, ("uint16", "uint16"))
        classes, consensus = labels.read()
        grid = (labels.crs, labels.transform, labels.shape)
    assert grid[2] == (256, 256)
    assert classes.max() <= 7
    assert consensus.max() <= 100
    assert not consensus[classes == 0].any()
    kinds = {"SCL": ("uint8", None), "CLD": ("uint8", 255)}
    for name in (*S2_BANDS, "SCL", "CLD"):
        with rasterio.open(folder / f"{name}.tif") as source:
            assert (source.crs, source.transform, source.shape) == grid
            assert (source.dtypes[0], source.nodata) == kinds.get(name, ("uint16", 0))


def test_stac_box_agrees_with_the_tile(landcover: LandcoverSample) -> None:
    place = landcover.places[0]
    item = json.loads((landcover.labels / f"{LABELS}_{place}" / "stac.json").read_text())
    west, south, east, north = item["bbox"]
    assert place.startswith("32TNQ")
    assert 6 < west < east < 12
    assert 44 < south < north < 46
    assert 0.02 < north - south < 0.03


def test_cloud_classes_are_the_bright_pixels(landcover: LandcoverSample) -> None:
    checked = 0
    for folder in list_image_folders(landcover):
        scl, blue = read_image(folder / "SCL.tif"), read_image(folder / "B02.tif")
        probability = read_image(folder / "CLD.tif")
        cloud, clear = scl == 9, np.isin(scl, (4, 5, 6))
        has_snow = (scl == 11).any()
        if has_snow or cloud.sum() < 500 or clear.sum() < 500:
            continue
        checked += 1
        assert np.median(blue[cloud]) > 2.5 * np.median(blue[clear])
        assert np.median(probability[cloud]) > 80
        assert np.median(probability[clear]) < 30
    assert checked >= 5


def test_cloud_shares_run_from_clear_to_overcast(landcover: LandcoverSample) -> None:
    shares = [
        np.isin(read_image(folder / "SCL.tif"), (8, 9)).mean()
        for folder in list_image_folders(landcover)
    ]
    assert min(shares) == 0
    assert max(shares) > 0.85


def test_swath_edge_is_nodata_in_every_layer(landcover: LandcoverSample) -> None:
    cut = [f for f in list_image_folders(landcover) if (read_image(f / "B02.tif") == 0).any()]
    assert cut
    for folder in cut:
        missing = read_image(folder / "SCL.tif") == 0
        assert all(np.array_equal(read_image(folder / f"{b}.tif") == 0, missing) for b in S2_BANDS)
        assert np.array_equal(read_image(folder / "CLD.tif") == 255, missing)


def test_fields_are_greener_in_summer_than_in_winter(tmp_path: Path) -> None:
    sample = write_landcover_places(tmp_path, places=1, dates=6)
    with rasterio.open(next(sample.labels.glob("*/labels.tif"))) as source:
        woods = source.read(1) == 5
    ndvi = {}
    for folder in list_image_folders(sample):
        red, nir = (read_image(folder / f"{b}.tif").astype(float) for b in ("B04", "B08"))
        seen = woods & np.isin(read_image(folder / "SCL.tif"), (4, 5))
        ndvi[folder.name[-4:-2]] = np.median(((nir - red) / (nir + red))[seen])
    assert max(ndvi[month] for month in ("06", "07")) > ndvi["01"] + 0.2


def test_wrong_masks_are_wrong_and_the_others_right() -> None:
    rng = np.random.default_rng(0)
    true = {name: rng.integers(1, 8, (32, 32)).astype(np.uint16) for name in "abcdefgh"}
    masks, planted = plant_wrong_masks(rng, true, 3)
    assert {wrong.kind for wrong in planted} == {ROTATED, SWAPPED, PAINTED_OVER}
    wrong_places = {wrong.place for wrong in planted}
    changed = {name for name in true if not np.array_equal(true[name], masks[name])}
    assert changed == wrong_places
    rotated = next(wrong.place for wrong in planted if wrong.kind == ROTATED)
    assert np.array_equal(masks[rotated], np.rot90(true[rotated], 2))


def test_planted_places_exist(landcover: LandcoverSample) -> None:
    with landcover.planted_table.open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(landcover.planted) == 2
    assert all(row["place"] in landcover.places for row in rows)


@pytest.mark.parametrize("first", [False, True], ids=["starts with zero", "starts with one"])
def test_runs_decode_to_the_mask(first: bool) -> None:
    mask = np.random.default_rng(0).random((7, 5)) > 0.5
    mask[0, 0] = first
    assert np.array_equal(decode_runs(encode_runs(mask), [7, 5]), mask)
