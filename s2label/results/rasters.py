"""The rasters of a result say in tags which model made them of which scene; records and readers.

`writing` has what writes them. docs/scenes.md lists the tags.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s2label.errors import InputError
from s2label.raster import open_raster
from s2label.types import LabelClass, Lifetime

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# Values of the probability raster: share x 254, and what has none.
PROBABILITY_STEPS = 254
NO_PROBABILITY = 255

_PREFIX = "S2LABEL_"
_EXPECTED = "a raster that `s2label predict` made"


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


def result_tags(record: ResultRecord) -> dict[str, str]:
    """Return the tags of a result's rasters; `record_of_tags` reads them back."""
    classes = [{"value": c.value, "name": c.name, "colour": c.colour} for c in record.classes]
    tags = {
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


def record_of_tags(path: Path, tags: Mapping[str, str]) -> ResultRecord:
    """Return what the tags of a raster say of it.

    Raises
    ------
    InputError
        If they are not those of a result.
    """
    if _PREFIX + "MODEL" not in tags:
        raise InputError(path, f"no tag {_PREFIX}MODEL", _EXPECTED)
    try:
        classes = json.loads(tags[_PREFIX + "CLASSES"])
        return ResultRecord(
            model=tags[_PREFIX + "MODEL"],
            program=tags[_PREFIX + "PROGRAM"],
            scene=tags[_PREFIX + "SCENE"],
            time=tags.get(_PREFIX + "TIME"),
            lifetime=Lifetime(tags[_PREFIX + "LIFETIME"]),
            threshold=float(tags[_PREFIX + "THRESHOLD"]),
            classes=tuple(
                LabelClass(int(c["value"]), str(c["name"]), str(c["colour"])) for c in classes
            ),
            notes=tuple(map(str, json.loads(tags[_PREFIX + "NOTES"]))),
        )
    except (KeyError, TypeError, ValueError) as error:
        found = f"tags that are damaged ({type(error).__name__}: {error})"
        raise InputError(path, found, _EXPECTED, "predict the scene again") from error


def read_record(path: Path) -> ResultRecord:
    """Return who made a raster of what.

    Raises
    ------
    InputError
        If it is no raster, or none of a result.
    """
    with open_raster(path) as dataset:
        return record_of_tags(path, dataset.tags())
