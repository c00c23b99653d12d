"""Folders as catalogs deliver them: an item or metadata beside the bands tells what they mean."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from s2label.classes import VESSELS
from s2label.errors import InputError
from s2label.importers.band_folder import find_scenes
from s2label.importers.contract import ImportContext
from s2label.importers.options import ImportOptions
from s2label.importers.stac_items import find_items
from s2label.raster import RasterPool
from tests.factories.ports import BANDS, pixels, write_raster
from tests.factories.products import LOSSLESS, Recipe, product_xml, tile_xml

if TYPE_CHECKING:
    from pathlib import Path

    from s2label.importers.scene import Scene

NEW, OLD = "05.09", "02.11"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of bands that name neither date nor product."""
    folder = tmp_path / "download"
    for name, band in zip(BANDS, pixels(), strict=True):
        write_raster(folder / f"{name}.tif", band[None], nodata=0)
    return folder


def write_item(
    folder: Path, baseline: str = NEW, offset: float | None = None, **properties: Any
) -> Path:
    numbers = {"scale": 0.0001} | ({} if offset is None else {"offset": offset})
    document = {
        "type": "Feature",
        "stac_version": "1.0.0",
        "id": "S2A_33TWL_20230818_0_L2A",
        "properties": {
            "datetime": "2023-08-18T10:08:08.248000Z",
            "s2:processing_baseline": baseline,
            "grid:code": "MGRS-33TWL",
            **properties,
        },
        "assets": {
            name: {"href": f"https://example.org/{name}.tif", "raster:bands": [numbers]}
            for name in BANDS
        },
    }
    path = folder / "item.json"
    path.write_text(json.dumps(document))
    return path


def read(folder: Path, **options: object) -> Scene:
    with RasterPool() as pool:
        context = ImportContext(ImportOptions.model_validate(options), VESSELS, pool)
        (scene,) = find_scenes(folder, context, None)
    return scene


def offsets(scene: Scene) -> set[float]:
    return {band.offset_dn for band in scene.bands}


# -- STAC items ------------------------------------------------------------------------------


def test_an_item_tells_date_place_and_product(folder: Path) -> None:
    write_item(folder, offset=-0.1, **{"s2:product_uri": "S2A_MSIL2A_x.SAFE"})
    scene = read(folder)
    assert (scene.date, scene.name, scene.scene) == ("2023-08-18", "T33TWL", "S2A_MSIL2A_x")


@pytest.mark.parametrize(
    ("baseline", "offset", "applied", "expected", "words"),
    [
        pytest.param(
            NEW, -0.1, True, 0, "offset applied already", id="applied, listed all the same"
        ),
        pytest.param(NEW, None, True, 0, "offset applied already", id="applied"),
        pytest.param(NEW, -0.1, False, -1000, "offset -1000 from STAC item", id="not applied"),
        pytest.param(
            NEW, None, False, -1000, "offset -1000 from STAC item", id="not applied, unlisted"
        ),
        pytest.param(NEW, -0.1, None, -1000, "offset -1000 from STAC item", id="listed"),
        pytest.param(OLD, None, None, 0, "quantification 10000 from STAC item", id="old"),
        pytest.param(OLD, 0.0, False, 0, "offset 0 from STAC item", id="old, listed as 0"),
    ],
)
def test_an_item_tells_whether_the_offset_was_applied(
    folder: Path,
    baseline: str,
    offset: float | None,
    applied: bool | None,
    expected: int,
    words: str,
) -> None:
    write_item(folder, baseline, offset, **{"earthsearch:boa_offset_applied": applied})
    scene = read(folder)
    assert offsets(scene) == {expected}
    assert words in scene.radiometry
    assert {band.quantification for band in scene.bands} == {10_000}


@pytest.mark.parametrize(
    ("offset", "words"),
    [
        pytest.param(None, "its baseline 05.09 has an offset of -1000; give --offset", id="untold"),
        pytest.param(0.0, "but the item lists an offset of 0", id="listed as 0"),
    ],
)
def test_an_item_that_leaves_the_offset_open_is_asked_about(
    folder: Path, offset: float | None, words: str
) -> None:
    write_item(folder, NEW, offset)
    with pytest.raises(InputError, match=words):
        read(folder)


def test_the_user_overrules_an_item(folder: Path) -> None:
    write_item(folder, NEW, -0.1)
    scene = read(folder, offset=0)
    assert offsets(scene) == {0}
    assert "offset 0 by option" in scene.radiometry


