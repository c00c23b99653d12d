"""The five real ports go in, decisions are taken, and the counts are those of the COCO files."""

from __future__ import annotations

import csv
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import rasterio

from s2label.labelled.chips import find_labelled
from s2label.labelled.sides import Side, choose_sides
from s2label.masks import read_mask
from s2label.project import open_project
from s2label.raster import read_bands, reflectance
from tests.factories.commands import do
from tests.factories.snapshots import tree_snapshot
from tests.faults.seeds import LONG

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

PORTS = {"algiers": 357, "cartagena": 209, "casablanca": 35, "hedland": 342, "honolulu": 24}
CHIP_PX = 64


@pytest.fixture(scope="module")
def project(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Import the five ports as the issue says."""
    folder = tmp_path_factory.mktemp("ports") / "project"
    do("init", folder, "--classes", "vessels")
    for port in PORTS:
        import_port(folder, real_data, port)
    return folder


def import_port(project: Path, real_data: Path, port: str) -> str:
    source = real_data / "ports" / port
    options = ("--masks", source, "--chip", CHIP_PX, "--quantification", 65535)
    return do("import", project, source, *options).out


def test_all_whole_tiles_come_in_with_image_and_mask(project: Path) -> None:
    counts = do("status", project, "--json").lines[0]
    assert (counts["places"], counts["images"], counts["masks"]) == (967, 967, 967)
    images = do("list", project, "--json").lines
    by_port = {port: sum(i["place"].startswith(f"{port}_") for i in images) for port in PORTS}
    assert by_port == PORTS


def test_vessel_pixels_are_those_of_the_coco_files(project: Path) -> None:
    masks = do("list", project, "--masks", "--json").lines
    pixels = [mask["class_pixels"].get("1", 0) for mask in masks]
    assert sum(p > 0 for p in pixels) == 77
    assert sum(pixels) == 8351


def test_each_mask_equals_its_window_of_the_run_lengths(project: Path, real_data: Path) -> None:
    whole = {port: decode_coco(real_data / "ports" / port) for port in PORTS}
    with open_project(project) as opened:
        places = opened.catalog.places()
        for row in opened.catalog.list_masks():
            port, tile_row, column = places[row["place"]].name.rsplit("_", 2)
            y, x = int(tile_row[1:]) * CHIP_PX, int(column[1:]) * CHIP_PX
            mask = read_mask(opened.mask_path(row["id"], 1))
            assert np.array_equal(mask.classes, whole[port][y : y + CHIP_PX, x : x + CHIP_PX])
            assert mask.grid == places[row["place"]].grid


def decode_coco(folder: Path) -> NDArray[np.uint8]:
    """Decode uncompressed run lengths the slow way, without the importer's code."""
    document: dict[str, Any] = json.loads(next(folder.glob("*_coco.json")).read_text())
    height, width = document["annotations"][0]["segmentation"]["size"]
    mask = np.zeros(height * width, np.uint8)
    for annotation in document["annotations"]:
        position = 0
        for index, length in enumerate(annotation["segmentation"]["counts"]):
            if index % 2:
                mask[position : position + length] = 1
            position += length
    return mask.reshape(width, height).T


def test_ground_and_reflectance_are_exact(project: Path, real_data: Path) -> None:
    with open_project(project) as opened:
        places, images = opened.catalog.places(), opened.catalog.images(opened.catalog.image_ids())
        for image in list(images.values())[::40]:
            place = places[image.place_id]
            port, tile_row, column = place.name.rsplit("_", 2)
            x, y = int(column[1:]) * CHIP_PX, int(tile_row[1:]) * CHIP_PX
            assert [b.name for b in image.bands] == ["B02", "B03", "B04", "B08", "B11"]
            path = next((real_data / "ports" / port).glob("*_B08_*"))
            with rasterio.open(path) as dataset:
                window = rasterio.windows.Window(x, y, CHIP_PX, CHIP_PX)
                expected = dataset.read(1, window=window)
                assert place.grid.crs == "EPSG:3857"
                assert place.grid.transform == tuple(dataset.window_transform(window))[:6]
            dn = read_bands(image.bands, place.grid)
            assert np.array_equal(dn[3], expected)
            values = reflectance(dn, image.bands)
            assert np.nanmin(values) >= 0
            assert np.nanmax(values) <= 1
            assert np.allclose(values[3], expected / 65535, equal_nan=True)


def test_importing_again_doubles_nothing(project: Path, real_data: Path) -> None:
    before = do("status", project, "--json").lines[0]
    out = import_port(project, real_data, "honolulu")
    after = do("status", project, "--json").lines[0]
    assert "0 new places; images: 0 new, 0 changed, 24 unchanged" in out
    assert {k: v for k, v in after.items() if k != "imports"} == {
        k: v for k, v in before.items() if k != "imports"
    }


def test_check_finds_nothing_wrong(project: Path) -> None:
    assert do("check", project, "--full").out == "all is well\n"


def test_whole_ports_are_held_out_with_a_fifth_of_the_vessels(project: Path) -> None:
    with open_project(project) as opened:
        chips = find_labelled(opened)
        sides = choose_sides(opened, chips)
    held = [chip for chip in chips if sides.of_place[chip.place.id] is Side.VALIDATION]
    ports = Counter(chip.place.name.split("_")[0] for chip in held)

    assert all(count == PORTS[port] for port, count in ports.items()), "whole ports"
    assert sum(chip.class_counts.get(1, 0) for chip in held) / 8351 == pytest.approx(0.2, abs=0.05)
    assert len(held) / 967 == pytest.approx(0.2, abs=0.05)
    assert (sides.warnings, sides.is_by_group) == ((), True)


@pytest.mark.parametrize(
    ("port", "quantification"),
    [("algiers", None), ("algiers", 10000), ("cartagena", 10000), ("casablanca", 10000),
     ("hedland", 10000), ("honolulu", 10000), ("hedland", 255), ("algiers", 10_000_000)],
)  # fmt: skip
def test_a_wrong_quantification_is_refused(
    real_data: Path, tmp_path: Path, port: str, quantification: int | None
) -> None:
    from tests.factories.commands import run

    project = tmp_path / "project"
    do("init", project, "--classes", "vessels")
    options = ("--quantification", quantification) if quantification else ()
    printed = run("import", project, real_data / "ports" / port, *options)
    assert printed.code == 1
    assert "contradict the scale" in printed.err
    assert do("status", project, "--json").lines[0]["images"] == 0


def write_decisions(project: Path, path: Path) -> set[tuple[str, str]]:
    """Reject every 96th image (10) and every 190th mask (5), accept the rest; return the pairs."""
    images = do("list", project, "--images", "--json").lines
    masks = do("list", project, "--masks", "--json").lines
    rejected = {i["id"] for i in images[3::96][:10]} | {m["id"] for m in masks[7::190][:5]}
    assert len(rejected) == 15
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["subject", "id", "decision", "reason"])
        for subject, records in (("image", images), ("mask", masks)):
            for record in records:
                verdict = "reject" if record["id"] in rejected else "accept"
                table.writerow(
                    [subject, record["id"], verdict, "cloudy" if verdict == "reject" else ""]
                )
    pairs = {(mask["image"], mask["id"]) for mask in masks}
    return {pair for pair in pairs if not rejected & set(pair)}


