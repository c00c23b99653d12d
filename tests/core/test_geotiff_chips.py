"""Multi-band rasters: chips of any size, with or without masks, and scenes to be cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st

from s2label.ids import image_id
from s2label.masks import read_mask
from s2label.project import open_project
from s2label.raster import read_bands, reflectance
from tests.factories.commands import do, run
from tests.factories.ports import (
    BANDS,
    TRANSFORM,
    chip_folder,
    chip_masks,
    moved_east,
    pixels,
    vessels,
    write_raster,
)

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.types import ImageRecord, PlaceRecord


def fault(reason: str) -> pytest.MarkDecorator:
    return pytest.mark.xfail(strict=True, reason=reason)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    do("init", tmp_path / "project", "--classes", "vessels")
    return tmp_path / "project"


def counts(project: Path) -> tuple[int, int, int]:
    status = do("status", project, "--json").lines[0]
    return status["places"], status["images"], status["masks"]


def records(project: Path) -> list[tuple[PlaceRecord, ImageRecord]]:
    with open_project(project) as opened:
        places = opened.catalog.places()
        images = opened.catalog.images(opened.catalog.image_ids())
    found = [(places[image.place_id], image) for image in images.values()]
    return sorted(found, key=lambda pair: (pair[1].scene, pair[0].name))


def values_of(project: Path) -> list[NDArray[np.float32]]:
    pairs = records(project)
    return [reflectance(read_bands(i.bands, p.grid), i.bands) for p, i in pairs]


def masks_of(project: Path) -> dict[str, NDArray[np.uint8]]:
    """Return name of the place -> classes of its image's mask."""
    found = {}
    with open_project(project) as opened:
        places = opened.catalog.places()
        for row in opened.catalog.list_masks():
            path = opened.mask_path(row["id"], row["version"])
            found[places[row["place"]].name] = read_mask(path).classes
    return found


def write_chip(path: Path, columns: int = 0, names: Any = BANDS, **profile: Any) -> Path:
    return write_raster(path, pixels(), names, transform=moved_east(columns), **profile)


# -- whole chips -----------------------------------------------------------------------------


def test_every_file_is_a_chip_of_its_own_size(project: Path, tmp_path: Path) -> None:
    sizes = {"a": (31, 47), "b": (128, 8), "c": (300, 257)}  # the last over 65,536 pixels
    random = np.random.default_rng(0)
    dn = {name: random.integers(100, 5000, (4, *size), np.uint16) for name, size in sizes.items()}
    for number, (name, array) in enumerate(dn.items()):
        place, truth = moved_east(1000 * number), (array[:1] % 2).astype(np.uint8)
        write_raster(tmp_path / "chips" / f"{name}.tif", array, BANDS, transform=place)
        write_raster(tmp_path / "masks" / f"{name}.tif", truth, transform=place)
    do("import", project, tmp_path / "chips", "--masks", tmp_path / "masks")
    assert [(p.name, p.grid.shape, i.cut) for p, i in records(project)] == [
        (name, size, False) for name, size in sizes.items()
    ]
    for values, array in zip(values_of(project), dn.values(), strict=True):
        assert values == pytest.approx(array / 10_000)
    masks = masks_of(project)
    assert all(np.array_equal(masks[name], array[0] % 2) for name, array in dn.items())
    rows = do("list", project, "--masks", "--json").lines
    assert {sum(row["class_pixels"].values()) for row in rows} == {h * w for h, w in sizes.values()}


def test_masks_of_the_same_stem_may_be_fewer_than_the_chips(project: Path, tmp_path: Path) -> None:
    source = chip_folder(tmp_path / "chips", count=3)
    do("import", project, source, "--masks", chip_masks(source / "masks", count=2))
    assert counts(project) == (3, 3, 2)
    assert all(np.array_equal(mask, vessels()) for mask in masks_of(project).values())


@pytest.mark.parametrize(
    "masks",
    [
        pytest.param("chips/masks", id="plain"),
        pytest.param("chips/masks/../masks", id="with dots"),
        pytest.param("link", id="a link"),
    ],
)
def test_masks_below_the_chips_are_no_chips_however_named(
    project: Path, tmp_path: Path, masks: str
) -> None:
    source = chip_folder(tmp_path / "chips")
    (tmp_path / "link").symlink_to(chip_masks(source / "masks"))
    do("import", project, source, "--masks", tmp_path / masks)
    assert counts(project) == (2, 2, 2)


