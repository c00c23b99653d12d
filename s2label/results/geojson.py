"""GeoJSON after RFC 7946, written feature by feature, whole or not at all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from s2label.durable import make_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_HEAD = '{"type":"FeatureCollection",'
_TAIL = "\n]}\n"


def write_features(
    path: Path, features: Iterable[Mapping[str, Any]], members: Mapping[str, str] | None = None
) -> None:
    """Write a FeatureCollection, a feature a line.

    Parameters
    ----------
    path : Path
        The file; what was there stays until all is written.
    features : iterable of mapping
        GeoJSON features, see `feature`.
    members : mapping, optional
        Foreign members (RFC 7946, section 6.1) of the collection; they stand in the first line.
    """
    foreign = "".join(f"{_text(name)}:{_text(value)}," for name, value in (members or {}).items())

    def write(part: Path) -> None:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            file.write(f'{_HEAD}{foreign}"features":[')
            for number, each in enumerate(features):
                file.write((",\n" if number else "\n") + _text(each))
            file.write(_TAIL)

    make_whole(path, write)


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def count_features(path: Path) -> int:
    """Return how many features a file of `write_features` holds, without taking them apart.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    with path.open("rb") as file:
        return sum(line.startswith(b'{"type":"Feature",') for line in file)


def feature(id_: int, geometry: Mapping[str, Any], properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return a GeoJSON feature."""
    return {"type": "Feature", "id": id_, "geometry": geometry, "properties": properties}