def test_an_item_and_tags_that_contradict_each_other_are_refused(folder: Path) -> None:
    write_item(folder, NEW, -0.1)
    import rasterio

    for path in folder.glob("*.tif"):
        with rasterio.open(path, "r+") as dataset:
            dataset.scales, dataset.offsets = (0.001,), (0.0,)
    with pytest.raises(InputError, match=r"its tags and STAC item item\.json say 1000 and 10000"):
        read(folder)
    assert offsets(read(folder, offset=0, quantification=1000)) == {0}


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '{"type": "FeatureCollection"}', '{"type": "Feature"}', "[" * 100_000],
    ids=["cut short", "a list", "another type", "no STAC", "nested without end"],
)
def test_other_json_is_passed_over(folder: Path, text: str) -> None:
    (folder / "labels.json").write_text(text)
    assert find_items(folder) == []


def test_an_item_that_is_damaged_is_told(folder: Path) -> None:
    path = write_item(folder)
    path.write_text(path.read_text().replace("0.0001", "-1"))
    with pytest.raises(InputError, match=r"item\.json: a STAC item with assets\.B02"):
        read(folder)


def test_of_two_items_each_tells_of_the_files_it_names(folder: Path) -> None:
    write_item(folder, OLD)
    other = json.loads((folder / "item.json").read_text())
    other["assets"] = {"B02": {"href": "elsewhere.tif"}}
    other["properties"]["datetime"] = "2020-01-01T00:00:00Z"
    (folder / "another.json").write_text(json.dumps(other))
    assert read(folder).date == "2023-08-18"


# -- metadata of products --------------------------------------------------------------------


def test_the_product_s_metadata_beside_its_bands_tells_the_offset(folder: Path) -> None:
    (folder / "product_metadata.xml").write_text(product_xml(Recipe("L2A", NEW)))
    scene = read(folder)
    assert offsets(scene) == {-1000}
    assert "offset -1000 from product_metadata.xml" in scene.radiometry
    assert scene.date == "2023-08-15"


def test_a_statement_that_the_offset_was_applied_goes_before_the_product_s_list(
    folder: Path,
) -> None:
    (folder / "product_metadata.xml").write_text(product_xml(Recipe("L2A", NEW)))
    write_item(folder, NEW, **{"earthsearch:boa_offset_applied": True})
    assert offsets(read(folder)) == {0}


def test_the_tile_s_metadata_tells_baseline_and_date(folder: Path) -> None:
    (folder / "granule_metadata.xml").write_text(tile_xml(Recipe("L2A", OLD)))
    assert read(folder).date == "2023-08-15"
    (folder / "granule_metadata.xml").write_text(tile_xml(Recipe("L2A", NEW)))
    with pytest.raises(InputError, match=r"its baseline 05\.09 has an offset of -1000"):
        read(folder)


def test_metadata_that_is_damaged_is_left_out_with_a_note(folder: Path) -> None:
    (folder / "granule_metadata.xml").write_text(tile_xml(Recipe("L2A", NEW))[:600])
    (note,) = read(folder).notes
    assert "granule_metadata.xml: no XML" in note


# -- quality rasters -------------------------------------------------------------------------


def test_quality_rasters_beside_and_below_the_bands_go_with_the_scene(folder: Path) -> None:
    classes = np.full((1, 128, 128), 4, np.uint8)
    write_raster(folder / "SCL.tif", classes)
    write_raster(folder / "GRANULE" / "x" / "QI_DATA" / "MSK_CLDPRB_20m.jp2", classes, **LOSSLESS)
    scene = read(folder, bands=("B02", "B03"))
    assert [raster.name for raster in scene.rasters] == ["B04", "B08", "SCL", "MSK_CLDPRB"]


def test_of_several_dates_each_has_its_own_scene_classes(tmp_path: Path) -> None:
    for day in ("20230815", "20230818"):
        for name, band in zip(BANDS, pixels(), strict=True):
            write_raster(tmp_path / "port" / f"{day}_{name}.tif", band[None])
        classes = np.full((1, 128, 128), 4, np.uint8)
        write_raster(tmp_path / "port" / f"{day}_SCL.tif", classes)
    with RasterPool() as pool:
        scenes = find_scenes(tmp_path, ImportContext(ImportOptions(), VESSELS, pool), None)
    assert [[f.source.path.rsplit("/")[-1] for f in s.rasters] for s in scenes] == [
        ["20230815_SCL.tif"],
        ["20230818_SCL.tif"],
    ]


def test_a_damaged_quality_raster_is_left_out_with_a_note(folder: Path) -> None:
    (folder / "SCL.tif").write_bytes(b"")
    scene = read(folder)
    assert scene.rasters == ()
    assert "an empty file" in scene.notes[0]


def test_chips_are_stored_where_bands_are_jpeg2000_whatever_their_name(folder: Path) -> None:
    assert not read(folder).is_stored
    for name, band in zip(BANDS, pixels(), strict=True):
        path = folder / f"{name}.tif"
        path.unlink()
        write_raster(path, band[None], **LOSSLESS)
    assert read(folder).is_stored
