"""The JSON of a COCO file, read and checked key by key; outlines are checked when painted."""

from __future__ import annotations

import json
import mmap
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from s2label.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from s2label.importers.mask_files.found_mask import Shape

MAX_BYTES = 512 << 20
_MAX_SIDE_PX = 1 << 24
Id = int | str


@dataclass(frozen=True)
class CocoImage:
    """An entry of ``images``: stem of its file name, size (height, width)."""

    stem: str
    shape: Shape


@dataclass(frozen=True)
class Annotation:
    """An entry of ``annotations``: its index in the list, and what it says."""

    index: int
    image: Id
    category: Id
    segmentation: Any


@dataclass(frozen=True)
class CocoDocument:
    """A COCO file: images by id, annotations in order, category names by id."""

    path: Path
    images: dict[Id, CocoImage]
    annotations: tuple[Annotation, ...]
    categories: dict[Id, str]


def mentions_annotations(path: Path) -> bool:
    """Tell whether a JSON file holds the key of COCO files somewhere, without parsing it."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(b'"annotations"') >= 0


def read_json(path: Path) -> Any:
    """Parse a JSON file.

    Raises
    ------
    InputError
        If it is too large, not JSON, nested too deeply, or holds NaN or infinity.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            found = f"{path.stat().st_size >> 20} MiB"
            raise InputError(path, found, f"at most {MAX_BYTES >> 20} MiB", "split the file")
        return json.loads(path.read_bytes(), parse_constant=_refuse_constant)
    except RecursionError as error:
        raise InputError(path, "JSON nested too deeply", "a COCO file") from error
    except (OSError, ValueError) as error:
        raise InputError(path, f"not JSON ({str(error)[:160]})", "a COCO file") from error


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


def document_from(content: Any, path: Path) -> CocoDocument:
    """Check parsed JSON and return it as a COCO document.

    Raises
    ------
    InputError
        If a key is missing, of the wrong type, or an id stands twice.
    """
    if not isinstance(content, dict):
        raise InputError(path, f"JSON {_type_words(content)}", "a COCO object with 'annotations'")
    reader = _Reader(path)
    rows = {key: reader.rows(content, key) for key in ("annotations", "images", "categories")}
    annotations = tuple(reader.annotation(row, i) for i, row in enumerate(rows["annotations"]))
    images = reader.by_id(rows["images"], "images", reader.image)
    categories = reader.by_id(rows["categories"], "categories", reader.category)
    return CocoDocument(path, images, annotations, categories)


def _type_words(value: Any) -> str:
    names = {dict: "object", list: "list", str: "text", bool: "true/false", type(None): "null"}
    return names.get(type(value), "number")


class _Reader:
    """Takes values out of parsed JSON; every error names the file, the entry and the key."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def value(self, row: Any, key: str, types: tuple[type, ...], where: str) -> Any:
        if not isinstance(row, dict):
            raise InputError(self._path, f"{where} is {_type_words(row)}", "an object")
        if key not in row:
            raise InputError(self._path, f"no key '{key}' in {where}", "a COCO file")
        # bool is an int for Python, and no id or size for anybody else.
        if type(row[key]) not in types:
            expected = " or ".join(_type_words(t()) for t in types)
            found = f"'{key}' of {where} is {_type_words(row[key])}"
            raise InputError(self._path, found, expected)
        return row[key]

    def rows(self, content: dict[str, Any], key: str) -> list[Any]:
        rows: list[Any] = self.value(content, key, (list,), "the file")
        return rows

    def annotation(self, row: Any, index: int) -> Annotation:
        where = f"annotations[{index}]"
        image = self.value(row, "image_id", (int, str), where)
        category = self.value(row, "category_id", (int, str), where)
        segmentation = self.value(row, "segmentation", (list, dict), where)
        return Annotation(index, image, category, segmentation)

    def image(self, row: Any, where: str) -> CocoImage:
        name = self.value(row, "file_name", (str,), where)
        sides = [self.value(row, key, (int,), where) for key in ("height", "width")]
        if not all(0 < side <= _MAX_SIDE_PX for side in sides):
            raise InputError(self._path, f"{where} has height and width {sides}", "1 px or more")
        return CocoImage(PurePosixPath(name.replace("\\", "/")).stem, (sides[0], sides[1]))

    def category(self, row: Any, where: str) -> str:
        name: str = self.value(row, "name", (str,), where)
        return name

    def by_id(self, rows: list[Any], key: str, read: Any) -> dict[Id, Any]:
        found: dict[Id, Any] = {}
        for index, row in enumerate(rows):
            where = f"{key}[{index}]"
            number = self.value(row, "id", (int, str), where)
            if number in found:
                raise InputError(self._path, f"id {number!r} of {where} stands twice", "one each")
            found[number] = read(row, where)
        return found
