"""Products that come again: as other files, after a stop, with more beside them."""

from __future__ import annotations

import json
import os
import shutil
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from affine import Affine

from s2label.errors import InputError
from s2label.importers.cutting.decoded_band import DecodedBand
from s2label.importers.options import ImportOptions
from s2label.importers.run import import_sources
from s2label.progress import finish
from s2label.project import open_project
from s2label.raster import source_of
from s2label.types import BandRaster, Decision, ImageRecord, Subject, Verdict
from tests.factories.cut_scenes import new_project
from tests.factories.ports import write_raster
from tests.factories.products import (
    CORNER,
    CRS,
    LOSSLESS,
    Recipe,
    ground,
    write_product,
    zipped,
)

if TYPE_CHECKING:
    from pathlib import Path

    from s2label.importers.run import ImportReport

FINE = ("B02", "B03", "B04", "B08")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return new_project(tmp_path / "project")


def bring(project: Path, *sources: Path, **options: Any) -> ImportReport:
    asked = ImportOptions.model_validate({"chip": 64, "any_values": True, **options})
    with open_project(project, write=True) as opened:
        return finish(import_sources(opened, sources, asked))


def stop_after_the_first_row(project: Path, source: Path) -> None:
    asked = ImportOptions(chip=64, any_values=True)
    with open_project(project, write=True) as opened:
        job = import_sources(opened, [source], asked)
        next(step for step in job if step.message == "reading" and step.done)
        job.close()


def images_of(project: Path) -> list[ImageRecord]:
    with open_project(project) as opened:
        return list(opened.catalog.images(opened.catalog.image_ids()).values())


def accept_all(project: Path) -> None:
    with open_project(project, write=True) as opened:
        ids = opened.catalog.image_ids()
        opened.catalog.decide([Decision(Subject.IMAGE, id_, Verdict.ACCEPT) for id_ in ids])


def accepted(project: Path) -> tuple[int, int]:
    with open_project(project) as opened:
        counts = opened.catalog.counts()
    return counts["images_accepted"], counts["images"]


def write_bands(folder: Path, stem: str = "", plus: int = 0, **profile: Any) -> Path:
    """Write a folder of bands of 10 m."""
    folder.mkdir(exist_ok=True)
    suffix = ".jp2" if profile else ".tif"
    transform = Affine(10, 0, CORNER[0], 0, -10, CORNER[1])
    for name in FINE:
        path = folder / f"{stem}{name}{suffix}"
        write_raster(path, (ground()[name] + plus)[None], transform=transform, crs=CRS, **profile)
    return folder


def write_item(folder: Path, files: dict[str, str]) -> None:
    """Write a STAC item that says the offset was applied."""
    properties = {
        "datetime": "2023-08-15T09:56:30Z",
        "grid:code": "MGRS-33TWL",
        "s2:processing_baseline": "05.09",
        "earthsearch:boa_offset_applied": True,
    }
    item = {"type": "Feature", "stac_version": "1.0.0", "id": "S2A_33TWL_20230815_0_L2A"}
    assets = {name: {"href": f"./{file}"} for name, file in files.items()}
    text = json.dumps({**item, "properties": properties, "assets": assets})
    (folder / "item.json").write_text(text)


@pytest.mark.parametrize("is_zip_first", [True, False])
def test_decisions_hold_when_a_product_comes_again_unpacked_or_packed(
    project: Path, tmp_path: Path, is_zip_first: bool
) -> None:
    safe = write_product(tmp_path)
    first, second = (zipped(safe), safe) if is_zip_first else (safe, zipped(safe))
    bring(project, first)
    accept_all(project)

    report = bring(project, second)

    assert (report.counts.images_moved, report.counts.images_changed) == (4, 0)
    assert accepted(project) == (4, 4)
    assert len(list((project / "chips").glob("*.tif"))) == 4


def test_of_a_changed_product_only_images_with_other_pixels_are_opened(
    project: Path, tmp_path: Path
) -> None:
    bring(project, write_product(tmp_path / "old"))
    accept_all(project)
    bands = {**ground()}
    bands["B08"] = bands["B08"].copy()
    bands["B08"][70:80, 70:80] += 500

    report = bring(project, write_product(tmp_path / "new", Recipe(bands=bands)))

    assert (report.counts.images_moved, report.counts.images_changed) == (3, 1)
    assert accepted(project) == (3, 4)


@pytest.mark.parametrize("profile", [LOSSLESS, {}], ids=["JPEG2000", "GeoTIFF"])
@pytest.mark.parametrize("has_item", [False, True], ids=["classes", "classes and an item"])
def test_what_comes_to_lie_beside_bands_opens_no_image_and_doubles_none(
    project: Path, tmp_path: Path, profile: dict[str, Any], has_item: bool
) -> None:
    folder = write_bands(tmp_path / "S2A_33TWL_20230815", **profile)
    bring(project, folder)
    accept_all(project)
    classes = np.full((1, 64, 64), 4, np.uint8)
    transform = Affine(20, 0, CORNER[0], 0, -20, CORNER[1])
    write_raster(folder / "SCL.tif", classes, transform=transform, crs=CRS)
    if has_item:
        suffix = ".jp2" if profile else ".tif"
        write_item(folder, {name: f"{name}{suffix}" for name in FINE})

    bring(project, folder)

    assert accepted(project) == (4, 4)
    assert {tuple(raster.name for raster in image.rasters) for image in images_of(project)} == {
        ("SCL",)
    }


