"""Which run made a file of a result: a tag of rasters, a member of GeoJSON, a meta line of HTML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from s2label.errors import InputError
from s2label.raster import is_raster, open_raster

if TYPE_CHECKING:
    from pathlib import Path

RUN_TAG = "S2LABEL_RUN"

# GeoJSON has it in its first line, HTML in its head.
_HEAD_BYTES = 4096
_IN_TEXT = re.compile(rb'"%s"(?::| content=)"(\w+)"' % RUN_TAG.encode())


def run_of(path: Path) -> str | None:
    """Return what identifies the run that made a file; None if none of ours did, or there is none.

    Two files of the same run were made of the same scene by the same model with the same choices.
    """
    if not path.is_file():
        return None
    return _run_of_raster(path) if is_raster(path) else _run_of_text(path)


def _run_of_raster(path: Path) -> str | None:
    try:
        with open_raster(path) as dataset:
            tag: str | None = dataset.tags().get(RUN_TAG)
    except InputError:
        return None
    return tag


def _run_of_text(path: Path) -> str | None:
    with path.open("rb") as file:
        found = _IN_TEXT.search(file.read(_HEAD_BYTES))
    return found[1].decode() if found else None
