"""COCO files: outlines against pycocotools, contradictory and hostile documents."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as reference

from s2label.classes import VESSELS
from s2label.errors import ClassValueError, InputError
from s2label.grid import Grid
from s2label.importers.mask_files import FoundMask, MaskFinder
from s2label.importers.mask_files.polygons import paint_polygons
from s2label.importers.mask_files.rle import decoded, paint_runs, runs_of
from s2label.types import ClassTable, LabelClass, Lifetime

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

HEIGHT, WIDTH = 12, 20
GRID = Grid("EPSG:32631", (10.0, 0.0, 500000.0, 0.0, -10.0, 4000000.0), HEIGHT, WIDTH)
TWO = ClassTable(
    "two", Lifetime.MOVING, (LabelClass(1, "Vessel", "#ff0000"), LabelClass(2, "Oil", "#00ff00"))
)
SQUARE = [2, 3, 6, 3, 6, 8, 2, 8]


def image(number: int, name: str, height: int = HEIGHT, width: int = WIDTH) -> dict[str, Any]:
    return {"id": number, "file_name": name, "height": height, "width": width}


def runs(pixels: NDArray[np.uint8]) -> dict[str, Any]:
    """Code a mask as plain RLE, the slow way."""
    counts, last = [0], 0
    for pixel in pixels.T.ravel().tolist():
        if pixel != last:
            counts.append(0)
            last = pixel
        counts[-1] += 1
    return {"counts": counts, "size": list(pixels.shape)}


def outline(image_id: Any, segmentation: Any, category: Any = 1) -> dict[str, Any]:
    return {"image_id": image_id, "category_id": category, "segmentation": segmentation}


def document(
    images: list[Any], annotations: list[Any], categories: tuple[str, ...] = ("vessel",)
) -> dict[str, Any]:
    rows = [{"id": i, "name": name} for i, name in enumerate(categories, start=1)]
    return {"images": images, "annotations": annotations, "categories": rows}


def find(folder: Path, content: Any, name: str = "port", table: ClassTable = VESSELS) -> FoundMask:
    path = folder / "labels.json"
    path.write_text(json.dumps(content))
    found = MaskFinder(path, table).find(name, folder, GRID)
    assert found is not None
    return found


def square_mask(value: int = 1) -> NDArray[np.uint8]:
    mask = np.zeros((HEIGHT, WIDTH), dtype=np.uint8)
    mask[3:8, 2:6] = value
    return mask


SHAPES = st.tuples(st.integers(1, 9), st.integers(1, 9))
MASKS = SHAPES.flatmap(
    lambda shape: st.lists(
        st.integers(0, 1), min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]
    ).map(lambda bits: np.array(bits, dtype=np.uint8).reshape(shape))
)


@given(MASKS)
def test_both_forms_of_rle_give_the_mask_back(mask: NDArray[np.uint8]) -> None:
    compressed = reference.encode(np.asfortranarray(mask))
    forms = [runs(mask), compressed | {"counts": compressed["counts"].decode()}]
    for form in forms:
        columns = np.zeros(mask.shape[::-1], dtype=np.uint8)
        form["size"] = [int(side) for side in form["size"]]
        painted = paint_runs(columns, runs_of(form, mask.shape), 1)
        assert np.array_equal(columns.T, mask)
        assert painted == mask.sum()


def test_long_runs_of_compressed_rle_are_those_of_pycocotools() -> None:
    mask = np.zeros((3000, 2000), dtype=np.uint8, order="F")
    mask[17:2900, 1234:1300] = 1
    mask[5, 1999] = 1
    text = reference.encode(mask)["counts"].decode()
    assert decoded(text) == runs(mask)["counts"]


@given(st.text(max_size=30))
def test_any_text_as_compressed_rle_is_decoded_or_refused(text: str) -> None:
    with suppress(ValueError):
        assert all(isinstance(run, int) for run in decoded(text))


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_polygons_agree_with_pycocotools_but_for_the_rim() -> None:
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    points = np.stack([60 + 45.3 * np.cos(angles), 50 + 30.7 * np.sin(angles)], axis=1)
    polygon = [float(v) for v in points.ravel()]
    columns = np.zeros((120, 100), dtype=np.uint8)
    painted = paint_polygons(columns, [polygon], 1)
    theirs = reference.decode(reference.merge(reference.frPyObjects([polygon], 100, 120)))
    both, either = (columns.T & theirs).sum(), (columns.T | theirs).sum()
    assert both / either > 0.98
    x, y = points.T
    true_area = 0.5 * abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))
    assert abs(painted - true_area) / true_area < 0.01


def test_a_polygon_of_pixel_corners_fills_just_those_pixels(tmp_path: Path) -> None:
    found = find(tmp_path, document([image(1, "port.png")], [outline(1, [SQUARE])]))
    assert np.array_equal(found.classes, square_mask())
    assert found.classes.dtype == np.uint8
    assert found.origin == "COCO labels.json"
    assert [source.path for source in found.sources] == [str(tmp_path / "labels.json")]
    assert found.provenance is None


def test_a_polygon_may_reach_over_the_edge(tmp_path: Path) -> None:
    wide = [-3, -2, WIDTH + 4, -2, WIDTH + 4, HEIGHT + 1, -3, HEIGHT + 1]
    found = find(tmp_path, document([image(1, "port.png")], [outline(1, [wide])]))
    assert (found.classes == 1).all()


def test_an_outline_between_pixel_centres_is_said(tmp_path: Path) -> None:
    tiny = [4.6, 4.6, 4.9, 4.6, 4.9, 4.9, 4.6, 4.9]
    line = [1, 1, 5, 5, 9, 9]
    content = document([image(1, "port.png")], [outline(1, [tiny]), outline(1, [line])])
    found = find(tmp_path, content)
    assert not found.classes.any()
    assert "annotations 0, 1 cover no pixel centre" in found.warnings[0]


def test_of_overlapping_annotations_the_later_wins_whatever_its_form(tmp_path: Path) -> None:
    rle = runs(square_mask())
    rows = [outline(1, [SQUARE], 2), outline(1, rle, 1)]
    for order, value in ((rows, 1), (rows[::-1], 2)):
        content = document([image(1, "port.png")], order, ("vessels", "OIL"))
        assert np.array_equal(find(tmp_path, content, table=TWO).classes, square_mask(value))


def test_annotations_of_an_unlisted_image_match_by_the_size_of_their_rle(tmp_path: Path) -> None:
    images = [image(1, "port_rgb.tiff"), image(2, "True_color.tiff")]
    found = find(tmp_path, document(images, [outline(12, runs(square_mask()))]))
    assert np.array_equal(found.classes, square_mask())
    assert found.warnings == ()


def test_polygons_of_an_unlisted_image_take_the_only_size_there_is(tmp_path: Path) -> None:
    content = document([image(1, "a.png"), image(2, "b.png")], [outline(12, [SQUARE])])
    assert np.array_equal(find(tmp_path, content).classes, square_mask())
    content["images"].append(image(3, "c.png", 5, 5))
    with pytest.raises(InputError, match=r"image_id 12 of annotations\[0\].*2 sizes"):
        find(tmp_path, content)


def test_only_annotated_images_of_the_size_count(tmp_path: Path) -> None:
    images = [image(1, "NDWI.tiff"), image(16, "port_rgb.tiff")]
    found = find(tmp_path, document(images, [outline(16, [SQUARE])]))
    assert np.array_equal(found.classes, square_mask())


def test_an_image_without_annotations_is_background(tmp_path: Path) -> None:
    found = find(tmp_path, document([image(1, "other.png")], []))
    assert not found.classes.any()


def test_the_name_decides_between_images_of_one_size(tmp_path: Path) -> None:
    images = [image(1, "train/port.png"), image(2, "train/other.png"), image(3, "empty.png")]
    content = document(images, [outline(1, [SQUARE]), outline(2, [[0, 0, 1, 0, 1, 1, 0, 1]])])
    assert np.array_equal(find(tmp_path, content).classes, square_mask())
    assert find(tmp_path, content, "other").classes.sum() == 1
    assert not find(tmp_path, content, "empty").classes.any()
    with pytest.raises(InputError, match="ambiguous: images 'other', 'port' have the size"):
        find(tmp_path, content, "third")


def test_a_named_empty_image_takes_the_only_annotations_that_hang_on_no_image(
    tmp_path: Path,
) -> None:
    images = [image(1, "port.tiff"), image(2, "True_color.tiff")]
    found = find(tmp_path, document(images, [outline(12, runs(square_mask()))]))
    assert np.array_equal(found.classes, square_mask())
    assert "image_id 12 (not listed) is taken as port" in found.warnings[0]


def test_an_image_of_the_name_and_another_size_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="image port is 21 x 12 px; expected 20 x 12 px"):
        find(tmp_path, document([image(1, "port.png", width=21)], []))


def test_an_image_of_another_size_and_name_is_no_match(tmp_path: Path) -> None:
    path = tmp_path / "labels.json"
    path.write_text(json.dumps(document([image(1, "far.png", 5, 5)], [])))
    finder = MaskFinder(path, VESSELS)
    assert finder.find("port", tmp_path, GRID) is None
    assert finder.unused == (path,)


@pytest.mark.parametrize("category", ["vessel", "VESSELS", " Vessel "])
def test_categories_match_in_any_case_and_number(tmp_path: Path, category: str) -> None:
    content = document([image(1, "port.png")], [outline(1, [SQUARE])], (category,))
    found = find(tmp_path, content)
    assert np.array_equal(found.classes, square_mask())
    assert found.warnings == ()


def test_an_only_category_of_another_name_is_not_guessed(tmp_path: Path) -> None:
    content = document([image(1, "port.png")], [outline(1, [SQUARE])], ("aeroplane",))
    with pytest.raises(ClassValueError, match=r"'aeroplane'.*1 vessel"):
        find(tmp_path, content)


def test_an_unknown_category_is_refused_only_when_used(tmp_path: Path) -> None:
    content = document([image(1, "port.png")], [outline(1, [SQUARE], 2)], ("car", "vessel"))
    assert np.array_equal(find(tmp_path, content).classes, square_mask())
    content["annotations"].append(outline(1, [SQUARE], 1))
    with pytest.raises(ClassValueError, match=r"annotations\[1\].*'car'.*1 vessel"):
        find(tmp_path, content)
    content["annotations"][1]["category_id"] = 77
    with pytest.raises(ClassValueError, match="category with id 77"):
        find(tmp_path, content)


TOTAL = HEIGHT * WIDTH
HOSTILE_OUTLINES = {
    "no_outline": [],
    "flat_polygon": SQUARE,
    "odd_polygon": [[1, 2, 3, 4, 5, 6, 7]],
    "short_polygon": [[1, 2, 3, 4]],
    "text_polygon": [["a", "b", "c", "d", "e", "f"]],
    "bool_polygon": [[True, 2, 3, 4, 5, 6]],
    "nested_polygon": [[[1, 2], [3, 4], [5, 6]]],
    "infinite_polygon": [[1e400, 2, 3, 4, 5, 6]],
    "huge_polygon": [[10**300, 2, 3, 4, 5, 6]],
    "far_polygon": [[1, 2, 3, 400, 5, 6]],
    "no_counts": {"size": [HEIGHT, WIDTH]},
    "no_size": {"counts": [TOTAL]},
    "size_of_one": {"counts": [TOTAL], "size": [HEIGHT]},
    "size_of_text": {"counts": [TOTAL], "size": "12"},
    "size_of_floats": {"counts": [TOTAL], "size": [float(HEIGHT), float(WIDTH)]},
    "bomb": {"counts": [10**12], "size": [10**6, 10**6]},
    "swapped_size": {"counts": [TOTAL], "size": [WIDTH, HEIGHT]},
    "short_runs": {"counts": [TOTAL - 1], "size": [HEIGHT, WIDTH]},
    "long_runs": {"counts": [TOTAL, 1], "size": [HEIGHT, WIDTH]},
    "negative_runs": {"counts": [TOTAL + 5, -5], "size": [HEIGHT, WIDTH]},
    "float_runs": {"counts": [float(TOTAL)], "size": [HEIGHT, WIDTH]},
    "bool_runs": {"counts": [True, TOTAL - 1], "size": [HEIGHT, WIDTH]},
    "text_runs": {"counts": [str(TOTAL)], "size": [HEIGHT, WIDTH]},
    "huge_runs": {"counts": [10**400], "size": [HEIGHT, WIDTH]},
    "empty_text": {"counts": "", "size": [HEIGHT, WIDTH]},
    "not_of_the_code": {"counts": "~~", "size": [HEIGHT, WIDTH]},
    "unfinished_text": {"counts": "oo", "size": [HEIGHT, WIDTH]},
    "endless_number": {"counts": "o" * 10_000, "size": [HEIGHT, WIDTH]},
    "object_runs": {"counts": {"a": 1}, "size": [HEIGHT, WIDTH]},
}


@pytest.mark.parametrize("segmentation", HOSTILE_OUTLINES.values(), ids=HOSTILE_OUTLINES.keys())
def test_wrong_outlines_are_refused_with_their_index(tmp_path: Path, segmentation: Any) -> None:
    rows = [outline(1, [SQUARE]), outline(1, segmentation)]
    content = json.dumps(document([image(1, "port.png")], rows)).replace("Infinity", "1e400")
    path = tmp_path / "labels.json"
    path.write_text(content)
    with pytest.raises(InputError, match=r"labels\.json: annotations\[1\]: "):
        MaskFinder(path, VESSELS).find("port", tmp_path, GRID)


def without(key: str, part: str | None = None) -> dict[str, Any]:
    content = document([image(1, "port.png")], [outline(1, [SQUARE])])
    del (content[part][0] if part else content)[key]
    return content


BROKEN = {
    "list": ([], "JSON list"),
    "number": (3, "no mask"),
    "no_annotations": (without("annotations"), "no key 'annotations'"),
    "no_images": (without("images"), "no key 'images'"),
    "no_categories": (without("categories"), "no key 'categories'"),
    "no_width": (without("width", "images"), r"no key 'width' in images\[0\]"),
    "no_image_id": (without("image_id", "annotations"), r"no key 'image_id' in annotations\[0\]"),
    "no_segmentation": (without("segmentation", "annotations"), "no key 'segmentation'"),
    "no_name": (without("name", "categories"), r"no key 'name' in categories\[0\]"),
    "row_is_list": (document([[]], []), r"images\[0\] is list; expected object|an object"),
    "annotations_are_object": (without("images") | {"annotations": {}}, "'annotations' of the"),
    "bool_size": (document([image(1, "a", True)], []), r"'height' of images\[0\] is true/false"),
    "zero_size": (document([image(1, "a", 0)], []), "expected 1 px or more"),
    "list_id": (document([image([], "a")], []), r"'id' of images\[0\] is list"),  # type: ignore[arg-type]
    "null_image": (document([], [outline(None, [SQUARE])]), "'image_id' of annotations"),
    "twice": (document([image(1, "a"), image(1, "b")], []), "stands twice"),
    "two_sizes": (
        document([], [outline(1, runs(square_mask())), outline(1, {"size": [3, 3]})]),
        "may have 2 sizes",
    ),
    "no_size_at_all": (document([], [outline(1, [SQUARE])]), "its size is not known"),
}


@pytest.mark.parametrize(("content", "words"), BROKEN.values(), ids=BROKEN.keys())
def test_wrong_documents_are_refused_naming_file_and_key(
    tmp_path: Path, content: Any, words: str
) -> None:
    path = tmp_path / "labels.json"
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match=words) as refusal:
        MaskFinder(path, VESSELS)
    assert str(refusal.value).startswith(f"{path}: ")
    assert "\n" not in str(refusal.value)


UNREADABLE = {
    "truncated": b'{"annotations": [',
    "nan": b'{"annotations": [], "images": [], "categories": [], "x": NaN}',
    "not_utf8": b'{"annotations": "\xff\xfe"}',
    "deep": b'{"annotations": ' + b"[" * 200_000,
    "long_number": b'{"annotations": [' + b"9" * 10_000 + b"]}",
}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_json_that_cannot_be_parsed_is_refused_named_or_in_a_folder(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "labels.json"
    path.write_bytes(content)
    for given_path in (path, tmp_path):
        with pytest.raises(InputError, match="JSON"):
            MaskFinder(given_path, VESSELS)


def test_a_lone_surrogate_in_a_name_can_still_be_printed(tmp_path: Path) -> None:
    images = [image(1, "\ud800.png"), image(2, "b.png")]
    content = document(images, [outline(1, [SQUARE]), outline(2, [SQUARE])])
    with pytest.raises(InputError, match="ambiguous") as refusal:
        find(tmp_path, content)
    str(refusal.value).encode()
