"""Folders with a file per band, as portals, products and people leave them."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from PIL import Image
from rasterio.control import GroundControlPoint

from s2label.masks import read_mask
from s2label.project import open_project
from s2label.raster import read_bands, reflectance
from tests.factories.commands import do, run
from tests.factories.ports import (
    BANDS,
    CRS,
    SIDE,
    TRANSFORM,
    band_folder,
    mask_geotiff,
    moved_east,
    pixels,
    vessels,
    write_raster,
)
from tests.faults.seeds import some_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from s2label.types import ImageRecord, PlaceRecord

REEFS = 'name="reefs"\nlifetime="static"\n[[class]]\nvalue=1\nname="reef"\ncolour="#00aaaa"\n'


def fault(reason: str) -> pytest.MarkDecorator:
    return pytest.mark.xfail(strict=True, reason=reason)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    do("init", tmp_path / "project", "--classes", "vessels")
    return tmp_path / "project"


@pytest.fixture
def static_project(tmp_path: Path) -> Path:
    (tmp_path / "reefs.toml").write_text(REEFS)
    do("init", tmp_path / "static", "--classes", tmp_path / "reefs.toml")
    return tmp_path / "static"


def counts(project: Path) -> tuple[int, int, int]:
    status = do("status", project, "--json").lines[0]
    return status["places"], status["images"], status["masks"]


def records(project: Path) -> list[tuple[PlaceRecord, ImageRecord]]:
    with open_project(project) as opened:
        places = opened.catalog.places()
        images = opened.catalog.images(opened.catalog.image_ids())
    found = [(places[image.place_id], image) for image in images.values()]
    return sorted(found, key=lambda pair: (pair[0].name, pair[1].date or ""))


def values_of(project: Path) -> list[NDArray[np.float32]]:
    pairs = records(project)
    return [reflectance(read_bands(i.bands, p.grid), i.bands) for p, i in pairs]


def quarters(array: NDArray[Any]) -> list[NDArray[Any]]:
    """Return the four 64 px windows of (band, y, x), row by row."""
    return [array[..., y : y + 64, x : x + 64] for y in (0, 64) for x in (0, 64)]


def write_bands(folder: Path, stem: str = "port_", by: int = 0, **profile: Any) -> Path:
    for name, band in zip(BANDS, pixels(), strict=True):
        write_raster(folder / f"{stem}{name}.tif", (band + by)[None], **profile)
    return folder


# -- what comes in ---------------------------------------------------------------------------


def test_chips_are_windows_of_the_scene(project: Path, tmp_path: Path) -> None:
    do("import", project, band_folder(tmp_path / "port"))
    assert counts(project) == (4, 4, 0)
    assert [p.name for p, _ in records(project)] == [
        f"port_r00{y}_c00{x}" for y in (0, 1) for x in (0, 1)
    ]
    for (place, image), values, dn in zip(
        records(project), values_of(project), quarters(pixels()), strict=True
    ):
        assert tuple(b.name for b in image.bands) == BANDS
        assert image.cut
        assert place.grid.shape == (64, 64)
        assert values == pytest.approx(dn / 10_000)


@pytest.mark.parametrize(
    "profile",
    [
        pytest.param({"transform": TRANSFORM @ Affine.rotation(30)}, id="turned"),
        pytest.param({"transform": Affine(10, 0, 5e5, 0, 10, 4e6)}, id="south up"),
        pytest.param(
            {"transform": Affine(1e-4, 0, 2, 0, -1e-4, 48), "crs": "EPSG:4326"}, id="degrees"
        ),
        pytest.param({"tiled": True, "blockxsize": 32, "blockysize": 32}, id="in blocks"),
    ],
)
def test_chips_are_windows_however_the_scene_lies(
    project: Path, tmp_path: Path, profile: dict[str, Any]
) -> None:
    do("import", project, write_bands(tmp_path / "port", **profile))
    transform = profile.get("transform", TRANSFORM)
    expected = [transform @ (x, y) for y in (0, 64) for x in (0, 64)]
    corners = [p.grid.affine @ (0, 0) for p, _ in records(project)]
    assert np.allclose(corners, expected)
    for values, dn in zip(values_of(project), quarters(pixels()), strict=True):
        assert values == pytest.approx(dn / 10_000)
    assert do("check", project, "--full").out == "all is well\n"


@pytest.mark.parametrize(
    ("dtype", "factor", "options", "tolerance"),
    [
        pytest.param("float64", 1e-4, (), 1e-6, id="float64 reflectance"),
        pytest.param("float32", 1e-4, (), 1e-6, id="float32 reflectance"),
        pytest.param("int16", 1, (), 1e-6, id="int16"),
        pytest.param("uint32", 1, (), 1e-6, id="uint32"),
        pytest.param("uint8", 255e-4, ("--quantification", 255), 0.002, id="uint8"),
    ],
)
def test_every_dtype_becomes_the_same_reflectance(
    project: Path, tmp_path: Path, dtype: str, factor: float, options: tuple[Any, ...],
    tolerance: float,
) -> None:  # fmt: skip
    for name, band in zip(BANDS, pixels() * factor, strict=True):
        whole = band if dtype.startswith("float") else np.rint(band)
        write_raster(tmp_path / "port" / f"{name}.tif", whole[None].astype(dtype))
    do("import", project, tmp_path / "port", *options)
    for values, dn in zip(values_of(project), quarters(pixels()), strict=True):
        assert values == pytest.approx(dn / 10_000, abs=tolerance)


def test_negative_numbers_of_int16_stay_negative(project: Path, tmp_path: Path) -> None:
    dn = pixels().astype(np.int16)
    dn[:, 100:, :] = -50
    for name, band in zip(BANDS, dn, strict=True):
        write_raster(tmp_path / "port" / f"{name}.tif", band[None], nodata=-32768)
    do("import", project, tmp_path / "port")
    assert values_of(project)[2][:, 40, 0] == pytest.approx([-0.005] * 4)


def test_scale_tags_count_band_by_band(project: Path, tmp_path: Path) -> None:
    write_bands(tmp_path / "port")
    with rasterio.open(tmp_path / "port" / "port_B08.tif", "r+") as dataset:
        dataset.scales, dataset.offsets = (2e-4,), (-0.1,)
    do("import", project, tmp_path / "port")
    bands = {band.name: band for band in records(project)[0][1].bands}
    assert (bands["B02"].quantification, bands["B02"].offset_dn) == (10_000, 0)
    assert (bands["B08"].quantification, bands["B08"].offset_dn) == pytest.approx((5000, -500))
    assert "tags" in records(project)[0][1].radiometry


def test_each_band_has_its_own_nodata_tag(project: Path, tmp_path: Path) -> None:
    dn = pixels()
    dn[0, 0, 0], dn[3, 0, 1], dn[1, 0, 2] = 7, 65535, 0
    for name, band, nodata in zip(BANDS, dn, (7, None, None, 65535), strict=True):
        write_raster(tmp_path / "port" / f"{name}.tif", band[None], nodata=nodata)
    do("import", project, tmp_path / "port")
    assert np.isnan(values_of(project)[0][:, 0, :4]).tolist() == [[True, True, False, False]] * 4
    assert records(project)[0][1].nodata_share == pytest.approx(2 / 64**2)


def test_a_nodata_tag_of_nan_makes_zero_a_value(project: Path, tmp_path: Path) -> None:
    values = (pixels() / 10_000).astype(np.float32)
    values[:, 0, 0], values[:, 0, 1] = 0, np.nan
    for name, band in zip(BANDS, values, strict=True):
        write_raster(tmp_path / "port" / f"{name}.tif", band[None], nodata=float("nan"))
    do("import", project, tmp_path / "port")
    assert np.isnan(values_of(project)[0][0, 0, :3]).tolist() == [False, True, False]


@pytest.mark.parametrize(
    "options",
    [
        ("--offset", "nan"),
        ("--offset", "inf"),
        ("--quantification", "inf"),
        ("--quantification", "nan"),
    ],
    ids=" ".join,
)
def test_numbers_that_are_none_are_refused_in_words(
    project: Path, tmp_path: Path, options: tuple[str, str]
) -> None:
    printed = run("import", project, band_folder(tmp_path / "port"), *options, "--any-values")
    assert printed.code in {1, 2}
    assert "unexpected error" not in printed.err
    assert not (project / ".importing").exists()


def test_an_offset_by_option_is_taken_off(project: Path, tmp_path: Path) -> None:
    write_bands(tmp_path / "port", by=1000, nodata=0)
    do("import", project, tmp_path / "port", "--offset", -1000)
    assert values_of(project)[3] == pytest.approx(quarters(pixels())[3] / 10_000, abs=1e-6)
    assert "offset -1000 by option" in records(project)[0][1].radiometry


@pytest.mark.parametrize(
    ("edge", "names", "last_corner"),
    [
        ("drop", ["r000_c000"], (0, 0)),
        ("pad", ["r000_c000", "r000_c001", "r001_c000", "r001_c001"], (64, 64)),
        ("shift", ["r000_c000", "r000_c001", "r001_c000", "r001_c001"], (36, 36)),
    ],
)
def test_the_edge_is_dropped_padded_or_shifted(
    project: Path, tmp_path: Path, edge: str, names: list[str], last_corner: tuple[int, int]
) -> None:
    dn, truth = pixels()[:, :100, :100], vessels()[:100, :100].copy()
    truth[90:95, 90:95] = 1
    for name, band in zip(BANDS, dn, strict=True):
        write_raster(tmp_path / "port" / f"{name}.tif", band[None])
    mask = mask_geotiff(tmp_path / "mask.tif", truth)
    do("import", project, tmp_path / "port", "--edge", edge, "--masks", mask)
    assert [p.name.removeprefix("port_") for p, _ in records(project)] == names
    place, image = records(project)[-1]
    assert place.grid.affine @ (0, 0) == TRANSFORM @ last_corner
    inside = 100 - last_corner[0] if edge == "pad" else 64
    assert image.nodata_share == pytest.approx(1 - inside**2 / 64**2)
    with open_project(project) as opened:
        classes = read_mask(opened.mask_path(f"{image.id}-mask", 1)).classes
    x, y = last_corner
    assert np.array_equal(classes[:inside, :inside], truth[y : y + inside, x : x + inside])
    assert set(classes[inside:].ravel()) | set(classes[:, inside:].ravel()) <= {254}


@pytest.mark.parametrize(
    ("edge", "code"), [("drop", 1), ("pad", 0), ("shift", 1)], ids=["drop", "pad", "shift"]
)
def test_a_chip_over_the_scene_fits_only_when_padded(
    project: Path, tmp_path: Path, edge: str, code: int
) -> None:
    printed = run("import", project, band_folder(tmp_path / "port"), "--chip", 200, "--edge", edge)
    assert printed.code == code
    assert counts(project) == ((1, 1, 0) if edge == "pad" else (0, 0, 0))
    assert code == 0 or "at least 200 px a side" in printed.err


def test_a_stride_over_the_chip_leaves_gaps(project: Path, tmp_path: Path) -> None:
    do("import", project, band_folder(tmp_path / "port"), "--chip", 32, "--stride", 60)
    corners = [~TRANSFORM @ (p.grid.affine @ (0, 0)) for p, _ in records(project)]
    assert corners == [(0, 0), (60, 0), (0, 60), (60, 60)]


def test_bands_are_chosen_and_ordered_by_option(project: Path, tmp_path: Path) -> None:
    do("import", project, band_folder(tmp_path / "port"), "--bands", "B08,red")
    assert [b.name for b in records(project)[0][1].bands] == ["B08", "B04"]
    assert values_of(project)[0] == pytest.approx(quarters(pixels()[[3, 2]])[0] / 10_000)


def test_the_finest_of_several_resolutions_is_taken(project: Path, tmp_path: Path) -> None:
    write_bands(tmp_path / "port")
    coarse = Affine(20, 0, TRANSFORM.c, 0, -20, TRANSFORM.f)
    for name in ("B02", "B11"):
        half = np.full((1, SIDE // 2, SIDE // 2), 2500, np.uint16)
        write_raster(tmp_path / "port" / f"port_{name}_20m.tif", half, transform=coarse)
    do("import", project, tmp_path / "port")
    assert [b.name for b in records(project)[0][1].bands] == [*BANDS, "B11"]
    values = values_of(project)[0]
    assert values[0] == pytest.approx(quarters(pixels())[0][0] / 10_000)
    assert values[4] == pytest.approx(np.full((64, 64), 0.25))


@pytest.mark.parametrize(
    ("folder", "stem", "options", "dates"),
    [
        ("port", "port_", (), {None}),
        ("port_20180105", "", (), {"2018-01-05"}),
        ("port_20180105", "x_2018-04-10_", (), {"2018-04-10"}),
        ("port_20180105", "", ("--date", "2020-02-29"), {"2020-02-29"}),
    ],
    ids=["none", "of the folder", "of the files first", "by option before all"],
)
def test_the_date_is_found(
    project: Path, tmp_path: Path, folder: str, stem: str, options: tuple[str, ...],
    dates: set[str | None],
) -> None:  # fmt: skip
    do("import", project, write_bands(tmp_path / folder, stem), *options)
    assert {image.date for _, image in records(project)} == dates


# -- odd names and ways to say where ---------------------------------------------------------

NAMES = [
    "2023-08-17-00:00_(Raw) [x]", "порт Алжир", unicodedata.normalize("NFD", "Tromsö é"), "CON",
    "aux.tif", "a" * 240, "-rf", " led by a space", "100%", "a#b?c=d&e", "a|b", "tab\tname",
    "'quoted\"", "line\nbreak", "vsizip", "日本", "...", "back\\slash", "$HOME", "a;b", "~",
]  # fmt: skip


@pytest.mark.parametrize("name", some_of(NAMES, 3), ids=lambda name: repr(name[:20]))
def test_a_folder_may_be_called_anything(project: Path, tmp_path: Path, name: str) -> None:
    source = write_bands(tmp_path / name, f"{name[:60]}_")
    masks = mask_geotiff(tmp_path / "masks" / f"{name[:200]}.tif")
    do("import", project, source, "--masks", masks)
    assert counts(project) == (4, 4, 4)
    assert do("check", project, "--full").out == "all is well\n"
    for path in (project / "masks").iterdir():
        assert set(path.name) <= set(map(chr, range(33, 127))) - set('<>:"/\\|?*')
    out = do("import", project, source, "--masks", masks).out
    assert "images: 0 new, 0 changed, 4 unchanged; masks: 0 new, 0 changed, 4 unchanged" in out


def test_a_name_that_is_no_text_is_refused_in_words(project: Path, tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    printed = run("import", project, write_bands(tmp_path / "port").rename(folder))
    assert counts(project) in {(4, 4, 0), (0, 0, 0)}
    assert "unexpected error" not in printed.err


WAYS: dict[str, Callable[[Path], list[Path]]] = {
    "relative": lambda p: [Path("port")],
    "with dots": lambda p: [p / ".." / p.name],
    "link": lambda p: [p.with_name("link")],
    "twice": lambda p: [p, p],
    "relative and absolute": lambda p: [Path("port"), p],
    "folder and the one above": lambda p: [p, p.parent],
}


@pytest.mark.parametrize("way", [*WAYS])
def test_a_source_may_be_named_in_many_ways(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    source = write_bands(tmp_path / "ports" / "port")
    (source.with_name("link")).symlink_to(source)
    monkeypatch.chdir(source.parent)
    do("import", project, *WAYS[way](source))
    assert counts(project) == (4, 4, 0)
    assert "images: 0 new, 0 changed" in do("import", project, source).out
    assert counts(project) == (4, 4, 0)


@pytest.mark.parametrize(
    "other", [lambda p: p / ".." / p.name, lambda p: p.with_name("link")], ids=["dots", "link"]
)
def test_one_folder_under_two_names_is_read_once(project: Path, tmp_path: Path, other: Any) -> None:
    source = write_bands(tmp_path / "port")
    (source.with_name("link")).symlink_to(source)
    do("import", project, source, other(source))
    assert counts(project) == (4, 4, 0)
    with open_project(project) as opened:
        assert len(opened.catalog.sources()) == len(BANDS)


def test_a_date_given_later_dates_the_images_and_doubles_none(
    project: Path, tmp_path: Path
) -> None:
    source = write_bands(tmp_path / "port")
    do("import", project, source)
    do("import", project, source, "--date", "2018-01-05")
    assert counts(project) == (4, 4, 0)


# -- the same ground twice -------------------------------------------------------------------


def test_two_dates_of_one_ground_share_their_places(project: Path, tmp_path: Path) -> None:
    write_bands(tmp_path / "port", "a_20180105_")
    write_bands(tmp_path / "port", "a_20180410_", by=3)
    do("import", project, tmp_path / "port")
    assert counts(project) == (4, 8, 0)
    assert {image.date for _, image in records(project)} == {"2018-01-05", "2018-04-10"}


def test_two_scenes_of_one_name_on_two_grounds_are_two(project: Path, tmp_path: Path) -> None:
    write_bands(tmp_path / "a" / "port")
    write_bands(tmp_path / "b" / "port", transform=moved_east(32))
    do("import", project, tmp_path / "a", tmp_path / "b")
    assert counts(project) == (8, 8, 0)


def test_two_scenes_of_one_name_on_one_ground_are_two_or_refused(
    project: Path, tmp_path: Path
) -> None:
    write_bands(tmp_path / "a" / "port")
    write_bands(tmp_path / "b" / "port", by=3)
    if run("import", project, tmp_path).code == 0:
        assert counts(project) == (4, 8, 0)
    out = run("import", project, tmp_path).out
    assert "changed" not in out or "images: 0 new, 0 changed" in out


@pytest.mark.parametrize("layout", ["one folder", "two folders"])
def test_two_masks_for_one_static_place_are_refused(
    static_project: Path, tmp_path: Path, layout: str
) -> None:
    for number, day in enumerate(("20180105", "20180410")):
        name = f"port_{day}"
        folder = tmp_path / "scenes" / ("port" if layout == "one folder" else name)
        write_bands(folder, f"{name}_", by=number)
        mask_geotiff(tmp_path / "masks" / f"{name}.tif", np.roll(vessels(), number, axis=0))
    printed = run("import", static_project, tmp_path / "scenes", "--masks", tmp_path / "masks")
    assert printed.code == 1
    assert "two different masks" in printed.err
    assert counts(static_project) == (0, 0, 0)


# -- what is not read, and what is not believed ------------------------------------------------


def test_rasters_with_control_points_only_are_refused(project: Path, tmp_path: Path) -> None:
    write_bands(tmp_path / "port")
    path = tmp_path / "port" / "port_B04.tif"
    corners = [(y, x) for x in (0, SIDE) for y in (0, SIDE)]
    points = [GroundControlPoint(y, x, 5e5 + 10 * x, 4.8e6 - 10 * y) for y, x in corners]
    profile = {"driver": "GTiff", "dtype": "uint16", "count": 1, "height": SIDE, "width": SIDE}
    with rasterio.open(path, "w", gcps=points, crs=CRS, **profile) as dataset:
        dataset.write(pixels()[2:3])
    printed = run("import", project, tmp_path / "port")
    assert printed.code == 1
    assert "port_B04.tif: no" in printed.err


def test_a_16_bit_png_named_tif_is_refused(project: Path, tmp_path: Path) -> None:
    write_bands(tmp_path / "port")
    path = tmp_path / "port" / "port_B04.tif"
    Image.fromarray(pixels()[2]).save(path, format="PNG")
    assert "port_B04.tif: neither GeoTIFF" in run("import", project, tmp_path / "port").err


def test_companions_of_other_systems_are_left_alone(project: Path, tmp_path: Path) -> None:
    write_bands(tmp_path / "port")
    (tmp_path / "port" / "._port_B02.tif").write_bytes(b"\0\x05\x16\x07" + bytes(100))
    do("import", project, tmp_path / "port")
    assert counts(project) == (4, 4, 0)


def test_a_new_product_is_not_taken_without_its_offset(project: Path, tmp_path: Path) -> None:
    safe = "S2A_MSIL2A_20230815T095031_N0509_R079_T33TWL_20230815T144358.SAFE"
    folder = tmp_path / safe / "GRANULE" / "L2A_T33TWL_A042547" / "IMG_DATA" / "R10m"
    write_bands(folder, "T33TWL_20230815T095031_", by=1000, nodata=0)
    printed = run("import", project, folder, "--kind", "bands")
    assert printed.code == 1 or {b.offset_dn for _, i in records(project) for b in i.bands} == {
        -1000
    }
