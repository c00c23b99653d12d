"""The files under a path that may be masks, told by their first bytes."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from s2label.errors import InputError
from s2label.importers.mask_files.coco import CocoFile
from s2label.importers.mask_files.coco_document import (
    document_from,
    mentions_annotations,
    read_json,
)
from s2label.importers.mask_files.found_mask import NoMaskError
from s2label.importers.mask_files.geotiff import GeoTiffFile, refuse_bands
from s2label.importers.mask_files.header import PNG_HEAD, read_header
from s2label.importers.mask_files.png import PngFile

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from s2label.importers.mask_files.found_mask import MaskFile
    from s2label.importers.mask_files.known_scenes import KnownScenes

_HEAD_BYTES = 64
_RASTER_HEADS = (
    PNG_HEAD,
    *(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    *(b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51"),
)
_LFS_HEAD = b"version https://git-lfs"
_MASK_SUFFIXES = {".png", ".tif", ".tiff", ".json"}
# One number or colour for each object: such a mask says nothing about classes.
_OBJECT_WORDS = {"segmentationobject", "instance", "instances", "instanceids", "objects"}


def candidates_under(root: Path, known: KnownScenes, exclude: Collection[Path]) -> list[MaskFile]:
    """Return the mask files of a folder and all folders in it, in the order of their paths.

    Symbolic links are not followed; object masks and files of other kinds are left out.

    Raises
    ------
    InputError
        If a file that begins as a mask cannot be read.
    """
    found: list[MaskFile] = []
    for path in _files_under(root):
        if path in exclude:
            continue
        kind = _kind_of(path)
        if kind == "json" and mentions_annotations(path):
            found += _coco_of(path, known)
        elif kind == "raster" and not is_object_mask(path.relative_to(root)):
            found += _raster_of(path, root)
    return found


def named_candidate(path: Path, known: KnownScenes) -> MaskFile:
    """Return the mask file that the user named.

    Raises
    ------
    InputError
        If it is not a mask.
    """
    kind = _kind_of(path)
    if kind == "json":
        return CocoFile(document_from(read_json(path), path), known)
    if kind is None:
        raise InputError(path, "no mask", "a COCO file, a class PNG or a GeoTIFF")
    if is_object_mask(Path(path.parent.name, path.name)):
        found, expected = "a mask of single objects", "a class mask"
        raise InputError(path, found, expected, "give the one in SegmentationClass")
    return _raster(path, path.parent)


def is_object_mask(path: Path) -> bool:
    """Tell by the names in a path whether a raster numbers objects instead of classes."""
    words = [re.split(r"[^a-z0-9]+", part.casefold()) for part in path.with_suffix("").parts]
    return any(word in _OBJECT_WORDS for part in words for word in part)


def _files_under(root: Path) -> Iterator[Path]:
    for folder, subfolders, names in os.walk(root):
        subfolders.sort()
        for name in sorted(names):
            path = Path(folder, name)
            if path.is_file() and not path.is_symlink():
                yield path


def _kind_of(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as error:
        raise InputError(path, f"cannot be read ({error.strerror})", "a readable file") from error
    if head.startswith(_RASTER_HEADS):
        return "raster"
    if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        return "json"
    # Passed on so that opening it says what to do; silence would lose the masks.
    is_pointer = head.startswith(_LFS_HEAD) and path.suffix.casefold() in _MASK_SUFFIXES
    return "raster" if is_pointer else None


def _coco_of(path: Path, known: KnownScenes) -> list[MaskFile]:
    content = read_json(path)
    if not isinstance(content, dict) or "annotations" not in content:
        return []
    return [CocoFile(document_from(content, path), known)]


def _raster_of(path: Path, root: Path) -> list[MaskFile]:
    try:
        return [_raster(path, root)]
    except NoMaskError:
        return []


def _raster(path: Path, root: Path) -> MaskFile:
    header = read_header(path)
    if header.is_png:
        return PngFile(header, root)
    refuse_bands(header)
    return GeoTiffFile(header)
