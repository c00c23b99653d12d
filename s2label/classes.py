"""Class tables: the two built-in ones and the TOML form that users write."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from s2label.errors import InputError
from s2label.types import ClassTable, LabelClass, Lifetime

VESSELS = ClassTable("vessels", Lifetime.MOVING, (LabelClass(1, "vessel", "#ff3b30"),))

# Names and colours of LandCoverNet V1; its 0 is "No Data", not a class.
LANDCOVERNET = ClassTable(
    "landcovernet",
    Lifetime.STATIC,
    (
        LabelClass(1, "Water", "#0000ff"),
        LabelClass(2, "Artificial Bareground", "#888888"),
        LabelClass(3, "Natural Bareground", "#d1a46d"),
        LabelClass(4, "Permanent Snow/Ice", "#f5f5ff"),
        LabelClass(5, "Woody Vegetation", "#d64c2b"),
        LabelClass(6, "Cultivated Vegetation", "#186818"),
        LabelClass(7, "(Semi) Natural Vegetation", "#00ff00"),
    ),
    source_void=(0,),
)

BUILT_IN = {table.name: table for table in (VESSELS, LANDCOVERNET)}


def class_table_from(document: dict[str, Any], where: Path | str) -> ClassTable:
    """Read a class table from parsed TOML.

    Parameters
    ----------
    document : dict
        Keys ``name``, ``lifetime`` (``static`` or ``moving``), ``source_void`` (list, may be
        missing) and ``class``: a list of tables with ``value``, ``name``, ``colour``.
    where : Path or str
        File to name in an error.

    Raises
    ------
    InputError
        If something is missing or wrong.
    """
    try:
        rows = [
            LabelClass(_whole(r["value"]), str(r["name"]), str(r["colour"]))
            for r in document["class"]
        ]
        void = tuple(_whole(v) for v in document.get("source_void", ()))
        return ClassTable(str(document["name"]), Lifetime(document["lifetime"]), tuple(rows), void)
    except KeyError as error:
        raise InputError(where, f"no key {error} in the class table", advice=_ADVICE) from error
    except (TypeError, ValueError) as error:
        raise InputError(where, str(error), advice=_ADVICE) from error


_ADVICE = "docs/concepts.md shows a class table"


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise ValueError(f"class value {str(value)[:40]!r} is no whole number")
    return value


def load_class_table(name_or_path: str) -> ClassTable:
    """Return a built-in table by name, or read one from a TOML file."""
    if name_or_path in BUILT_IN:
        return BUILT_IN[name_or_path]
    path = Path(name_or_path)
    if not path.is_file():
        names = ", ".join(BUILT_IN)
        raise InputError(path, "no such class table", f"one of {names}, or a TOML file")
    try:
        return class_table_from(tomllib.loads(path.read_text("utf-8")), path)
    except (RecursionError, ValueError) as error:  # too deep, or a number of too many digits
        raise InputError(path, f"not TOML ({error})", "a class table") from error


def class_table_document(table: ClassTable) -> dict[str, Any]:
    """Return the TOML form of a class table; `class_table_from` reads it back."""
    return {
        "name": table.name,
        "lifetime": str(table.lifetime),
        "source_void": list(table.source_void),
        "class": [{"value": c.value, "name": c.name, "colour": c.colour} for c in table.classes],
    }
