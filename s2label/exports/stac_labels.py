"""What a STAC item says of a mask: its classes, and how its labels came about.

Source: the STAC extensions classification 2.0.0 and label 1.0.1. pystac warns of the label
extension, which is unmaintained and yet what finds labels in catalogs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from s2label.ids import slug
from s2label.types import NOT_LABELLED, Provenance

if TYPE_CHECKING:
    from collections.abc import Iterable

    from s2label.exports.legend import Legend, LegendEntry
    from s2label.masks import Mask

# What stands for a name without a Latin letter; no other name may look like it.
_NUMBERED = re.compile(r"class-\d+")


def class_rows(legend: Legend) -> list[dict[str, Any]]:
    """Return ``classification:classes`` of a legend; no two have one name."""
    names = _names(legend.entries)
    return [
        {
            "value": entry.value,
            "name": names[entry.value],
            "title": entry.name,
            "description": entry.name,
            "color_hint": entry.colour[1:].upper(),
        }
        for entry in legend.entries
    ]


def _names(entries: Iterable[LegendEntry]) -> dict[int, str]:
    """Return value -> name of Latin letters; ``class-<value>`` where that is empty or taken."""
    names: dict[int, str] = {}
    for entry in entries:
        plain = slug(entry.name, "").replace(".", "-").lower()
        is_free = plain and plain not in names.values() and not _NUMBERED.fullmatch(plain)
        names[entry.value] = plain if is_free else f"class-{entry.value}"
    return names


def label_fields(legend: Legend, mask: Mask) -> dict[str, Any]:
    """Return the label extension's fields of a mask."""
    fields = {
        "label:type": "raster",
        "label:properties": None,
        "label:description": "Class of each pixel; the values stand in classification:classes.",
        "label:classes": [{"name": None, "classes": [e.value for e in legend.entries]}],
        "label:tasks": ["segmentation"],
    }
    methods = _methods(mask)
    return {**fields, "label:methods": methods} if methods else fields


def _methods(mask: Mask) -> list[str]:
    """Return how the labels of a mask were made, as far as that is known.

    Nobody said how imported ones were: they add nothing.
    """
    found = np.unique(mask.provenance[mask.classes != NOT_LABELLED])
    by_hand = Provenance.HUMAN in found
    by_program = bool(np.any(found > Provenance.HUMAN))
    return ["manual"] * by_hand + ["automated"] * by_program
