"""Two real ports in every format: what libraries of others read is the catalog, pixel by pixel."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pystac
import pytest
import rasterio
from PIL import Image
from pycocotools.coco import COCO

from s2label.exports.options import Format
from s2label.masks import read_mask
from s2label.project import open_project
from s2label.raster import read_bands, reflectance
from s2label.stretch import apply_stretch
from tests.factories.commands import do
from tests.factories.exports import export, rows, written_classes

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from numpy.typing import NDArray

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
PORTS = {"casablanca": 35, "honolulu": 24}
CHIPS = sum(PORTS.values())
RGB = ("B04", "B03", "B02")


@pytest.fixture(scope="module")
def project(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project of two real ports."""
    folder = tmp_path_factory.mktemp("ports") / "project"
    do("init", folder, "--classes", "vessels")
    for port in PORTS:
        source = real_data / "ports" / port
        options = ("--masks", source, "--chip", 64, "--quantification", 65535)
        do("import", folder, source, *options)
    return folder


@pytest.fixture(scope="module")
def stored(project: Path) -> dict[str, tuple[NDArray[Any], NDArray[np.uint8], NDArray[np.uint8]]]:
    """Return what the catalog's own files hold: image -> numbers, RGB as shown, classes."""
    found = {}
    with open_project(project) as opened:
        stretch, places = opened.settings.stretch, opened.catalog.places()
        for image in opened.catalog.images(opened.catalog.image_ids()).values():
            dn = read_bands(image.bands, places[image.place_id].grid)
            at = [[b.name for b in image.bands].index(name) for name in RGB]
            bands = [image.bands[n] for n in at]
            shown = apply_stretch(reflectance(dn[at], bands), RGB, stretch)
            classes = read_mask(opened.mask_path(f"{image.id}-mask", 1)).classes
            found[image.id] = (dn, shown, classes)
    return found


@pytest.mark.parametrize("format_", list(Format))
def test_every_pixel_is_the_catalogs(
    project: Path, stored: dict[str, Any], tmp_path: Path, format_: Format
) -> None:
    out = tmp_path / "out"
    report = export(project, out, format=format_, include_open=True)

    table = rows(out / "splits.csv")
    assert len(table) == CHIPS
    for row in table:
        dn, shown, classes = stored[row["image"]]
        assert np.array_equal(written_classes(out / row["mask_file"]), classes)
        written = pixels_of(out / row["image_file"])
        assert np.array_equal(written, shown if row["image_file"].endswith(".png") else dn)
    assert report.leaks == dict.fromkeys(report.leaks, 0)
    assert do("leaks", out).code == 0
    if format_ is Format.COCO:
        check_objects(out, stored)
    if format_ is Format.STAC:
        check_catalog(out, stored)


def pixels_of(path: Path) -> NDArray[Any]:
    if path.suffix == ".png":
        with Image.open(path) as picture:
            return np.array(picture).transpose(2, 0, 1)
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as archive:
            numbers: NDArray[Any] = archive["image"]
            return numbers
    with rasterio.open(path) as raster:
        found: NDArray[Any] = raster.read()
        return found


def check_objects(out: Path, stored: dict[str, Any]) -> None:
    vessels = 0
    for path in sorted((out / "annotations").iterdir()):
        coco = COCO(str(path))
        for image in coco.dataset["images"]:
            found = np.zeros((64, 64), np.uint8)
            for one in coco.loadAnns(coco.getAnnIds(image["id"])):
                found |= coco.annToMask(one)
            assert np.array_equal(found, stored[image["file_name"].removesuffix(".png")][2])
            vessels += int(found.sum())
    assert vessels == sum(int(classes.sum()) for _, _, classes in stored.values()) > 0


def check_catalog(out: Path, stored: dict[str, Any]) -> None:
    catalog = pystac.Catalog.from_file(str(out / "catalog.json"))
    items = list(catalog.get_items(recursive=True))
    assert len(items) == 2 * CHIPS
    for item in items:
        name = "mask" if "mask" in item.assets else "image"
        with rasterio.open(item.assets[name].get_absolute_href()) as raster:
            assert raster.crs.to_string() == item.properties["proj:code"] == "EPSG:3857"
            expected = stored[item.id.removesuffix("-mask")]
            found = raster.read(1) if name == "mask" else raster.read()
            assert np.array_equal(found, expected[2] if name == "mask" else expected[0])
    # Honolulu, as the item says it.
    boxes = [json.loads(p.read_text())["bbox"] for p in (out / "images").glob("honolulu*.json")]
    assert len(boxes) == PORTS["honolulu"]
    assert all(-158.2 < west < -157.5 and 21 < south < 21.7 for west, south, _, _ in boxes)
