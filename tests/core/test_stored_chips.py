"""Chips of slow rasters are stored in the project: the same pixels, decoded once."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import rasterio
from filelock import FileLock
from rasterio.warp import transform

from s2label.checking import check_project
from s2label.errors import InputError
from s2label.grid import Grid
from s2label.importers.cutting import blocks, decoded_band
from s2label.importers.cutting.decoding import decode_scene
from s2label.importers.staging import Staging
from s2label.progress import finish
from s2label.project import open_project
from s2label.raster import read_bands, source_of
from s2label.stored_chips import encode_chip, source_of_chip
from s2label.types import BandRaster, ImageRecord
from tests.factories.cut_scenes import (
    BANDS,
    BLOCK_PX,
    CRS,
    LEFT,
    TOP,
    bring,
    new_project,
    store_chips,
    write_scene,
)
from tests.factories.snapshots import project_snapshot

if TYPE_CHECKING:
    from s2label.types import Source


@pytest.fixture(autouse=True)
def stored(monkeypatch: pytest.MonkeyPatch) -> None:
    store_chips(monkeypatch)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return new_project(tmp_path / "project")


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> Counter[tuple[int, int]]:
    """Count how often each block is decoded, in all bands, by row and column."""
    counts: Counter[tuple[int, int]] = Counter()
    window = blocks.block_window

    def note(block: tuple[int, int], *rest: Any) -> Any:
        counts[block] += 1
        return window(block, *rest)

    monkeypatch.setattr(decoded_band, "block_window", note)
    return counts


def images_of(project: Path) -> dict[str, tuple[ImageRecord, Grid]]:
    with open_project(project) as opened:
        places = opened.catalog.places()
        images = opened.catalog.images(opened.catalog.image_ids())
    return {image.id: (image, places[image.place_id].grid) for image in images.values()}


def faults_of(project: Path) -> list[str]:
    with open_project(project) as opened:
        return finish(check_project(opened, full=True))


def in_place(image: ImageRecord, folder: Path) -> list[BandRaster]:
    """Return the bands of an image as the scene has them."""
    paths = {name: folder / f"S_20230614_{name}.jp2" for name in BANDS}
    return [replace(b, source=source_of(paths[b.name]), index=1) for b in image.bands]


@pytest.mark.parametrize(
    ("chip", "stride", "edge"),
    [
        pytest.param(32, 32, "drop", id="blocks hold whole chips"),
        pytest.param(48, 40, "shift", id="chips lie across blocks"),
        pytest.param(100, 100, "pad", id="chips are larger than blocks"),
    ],
)
def test_stored_chips_hold_the_pixels_of_the_scene(
    project: Path, tmp_path: Path, chip: int, stride: int, edge: str
) -> None:
    scene = write_scene(tmp_path / "scene")

    report = bring(project, scene, chip=chip, stride=stride, edge=edge)

    images = images_of(project)
    assert report.counts.images_new == len(images) > 8
    for image, grid in images.values():
        expected = read_bands(in_place(image, scene), grid)
        np.testing.assert_array_equal(read_bands(image.bands, grid), expected)
    assert faults_of(project) == []


@pytest.mark.parametrize("stride", [32, 20])
def test_each_block_is_decoded_once(
    project: Path, tmp_path: Path, decoded: Counter[tuple[int, int]], stride: int
) -> None:
    bring(project, write_scene(tmp_path / "scene"), stride=stride)

    # GDAL takes blocks as small as these several at once, as many as lie side by side. The first
    # rows of blocks exist in all four bands, the others in those of 10 m only.
    assert list(decoded.values()) == [4, 4, 3, 3]
    assert len(decoded) == 256 // BLOCK_PX


def test_only_blocks_under_chosen_tiles_are_decoded(
    project: Path, tmp_path: Path, decoded: Counter[tuple[int, int]]
) -> None:
    scene = write_scene(tmp_path / "scene")

    bring(project, scene, random=1)

    assert sum(decoded.values()) == len(BANDS)


def test_a_chip_beside_a_block_that_no_chip_lies_in_is_resampled_with_it(
    project: Path, tmp_path: Path
) -> None:
    scene = write_scene(tmp_path / "scene")
    # Rows 96 to 128 at 10 m end where the first blocks of 20 m do.
    lon, lat = transform(CRS, "EPSG:4326", [LEFT + 1005], [TOP - 1125])[:2]
    (tmp_path / "points.csv").write_text(f"lon,lat\n{lon[0]!r},{lat[0]!r}\n")

    bring(project, scene, points=tmp_path / "points.csv")

    ((image, grid),) = images_of(project).values()
    assert grid.transform[5] == TOP - 960
    expected = read_bands(in_place(image, scene), grid)
    np.testing.assert_array_equal(read_bands(image.bands, grid), expected)


def test_a_stored_chip_is_a_small_geotiff_that_names_its_bands(
    project: Path, tmp_path: Path
) -> None:
    bring(project, write_scene(tmp_path / "scene"))

    image, grid = next(iter(images_of(project).values()))
    (path,) = {band.source.path for band in image.bands}
    assert Path(path).parent == project / "chips"
    assert [band.index for band in image.bands] == [1, 2, 3, 4]
    with rasterio.open(path) as raster:
        assert raster.descriptions == tuple(BANDS)
        assert set(raster.dtypes) == {"uint16"}
        assert raster.profile["compress"] == "deflate"
        assert raster.block_shapes == [(32, 32)] * 4
        assert (raster.height, raster.width) == grid.shape
        assert raster.transform == grid.affine


def test_importing_a_product_again_decodes_nothing_and_changes_nothing(
    project: Path, tmp_path: Path, decoded: Counter[tuple[int, int]]
) -> None:
    scene = write_scene(tmp_path / "scene", nodata_columns=80)
    assert bring(project, scene).blank == 16
    before = project_snapshot(project)
    decoded.clear()

    report = bring(project, scene)

    assert report.counts.is_nothing
    assert (report.counts.images_unchanged, report.blank) == (48, 16)
    assert not decoded
    assert project_snapshot(project) == before


def test_a_changed_product_changes_its_images_and_leaves_no_old_chips(
    project: Path, tmp_path: Path
) -> None:
    scene = write_scene(tmp_path / "scene", side_px=128)
    bring(project, scene)
    old = {path.name for path in (project / "chips").iterdir()}
    write_scene(scene, side_px=128, seed=7)

    report = bring(project, scene)

    assert report.counts.images_changed == 16
    assert {image.version for image, _ in images_of(project).values()} == {2}
    assert not old & {path.name for path in (project / "chips").iterdir()}
    assert faults_of(project) == []


def test_chips_serve_when_their_product_is_gone(project: Path, tmp_path: Path) -> None:
    scene = write_scene(tmp_path / "scene", side_px=128)
    bring(project, scene)
    shutil.rmtree(scene)

    assert faults_of(project) == []


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        pytest.param(Path.unlink, "missing", id="missing"),
        pytest.param(
            lambda path: path.write_bytes(path.read_bytes()[:-9]),
            "not the file that was written",
            id="cut short",
        ),
    ],
)
def test_a_damaged_chip_is_found_and_cut_again(
    project: Path, tmp_path: Path, harm: Any, words: str
) -> None:
    scene = write_scene(tmp_path / "scene", side_px=128)
    bring(project, scene)
    before = project_snapshot(project)
    chip = sorted((project / "chips").glob("*.tif"))[5]
    harm(chip)

    assert faults_of(project) == [f"{chip}: {words}; import its product again"]
    assert bring(project, scene).counts.is_nothing
    assert project_snapshot(project) == before


def test_damage_in_the_middle_of_a_large_chip_is_found(project: Path, tmp_path: Path) -> None:
    bring(project, write_scene(tmp_path / "scene"), chip=256)
    (chip,) = (project / "chips").glob("*.tif")
    data = bytearray(chip.read_bytes())
    assert len(data) > 3 * 64 * 1024
    data[len(data) // 2] ^= 0xFF
    chip.write_bytes(data)

    assert faults_of(project) == [f"{chip}: damaged; import its product again"]


def test_a_file_that_no_image_is_read_from_is_found(project: Path, tmp_path: Path) -> None:
    bring(project, write_scene(tmp_path / "scene", side_px=128))
    (project / "chips" / "left.tif").write_bytes(b"x")

    assert faults_of(project) == [
        f"{project / 'chips' / 'left.tif'}: not in the catalog; it can be deleted"
    ]


@pytest.mark.parametrize("is_writing", [False, True], ids=["read", "written"])
@pytest.mark.parametrize("is_copy", [False, True], ids=["moved", "copied"])
def test_chips_go_with_their_project(
    project: Path, tmp_path: Path, is_copy: bool, is_writing: bool
) -> None:
    bring(project, write_scene(tmp_path / "scene", side_px=128))
    there = tmp_path / "elsewhere" / "project"
    there.parent.mkdir()
    shutil.copytree(project, there) if is_copy else project.rename(there)

    with open_project(there, write=is_writing):
        pass

    paths = {band.source.path for image, _ in images_of(there).values() for band in image.bands}
    assert {Path(path).parent for path in paths} == {there / "chips"}
    assert faults_of(there) == []


def test_chips_of_a_moved_project_are_not_called_needless_while_somebody_else_writes(
    project: Path, tmp_path: Path
) -> None:
    bring(project, write_scene(tmp_path / "scene", side_px=128))
    there = project.rename(tmp_path / "there")

    with FileLock(there / ".lock"):
        faults = faults_of(there)

    assert len(faults) == 16
    assert all(fault.startswith(f"{project / 'chips'}/") for fault in faults)


class KilledError(BaseException):
    pass


@pytest.mark.parametrize("moment", ["decoding", "reading", "placing"])
def test_a_killed_import_goes_on_without_decoding_what_is_staged(
    tmp_path: Path,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    decoded: Counter[tuple[int, int]],
    moment: str,
) -> None:
    scene = write_scene(tmp_path / "scene", nodata_columns=40)
    whole = new_project(tmp_path / "whole" / "project")
    bring(whole, scene)
    in_all = sum(decoded.values())
    decoded.clear()
    with monkeypatch.context() as patch:
        _die_while(moment, patch)
        with pytest.raises(KilledError):
            bring(project, scene)

    bring(project, scene)

    assert sum(decoded.values()) <= (in_all + 8 if moment == "decoding" else in_all)
    assert faults_of(project) == []
    assert _chips_of(project) == _chips_of(whole)


def _die_while(moment: str, patch: pytest.MonkeyPatch) -> None:
    if moment == "placing":
        place, placed = Staging._place_files, []

        def place_then_die(staging: Staging, chip: Any) -> None:
            place(staging, chip)
            placed.append(chip)
            if len(placed) == 9:
                raise KilledError

        patch.setattr(Staging, "_place_files", place_then_die)
        return
    if moment == "reading":
        keep, kept = Staging.keep, []

        def keep_then_die(staging: Staging, examined: Any) -> Any:
            kept.append(examined)
            if len(kept) == 4:
                raise KilledError
            return keep(staging, examined)

        patch.setattr(Staging, "keep", keep_then_die)
        return

    def decode_then_die(*arguments: Any) -> Any:
        for step in decode_scene(*arguments):
            yield step
            if step.done == 8:
                raise KilledError

    patch.setattr("s2label.importers.run.decode_scene", decode_then_die)


def _chips_of(project: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (project / "chips").iterdir()}


def test_a_damaged_block_stops_the_import_and_leaves_the_project_as_it_was(
    project: Path, tmp_path: Path
) -> None:
    scene = write_scene(tmp_path / "scene")
    before = project_snapshot(project)
    path = scene / "S_20230614_B08.jp2"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    with pytest.raises(InputError, match=r"B08\.jp2: damaged or cut short"):
        bring(project, scene)

    assert project_snapshot(project) == before
    assert not (project / ".importing").exists()


def test_stopping_while_bands_are_decoded_leaves_no_thread(project: Path, tmp_path: Path) -> None:
    import threading

    scene = write_scene(tmp_path / "scene")

    def stop(step: Any) -> None:
        if step.message.startswith("decoding"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bring(project, scene, stop)

    assert [t.name for t in threading.enumerate() if t.name.startswith("ThreadPool")] == []


@pytest.mark.parametrize("side_px", [16, 200])
def test_a_chip_is_known_before_it_is_written(tmp_path: Path, side_px: int) -> None:
    dn = np.random.default_rng(0).integers(0, 9999, (3, side_px, side_px), dtype=np.uint16)
    band = BandRaster("B02", _no_source(), nodata=0.0)
    bands = [band, replace(band, name="B03"), replace(band, name="B04")]
    grid = Grid(CRS, (10, 0, LEFT, 0, -10, TOP), side_px, side_px)
    path = tmp_path / "chip.tif"

    data = encode_chip(dn, grid, bands)
    path.write_bytes(data)

    expected = replace(source_of(path), mtime_ns=5)
    assert source_of_chip(path, data, 5) == expected
    with rasterio.open(path) as raster:
        assert raster.nodata == 0
        np.testing.assert_array_equal(raster.read(), dn)


def _no_source() -> Source:
    from s2label.types import Source

    return Source("", 0, 0, "")
