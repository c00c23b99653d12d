"""LandCoverNet trees in both published layouts, file by file, fast enough for 33,600 rasters."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from tests.factories.geotiff import geotiff_bytes, geotiff_header
from tests.factories.landcovernet_truth import (
    BANDS,
    DTYPES,
    NODATA,
    TILES,
    Place,
    Truth,
    lay_out_places,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

REGIONS = ("af", "as", "au", "eu", "na", "sa")


@dataclass(frozen=True)
class _File:
    """A file of the tree that is not written yet: relative path, what it is, how it is made."""

    path: str
    kind: str
    place_id: str
    day: str
    content: Callable[[], bytes]


def write_layout_1(
    root: Path,
    places: int = 200,
    dates: int = 12,
    seed: int = 0,
    size: int = 256,
    drop_share: float = 0.0,
    missing: Collection[str] = (),
) -> Truth:
    """Write the first layout: one folder per place, with ``source`` and ``labels`` in it.

    Parameters
    ----------
    root
        Folder that gets the ``ref_landcovernet_v1_labels_<TILE>_<CHIP>`` folders.
    places, dates
        How many; places spread over at least two tiles, dates over the year 2018.
    seed
        Same seed, same bytes.
    size
        Side of a chip in pixels, 1 to 256.
    drop_share
        Share (0..1) of files that are left out, of each kind apart: reflectance bands, SCL, CLD,
        lists of dates, stac.json, labels, and all files of whole dates. Where it is above 0, at
        least one of each kind is left out and at least one stays.
    missing
        Further files to leave out, as paths relative to ``root``.
    """
    ground = lay_out_places(TILES, places, dates, seed, size)
    files = [file for place in ground for file in _files_of_layout_1(place)]
    return _write(root, 1, ground, files, _left_out(files, drop_share, missing, seed))


def write_layout_2(
    root: Path,
    region: str = "eu",
    places: int = 12,
    dates: int = 6,
    seed: int = 0,
    size: int = 256,
    drop_share: float = 0.0,
    missing: Collection[str] = (),
) -> Truth:
    """Write the second layout: a labels and a source collection of one region, side by side.

    Parameters are those of `write_layout_1`, and the ``region``, one of `REGIONS`.
    """
    tiles = tuple(tile for tile in TILES if tile.region == region)
    if not tiles:
        raise ValueError(f"no region {region!r}; there are {', '.join(REGIONS)}")
    ground = lay_out_places(tiles, places, dates, seed, size)
    files = [file for place in ground for file in _files_of_layout_2(place)]
    files.extend(_collections(region))
    return _write(root, 2, ground, files, _left_out(files, drop_share, missing, seed))


def band_path(layout: int, place: Place, day: str, name: str) -> str:
    """Return where a raster of a date lies, relative to the tree's root."""
    if layout == 1:
        folder = f"ref_landcovernet_v1_labels_{place.id}/source"
        return f"{folder}/{place.id}_{day}_{name}_10m.tif"
    return f"{_source_folder(place, day)}/{name}.tif"


def label_path(layout: int, place: Place) -> str:
    """Return where the label raster of a place lies, relative to the tree's root."""
    if layout == 1:
        return f"ref_landcovernet_v1_labels_{place.id}/labels/{place.id}_2018_LC_10m.tif"
    return f"{_label_folder(place)}/labels.tif"


def dates_path(layout: int, place: Place) -> str:
    """Return where the list of a place's dates lies, relative to the tree's root."""
    if layout == 1:
        return f"ref_landcovernet_v1_labels_{place.id}/labels/{place.id}_labeling_dates.csv"
    return f"{_label_folder(place)}/source_dates.csv"


def _label_folder(place: Place) -> str:
    collection = f"ref_landcovernet_{place.tile.region}_v1_labels"
    return f"{collection}/{collection}_{place.id}"


def _source_folder(place: Place, day: str) -> str:
    collection = f"ref_landcovernet_{place.tile.region}_v1_source_sentinel_2"
    return f"{collection}/{collection}_{place.id}_{day}"


def _files_of_layout_1(place: Place) -> Iterator[_File]:
    yield from _rasters(1, place)
    yield _File(dates_path(1, place), "dates", place.id, "", lambda: _dates_csv(place))


def _files_of_layout_2(place: Place) -> Iterator[_File]:
    yield from _rasters(2, place)
    yield _File(dates_path(2, place), "dates", place.id, "", lambda: _dates_csv(place))
    path = f"{_label_folder(place)}/stac.json"
    yield _File(path, "stac label", place.id, "", lambda: _stac(place, None))
    for day in place.dates:
        path = f"{_source_folder(place, day)}/stac.json"
        yield _File(path, "stac source", place.id, day, partial(_stac, place, day))


