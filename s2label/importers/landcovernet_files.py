"""The file names of LandCoverNet V1 in both published layouts; files may be missing.

1. ``ref_landcovernet_v1_labels_<TILE>_<CHIP>/source/<TILE>_<CHIP>_<YYYYMMDD>_<BAND>_10m.tif`` and
   ``…/labels/<TILE>_<CHIP>_2018_LC_10m.tif``
2. ``ref_landcovernet_<region>_v1_labels/…_labels_<TILE>_<CHIP>/labels.tif`` and
   ``ref_landcovernet_<region>_v1_source_sentinel_2/…_<TILE>_<CHIP>_<YYYYMMDD>/<BAND>.tif``
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from s2label.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLACE_1 = re.compile(r"ref_landcovernet_v1_labels_(?P<place>[^_]+_[^_]+)$")
_IMAGE_1 = re.compile(r"(?P<place>[^_]+_[^_]+)_(?P<date>\d{8})_(?P<raster>[^_]+)_10m\.tif$")
_LABEL_1 = re.compile(r"(?P<place>[^_]+_[^_]+)_\d{4}_LC_10m\.tif$")
_PLACE_2 = re.compile(r"ref_landcovernet_[a-z]{2}_v1_labels_(?P<place>[^_]+_[^_]+)$")
_IMAGE_2 = re.compile(
    r"ref_landcovernet_[a-z]{2}_v1_source_sentinel_2_(?P<place>[^_]+_[^_]+)_(?P<date>\d{8})$"
)
_RASTER_2 = re.compile(r"(?P<raster>B\d\d|B8A|SCL|CLD)\.tif$")


@dataclass
class PlaceFiles:
    """What the folders hold of one place: date (``YYYYMMDD``) -> raster name -> path."""

    name: str
    label: Path | None = None
    dates: dict[str, dict[str, Path]] = field(default_factory=dict)

    def add(self, date: str, raster: str, path: Path) -> None:
        """Note a raster of a date."""
        self.dates.setdefault(date, {})[raster] = path

    def joined(self, other: PlaceFiles) -> PlaceFiles:
        """Return the files of both."""
        dates = {
            d: self.dates.get(d, {}) | other.dates.get(d, {}) for d in {*self.dates, *other.dates}
        }
        return PlaceFiles(self.name, self.label or other.label, dates)


def find_places(source: Path) -> list[PlaceFiles]:
    """Return the places at or below a folder, by name.

    Raises
    ------
    InputError
        If a file is called after a day that never was.
    """
    places: dict[str, PlaceFiles] = {}
    for name, date, raster, path in find_files(source):
        place = places.setdefault(name, PlaceFiles(name))
        if date is None:
            place.label = path
        else:
            _require_day(date, path)
            place.add(date, raster, path)
    return [places[name] for name in sorted(places)]


def _require_day(date: str, path: Path) -> None:
    try:
        datetime.strptime(date, "%Y%m%d")
    except ValueError as error:
        advice = "rename or remove it"
        raise InputError(path, f"{date} is no date", "YYYYMMDD", advice) from error


def find_files(source: Path) -> Iterator[tuple[str, str | None, str, Path]]:
    """Yield (place, date or None for labels, raster, path) in a fixed order."""
    for name, folders, files in os.walk(source):
        folders.sort()
        folder = Path(name)
        for file in sorted(files):
            found = _identify(folder, file)
            if found is not None:
                yield (*found, folder / file)


def _identify(folder: Path, file: str) -> tuple[str, str | None, str] | None:
    if folder.name == "labels" and _PLACE_1.search(folder.parent.name):
        match = _LABEL_1.fullmatch(file)
        return (match["place"], None, "LC") if match else None
    if folder.name == "source" and _PLACE_1.search(folder.parent.name):
        match = _IMAGE_1.fullmatch(file)
        return (match["place"], match["date"], match["raster"]) if match else None
    if place := _PLACE_2.fullmatch(folder.name):
        return (place["place"], None, "LC") if file == "labels.tif" else None
    if image := _IMAGE_2.fullmatch(folder.name):
        match = _RASTER_2.fullmatch(file)
        return (image["place"], image["date"], match["raster"]) if match else None
    return None
