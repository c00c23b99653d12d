"""Objects of a predicted scene, such as vessels: where each is, how large, how sure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s2label.errors import InputError
from s2label.results.components import TooManyComponentsError, find_components
from s2label.results.found_object import FoundObject, describe
from s2label.results.geojson import feature, write_features
from s2label.results.opened import open_result
from s2label.results.outlines import geometry_of
from s2label.results.runs import RUN_TAG
from s2label.types import Lifetime

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    from s2label.results.components import Component
    from s2label.results.opened import OpenResult
    from s2label.results.rasters import ResultRecord
    from s2label.types import LabelClass

__all__ = ["FoundObject", "find_objects", "write_objects"]

# Of a hundred thousand objects the records take half a gigabyte.
_MOST_OBJECTS = 100_000


def find_objects(
    classes: Path,
    probabilities: Path | None,
    *,
    values: Collection[int] | None = None,
    most: int = _MOST_OBJECTS,
) -> list[FoundObject]:
    """Return the objects of a result from north to south, and from west to east.

    Parameters
    ----------
    classes, probabilities : Path
        The rasters that `s2label predict` makes. Without the second every pixel is certain, and
        sizes are rougher.
    values : collection of int, optional
        Values of the classes whose objects are wanted; by default all, of classes that move.
    most : int
        How many are borne with.

    Raises
    ------
    InputError
        If the rasters are not those of a result, or its classes stay where they are and none is
        named.
    TooManyComponentsError
        If there are more.
    """
    with open_result(classes, probabilities) as result:
        found = [
            describe(result, label_class, component)
            for label_class in _wanted(result, values)
            for component in _components(result, label_class, most)
        ]
    return sorted(found, key=lambda each: (-each.latitude, each.longitude, each.first))


def write_objects(
    path: Path, objects: Sequence[FoundObject], record: ResultRecord, run: str = ""
) -> None:
    """Write objects as GeoJSON after RFC 7946, in their order, whole or not at all.

    Parameters
    ----------
    path : Path
        The file; replaced in the end.
    objects : sequence of FoundObject
        What `find_objects` found.
    record : ResultRecord
        Who found them where; goes into the properties of each.
    run : str
        What identifies the run, see `results.runs`; empty where nobody knows.
    """
    write_features(path, _features(objects, record), {RUN_TAG: run} if run else None)


def _wanted(result: OpenResult, values: Collection[int] | None) -> list[LabelClass]:
    record = result.record
    if values is None and record.lifetime is not Lifetime.MOVING:
        found = f"classes that stay where they are ({', '.join(c.name for c in record.classes)})"
        advice = "name the classes whose objects are wanted"
        raise InputError(result.path, found, "classes that move, such as vessels", advice)
    return [c for c in record.classes if values is None or c.value in values]


def _components(result: OpenResult, label_class: LabelClass, most: int) -> list[Component]:
    # All of them before the first is described: reading to and fro would decode blocks twice.
    bands = result.row_bands(label_class.value)
    try:
        return list(find_components(bands, result.grid.width, most))
    except TooManyComponentsError as error:
        found = f"{error} of class {label_class.name}"
        advice = "predict it again with a higher threshold"
        raise TooManyComponentsError(f"{result.path}: {found}; {advice}") from error


def _features(objects: Iterable[FoundObject], record: ResultRecord) -> Iterator[dict[str, Any]]:
    origin = {"time": record.time, "scene": record.scene, "model": record.model}
    for number, each in enumerate(objects, start=1):
        properties = _properties(number, each) | origin
        yield feature(number, geometry_of(each.outline), properties)


def _properties(number: int, found: FoundObject) -> dict[str, Any]:
    heading = found.heading_deg
    return {
        "id": number,
        "class": found.label_class.name,
        "probability": round(found.probability, 3),
        "largest_probability": round(found.largest_probability, 3),
        "length_m": round(found.length_m, 1),
        "width_m": round(found.width_m, 1),
        "heading_deg": None if heading is None else round(heading, 1) % 180,
        "pixels": found.pixels,
        "area_m2": round(found.area_m2, 1),
        "longitude": round(found.longitude, 7),
        "latitude": round(found.latitude, 7),
        "at_edge": found.is_at_edge,
        "outline": "pixels" if found.is_outlined else "box",
    }
