"""CVAT's ``labelmap.txt``: which colour of a class PNG is which class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Rgb = tuple[int, int, int]

FILE_NAME = "labelmap.txt"
# CVAT's "Segmentation mask" export: the map lies above this folder.
_CVAT_FOLDER = "segmentationclass"
_MAX_BYTES = 1 << 20


def find_labelmap(png: Path, root: Path) -> Path | None:
    """Return the map nearest to a PNG: beside it, or in a folder above it up to the masks' root.

    One folder above the root counts too where the root is CVAT's ``SegmentationClass``.
    """
    for folder in png.parents:
        path = folder / FILE_NAME
        if path.is_file() and not path.is_symlink():
            return path
        if folder == root.parent or (folder == root and root.name.casefold() != _CVAT_FOLDER):
            return None
    return None


def read_labelmap(path: Path) -> dict[Rgb, str]:
    """Read lines of the form ``name:r,g,b:parts:actions`` as colour -> name.

    Raises
    ------
    InputError
        If a line has another form, or two classes have one colour.
    """
    colours: dict[Rgb, str] = {}
    for number, name, colour in _rows(path):
        if colours.get(colour, name) != name:
            found = f"line {number}: the colour of {name!r} is already that of {colours[colour]!r}"
            raise InputError(path, found, "a colour for each class")
        colours[colour] = name
    if not colours:
        raise InputError(path, "no classes", "lines of the form name:r,g,b:parts:actions")
    return colours


def _rows(path: Path) -> Iterator[tuple[int, str, Rgb]]:
    for number, line in enumerate(_text(path).splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, _, rest = line.partition(":")
        colour = _rgb(rest.partition(":")[0])
        if not name.strip() or colour is None:
            expected = "name:r,g,b:parts:actions with numbers of 0..255"
            raise InputError(path, f"line {number} is {line.strip()[:60]!r}", expected)
        yield number, name.strip(), colour


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise InputError(path, f"over {_MAX_BYTES} bytes", "a short list of colours")
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(path, f"cannot be read as text ({error})", "UTF-8") from error


def _rgb(text: str) -> Rgb | None:
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 3 or not all(p.isascii() and p.isdigit() and len(p) <= 3 for p in parts):
        return None
    red, green, blue = (int(part) for part in parts)
    return (red, green, blue) if max(red, green, blue) <= 255 else None
