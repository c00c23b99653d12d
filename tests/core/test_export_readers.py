"""What an export wrote, read back by libraries of others, is the catalog pixel by pixel."""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pystac
import pytest
import rasterio
from pycocotools import mask as coco_masks
from pycocotools.coco import COCO
from pyproj import CRS

from s2label.classes import LANDCOVERNET, VESSELS
from s2label.exports.coco_objects import objects_of
from s2label.exports.legend import make_legend
from s2label.exports.options import Format
from s2label.exports.stac_items import catalog_id, ground_item, span_of
from s2label.exports.stac_labels import class_rows, label_fields
from s2label.importers.options import ImportOptions
from s2label.importers.run import import_sources
from s2label.masks import Mask, read_mask
from s2label.progress import finish
from s2label.project import create_project, open_project
from s2label.types import ClassTable, LabelClass, Lifetime, Verdict
from tests.factories.exports import export, rows, written_classes
from tests.factories.projects import (
    BANDS,
    NODATA_ROWS,
    apart,
    classes_of,
    decide,
    make_project,
    pixels,
)

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

# pycocotools is older than this rule of NumPy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

GROUNDS = apart(4, mask_values=(0, 1, 254, 255, 1))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project of four places with two dates and a mask each, all accepted."""
    return accepted(make_project(tmp_path, GROUNDS, VESSELS, offset_dn=-1000))


def accepted(project: Path) -> Path:
    with open_project(project, write=True) as opened:
        decide(opened, Verdict.ACCEPT)
    return project


def numbers_of(row: dict[str, str]) -> NDArray[np.uint16]:
    """Return the numbers that the source of an exported image holds."""
    ground = next(g for g in GROUNDS if row["image"].startswith(f"{g.name}-"))
    return pixels(ground, ground.dates.index(row["date"]))


# -- npz -----------------------------------------------------------------------------------------


def test_archives_hold_numbers_mask_and_what_they_mean(project: Path, tmp_path: Path) -> None:
    export(project, tmp_path / "out", format="npz")

    for row in rows(tmp_path / "out/splits.csv"):
        assert row["image_file"] == row["mask_file"]
        with np.load(tmp_path / "out" / row["image_file"], allow_pickle=False) as pair:
            assert np.array_equal(pair["image"], numbers_of(row))
            assert pair["image"].dtype == np.uint16
            assert np.array_equal(pair["mask"], classes_of(GROUNDS[0]))
            assert np.array_equal(pair["provenance"], (pair["mask"] != 254).astype(np.uint8))
            assert not pair["valid"][:NODATA_ROWS].any()
            assert pair["valid"][NODATA_ROWS:].all()
            assert np.allclose(pair["scale"], 1e-4)
            assert np.allclose(pair["offset"], -0.1)
            assert tuple(pair["bands"]) == BANDS
            assert pair["transform"].tolist()[:2] == [10, 0]
            said = [str(pair[k]) for k in ("image_id", "date", "place", "scene", "crs")]
        assert said == [*(row[k] for k in ("image", "date", "place", "scene")), "EPSG:32633"]
        with zipfile.ZipFile(tmp_path / "out" / row["image_file"]) as members:
            assert {member.date_time[0] for member in members.infolist()} == {1980}


# -- COCO ----------------------------------------------------------------------------------------


def test_objects_give_back_the_very_pixels(project: Path, tmp_path: Path) -> None:
    export(project, tmp_path / "out", format="coco")

    seen, numbers = set(), set()
    for row in rows(tmp_path / "out/splits.csv"):
        coco = COCO(str(tmp_path / "out/annotations" / f"{row['split']}.json"))
        (image,) = (i for i in coco.dataset["images"] if i["file_name"] == f"{row['image']}.png")
        found = np.zeros((image["height"], image["width"]), np.uint8)
        annotations = coco.loadAnns(coco.getAnnIds(image["id"]))
        for one in annotations:
            painted = coco.annToMask(one)
            assert painted.sum() == one["area"]
            assert not found[painted == 1].any()
            found[painted == 1] = one["category_id"]
            assert coco_masks.toBbox(coco.annToRLE(one)).tolist() == one["bbox"]
            assert one["iscrowd"] == 0
        stored = classes_of(GROUNDS[0])
        assert np.array_equal(found, np.where(stored < 254, stored, 0))
        assert np.array_equal(written_classes(tmp_path / "out" / image["mask_file"]), stored)
        assert len(annotations) == 2
        numbers |= {one["id"] for one in annotations}
        seen.add(image["id"])
    assert seen == set(range(1, 9))
    assert numbers == set(range(1, 17))
    assert [c["name"] for c in coco.dataset["categories"]] == ["vessel"]


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6])
def test_run_lengths_are_those_of_pycocotools(share: float) -> None:
    chance = np.random.default_rng(7)
    classes = (chance.random((37, 53)) < share).astype(np.uint8) * 3

    objects = list(objects_of(classes))

    masks = [coco_masks.decode(o["segmentation"]) for o in objects]
    assert np.array_equal(sum(masks), classes // 3)
    for one, mask in zip(objects, masks, strict=True):
        assert one["category_id"] == 3
        theirs = coco_masks.encode(np.asfortranarray(mask))
        assert one["segmentation"]["counts"] == theirs["counts"].decode()


def test_objects_that_touch_by_a_corner_are_one_and_classes_never_mix() -> None:
    classes = np.zeros((6, 6), np.uint8)
    classes[1, 1] = classes[2, 2] = 1
    classes[2, 1] = 2
    classes[5, 0] = 1
    classes[0, 0], classes[0, 5] = 255, 254

    found = [(o["category_id"], o["area"], o["bbox"]) for o in objects_of(classes)]

    assert found == [(1, 2, [1, 1, 2, 2]), (1, 1, [0, 5, 1, 1]), (2, 1, [1, 2, 1, 1])]


@pytest.mark.parametrize("kind", ["objects", "masks"])
def test_our_own_importer_reads_coco_back(tmp_path: Path, kind: str) -> None:
    values = (0, 1, 1, 0) if kind == "objects" else (0, 1, 254, 255)
    project = accepted(make_project(tmp_path, apart(3, mask_values=values), VESSELS))
    export(project, tmp_path / "tif", format="geotiff")
    export(project, tmp_path / "coco", format="coco")
    # Of one split: the importer wants one file for what it imports.
    (tmp_path / "chips").mkdir()
    for row in rows(tmp_path / "tif/splits.csv"):
        if row["split"] == "train":
            (tmp_path / "tif" / row["image_file"]).rename(tmp_path / f"chips/{row['image']}.tif")
    sources = {"objects": "annotations/train.json", "masks": "masks"}
    if kind == "masks":
        for path in sorted((tmp_path / "coco/masks").iterdir()):
            path.rename(path.with_name(path.name.replace("-mask", "")))
    again = tmp_path / "again"
    create_project(again, VESSELS, name="again")
    with open_project(again, write=True) as opened:
        options = ImportOptions(masks=tmp_path / "coco" / sources[kind])
        finish(import_sources(opened, [tmp_path / "chips"], options))
        found = opened.catalog.list_masks()
        assert len(found) >= 2
        for row in found:
            mask = read_mask(opened.mask_path(row["id"], 1))
            assert np.array_equal(mask.classes, np.tile(striped(values), (32, 1)))


def striped(values: tuple[int, ...]) -> NDArray[np.uint8]:
    return np.repeat(np.array(values, np.uint8), 8)


# -- STAC ----------------------------------------------------------------------------------------


def test_the_catalog_leads_to_every_pixel(project: Path, tmp_path: Path) -> None:
    export(project, tmp_path / "out", format="stac", licence="CC-BY-4.0")
    # Moved, to see that no link depends on where it was written.
    (tmp_path / "out").rename(tmp_path / "moved")

    catalog = pystac.Catalog.from_file(str(tmp_path / "moved/catalog.json"))
    images, masks = (list(child.get_items()) for child in catalog.get_children())

    table = {row["image"]: row for row in rows(tmp_path / "moved/splits.csv")}
    assert {item.id for item in images} == table.keys()
    for item in masks:
        stored, grid = read_asset(item, "mask")
        assert np.array_equal(stored[0], classes_of(GROUNDS[0]))
        assert item.properties["proj:shape"] == [32, 32]
        assert item.properties["proj:transform"] == grid
        (link,) = item.get_links("source")
        image = link.resolve_stac_object(catalog).target
        assert isinstance(image, pystac.Item)
        row = table[image.id]
        assert row["mask"] == item.id
        dn, _ = read_asset(image, "image")
        assert np.array_equal(dn, numbers_of(row))
        assert image.properties["s2label:split"] == row["split"]
        band = image.assets["image"].extra_fields["bands"][1]
        assert (band["name"], band["eo:common_name"]) == ("B03", "green")
        assert (band["raster:scale"], band["raster:offset"]) == (1e-4, -0.1)
        assert image.datetime is not None
        assert f"{image.datetime:%Y-%m-%d}" == row["date"]
        assert "label:methods" not in item.properties, "nobody said how they were labelled"
    assert len(masks) == len(images) == 8
    for child in catalog.get_children():
        assert isinstance(child, pystac.Collection)
        assert child.license == "CC-BY-4.0"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param(("港口", "船"), ["class-1", "class-2"], id="no Latin letter"),
        pytest.param(("Bare (soil)", "bare soil"), ["bare-soil", "class-2"], id="alike"),
        pytest.param(("class-2", "船"), ["class-1", "class-2"], id="looks numbered"),
        pytest.param(("Forêt", "place"), ["foret", "place"], id="as they are"),
    ],
)
def test_no_two_classes_have_one_name(names: tuple[str, ...], expected: list[str]) -> None:
    classes = tuple(LabelClass(n, name, f"#00000{n}") for n, name in enumerate(names, start=1))
    legend = make_legend(ClassTable("mine", Lifetime.MOVING, classes))

    found = {row["value"]: row["name"] for row in class_rows(legend)}

    assert [found[1], found[2]] == expected
    assert len(set(found.values())) == len(found)


def test_a_catalog_has_an_id_whatever_the_project_is_called() -> None:
    assert catalog_id("Port of Oran") == "Port-of-Oran"
    assert re.fullmatch(r"project-[0-9a-f]{8}", catalog_id("港口"))
    assert catalog_id("港口") != catalog_id("船")


@pytest.mark.parametrize(
    ("provenance", "expected"),
    [
        pytest.param([1, 1], None, id="imported"),
        pytest.param([2, 1], ["manual"], id="painted"),
        pytest.param([3, 1], ["automated"], id="learnt from strokes"),
        pytest.param([2, 17], ["manual", "automated"], id="both"),
    ],
)
def test_a_mask_says_how_it_was_labelled_as_far_as_that_is_known(
    provenance: list[int], expected: list[str] | None
) -> None:
    grid = replace(GROUNDS[0].grid, height=1, width=3)
    # The last pixel is not labelled, whoever touched it.
    classes, setters = ([[1, 1, 254]], [[*provenance, 2]])
    mask = Mask(np.array(classes, np.uint8), np.array(setters, np.uint8), grid)

    assert label_fields(make_legend(VESSELS), mask).get("label:methods") == expected


def read_asset(item: pystac.Item, name: str) -> tuple[NDArray[Any], list[float]]:
    href = item.assets[name].get_absolute_href()
    with rasterio.open(href) as raster:
        return raster.read(), list(raster.transform)[:6]


def test_items_lie_where_their_pixels_do(project: Path, tmp_path: Path) -> None:
    export(project, tmp_path / "out", format="stac")

    for path in sorted((tmp_path / "out/images").glob("p*.json")):
        item = json.loads(path.read_text())
        with rasterio.open(path.with_suffix(".tif")) as raster:
            crs, bounds = raster.crs, raster.bounds
        expected = rasterio.warp.transform_bounds(crs, "OGC:CRS84", *bounds)
        assert np.allclose(item["bbox"], expected, atol=1e-6)
        ring = np.array(item["geometry"]["coordinates"][0])
        assert np.array_equal(ring[0], ring[-1])
        # Against the clock, as RFC 7946 wants it.
        (x, y), (later_x, later_y) = ring[:-1].T, ring[1:].T
        assert (x * later_y - later_x * y).sum() > 0


def test_ground_without_a_code_is_told_by_its_wkt() -> None:
    crs = CRS.from_proj4("+proj=laea +lat_0=52 +lon_0=10 +ellps=GRS80 +units=m")
    grid = replace(GROUNDS[0].grid, crs=rasterio.CRS.from_wkt(crs.to_wkt()).to_wkt())

    properties = ground_item("x", grid, span_of(["2018-01-05"]), "c", {}).properties

    assert properties["proj:code"] is None
    assert CRS.from_wkt(properties["proj:wkt2"]).equals(crs, ignore_axis_order=True)


@pytest.mark.parametrize("static", [True, False])
def test_stac_documents_are_valid_without_network(
    tmp_path: Path, static: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("jsonschema")
    from pystac.validation import stac_validator

    grounds = apart(2, dates=("2018-01-05", None), mask_values=(1, 254))
    project = accepted(make_project(tmp_path, grounds, LANDCOVERNET if static else VESSELS))
    export(project, tmp_path / "out", format="stac", licence="ask me; for free")
    monkeypatch.setattr(pystac.StacIO, "default", no_network)
    validator = stac_validator.JsonSchemaSTACValidator()

    kinds = []
    for path in sorted((tmp_path / "out").rglob("*.json")):
        if path.name != "leaks.json":
            document = json.loads(path.read_text())
            kinds.append(document["type"])
            validator.validate_core(document, OBJECTS[document["type"]], "1.1.0")
    assert kinds.count("Collection") == 2
    assert kinds.count("Feature") == (6 if static else 8)
    undated = list((tmp_path / "out/images").glob("*undated*.json"))
    assert len(undated) == 2
    properties = json.loads(undated[0].read_text())["properties"]
    assert properties["datetime"] is None
    assert properties["s2label:undated"] is True


OBJECTS = {
    "Feature": pystac.STACObjectType.ITEM,
    "Collection": pystac.STACObjectType.COLLECTION,
    "Catalog": pystac.STACObjectType.CATALOG,
}


def no_network() -> None:
    raise AssertionError("a schema is wanted that pystac does not bring along")


# -- all -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("format_", list(Format))
def test_every_mask_is_the_catalogs(project: Path, tmp_path: Path, format_: Format) -> None:
    export(project, tmp_path / "out", format=format_)

    table = rows(tmp_path / "out/splits.csv")
    with open_project(project) as opened:
        for row in table:
            stored = read_mask(opened.mask_path(row["mask"], 1)).classes
            written = written_classes(tmp_path / "out" / row["mask_file"])
            assert np.array_equal(written, stored)
    assert len(table) == 8