def test_without_masks_there_are_none(project: Path, tmp_path: Path) -> None:
    do("import", project, chip_folder(tmp_path / "chips"))
    assert counts(project) == (2, 2, 0)


def test_dates_come_from_the_names_and_share_their_place(project: Path, tmp_path: Path) -> None:
    for day in ("20180105", "20180410", "20180801"):
        write_chip(tmp_path / "chips" / f"port_{day}.tif")
    do("import", project, tmp_path / "chips")
    assert counts(project) == (1, 3, 0)
    assert [i.date for _, i in records(project)] == ["2018-01-05", "2018-04-10", "2018-08-01"]


@pytest.mark.parametrize("way", ["file", "folder", "both"])
def test_a_file_or_its_folder_or_both(project: Path, tmp_path: Path, way: str) -> None:
    folder = chip_folder(tmp_path / "chips", count=1)
    sources = {"file": [folder / "port_0.tif"], "folder": [folder]}
    do("import", project, *sources.get(way, [folder / "port_0.tif", folder]))
    assert counts(project) == (1, 1, 0)
    with open_project(project) as opened:
        assert [row["path"] for row in opened.catalog.sources()] == [str(folder / "port_0.tif")]


def test_chips_of_one_folder_have_the_same_bands(project: Path, tmp_path: Path) -> None:
    for name, bands in (("a", ("B02", "B08")), ("b", ("B03", "B08"))):
        write_raster(tmp_path / "chips" / f"{name}.tif", pixels()[:2], bands)
    printed = run("import", project, tmp_path / "chips")
    assert printed.code == 1
    assert "b.tif has B03 B08, chips/a.tif has B02 B08" in printed.err


# -- bands -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("described", "asked", "indexes"),
    [
        pytest.param(BANDS, "", [0, 1, 2, 3], id="described"),
        pytest.param(("Blue", "green", "B4", "nir"), "", [0, 1, 2, 3], id="described in words"),
        pytest.param(BANDS, "B08,B02", [3, 0], id="chosen of described ones"),
        pytest.param((), "B02,B03,B04,B08", [0, 1, 2, 3], id="named by option"),
        pytest.param((), "B08,B04,B03,B02", [0, 1, 2, 3], id="named backwards"),
    ],
)
def test_bands_are_named_by_the_file_or_by_option(
    project: Path, tmp_path: Path, described: tuple[str, ...], asked: str, indexes: list[int]
) -> None:
    write_chip(tmp_path / "port.tif", names=described)
    do("import", project, tmp_path / "port.tif", *(("--bands", asked) if asked else ()))
    ((_, image),) = records(project)
    assert ",".join(band.name for band in image.bands) == (asked or ",".join(BANDS))
    assert [band.index - 1 for band in image.bands] == indexes
    assert values_of(project)[0] == pytest.approx(pixels()[indexes] / 10_000)


@pytest.mark.parametrize(
    ("described", "options", "words"),
    [
        pytest.param((), (), "4 bands without names", id="no names"),
        pytest.param((), ("--bands", "B02,B03"), "4 bands; expected the 2", id="too few names"),
        pytest.param(BANDS, ("--bands", "B02,B12"), "no band B12", id="one that is not there"),
        pytest.param(("B02", "B03", "blue", "B08"), (), "each band once", id="one twice"),
        pytest.param(("B02", "B03", "B04", "?"), (), "without names", id="one without a name"),
    ],
)
def test_bands_that_cannot_be_told_are_refused(
    project: Path, tmp_path: Path, described: tuple[str, ...], options: tuple[str, ...], words: str
) -> None:
    write_chip(tmp_path / "port.tif", names=described)
    printed = run("import", project, tmp_path / "port.tif", *options)
    assert printed.code == 1
    assert "port.tif: " in printed.err
    assert words in printed.err
    assert counts(project) == (0, 0, 0)


def test_names_by_option_do_not_contradict_the_files_own(project: Path, tmp_path: Path) -> None:
    write_chip(tmp_path / "port.tif", names=("B08", "B04", "B03", "?"))
    assert run("import", project, tmp_path / "port.tif", "--bands", "B02,B03,B04,B08").code == 1


def test_known_bands_are_chosen_beside_an_unknown_one(project: Path, tmp_path: Path) -> None:
    write_chip(tmp_path / "port.tif", names=("B02", "B03", "B04", "SCL"))
    do("import", project, tmp_path / "port.tif", "--bands", "B02,B03,B04")