def _collections(region: str) -> Iterator[_File]:
    # Not in our notes of the layout, but published trees hold one beside the chips' folders.
    for name in ("labels", "source_sentinel_2"):
        collection = f"ref_landcovernet_{region}_v1_{name}"
        content = json.dumps({"type": "Collection", "id": collection}).encode()
        path = f"{collection}/collection.json"
        yield _File(path, "collection", "", "", partial(bytes, content))


def _rasters(layout: int, place: Place) -> Iterator[_File]:
    headers = {name: _header(place, name) for name in BANDS}
    for day in place.dates:
        for name in BANDS:
            kind = name if name in ("CLD", "SCL") else "band"
            content = partial(_raster, place, day, name, headers[name])
            yield _File(band_path(layout, place, day, name), kind, place.id, day, content)
    yield _File(label_path(layout, place), "label", place.id, "", lambda: _label(place))


def _header(place: Place, name: str) -> bytes:
    shape = (1, place.size, place.size)
    return geotiff_header(shape, DTYPES[name], place.tile.epsg, place.transform, NODATA[name])


def _raster(place: Place, day: str, name: str, header: bytes) -> bytes:
    pixels = place.band(day, name)
    return header + pixels.astype(pixels.dtype.newbyteorder("<"), copy=False).tobytes()


def _label(place: Place) -> bytes:
    array = np.stack([place.classes, place.consensus])
    return geotiff_bytes(array, place.tile.epsg, place.transform, nodata=None)


def _dates_csv(place: Place) -> bytes:
    # A table as pandas writes it: a nameless column of row numbers, then the dates, under the
    # tile's name. Both layouts have it so.
    rows = [f",{place.tile.name}", *(f"{row},{day}" for row, day in enumerate(place.dates))]
    return ("\n".join(rows) + "\n").encode()


def _stac(place: Place, day: str | None) -> bytes:
    folder = _label_folder(place) if day is None else _source_folder(place, day)
    names = ("labels", "source_dates") if day is None else BANDS
    moment = "2018-01-01" if day is None else f"{day[:4]}-{day[4:6]}-{day[6:]}"
    assets = {
        name: {"href": f"{name}.csv" if name == "source_dates" else f"{name}.tif"} for name in names
    }
    item: dict[str, object] = {
        "type": "Feature",
        "stac_version": "1.0.0",
        "id": folder.rpartition("/")[2],
        "collection": folder.partition("/")[0],
        "properties": {"datetime": f"{moment}T00:00:00Z"},
        "geometry": None,
        "links": [],
        "assets": assets,
    }
    return json.dumps(item).encode()


def _left_out(
    files: list[_File], drop_share: float, missing: Collection[str], seed: int
) -> frozenset[str]:
    unknown = set(missing) - {file.path for file in files}
    if unknown:
        raise ValueError(f"not files of this tree: {', '.join(sorted(unknown))}")
    if drop_share == 0:
        return frozenset(missing)
    random = np.random.default_rng((seed, len(files)))
    paths_of: dict[str, list[list[str]]] = {}
    dates: dict[tuple[str, str], list[str]] = {}
    for file in files:
        paths_of.setdefault(file.kind, []).append([file.path])
        if file.day:
            dates.setdefault((file.place_id, file.day), []).append(file.path)
    dropped = set(missing)
    for units in (*paths_of.values(), list(dates.values())):
        count = min(max(1, round(drop_share * len(units))), len(units) - 1)
        for unit in random.choice(len(units), count, replace=False):
            dropped.update(units[unit])
    return frozenset(dropped)


def _write(
    root: Path, layout: int, places: tuple[Place, ...], files: list[_File], missing: frozenset[str]
) -> Truth:
    made: set[str] = set()
    rasters_of = {(place.id, day): 0 for place in places for day in place.dates}
    for file in files:
        if file.path in missing:
            continue
        folder = file.path.rpartition("/")[0]
        if folder not in made:
            (root / folder).mkdir(parents=True, exist_ok=True)
            made.add(folder)
        with open(f"{root}/{file.path}", "wb") as stream:
            stream.write(file.content())
        if file.path.endswith(".tif") and file.day:
            rasters_of[file.place_id, file.day] += 1
    written = frozenset(file.path for file in files) - missing
    bare = frozenset(key for key, count in rasters_of.items() if count == 0)
    return Truth(root, layout, places, written, missing, bare)
