"""Doubtful places of a predicted scene, which become chips in the queue."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from s2label.errors import InputError
from s2label.raster import RasterPool
from s2label.results.components import find_components
from s2label.results.doubt import Candidate, Doubt, DoubtKind, choose_fairly
from s2label.results.doubtful_ground import different_ground, uncertain_ground
from s2label.results.doubtful_objects import (
    Sighting,
    at_quay,
    least_near,
    near_threshold,
    on_cloud,
    unshared,
)
from s2label.results.geojson import feature, write_features
from s2label.results.ground import lonlat_of, require_degrees
from s2label.results.opened import open_result
from s2label.results.surroundings import Coast, can_tell_land, open_clouds
from s2label.types import Lifetime

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from s2label.grid import Grid
    from s2label.results.components import RowBand
    from s2label.results.opened import OpenResult
    from s2label.results.surroundings import Clouds
    from s2label.types import BandRaster, LabelClass

__all__ = ["Doubt", "DoubtKind", "find_doubts", "write_doubts"]

_MOST_PIECES = 100_000
_LEAST_CHIP_PX = 8
# Much of the most uncertain ground holds a doubtful object and is left out for that.
_SPARE = 5


@dataclass(frozen=True)
class _Beside:
    """What there is beside a result."""

    older: OpenResult | None
    clouds: Clouds | None
    coast: Coast | None


def find_doubts(
    classes: Path,
    probabilities: Path,
    *,
    older: Path | None = None,
    clouds: Path | None = None,
    bands: Sequence[BandRaster] = (),
    chip_px: int = 64,
    most: int = 200,
    seed: int = 0,
) -> list[Doubt]:
    """Return the doubtful places of a result, kinds in turn, no chip over another.

    What only one of two results has comes first of them.

    Parameters
    ----------
    classes, probabilities : Path
        The rasters that `s2label predict` makes.
    older : Path, optional
        Class raster of another model for the same scene.
    clouds : Path, optional
        Scene classes (SCL in the name), cloud probability in per cent (CLD), or a cloud raster of
        screening, on any grid.
    bands : sequence of BandRaster
        The scene's, which tell land; objects at a quay are not looked for without B11, B12, or B03
        and B08.
    chip_px : int
        Side of the chips that shall be cut.
    most : int
        How many places.
    seed : int
        Decides between equally doubtful places.

    Raises
    ------
    InputError
        If a raster is not what it has to be, or the older result is of another scene.
    TooManyComponentsError
        If the model found noise.
    ValueError
        If a chip has less than 8 pixels a side.
    """
    if chip_px < _LEAST_CHIP_PX:
        raise ValueError(f"chips of {chip_px} pixels; at least {_LEAST_CHIP_PX}")
    with ExitStack() as stack:
        result = stack.enter_context(open_result(classes, probabilities))
        require_degrees(classes, result.grid)
        beside = _Beside(
            older=None if older is None else stack.enter_context(open_result(older, None)),
            clouds=None if clouds is None else stack.enter_context(open_clouds(clouds)),
            coast=Coast(bands, stack.enter_context(RasterPool())) if can_tell_land(bands) else None,
        )
        _require_same_scene(result, beside.older)
        found = chain(
            uncertain_ground(result, chip_px, _SPARE * most, seed),
            _by_kind_of_class(result, beside, chip_px, most, seed),
        )
        # After a training one wants to know first what is otherwise now.
        chosen = choose_fairly(
            found, result.grid.shape, chip_px, most, seed, foremost=DoubtKind.MODELS
        )
        return [_doubt(result.grid, each) for each in chosen]


def write_doubts(path: Path, doubts: Sequence[Doubt]) -> None:
    """Write doubts as GeoJSON points, in their order, whole or not at all.

    `s2label import --points` takes the file as it is.
    """
    write_features(path, _features(doubts))


def _by_kind_of_class(
    result: OpenResult, beside: _Beside, chip_px: int, most: int, seed: int
) -> Iterator[Candidate]:
    """Yield doubtful objects of classes that move; of others, ground that two models see apart."""
    if result.record.lifetime is Lifetime.MOVING:
        for label_class in result.record.classes:
            yield from _of_objects(result, label_class, beside)
    elif beside.older is not None:
        yield from different_ground(result, beside.older, chip_px, most, seed)


def _of_objects(
    result: OpenResult, label_class: LabelClass, beside: _Beside
) -> Iterator[Candidate]:
    value = label_class.value
    likely = result.likely_bands(value, least_near(result.record.threshold))
    for sighting in _sightings(result, label_class, likely):
        yield from near_threshold(sighting)
    if beside != _Beside(None, None, None):
        for sighting in _sightings(result, label_class, result.row_bands(value)):
            yield from _around(sighting, beside)
    if beside.older is not None:
        theirs = _sightings(beside.older, label_class, beside.older.row_bands(value))
        for sighting in theirs:
            yield from unshared(sighting, result, is_older=True)


def _around(sighting: Sighting, beside: _Beside) -> Iterator[Candidate]:
    if beside.clouds is not None:
        yield from on_cloud(sighting, beside.clouds)
    if beside.coast is not None:
        yield from at_quay(sighting, beside.coast)
    if beside.older is not None:
        yield from unshared(sighting, beside.older, is_older=False)


def _sightings(
    result: OpenResult, label_class: LabelClass, bands: Iterable[RowBand]
) -> Iterator[Sighting]:
    # All are found before the first is looked at: reading to and fro would decode blocks twice.
    for component in list(find_components(bands, result.grid.width, _MOST_PIECES)):
        sighting = Sighting(result, label_class, component)
        if sighting.is_readable:
            yield sighting


def _require_same_scene(result: OpenResult, older: OpenResult | None) -> None:
    if older is None:
        return
    if not older.grid.is_same_as(result.grid):
        expected = f"that of {result.path.name}"
        raise InputError(older.path, "another grid", expected, "compare results of one scene")
    theirs, ours = (
        {(c.value, c.name.casefold()) for c in each.record.classes} for each in (older, result)
    )
    if theirs != ours:
        names = ", ".join(c.name for c in older.record.classes)
        raise InputError(older.path, f"other classes ({names})", f"those of {result.path.name}")


def _doubt(grid: Grid, candidate: Candidate) -> Doubt:
    column, row = candidate.column, candidate.row
    lon, lat = lonlat_of(grid, np.array([column]), np.array([row]))
    x, y = grid.affine @ (column, row)
    return Doubt(
        longitude=float(lon[0]),
        latitude=float(lat[0]),
        x=float(x),
        y=float(y),
        kind=candidate.kind,
        words=candidate.words,
        score=candidate.score,
    )


def _features(doubts: Sequence[Doubt]) -> Iterator[dict[str, Any]]:
    for number, each in enumerate(doubts, start=1):
        position = (round(each.longitude, 7), round(each.latitude, 7))
        geometry = {"type": "Point", "coordinates": position}
        properties = {"kind": each.kind, "words": each.words, "score": round(each.score, 3)}
        yield feature(number, geometry, properties)