def test_the_export_is_what_the_decisions_leave_and_always_the_same(
    project: Path, tmp_path: Path
) -> None:
    expected = write_decisions(project, tmp_path / "decisions.csv")
    assert "1934 of 1934 decisions" in do("decide", project, tmp_path / "decisions.csv").out
    do("undo", project)
    assert do("status", project, "--json").lines[0]["images_open"] == 967
    do("redo", project)
    history = do("history", project, "--json").lines
    assert [sum(h["kind"] == kind for h in history) for kind in ("decide", "undo", "redo")] == [
        1934,
        1934,
        1934,
    ]
    kinds = ("png", "geotiff") if LONG else ("geotiff",)
    for kind in kinds:
        out = tmp_path / kind
        do("export", project, out, "--format", kind, "--licence", "MIT")
        with (out / "splits.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert {(row["image"], row["mask"]) for row in rows} == expected
        assert len(rows) == len(expected)
        assert len(list((out / "images").iterdir())) == len(expected)
    for kind in kinds:
        again = tmp_path / f"{kind} again"
        do("export", project, again, "--format", kind, "--licence", "MIT")
        assert tree_snapshot(again) == tree_snapshot(tmp_path / kind)
    check_geotiffs(project, tmp_path / "geotiff", rows[::97])


def check_geotiffs(project: Path, out: Path, rows: list[dict[str, str]]) -> None:
    """Read exported pairs back with rasterio alone, and compare with the catalog."""
    with open_project(project) as opened:
        images = opened.catalog.images([row["image"] for row in rows])
        places = opened.catalog.places()
        for row in rows:
            image, place = images[row["image"]], places[row["place"]]
            with rasterio.open(out / row["image_file"]) as dataset:
                assert dataset.crs.to_string() == "EPSG:3857"
                assert tuple(dataset.transform)[:6] == place.grid.transform
                assert dataset.descriptions == tuple(band.name for band in image.bands)
                assert np.array_equal(dataset.read(), read_bands(image.bands, place.grid))
            with rasterio.open(out / row["mask_file"]) as dataset:
                assert dataset.descriptions == ("class", "provenance")
                assert dataset.tags()["CLASS_1"] == "vessel"
                mask = read_mask(opened.mask_path(row["mask"], 1))
                assert np.array_equal(dataset.read(), np.stack([mask.classes, mask.provenance]))
