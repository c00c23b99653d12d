"""Which mask belongs to which scene; GeoTIFF masks; the five real ports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine

from s2label.classes import LANDCOVERNET, VESSELS
from s2label.errors import ClassValueError, InputError
from s2label.grid import Grid
from s2label.importers.mask_files import FoundMask, MaskFinder
from s2label.raster import grid_of, open_raster
from s2label.types import ClassTable, LabelClass, Lifetime

if TYPE_CHECKING:
    from numpy.typing import NDArray

HEIGHT, WIDTH = 12, 20
GRID = Grid("EPSG:32631", (10.0, 0.0, 500000.0, 0.0, -10.0, 4000000.0), HEIGHT, WIDTH)
ELSEWHERE = Grid("EPSG:32631", (10.0, 0.0, 600000.0, 0.0, -10.0, 4000000.0), HEIGHT, WIDTH)
PORTS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "ports"
STATIC = ClassTable("ground", Lifetime.STATIC, (LabelClass(1, "field", "#00ff00"),))


def mask(
    value: float = 1, dtype: Any = np.uint8, shape: tuple[int, int] = GRID.shape
) -> NDArray[Any]:
    pixels = np.zeros(shape, dtype=dtype)
    pixels[3:8, 2:6] = value
    return pixels


def save_tif(path: Path, pixels: NDArray[Any], grid: Grid | None = GRID, **more: Any) -> Path:
    layers = pixels if pixels.ndim == 3 else pixels[None]
    words = more.pop("descriptions", None)
    profile = {"driver": "GTiff", "dtype": layers.dtype, "count": len(layers)}
    profile |= {"height": layers.shape[1], "width": layers.shape[2]}
    if grid is not None:
        profile |= {"crs": grid.crs, "transform": grid.affine}
    path.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(path, "w", **profile, **more) as dataset:
        dataset.write(layers)
        if words:
            dataset.descriptions = words
    return path


def save_png(path: Path, pixels: NDArray[Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    profile = {"driver": "PNG", "dtype": pixels.dtype, "count": 1}
    with rasterio.open(
        path, "w", height=pixels.shape[0], width=pixels.shape[1], **profile
    ) as dataset:
        dataset.write(pixels[None])
    return path


def save_coco(path: Path, name: str = "x.png", shape: tuple[int, int] = GRID.shape) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    row = {"id": 1, "file_name": name, "height": shape[0], "width": shape[1]}
    outline = {"image_id": 1, "category_id": 1, "segmentation": [[0, 0, 2, 0, 2, 1, 0, 1]]}
    content = {
        "images": [row],
        "annotations": [outline],
        "categories": [{"id": 1, "name": "vessel"}],
    }
    path.write_text(json.dumps(content))
    return path


def find(
    path: Path, name: str = "port", grid: Grid = GRID, table: ClassTable = VESSELS
) -> FoundMask | None:
    folder = path if path.is_dir() else path.parent
    return MaskFinder(path, table).find(name, folder, grid)


def found(
    path: Path, name: str = "port", grid: Grid = GRID, table: ClassTable = VESSELS
) -> FoundMask:
    result = find(path, name, grid, table)
    assert result is not None
    return result


pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")


def test_the_path_must_be_there_and_a_mask(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file or folder"):
        MaskFinder(tmp_path / "none", VESSELS)
    text = tmp_path / "notes.png"
    text.write_text("words")
    with pytest.raises(InputError, match="no mask; expected a COCO file, a class PNG or a GeoTIFF"):
        MaskFinder(text, VESSELS)
    band = save_tif(tmp_path / "b.tif", mask())
    with pytest.raises(InputError, match="band file of the source"):
        MaskFinder(band, VESSELS, [band])


def test_other_files_of_a_folder_are_ignored(tmp_path: Path) -> None:
    for name in ("a.txt", "b.xml", "c.md", "d.png", "e.json", "empty.tif"):
        (tmp_path / name).write_text("" if name == "empty.tif" else "<words>")
    (tmp_path / "geo.json").write_text('{"type": "FeatureCollection"}')
    (tmp_path / "nested.json").write_text('{"a": {"annotations": 3}}')
    finder = MaskFinder(tmp_path, VESSELS)
    assert finder.find("port", tmp_path, GRID) is None
    assert finder.unused == ()


def test_a_lfs_pointer_in_place_of_a_mask_is_said(tmp_path: Path) -> None:
    (tmp_path / "port.png").write_text("version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(InputError, match="git lfs pull"):
        MaskFinder(tmp_path, VESSELS)


def test_formats_are_told_by_content(tmp_path: Path) -> None:
    save_coco(tmp_path / "labels.txt")
    assert found(tmp_path).origin == "COCO labels.txt"
    save_tif(tmp_path / "real.png", mask())
    assert found(tmp_path / "real.png").origin == "GeoTIFF real.png"


def test_links_are_not_followed(tmp_path: Path) -> None:
    save_tif(tmp_path / "outside" / "port.tif", mask())
    (tmp_path / "masks").mkdir()
    (tmp_path / "masks" / "port.tif").symlink_to(tmp_path / "outside" / "port.tif")
    (tmp_path / "masks" / "folder").symlink_to(tmp_path / "outside")
    assert find(tmp_path / "masks") is None


def test_coco_comes_before_png_before_geotiff(tmp_path: Path) -> None:
    tif = save_tif(tmp_path / "port.tif", mask())
    assert found(tmp_path).origin == "GeoTIFF port.tif"
    png = save_png(tmp_path / "deep" / "mask.png", mask())
    assert found(tmp_path).origin == "class PNG mask.png"
    save_coco(tmp_path / "deep" / "labels.json")
    finder = MaskFinder(tmp_path, VESSELS)
    assert set(finder.unused) >= {tif, png}
    result = finder.find("port", tmp_path, GRID)
    assert result is not None
    assert result.origin == "COCO labels.json"
    assert result.classes.sum() == 2
    assert finder.unused == ()


def test_masks_of_equal_size_are_told_apart_by_name(tmp_path: Path) -> None:
    for number in (1, 2):
        save_png(tmp_path / f"chip_{number}.png", mask() * (number % 2))
    assert found(tmp_path, "chip_1").classes.any()
    assert not found(tmp_path, "chip_2").classes.any()
    with pytest.raises(
        InputError, match=r"ambiguous.*chip_1\.png.*chip_2\.png.*give the mask file"
    ):
        find(tmp_path, "other")


def test_the_scenes_own_folder_comes_first(tmp_path: Path) -> None:
    save_png(tmp_path / "a" / "mask.png", mask())
    save_png(tmp_path / "b" / "mask.png", mask() * 0)
    finder = MaskFinder(tmp_path, VESSELS)
    first = finder.find("a", tmp_path / "a", GRID)
    assert first is not None
    assert first.classes.any()
    assert finder.unused == (tmp_path / "b" / "mask.png",)
    with pytest.raises(InputError, match="ambiguous"):
        finder.find("c", tmp_path / "c", GRID)


def test_a_chip_without_mask_does_not_get_its_neighbours(tmp_path: Path) -> None:
    chips = [tmp_path / "images" / f"chip_{number}.tif" for number in (1, 2)]
    save_png(tmp_path / "masks" / "chip_1.png", mask())
    save_coco(tmp_path / "masks" / "labels.json", "chip_1.tif")
    finder = MaskFinder(tmp_path / "masks", VESSELS, chips)
    assert finder.find("chip_2", tmp_path / "images", ELSEWHERE) is None
    assert finder.find("chip_1", tmp_path / "images", GRID) is not None


def test_a_scene_without_mask_does_not_get_that_of_another_folder(tmp_path: Path) -> None:
    bands = [tmp_path / port / "B04.tif" for port in ("a", "b")]
    save_png(tmp_path / "a" / "mask.png", mask())
    finder = MaskFinder(tmp_path, VESSELS, bands)
    assert finder.find("b", tmp_path / "b", ELSEWHERE) is None
    assert finder.find("a", tmp_path / "a", GRID) is not None


def test_a_mask_named_as_a_band_of_its_scene_is_its_own(tmp_path: Path) -> None:
    bands = [tmp_path / "a" / "x_B04.tif", tmp_path / "b" / "x_B04.tif"]
    save_png(tmp_path / "a" / "masks" / "x.png", mask())
    finder = MaskFinder(tmp_path, VESSELS, bands)
    assert finder.find("b", tmp_path / "b", ELSEWHERE) is None
    assert finder.find("a", tmp_path / "a", GRID) is not None


def test_a_mask_that_fits_by_size_alone_goes_to_one_scene_only(tmp_path: Path) -> None:
    finder = MaskFinder(save_png(tmp_path / "mask.png", mask()), VESSELS)
    assert finder.find("one", tmp_path, GRID) is not None
    assert finder.find("one", tmp_path, GRID) is not None
    with pytest.raises(InputError, match="fits the scenes one and two equally"):
        finder.find("two", tmp_path, ELSEWHERE)


def test_ground_stays_and_vessels_move(tmp_path: Path) -> None:
    path = save_tif(tmp_path / "mask.tif", mask())
    static = MaskFinder(path, STATIC)
    assert static.find("spring", tmp_path, GRID) is not None
    assert static.find("autumn", tmp_path, GRID) is not None
    moving = MaskFinder(path, VESSELS)
    assert moving.find("spring", tmp_path, GRID) is not None
    with pytest.raises(InputError, match="fits the scenes spring and autumn equally"):
        moving.find("autumn", tmp_path, GRID)


def test_of_two_dates_on_one_ground_the_name_decides(tmp_path: Path) -> None:
    save_tif(tmp_path / "port_0101.tif", mask())
    save_tif(tmp_path / "port_0202.tif", mask() * 0)
    assert found(tmp_path, "port_0101").classes.any()
    assert not found(tmp_path, "port_0202").classes.any()
    with pytest.raises(InputError, match="ambiguous"):
        find(tmp_path, "port_0303")


def test_a_geotiff_is_cut_to_the_scene(tmp_path: Path) -> None:
    path = save_tif(tmp_path / "whole.tif", mask())
    part = GRID.window(4, 2, 6, 5)
    result = found(path, grid=part)
    assert np.array_equal(result.classes, mask()[2:7, 4:10])
    assert result.warnings == ()


def test_a_coarser_mask_is_resampled_by_nearest_with_a_warning(tmp_path: Path) -> None:
    coarse = Grid(GRID.crs, (20.0, 0.0, 500000.0, 0.0, -20.0, 4000000.0), 6, 10)
    pixels = np.arange(60, dtype=np.uint8).reshape(6, 10) % 2
    result = found(save_tif(tmp_path / "coarse.tif", pixels, coarse))
    assert np.array_equal(result.classes, np.kron(pixels, np.ones((2, 2), dtype=np.uint8)))
    assert "resampled (nearest)" in result.warnings[0]


def test_a_mask_of_another_crs_is_reprojected_with_a_warning(tmp_path: Path) -> None:
    lonlat = Grid("EPSG:4326", (0.00005, 0.0, 2.99, 0.0, -0.00005, 36.15), 400, 600)
    pixels = np.ones((400, 600), dtype=np.uint8)
    pixels[:, 222:] = 0
    path = save_tif(tmp_path / "lonlat.tif", pixels, lonlat)
    result = found(path)
    assert "reprojected (nearest) to EPSG:32631" in result.warnings[0]
    # 3° E is the central meridian of zone 31, easting 500000: the scene lies east of it.
    edge = np.flatnonzero(np.diff(result.classes[0].astype(int)))
    true_lon = 2.99 + 222 * 0.00005
    metres_per_degree = 111_320 * np.cos(np.deg2rad(36.14))
    assert abs((edge[0] + 1) * 10 - (true_lon - 3.0) * metres_per_degree) < 10


def test_a_geotiff_elsewhere_is_no_match_in_a_folder_and_refused_if_named(tmp_path: Path) -> None:
    path = save_tif(tmp_path / "port.tif", mask(), ELSEWHERE)
    assert find(tmp_path) is None
    with pytest.raises(InputError, match=r"covers \(600000\.0, .*port, \(500000\.0, "):
        find(path)
    partly = save_tif(tmp_path / "port.tif", mask()[:-1], GRID.window(0, 1, WIDTH, HEIGHT - 1))
    with pytest.raises(InputError, match="covers the whole scene port"):
        find(partly)


def test_a_geotiff_without_ground_matches_by_name_or_size(tmp_path: Path) -> None:
    path = save_tif(tmp_path / "plain.tif", mask(), None)
    assert np.array_equal(found(path).classes, mask())
    assert found(path, "plain").classes.any()
    small = save_tif(tmp_path / "port.tif", mask()[:-1], None)
    with pytest.raises(InputError, match="20 x 11 px without georeference; expected 20 x 12 px"):
        find(small)


@pytest.mark.parametrize(("nodata", "stored"), [(0, 0), (99, 254), (254, 254), (255, 255)], ids=str)
def test_a_nodata_tag_is_void_unless_the_value_means_something(
    tmp_path: Path, nodata: int, stored: int
) -> None:
    pixels = mask()
    pixels[0, 0] = nodata
    result = found(save_tif(tmp_path / "port.tif", pixels, nodata=nodata))
    expected = mask()
    expected[0, 0] = stored
    assert np.array_equal(result.classes, expected)


def test_a_nodata_tag_on_a_class_is_not_applied_and_said(tmp_path: Path) -> None:
    result = found(save_tif(tmp_path / "port.tif", mask(), nodata=1))
    assert np.array_equal(result.classes, mask())
    assert "nodata tag 1 is a class value" in result.warnings[0]


def test_zero_of_landcovernet_is_not_labelled(tmp_path: Path) -> None:
    result = found(save_tif(tmp_path / "port.tif", mask(3)), table=LANDCOVERNET)
    assert set(np.unique(result.classes)) == {3, 254}


@pytest.mark.parametrize("dtype", ["int16", "uint16", "int32", "float32", "float64"])
def test_whole_numbers_of_any_type_are_classes(tmp_path: Path, dtype: str) -> None:
    pixels = mask(dtype=dtype)
    nodata: float | None = None
    if dtype.startswith("float"):
        pixels[0, 0], nodata = np.nan, float("nan")
    result = found(save_tif(tmp_path / "port.tif", pixels, nodata=nodata))
    assert result.classes.dtype == np.uint8
    assert (result.classes == 1).sum() == 20
    assert (result.classes == 254).sum() == (nodata is not None)


@pytest.mark.parametrize("value", [0.5, np.nan, np.inf, 1e30], ids=str)
def test_numbers_that_are_not_whole_are_no_mask(tmp_path: Path, value: float) -> None:
    path = save_tif(tmp_path / "port.tif", mask(value, "float64"))
    assert find(tmp_path) is None
    with pytest.raises(InputError, match=r"float64 numbers such as .* in 20 px"):
        find(path)


def test_unknown_values_are_refused_and_whole_images_skipped(tmp_path: Path) -> None:
    path = save_tif(tmp_path / "port.tif", mask(-7, "int16"))
    for root in (path, tmp_path):
        with pytest.raises(ClassValueError, match=r"unknown class value -7 \(20 px\)"):
            find(root)
    save_tif(path, np.arange(240, dtype=np.uint16).reshape(12, 20) * 40)
    assert find(tmp_path) is None
    with pytest.raises(InputError, match="as in an image"):
        find(path)
    save_tif(path, np.zeros((3, *GRID.shape), dtype=np.uint8))
    assert find(tmp_path) is None
    with pytest.raises(InputError, match="3 bands"):
        find(path)


def test_our_own_masks_come_with_their_provenance(tmp_path: Path) -> None:
    who = np.ones(GRID.shape, dtype=np.uint8)
    who[0, 0] = 2
    layers = np.stack([mask(3), who])
    words = ("class", "provenance")
    path = save_tif(tmp_path / "port.tif", layers, descriptions=words, nodata=254)
    result = found(path, table=LANDCOVERNET)
    assert result.origin == "s2label mask port.tif"
    assert result.provenance is not None
    assert np.array_equal(result.provenance, who)
    assert np.array_equal(result.classes, mask(3))
    foreign = found(save_tif(path, layers), table=LANDCOVERNET)
    assert foreign.provenance is None
    assert foreign.classes[0, 0] == 254


@pytest.mark.parametrize("void", [0, 99, 254])
def test_what_our_exports_name_not_labelled_is_so_again(tmp_path: Path, void: int) -> None:
    classes = mask(3)
    classes[0] = void
    layers = np.stack([classes, np.full(GRID.shape, 2, dtype=np.uint8)])
    path = save_tif(tmp_path / "port.tif", layers, descriptions=("class", "provenance"))
    with rasterio.open(path, "r+") as dataset:
        dataset.update_tags(**{f"CLASS_{void}": "not labelled", "CLASS_x": "not labelled"})
    result = found(path, table=LANDCOVERNET)
    assert (result.classes[0] == 254).all()
    assert (result.classes == 3).sum() == 20
    assert ((result.classes == 0).sum() > 0) == (void != 0)


def test_a_mask_in_a_crs_of_its_own_lies_elsewhere(tmp_path: Path) -> None:
    local = Grid('LOCAL_CS["quarry",UNIT["metre",1]]', GRID.transform, HEIGHT, WIDTH)
    path = save_tif(tmp_path / "port.tif", mask(), local)
    assert find(tmp_path) is None
    with pytest.raises(InputError, match="covers the whole scene port"):
        find(path)


def test_a_geotiff_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    big = np.random.default_rng(0).integers(0, 2, (300, 300), dtype=np.uint8)
    grid = Grid(GRID.crs, GRID.transform, 300, 300)
    path = save_tif(tmp_path / "port.tif", big, grid, compress="deflate")
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(InputError, match=r"port\.tif: "):
        find(tmp_path, grid=grid)


def test_a_geotiff_with_a_flat_transform_lies_nowhere(tmp_path: Path) -> None:
    flat = Grid(GRID.crs, tuple(Affine(0, 0, 5, 0, 0, 5))[:6], HEIGHT, WIDTH)
    assert found(save_tif(tmp_path / "port.tif", mask(), flat)).classes.any()


def tile_vessels(classes: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Count vessel pixels in each whole tile of 64 px."""
    rows, columns = (side // 64 for side in classes.shape)
    tiles = classes[: rows * 64, : columns * 64].reshape(rows, 64, columns, 64)
    return np.asarray((tiles == 1).sum(axis=(1, 3)).ravel())


@pytest.mark.skipif(not PORTS.is_dir(), reason="../shared/data/ports is missing")
class TestPorts:
    """The five ports of sen2ships, as they were published."""

    bands = sorted(PORTS.rglob("*.tiff"))
    scenes = sorted(path for path in PORTS.iterdir() if path.is_dir()) if PORTS.is_dir() else []

    def grid(self, scene: Path) -> Grid:
        with open_raster(next(scene.glob("*B04*"))) as dataset:
            return grid_of(dataset)

    def test_all_vessels_of_all_ports_are_found(self) -> None:
        finder = MaskFinder(PORTS, VESSELS, self.bands)
        counts = []
        for scene in self.scenes:
            result = finder.find(scene.name, scene, self.grid(scene))
            assert result is not None
            assert result.origin == f"COCO {scene.name}_coco.json"
            assert result.warnings == ()
            counts.append(tile_vessels(result.classes))
        tiles = np.concatenate(counts)
        assert (tiles.size, int((tiles > 0).sum()), int(tiles.sum())) == (967, 77, 8351)
        assert finder.unused == ()

    @pytest.mark.parametrize("port", ["algiers", "cartagena", "hedland"])
    def test_png_and_coco_masks_are_one(self, port: str) -> None:
        scene = PORTS / port
        pngs = scene / f"{port}_binary_masks"
        coco = MaskFinder(scene, VESSELS, self.bands).find(port, scene, self.grid(scene))
        png = MaskFinder(pngs, VESSELS, self.bands).find(port, scene, self.grid(scene))
        assert coco is not None
        assert png is not None
        assert png.origin.startswith("class PNG")
        assert [Path(s.path).name for s in png.sources][1:] == ["labelmap.txt"]
        assert np.array_equal(coco.classes, png.classes)

    def test_masks_named_as_a_file_match_their_port_only(self) -> None:
        finder = MaskFinder(PORTS / "hedland" / "hedland_coco.json", VESSELS, self.bands)
        matched = [s.name for s in self.scenes if finder.find(s.name, s, self.grid(s))]
        assert matched == ["hedland"]