def test_a_stopped_import_takes_no_scale_of_metadata_that_was_mended_since(
    project: Path, tmp_path: Path
) -> None:
    safe = write_product(tmp_path, Recipe(baseline="05.09"))
    (metadata,) = safe.glob("MTD_*.xml")
    right = metadata.read_text()
    metadata.write_text(right.replace(">-1000<", ">-900<"))
    stop_after_the_first_row(project, safe)
    metadata.write_text(right)

    bring(project, safe)

    offsets = [band.offset_dn for image in images_of(project) for band in image.bands]
    assert offsets == [-1000] * 4 * 7


def test_the_zip_and_its_folder_given_side_by_side_are_one_product(
    project: Path, tmp_path: Path
) -> None:
    safe = write_product(tmp_path)
    archive = zipped(safe)

    report = bring(project, safe, archive)

    assert report.counts.images_new == 4
    (warning,) = report.warnings
    assert warning.startswith(str(archive))
    assert warning.endswith(f"left out, the same product as in {safe}")


def test_an_item_tells_nothing_of_another_date_beside_it(project: Path, tmp_path: Path) -> None:
    folder = write_bands(tmp_path / "bands", "T33TWL_20230815_")
    write_bands(folder, "T33TWL_20230818_", plus=1000)
    write_item(folder, {name: f"T33TWL_20230815_{name}.tif" for name in FINE})

    bring(project, folder)

    said = {(image.date, image.radiometry) for image in images_of(project)}
    assumed = "quantification 10000 assumed, agrees with the values"
    assert said == {
        ("2023-08-15", f"{assumed}, offset applied already, as STAC item item.json says"),
        ("2023-08-18", assumed),
    }


@pytest.mark.parametrize("is_zip", [True, False])
def test_companions_that_macos_puts_beside_files_are_no_bands(
    project: Path, tmp_path: Path, is_zip: bool
) -> None:
    safe = write_product(tmp_path)
    for path in [path for path in safe.rglob("*") if path.is_file()]:
        path.with_name(f"._{path.name}").write_bytes(b"\0\5\x16\7" + bytes(60))

    report = bring(project, zipped(safe) if is_zip else safe)

    assert (report.counts.images_new, report.warnings) == (4, ())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFO on this system")
@pytest.mark.parametrize(
    "make", [getattr(os, "mkfifo", None), lambda path: os.symlink("/nowhere", path)]
)
def test_a_cloud_mask_that_is_no_file_is_left_out(project: Path, tmp_path: Path, make: Any) -> None:
    safe = write_product(tmp_path)
    (folder,) = safe.glob("GRANULE/*/QI_DATA")
    make(folder / "MSK_CLOUDS_B00.gml")

    report = bring(project, safe)

    assert report.counts.images_new == 4
    (warning,) = report.warnings
    assert warning.endswith("MSK_CLOUDS_B00.gml: no such file; left out, screening does without")


def test_a_full_disk_is_not_told_as_a_damaged_product(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="no limits on this system")
    path = tmp_path / "B02.jp2"
    dn = np.random.default_rng(0).integers(1, 9999, (1, 300, 300), dtype=np.uint16)
    transform = Affine(10, 0, CORNER[0], 0, -10, CORNER[1])
    write_raster(path, dn, transform=transform, crs=CRS, **LOSSLESS)
    band = DecodedBand(BandRaster("B02", source_of(path)), [(0, 0)], tmp_path / "decoded.tif")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))  # stands for a full disk
    try:
        with pytest.raises(OSError, match="is the disk full") as caught:
            list(band.decode(band.blocks))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        band.close()

    assert caught.value.filename == str(tmp_path / "decoded.tif")
    assert not band.is_done()


def test_the_project_s_own_chips_are_not_imported(project: Path, tmp_path: Path) -> None:
    safe = write_product(tmp_path)
    bring(project, safe)
    shutil.rmtree(safe)

    for source in (project, project / "chips", tmp_path):
        with pytest.raises(InputError, match="belongs to the project itself"):
            bring(project, source)


def test_a_file_of_a_product_leads_to_the_product(project: Path, tmp_path: Path) -> None:
    safe = write_product(tmp_path)

    with pytest.raises(InputError, match=r"without pixels; give the product itself: its \.SAFE"):
        bring(project, *safe.glob("MTD_*.xml"))


def test_a_band_that_claims_more_pixels_than_a_tile_is_not_read(
    project: Path, tmp_path: Path
) -> None:
    safe = write_product(tmp_path)
    for band in safe.rglob("*_B0[23].jp2"):
        data = bytearray(band.read_bytes())
        size, start = struct.pack(">II", 200_000, 200_000), data.index(b"\xff\x4f\xff\x51")
        for place in (data.index(b"ihdr") + 4, start + 8, start + 24):  # box, image and tile
            data[place : place + 8] = size
        band.write_bytes(data)
    for metadata in safe.rglob("MTD_TL.xml"):
        metadata.unlink()

    with pytest.raises(InputError, match="200000 x 200000 px; expected at most 10980 px a side"):
        bring(project, safe, bands=("B02", "B03"))