def test_a_band_that_is_left_out_is_said(project: Path, tmp_path: Path) -> None:
    write_chip(tmp_path / "port.tif", names=("B02", "B03", "B04", "SCL"))
    do("import", project, tmp_path / "port.tif")
    ((_, image),) = records(project)
    assert [band.name for band in image.bands] == ["B02", "B03", "B04"]
    assert "left out: SCL (band 4)" in image.radiometry


def test_companions_of_other_systems_are_left_alone(project: Path, tmp_path: Path) -> None:
    source = chip_folder(tmp_path / "chips")
    (source / "._port_0.tif").write_bytes(b"\0\x05\x16\x07" + bytes(100))
    do("import", project, source)
    assert counts(project) == (2, 2, 0)


def test_scale_tags_and_nodata_count_band_by_band(project: Path, tmp_path: Path) -> None:
    write_chip(tmp_path / "port.tif", nodata=0)
    with rasterio.open(tmp_path / "port.tif", "r+") as dataset:
        dataset.scales, dataset.offsets = (1e-4, 1e-4, 2e-4, 1e-4), (0, -0.1, 0, 0)
    do("import", project, tmp_path / "port.tif")
    ((_, image),) = records(project)
    scales = [(band.quantification, band.offset_dn) for band in image.bands]
    assert scales == [pytest.approx(s) for s in ((1e4, 0), (1e4, -1000), (5e3, 0), (1e4, 0))]
    assert {band.nodata for band in image.bands} == {0}


def test_a_chip_of_nodata_alone_is_kept_and_said(project: Path, tmp_path: Path) -> None:
    write_chip(tmp_path / "chips" / "full.tif")
    empty = np.zeros((4, 32, 32), np.uint16)
    write_raster(tmp_path / "chips" / "void.tif", empty, BANDS, transform=moved_east(500))
    do("import", project, tmp_path / "chips")
    assert [image.nodata_share for _, image in records(project)] == [0, 1]


def test_blank_chips_of_a_cut_scene_are_left_out_and_counted(project: Path, tmp_path: Path) -> None:
    dn = pixels()
    dn[:, :64, 64:] = 0
    write_raster(tmp_path / "port.tif", dn, BANDS)
    out = do("import", project, tmp_path / "port.tif", "--chip", 64).out
    assert "1 chips without any data were left out" in out
    assert [p.name[-9:] for p, _ in records(project)] == ["r000_c000", "r001_c000", "r001_c001"]


# -- cut scenes ------------------------------------------------------------------------------


@settings(max_examples=12, deadline=None)
@given(
    size=st.tuples(st.integers(8, 60), st.integers(8, 60)),
    chip=st.integers(8, 40),
    stride=st.integers(4, 50),
    edge=st.sampled_from(["drop", "pad", "shift"]),
)
def test_chips_and_masks_are_the_windows_where_their_ground_is(
    tmp_path_factory: pytest.TempPathFactory,
    size: tuple[int, int], chip: int, stride: int, edge: str,
) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("cut")
    dn = np.random.default_rng(0).integers(500, 5000, (2, *size), dtype=np.uint16)
    truth = (dn[0] % 2).astype(np.uint8)
    write_raster(folder / "port.tif", dn, ("B02", "B08"), nodata=0)
    write_raster(folder / "mask.tif", truth[None])
    project = folder / "project"
    do("init", project, "--classes", "vessels")
    options = ("--chip", chip, "--stride", stride, "--edge", edge, "--masks", folder / "mask.tif")
    printed = run("import", project, folder / "port.tif", *options)
    if edge != "pad" and chip > min(size):
        assert printed.code == 1
        return
    assert printed.code == 0, printed.err
    masks = masks_of(project)
    beyond = np.pad(dn / 1e4, ((0, 0), (0, 100), (0, 100)), constant_values=np.nan)
    classes = np.pad(truth, (0, 100), constant_values=254)
    for (place, _), values in zip(records(project), values_of(project), strict=True):
        x, y = (round(v) for v in ~TRANSFORM @ (place.grid.affine @ (0, 0)))
        window = (slice(y, y + chip), slice(x, x + chip))
        assert values == pytest.approx(beyond[:, *window], nan_ok=True)
        assert np.array_equal(masks[place.name], classes[window])


