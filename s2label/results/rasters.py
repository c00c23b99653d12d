"""The rasters of a result say in tags which model made them of which scene; records and readers.

`writing` has what writes them. docs/scenes.md lists the tags.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from s2label.errors import InputError
from s2label.raster import open_raster
from s2label.types import MAX_CLASS, NOT_LABELLED, LabelClass, Lifetime

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rasterio import DatasetReader

# Values of the probability raster: share x 254, and what has none.
PROBABILITY_STEPS = 254
NO_PROBABILITY = 255
# Value of the picture where there is no data.
RGB_NODATA = 0

_PREFIX = "S2LABEL_"
_AGAIN = "predict the scene again"


class RasterKind(StrEnum):
    """What a raster of a result holds."""

    CLASSES = "classes"
    PROBABILITIES = "probabilities"
    PICTURE = "picture"


_WORDS = {
    RasterKind.CLASSES: "the classes",
    RasterKind.PROBABILITIES: "the probabilities",
    RasterKind.PICTURE: "the picture",
}


@dataclass(frozen=True)
class ResultRecord:
    """Who made a result of what.

    Parameters
    ----------
    model : str
        Id of the bundle.
    program : str
        Version of s2label.
    scene : str
        Name of the scene.
    time : str or None
        ISO 8601 in UTC, the date alone where the time is not known; None if neither is.
    lifetime : Lifetime
        Whether what the classes name stays where it is.
    threshold : float
        Probability from which on a class is taken, 0..1.
    classes : tuple of LabelClass
        Without background, in the order of the probability raster's bands.
    notes : tuple of str
        What a reader has to know, such as what was left out.
    """

    model: str
    program: str
    scene: str
    time: str | None
    lifetime: Lifetime
    threshold: float
    classes: tuple[LabelClass, ...]
    notes: tuple[str, ...] = ()


def result_tags(record: ResultRecord, kind: RasterKind) -> dict[str, str]:
    """Return the tags of a result's raster; `record_of_tags` reads them back."""
    classes = [{"value": c.value, "name": c.name, "colour": c.colour} for c in record.classes]
    tags = {
        "KIND": str(kind),
        "MODEL": record.model,
        "PROGRAM": record.program,
        "SCENE": record.scene,
        "LIFETIME": str(record.lifetime),
        "THRESHOLD": repr(record.threshold),
        "CLASSES": json.dumps(classes),
        "NOTES": json.dumps(record.notes),
    }
    if record.time:
        tags["TIME"] = record.time
    return {_PREFIX + name: text for name, text in tags.items()}


def record_of_tags(
    path: Path, tags: Mapping[str, str], kind: RasterKind = RasterKind.CLASSES
) -> ResultRecord:
    """Return what the tags of a raster say of it.

    Raises
    ------
    InputError
        If they are not those of a result's raster of that kind.
    """
    _require_kind(path, tags, kind)
    try:
        return ResultRecord(
            model=tags[_PREFIX + "MODEL"],
            program=tags[_PREFIX + "PROGRAM"],
            scene=tags[_PREFIX + "SCENE"],
            time=tags.get(_PREFIX + "TIME"),
            lifetime=Lifetime(tags[_PREFIX + "LIFETIME"]),
            threshold=_share(tags[_PREFIX + "THRESHOLD"]),
            classes=_classes_of(json.loads(tags[_PREFIX + "CLASSES"])),
            notes=tuple(map(str, json.loads(tags[_PREFIX + "NOTES"]))),
        )
    except (KeyError, OverflowError, RecursionError, TypeError, ValueError) as error:
        found = f"tags that are damaged ({type(error).__name__}: {error})"
        raise InputError(path, found, _expected(kind), _AGAIN) from error


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:  # NaN fails this, too
        raise ValueError(f"found threshold {text}, expected 0 to 1")
    return value


def _require_kind(path: Path, tags: Mapping[str, str], kind: RasterKind) -> None:
    for name in ("MODEL", "KIND"):
        if _PREFIX + name not in tags:
            raise InputError(path, f"no tag {_PREFIX}{name}", _expected(kind))
    found = tags[_PREFIX + "KIND"]
    if found != kind:
        raise InputError(path, f"holds the {found} of a result", _expected(kind))


def _classes_of(listed: Any) -> tuple[LabelClass, ...]:
    if not isinstance(listed, list) or not listed:
        raise ValueError("no list of classes")
    classes = tuple(LabelClass(int(c["value"]), str(c["name"]), str(c["colour"])) for c in listed)
    wrong = [c.value for c in classes if not 1 <= c.value <= MAX_CLASS]
    if wrong:
        raise ValueError(f"a class of value {wrong[0]}")
    return classes


def _expected(kind: RasterKind) -> str:
    return f"{_WORDS[kind]} of a scene, as `s2label predict` writes them"


def record_of_raster(
    path: Path, dataset: DatasetReader, kind: RasterKind = RasterKind.CLASSES
) -> ResultRecord:
    """Return who made an open raster of what.

    Raises
    ------
    InputError
        If it is not a result's raster of that kind.
    """
    record = record_of_tags(path, dataset.tags(), kind)
    found = set(dataset.dtypes), dataset.count, dataset.nodata
    if found != ({"uint8"}, *_layout(record, kind)):
        told = f"{dataset.count} bands of {dataset.dtypes[0]}, nodata {dataset.nodata}"
        raise InputError(path, told, _expected(kind), _AGAIN)
    return record


def _layout(record: ResultRecord, kind: RasterKind) -> tuple[int, int]:
    """Return how many bands a raster has, and its nodata value."""
    return {
        RasterKind.CLASSES: (1, NOT_LABELLED),
        RasterKind.PROBABILITIES: (len(record.classes), NO_PROBABILITY),
        RasterKind.PICTURE: (3, RGB_NODATA),
    }[kind]


def read_record(path: Path, kind: RasterKind = RasterKind.CLASSES) -> ResultRecord:
    """Return who made a raster of what.

    Raises
    ------
    InputError
        If it is no raster, or not a result's raster of that kind.
    """
    with open_raster(path) as dataset:
        return record_of_raster(path, dataset, kind)
