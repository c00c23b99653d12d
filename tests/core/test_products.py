"""Whole products come in with the value scale, dates and grids that their metadata tells."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from s2label.classes import VESSELS
from s2label.errors import InputError
from s2label.importers.contract import ImportContext
from s2label.importers.options import ImportOptions
from s2label.importers.safe.importer import SafeImporter, find_scenes
from s2label.importers.safe.metadata import Level, read_product_metadata, read_tile_metadata
from s2label.project import open_project
from s2label.raster import RasterPool, read_bands, reflectance
from tests.factories.commands import do, run
from tests.factories.ports import write_raster
from tests.factories.products import (
    SIDE,
    USUAL,
    Recipe,
    ground,
    product_xml,
    write_band,
    write_product,
    zipped,
)

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.importers.scene import Scene

OLD, NEW = Recipe("L2A", "02.06"), Recipe("L2A", "05.09")
TREES = {
    "S2A_MSIL1C_20200717T221941_R029_T01LAC_20200717T234135.SAFE": "without offset",
    "S2A_MSIL2A_20230821T221941_N0509_R029_T01KAB_20230822T021825.SAFE": "with offset",
}


def scenes(source: Path, **options: object) -> list[Scene]:
    asked = ImportOptions.model_validate(options)
    with RasterPool() as pool:
        return find_scenes(source, ImportContext(asked, VESSELS, pool), None)


def values(scene: Scene) -> NDArray[np.float32]:
    """Return reflectance (band, y, x) of a whole scene."""
    return reflectance(read_bands(scene.bands, scene.grid), scene.bands)


def with_hole(bands: dict[str, NDArray[np.uint16]]) -> dict[str, NDArray[np.uint16]]:
    """Return bands without data in a corner, as beyond the swath, and a true 0 in one of them."""
    holed = {name: dn.copy() for name, dn in bands.items()}
    for dn in holed.values():
        dn[: dn.shape[0] // 4, : dn.shape[1] // 4] = 0
    return holed


# -- bands, grids, dates ---------------------------------------------------------------------


@pytest.mark.parametrize("level", ["L1C", "L2A"])
def test_a_product_brings_the_usual_bands_in_their_order(tmp_path: Path, level: str) -> None:
    (scene,) = scenes(write_product(tmp_path, Recipe(level)))
    assert [band.name for band in scene.bands] == list(USUAL)
    assert (scene.name, scene.date, scene.scene) == ("T33TWL", "2023-08-15", Recipe(level).name)
    assert (scene.grid.shape, scene.grid.gsd) == ((SIDE, SIDE), (10, 10))
    assert scene.is_stored
    assert values(scene)[0] == pytest.approx(ground()["B02"] / 10_000)


def test_bands_come_in_the_order_they_are_asked_for(tmp_path: Path) -> None:
    safe = write_product(tmp_path, NEW)
    (scene,) = scenes(safe, bands=("B8A", "B03"))
    assert [band.name for band in scene.bands] == ["B8A", "B03"]
    assert {raster.name for raster in scene.rasters} == set(USUAL) - {"B8A", "B03"}
    assert scene.rasters[0].quantification == 10_000


def test_each_band_of_l2a_is_taken_from_its_finest_folder(tmp_path: Path) -> None:
    safe = write_product(tmp_path, NEW)
    granule = next(safe.glob("GRANULE/*"))
    write_band(granule, NEW, "B02", np.full((SIDE // 2, SIDE // 2), 5000))
    (scene,) = scenes(safe)
    assert "R10m" in scene.bands[0].source.path
    assert scene.grid.gsd == (10, 10)


def test_quality_rasters_go_with_the_scene(tmp_path: Path) -> None:
    safe = write_product(tmp_path, NEW)
    granule = next(safe.glob("GRANULE/*"))
    path = write_band(granule, NEW, "SCL", np.full((SIDE // 2, SIDE // 2), 4))
    for name in ("MSK_CLDPRB_20m.jp2", "MSK_CLASSI_B00.jp2"):
        (granule / "QI_DATA" / name).write_bytes(path.read_bytes())
    (granule / "QI_DATA" / "MSK_CLOUDS_B00.gml").write_text("<Mask/>")
    (scene,) = scenes(safe)
    found = {raster.name: raster.quantification for raster in scene.rasters}
    assert found == dict.fromkeys(("SCL", "MSK_CLDPRB", "MSK_CLASSI_B00", "MSK_CLOUDS"), 0)


def test_two_granules_with_pixels_are_two_scenes(tmp_path: Path) -> None:
    safe = write_product(tmp_path)
    granule = next(safe.glob("GRANULE/*"))
    other = granule.with_name("L1C_T33TWL_A042548_20230815T095930")
    other.mkdir()
    for name, dn in ground().items():
        write_band(other, Recipe(), name, dn + 1)
    found = scenes(safe)
    assert len(found) == 2
    assert len({scene.scene for scene in found}) == 2


def test_a_date_that_is_given_overrules_the_product(tmp_path: Path) -> None:
    (scene,) = scenes(write_product(tmp_path), date="2020-01-01")
    assert scene.date == "2020-01-01"


def test_a_folder_of_bands_beside_a_product_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    write_product(tmp_path)
    write_raster(tmp_path / "other" / "B02.tif", ground()["B02"][None])
    (scene,) = scenes(tmp_path)
    assert scene.notes == (
        f"{tmp_path / 'other'}: holds bands, but no product; import it by itself",
    )


# -- value scale -----------------------------------------------------------------------------


def test_a_product_with_an_offset_has_the_reflectance_of_its_twin_without(tmp_path: Path) -> None:
    bands = with_hole(ground())
    bands["B08"][-1, -1] = 0  # dark water: a value without an offset
    old = write_product(tmp_path / "old", replace(OLD, bands=bands))
    (twin,) = scenes(old)
    raised = replace(NEW, bands={n: np.where(dn, dn, 0) for n, dn in bands.items()})
    new = write_product(tmp_path / "new", raised)
    expected = values(twin)
    expected[:, -1, -1] = np.nan  # with an offset, 0 is no data
    for source in (new, zipped(new)):
        (scene,) = scenes(source)
        assert {band.offset_dn for band in scene.bands} == {-1000}
        assert "offset -1000 from MTD_MSIL2A.xml" in scene.radiometry
        assert values(scene) == pytest.approx(expected, abs=1e-6, nan_ok=True)
    assert np.isnan(expected).any()


@pytest.mark.parametrize(
    ("recipe", "nodata"),
    [
        pytest.param(Recipe("L1C", "02.06"), None, id="L1C without offset: dark water reaches 0"),
        pytest.param(Recipe("L2A", "02.06"), None, id="L2A without offset: dark water reaches 0"),
        pytest.param(Recipe("L2A", "05.09"), 0, id="0 is never measured with an offset"),
    ],
)
def test_zero_is_no_data_where_it_cannot_be_a_value(
    tmp_path: Path, recipe: Recipe, nodata: float | None
) -> None:
    (scene,) = scenes(write_product(tmp_path, recipe))
    assert {band.nodata for band in scene.bands} == {nodata}


def test_the_offset_of_each_band_is_taken_by_its_id(tmp_path: Path) -> None:
    safe = write_product(tmp_path, NEW)
    text = product_xml(NEW).replace('band_id="11">-1000', 'band_id="11">-900')
    (safe / "MTD_MSIL2A.xml").write_text(text)
    (scene,) = scenes(safe)
    offsets = {band.name: band.offset_dn for band in scene.bands}
    assert offsets.pop("B11") == -900
    assert set(offsets.values()) == {-1000}


def test_the_quantification_is_read(tmp_path: Path) -> None:
    safe = write_product(tmp_path)
    (safe / "MTD_MSIL1C.xml").write_text(product_xml(Recipe()).replace(">10000<", ">1000<"))
    assert {band.quantification for band in scenes(safe)[0].bands} == {1000}


def test_what_the_user_says_overrules_the_product_and_is_noted(tmp_path: Path) -> None:
    (scene,) = scenes(write_product(tmp_path, NEW), offset=0)
    assert {(band.offset_dn, band.nodata) for band in scene.bands} == {(0, None)}
    assert "offset 0 by option (the product says -1000)" in scene.radiometry


def test_without_metadata_the_baseline_in_its_name_tells_the_offset(tmp_path: Path) -> None:
    (scene,) = scenes(write_product(tmp_path, replace(NEW, has_metadata=False)))
    assert {band.offset_dn for band in scene.bands} == {-1000}
    assert "offset -1000 from the baseline in its name" in scene.radiometry


def test_without_any_name_the_baseline_of_its_tile_tells_the_offset(tmp_path: Path) -> None:
    safe = write_product(tmp_path, NEW)
    (safe / "MTD_MSIL2A.xml").unlink()
    (scene,) = scenes(safe.rename(tmp_path / "renamed.SAFE"))
    assert {band.offset_dn for band in scene.bands} == {-1000}


@pytest.mark.parametrize(
    ("listed", "held", "words"),
    [
        pytest.param(
            NEW, OLD, "as if the offset were applied already; give --offset 0", id="taken out"
        ),
        pytest.param(OLD, NEW, "as if an offset of -1000 were not applied; give", id="left in"),
    ],
)
def test_values_that_contradict_the_product_s_offset_are_refused(
    tmp_path: Path, listed: Recipe, held: Recipe, words: str
) -> None:
    safe = write_product(tmp_path, listed)
    for name, dn in ground().items():
        write_band(next(safe.glob("GRANULE/*")), listed, name, dn.astype(int) - held.offset_dn)
    do("init", tmp_path / "project", "--classes", "vessels")
    printed = run("import", tmp_path / "project", safe)
    assert (printed.code, words in printed.err) == (1, True), printed.err
    do("import", tmp_path / "project", safe, "--offset", held.offset_dn)


# -- the metadata of real products -----------------------------------------------------------


@pytest.mark.parametrize("tree", TREES, ids=TREES.get)
def test_the_metadata_of_real_products_is_read(real_data: Path, tree: str) -> None:
    safe = real_data / "safe_metadata" / tree
    product = read_product_metadata(str(next(safe.glob("MTD_MSIL*.xml"))))
    tile = read_tile_metadata(str(next(safe.glob("GRANULE/*/MTD_TL.xml"))))
    assert (product.quantification, product.nodata, product.saturated) == (10_000, 0, 65_535)
    if TREES[tree] == "with offset":
        assert (product.level, product.baseline) == (Level.L2A, (5, 9))
        assert set(product.offsets_dn.values()) == {-1000}
        assert len(product.offsets_dn) == 13
        assert (tile.tile, tile.crs, str(tile.date)) == ("01KAB", "EPSG:32701", "2023-08-21")
        assert tile.bounds == (99_960, 8_090_200, 209_760, 8_200_000)
    else:
        assert (product.level, product.baseline) == (Level.L1C, (2, 9))
        assert product.offsets_dn == {}
        assert (tile.tile, tile.baseline) == ("01LAC", (2, 9))
    assert product.name.startswith(tree[:26])


def test_real_metadata_around_made_pixels_gives_the_reflectance_of_the_twin(
    real_data: Path, tmp_path: Path
) -> None:
    tree = real_data / "safe_metadata" / next(n for n in TREES if TREES[n] == "with offset")
    expected = values(scenes(write_product(tmp_path / "old", OLD))[0])
    safe = write_product(tmp_path / "new", NEW)
    # The same tree, moved to the tile of the pixels.
    text = (tree / "MTD_MSIL2A.xml").read_text("utf-8").replace("T01KAB", "T33TWL")
    (safe / "MTD_MSIL2A.xml").write_text(text, "utf-8")
    text = next(tree.glob("GRANULE/*/MTD_TL.xml")).read_text("utf-8")
    for old, new in (("EPSG:32701", "EPSG:32633"), ("99960", "499980"), ("8200000", "5100000")):
        text = text.replace(old, new)
    next(safe.glob("GRANULE/*/MTD_TL.xml")).write_text(text, "utf-8")
    for source in (safe, zipped(safe)):
        (scene,) = scenes(source)
        assert scene.date == "2023-08-21"
        assert values(scene) == pytest.approx(expected, abs=1e-6)


def test_metadata_names_what_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "MTD_MSIL1C.xml"
    path.write_text(
        re.sub(r"<PROCESSING_BASELINE>.*?<", "<PROCESSING_BASELINE>five<", product_xml(NEW))
    )
    with pytest.raises(InputError, match=r"baseline: found 'five'; expected two numbers"):
        read_product_metadata(str(path))


# -- in a project ----------------------------------------------------------------------------


def project_of(folder: Path, source: Path) -> Path:
    do("init", folder, "--classes", "vessels")
    do("import", folder, source, "--chip", 64)
    return folder


@pytest.mark.parametrize("is_zip", [False, True], ids=["folder", "zip"])
def test_a_product_is_imported_checked_and_found_again_where_it_moved(
    tmp_path: Path, is_zip: bool
) -> None:
    safe = write_product(tmp_path / "products", NEW)
    # What is not imported is read in place; of the rest the project has its own pixels.
    write_band(next(safe.glob("GRANULE/*")), NEW, "B05", np.full((64, 64), 1700))
    source = zipped(safe, tmp_path / "products" / f"{NEW.name}.zip") if is_zip else safe
    project = project_of(tmp_path / "project", source)
    assert do("check", project, "--full").out == "all is well\n"
    source.rename(tmp_path / source.name)
    assert "B05_20m.jp2: missing" in run("check", project).out
    do("relink", project, tmp_path)
    assert do("check", project, "--full").out == "all is well\n"


def test_products_and_their_zips_do_not_pass_for_masks(tmp_path: Path) -> None:
    safe = write_product(tmp_path)
    assert len(SafeImporter().rasters(zipped(safe))) == len(USUAL)


def test_a_changed_zip_is_noticed(tmp_path: Path) -> None:
    safe = write_product(tmp_path / "products")
    granule = next(safe.glob("GRANULE/*"))
    cirrus = write_band(granule, Recipe(), "B10", np.full((16, 16), 700))
    archive = zipped(safe, tmp_path / f"{safe.stem}.zip")
    project = project_of(tmp_path / "project", archive)
    with open_project(project) as opened:
        paths = {row["path"] for row in opened.catalog.sources()}
    assert f"/vsizip/{{{archive}}}/{cirrus.relative_to(safe.parent).as_posix()}" in paths
    write_band(granule, Recipe(), "B10", np.full((16, 16), 800))
    zipped(safe, archive)
    assert "B10.jp2: changed since it was imported" in run("check", project).out
