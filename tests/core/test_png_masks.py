"""Class masks as PNG: numbers, palettes, painted colours, labelmap.txt."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from s2label.classes import LANDCOVERNET, VESSELS
from s2label.errors import ClassValueError, InputError
from s2label.grid import Grid
from s2label.importers.mask_files import FoundMask, MaskFinder
from s2label.importers.mask_files.labelmap import read_labelmap
from s2label.types import ClassTable, LabelClass, Lifetime

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

HEIGHT, WIDTH = 12, 20
GRID = Grid("EPSG:32631", (10.0, 0.0, 500000.0, 0.0, -10.0, 4000000.0), HEIGHT, WIDTH)
TWO = ClassTable(
    "two", Lifetime.MOVING, (LabelClass(1, "vessel", "#ff0000"), LabelClass(2, "oil", "#00ff00"))
)
LABELMAP = "# label:color_rgb:parts:actions\nbackground:0,0,0::\nvessel:255,0,0::\n"


def numbers(*values: int) -> NDArray[np.uint8]:
    """Return a mask of 0 with a row of three pixels for each value."""
    mask = np.zeros((HEIGHT, WIDTH), dtype=np.uint8)
    for row, value in enumerate(values):
        mask[row, 2:5] = value
    return mask


def painted(*colours: tuple[int, int, int]) -> NDArray[np.uint8]:
    mask = np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8)
    for row, colour in enumerate(colours):
        mask[row, 2:5] = colour
    return mask


def save(path: Path, pixels: NDArray[np.uint8] | NDArray[np.uint16]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, "PNG")
    return path


def save_palette(path: Path, pixels: NDArray[np.uint8], palette: list[int]) -> Path:
    picture = Image.fromarray(pixels).convert("L").copy()
    picture = Image.frombytes("P", picture.size, picture.tobytes())
    picture.putpalette(palette)
    picture.save(path, "PNG")
    return path


def find(path: Path, table: ClassTable = VESSELS, name: str = "port") -> FoundMask | None:
    return MaskFinder(path, table).find(name, path if path.is_dir() else path.parent, GRID)


def classes(path: Path, table: ClassTable = VESSELS) -> NDArray[np.uint8]:
    found = find(path, table)
    assert found is not None
    return found.classes


def test_grey_numbers_are_the_values(tmp_path: Path) -> None:
    mask = numbers(1, 2, 254, 255)
    assert np.array_equal(classes(save(tmp_path / "port.png", mask), TWO), mask)
    wide = save(tmp_path / "port.png", mask.astype(np.uint16))
    assert np.array_equal(classes(wide, TWO), mask)


def test_a_source_value_without_data_is_not_labelled(tmp_path: Path) -> None:
    stored = classes(save(tmp_path / "port.png", numbers(1, 7)), LANDCOVERNET)
    assert stored[0, 2] == 1
    assert stored[1, 2] == 7
    assert (stored == 254).sum() == HEIGHT * WIDTH - 6


def test_an_unknown_value_is_named_with_its_pixels(tmp_path: Path) -> None:
    path = save(tmp_path / "port.png", numbers(1, 9, 9))
    with pytest.raises(
        ClassValueError, match=r"port\.png: unknown class value 9 \(6 px\).*1 vessel"
    ):
        find(path)


def test_a_mask_of_0_and_255_warns_that_255_is_ignore(tmp_path: Path) -> None:
    found = find(save(tmp_path / "port.png", numbers(255)))
    assert found is not None
    assert "255 means ignore" in found.warnings[0]


def test_palette_indices_are_the_values(tmp_path: Path) -> None:
    path = save_palette(tmp_path / "port.png", numbers(1, 2), [9, 9, 9, 8, 8, 8, 7, 7, 7])
    assert np.array_equal(classes(path, TWO), numbers(1, 2))


def test_palette_colours_of_the_labelmap_say_more_than_indices(tmp_path: Path) -> None:
    palette = [0, 0, 0] * 38 + [255, 0, 0]
    path = save_palette(tmp_path / "port.png", numbers(38), palette)
    (tmp_path / "labelmap.txt").write_text(LABELMAP)
    assert np.array_equal(classes(path), numbers(1))
    swapped = save_palette(tmp_path / "port.png", 1 - numbers(1), [255, 0, 0, 0, 0, 0])
    assert np.array_equal(classes(swapped), numbers(1))


def test_a_palette_of_one_colour_does_not_swallow_the_classes(tmp_path: Path) -> None:
    path = save_palette(tmp_path / "port.png", numbers(1), [0, 0, 0] * 256)
    (tmp_path / "labelmap.txt").write_text(LABELMAP)
    assert np.array_equal(classes(path), numbers(1))


def test_labelmap_colours_are_exact_and_the_map_is_a_source(tmp_path: Path) -> None:
    path = save(tmp_path / "masks" / "SegmentationClass" / "port.png", painted((255, 0, 0)))
    labelmap = tmp_path / "masks" / "labelmap.txt"
    labelmap.write_text(LABELMAP)
    for root in (tmp_path, tmp_path / "masks", path.parent, path):
        found = find(root)
        assert found is not None
        assert np.array_equal(found.classes, numbers(1))
        assert [s.path for s in found.sources] == [str(path), str(labelmap)]
        assert found.warnings == ()
    labelmap.rename(tmp_path / "labelmap.txt")
    outside = find(tmp_path / "masks")
    assert outside is not None
    assert len(outside.sources) == 1


@pytest.mark.parametrize("with_labelmap", [True, False], ids=["labelmap", "table"])
@pytest.mark.parametrize("colour", [(255, 3, 3), (255, 0, 41)])
def test_real_vessel_reds_are_vessels_with_a_warning(
    tmp_path: Path, colour: tuple[int, int, int], with_labelmap: bool
) -> None:
    path = save(tmp_path / "port.png", painted(colour))
    if with_labelmap:
        (tmp_path / "labelmap.txt").write_text(LABELMAP)
    found = find(path)
    assert found is not None
    assert np.array_equal(found.classes, numbers(1))
    assert f"colour {colour} (3 px) is taken as vessel" in found.warnings[0]


@pytest.mark.parametrize("colour", [(0, 0, 255), (128, 0, 0), (255, 255, 255)])
def test_a_colour_near_no_class_is_refused(tmp_path: Path, colour: tuple[int, int, int]) -> None:
    path = save(tmp_path / "port.png", painted(colour, (255, 0, 0)))
    with pytest.raises(ClassValueError, match=r"colour \(.*\) \(3 px\) that is near no class"):
        find(path)


def test_a_labelmap_class_that_the_table_lacks_is_refused_when_painted(tmp_path: Path) -> None:
    (tmp_path / "labelmap.txt").write_text(LABELMAP + "car:0,0,255::\n")
    path = save(tmp_path / "port.png", painted((255, 0, 0)))
    assert np.array_equal(classes(path), numbers(1))
    save(path, painted((0, 0, 255)))
    with pytest.raises(ClassValueError, match="unknown class 'car'"):
        find(path)


def test_black_without_a_labelmap_is_the_source_value_0(tmp_path: Path) -> None:
    stored = classes(save(tmp_path / "port.png", painted((0, 0, 255))), LANDCOVERNET)
    assert stored[0, 2] == 1
    assert stored[5, 5] == 254


def test_transparency_changes_nothing(tmp_path: Path) -> None:
    pixels = np.dstack([painted((255, 0, 0)), np.zeros((HEIGHT, WIDTH), dtype=np.uint8)])
    assert np.array_equal(classes(save(tmp_path / "port.png", pixels), TWO), numbers(1))


def noise(height: int = HEIGHT, width: int = WIDTH, top: int = 256) -> NDArray[np.uint8]:
    random = np.random.default_rng(0)
    return random.integers(0, top, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("top", [256, 40], ids=["bright", "dark_sea"])
def test_a_photo_is_skipped_in_a_folder_and_refused_if_named(tmp_path: Path, top: int) -> None:
    photo = save(tmp_path / "port.png", np.tile(noise(top=top), (1, 1, 1)))
    grid = Grid(GRID.crs, GRID.transform, 40, 40)
    save(photo, noise(40, 40, top))
    save(tmp_path / "labels" / "mask.png", np.zeros((40, 40), dtype=np.uint8))
    finder = MaskFinder(tmp_path, VESSELS)
    found = finder.find("port", tmp_path, grid)
    assert found is not None
    assert found.origin == "class PNG mask.png"
    assert finder.unused == ()
    with pytest.raises(InputError, match="a picture with very many colours"):
        MaskFinder(photo, VESSELS).find("port", tmp_path, grid)


def test_a_quicklook_of_the_scenes_name_and_another_size_is_skipped(tmp_path: Path) -> None:
    save(tmp_path / "port.png", noise(100, 100))
    assert find(tmp_path) is None


def test_a_mask_of_the_scenes_name_and_another_size_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "port.png", np.zeros((HEIGHT, WIDTH + 1), dtype=np.uint8))
    for root in (tmp_path, path):
        with pytest.raises(InputError, match=r"21 x 12 px.*expected 20 x 12 px"):
            find(root)


def bomb(side: int) -> bytes:
    """Return a PNG whose header promises far more pixels than it holds."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


