"""Stable names: the same ground, image or mask gets the same id on every machine."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from s2label.grid import Grid
    from s2label.types import BandRaster

# Ids become folder names: long enough to tell, short enough for every file system.
_SLUG_LENGTH = 80


def slug(text: str, fallback: str = "place") -> str:
    """Return a name that is safe in file names, URLs and shells; `fallback` if nothing is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_.]+", "-", plain).strip("-.")[:_SLUG_LENGTH] or fallback


def _short_hash(text: str, length: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def place_id(name: str, grid: Grid) -> str:
    """Return the id of a place: its name for people, its ground for certainty."""
    return f"{slug(name)}-{grid.key[:12]}"


def image_id(place: str, scene: str, date: str | None) -> str:
    """Return the id of an image: place, date, and which scene it was taken from."""
    return f"{place}-{(date or 'undated').replace('-', '')}-{_short_hash(scene, 10)}"


def mask_id(owner: str) -> str:
    """Return the id of the mask of a place or an image."""
    return f"{owner}-mask"


def ignore_id(image: str) -> str:
    """Return the id of the ignore raster of an image."""
    return f"{image}-ignore"


def random_key(subject: str, id_: str) -> int:
    """Return a number of 62 bits by which a queue is shuffled, always the same way."""
    return int(_short_hash(f"{subject}|{id_}", 16), 16) >> 2


def fingerprint(bands: Iterable[BandRaster]) -> str:
    """Return what identifies the content of an image: its files' digests and its value scale."""
    parts = [
        f"{b.name}|{b.source.size_bytes}|{b.source.digest}|{b.index}|{b.quantification!r}"
        f"|{b.offset_dn!r}|{b.nodata!r}"
        for b in bands
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