def test_a_scene_100000_px_long_is_cut(project: Path, tmp_path: Path) -> None:
    dn = np.full((1, 10, 100_000), 900, np.uint16)
    dn[0, :, ::1000] = 4000
    write_raster(tmp_path / "strip_B02.tif", dn, ("B02",))
    do("import", project, tmp_path / "strip_B02.tif", "--chip", 64, "--edge", "pad")
    assert counts(project) == (1563, 1563, 0)
    last = max(records(project), key=lambda pair: pair[0].grid.bounds[0])
    assert last[1].nodata_share == pytest.approx(1 - 10 * (100_000 - 64 * 1562) / 64**2)


@pytest.mark.parametrize(
    "transform",
    [
        pytest.param(TRANSFORM @ Affine.rotation(-40), id="turned",
            ),
        pytest.param(Affine(10, 0, 5e5, 0, 10, 4e6), id="south up"),
    ],
)  # fmt: skip
def test_a_scene_that_lies_otherwise_is_padded_beyond_its_edge(
    project: Path, tmp_path: Path, transform: Affine
) -> None:
    write_raster(tmp_path / "port.tif", pixels(), BANDS, transform=transform, nodata=0)
    do("import", project, tmp_path / "port.tif", "--chip", 100, "--edge", "pad")
    values = dict(zip([p.name for p, _ in records(project)], values_of(project), strict=True))
    corner = values["port_r001_c001"]
    assert corner[:, :28, :28] == pytest.approx(pixels()[:, 100:, 100:] / 1e4)
    assert np.isnan(corner[:, 28:]).all()
    assert np.isnan(corner[:, :, 28:]).all()


def test_overlapping_scenes_are_scenes_of_their_own(project: Path, tmp_path: Path) -> None:
    write_chip(tmp_path / "chips" / "a.tif")
    write_chip(tmp_path / "chips" / "b.tif", columns=32)
    do("import", project, tmp_path / "chips", "--chip", 64)
    # Half a chip apart: some ground in common, no pixel grid.
    assert counts(project) == (8, 8, 0)


# -- files that look alike -------------------------------------------------------------------


def test_two_files_of_one_stem_both_come_in(project: Path, tmp_path: Path) -> None:
    write_chip(tmp_path / "chips" / "port.tif")
    write_chip(tmp_path / "chips" / "port.tiff", columns=500)
    do("import", project, tmp_path / "chips")
    assert counts(project) == (2, 2, 0)


def test_two_files_of_one_name_in_two_folders_both_come_in(project: Path, tmp_path: Path) -> None:
    write_raster(tmp_path / "chips" / "l1c" / "port.tif", pixels(seed=1), BANDS)
    write_raster(tmp_path / "chips" / "l2a" / "port.tif", pixels(seed=2), BANDS)
    do("import", project, tmp_path / "chips")
    assert counts(project) == (1, 2, 0)


def test_undated_images_of_one_place_are_told_apart_by_their_names() -> None:
    names = [f"t{number:06d}" for number in range(100_000)]
    assert len({image_id("place", name, None) for name in names}) == len(names)


def test_a_file_that_took_the_name_of_another_hides_none(project: Path, tmp_path: Path) -> None:
    latest = write_raster(tmp_path / "chips" / "latest.tif", pixels(seed=1), BANDS)
    do("import", project, tmp_path / "chips")
    latest.rename(tmp_path / "chips" / "older.tif")
    write_raster(latest, pixels(seed=2), BANDS)
    do("import", project, tmp_path / "chips")
    assert counts(project) == (1, 2, 0)


def test_two_masks_for_one_static_place_are_refused(tmp_path: Path) -> None:
    table = 'name="r"\nlifetime="static"\n[[class]]\nvalue=1\nname="reef"\ncolour="#00aaaa"\n'
    (tmp_path / "reefs.toml").write_text(table)
    do("init", tmp_path / "project", "--classes", tmp_path / "reefs.toml")
    for number, day in enumerate(("20180105", "20180410")):
        write_raster(tmp_path / "chips" / f"p_{day}.tif", pixels(seed=number), BANDS)
        mask = np.roll(vessels(), number, axis=0)
        write_raster(tmp_path / "masks" / f"p_{day}.tif", mask[None])
    masks = ("--masks", tmp_path / "masks")
    assert run("import", tmp_path / "project", tmp_path / "chips", *masks).code == 1