def test_a_png_bomb_is_judged_by_its_header(tmp_path: Path) -> None:
    (tmp_path / "far.png").write_bytes(bomb(100_000))
    assert find(tmp_path) is None
    (tmp_path / "far.png").rename(tmp_path / "port.png")
    with pytest.raises(InputError):
        find(tmp_path)


@pytest.mark.parametrize("lost", [40, 4000])
def test_a_mask_that_is_cut_short_is_refused_and_not_read_as_zeros(
    tmp_path: Path, lost: int
) -> None:
    grid = Grid(GRID.crs, GRID.transform, 300, 300)
    random = np.random.default_rng(0)
    path = save(tmp_path / "port.png", random.integers(0, 2, (300, 300), dtype=np.uint8))
    path.write_bytes(path.read_bytes()[:-lost])
    with pytest.raises(InputError, match=r"port\.png: damaged"):
        MaskFinder(tmp_path, VESSELS).find("port", tmp_path, grid)
    path.write_bytes(bomb(300))
    with pytest.raises(InputError, match=r"port\.png: damaged"):
        MaskFinder(tmp_path, VESSELS).find("port", tmp_path, grid)


@pytest.mark.parametrize(
    "name",
    ["SegmentationObject/port.png", "Instances/port.png", "port_instance.png", "port-Objects.png"],
)
def test_object_masks_are_never_class_masks(tmp_path: Path, name: str) -> None:
    path = save(tmp_path / name, painted((255, 0, 0)))
    finder = MaskFinder(tmp_path, VESSELS)
    assert finder.find("port", tmp_path, GRID) is None
    assert finder.unused == ()
    with pytest.raises(InputError, match="single objects"):
        MaskFinder(path, VESSELS)


WRONG_MAPS = {
    "no_colour": b"vessel\n",
    "two_numbers": b"vessel:255,0::\n",
    "over_255": b"vessel:256,0,0::\n",
    "negative": b"vessel:-1,0,0::\n",
    "no_name": b":255,0,0::\n",
    "two_classes_one_colour": b"a:1,1,1::\nb:1,1,1::\n",
    "empty": b"# only a comment\n",
    "not_utf8": b"\xff\xfe\n",
    "odd_digits": "vessel:²,0,0::\n".encode(),
}


@pytest.mark.parametrize("content", WRONG_MAPS.values(), ids=WRONG_MAPS.keys())
def test_wrong_labelmaps_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "labelmap.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"labelmap\.txt: "):
        read_labelmap(path)


def test_a_labelmap_is_read_with_its_comments(tmp_path: Path) -> None:
    path = tmp_path / "labelmap.txt"
    path.write_text(LABELMAP.replace("\n", "\r\n"))
    assert read_labelmap(path) == {(0, 0, 0): "background", (255, 0, 0): "vessel"}
