"""``project.toml``: name, class table, catalog URL, group rule, stretch and views of a project."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AbstractTable

from s2label.classes import class_table_document, class_table_from
from s2label.durable import write_whole
from s2label.errors import ProjectError
from s2label.own_views import views_document, views_from
from s2label.stretch import Stretch
from s2label.views import with_built_in

if TYPE_CHECKING:
    from pathlib import Path

    from s2label.types import ClassTable
    from s2label.views import View

FILE_NAME = "project.toml"
CATALOG_URL = "sqlite:///catalog.sqlite"
GROUP_DISTANCE_M = 2500.0
_TABLES = {"groups", "stretch"}


@dataclass(frozen=True)
class ProjectFile:
    """Settings of a project.

    Parameters
    ----------
    name : str
        Shown in titles and in the data card.
    classes : ClassTable
        What the values of masks mean.
    catalog : str
        SQLAlchemy URL; a relative SQLite path is relative to the project folder.
    group_distance_m : float
        Places nearer to each other than this stay on one side of a split.
    stretch : Stretch
        Reflectance limits for display and PNG export.
    views : tuple of View
        The project's own views, beside or instead of the built-in ones.
    """

    name: str
    classes: ClassTable
    catalog: str = CATALOG_URL
    group_distance_m: float = GROUP_DISTANCE_M
    stretch: Stretch = field(default_factory=Stretch)
    views: tuple[View, ...] = ()

    @property
    def all_views(self) -> tuple[View, ...]:
        """All views in their order, the built-in ones first."""
        return with_built_in(self.views)

    def with_stretch(self, stretch: Stretch) -> ProjectFile:
        """Return the settings with another stretch."""
        return replace(self, stretch=stretch)


def require_project_file(path: Path) -> None:
    """Raise `ProjectError` if there is no ``project.toml``."""
    if not path.is_file():
        raise ProjectError(
            f"{path.parent}: not a project (no {path.name}); make one with `s2label init`"
        )


def read_project_file(path: Path) -> ProjectFile:
    """Read ``project.toml``.

    Raises
    ------
    ProjectError
        If it is missing, not TOML, lacks something, or holds a view that cannot be drawn.
    """
    require_project_file(path)
    try:
        document = tomlkit.parse(path.read_text("utf-8")).unwrap()
        return ProjectFile(
            name=str(document["name"]),
            classes=class_table_from(document["classes"], path),
            catalog=str(document["catalog"]),
            group_distance_m=_distance(document["groups"]["distance_m"]),
            stretch=_read_stretch(document.get("stretch", {})),
            views=_read_views(document, path),
        )
    except KeyError as error:
        raise ProjectError(f"{path}: no key {error}; restore the file from a backup") from error
    except (TOMLKitError, AttributeError, RecursionError, TypeError, ValueError) as error:
        cause = " ".join(str(error).split())
        raise ProjectError(f"{path}: not a project file ({cause}); mend or restore it") from error


def _distance(value: Any) -> float:
    metres = float(value)
    if not 0 <= metres < math.inf:  # NaN fails this, too
        raise ValueError(f"groups.distance_m: found {metres:g}, expected metres from 0 on")
    return metres


def write_project_file(path: Path, settings: ProjectFile) -> None:
    """Write ``project.toml`` whole; comments that a user wrote into it stay."""
    document = tomlkit.parse(path.read_text("utf-8")) if path.is_file() else _new_document()
    _update(document, {"name": settings.name, "catalog": settings.catalog})
    _update(document, {"groups": {"distance_m": settings.group_distance_m}})
    _update(document, {"classes": class_table_document(settings.classes)})
    _update(document, {"stretch": _stretch_document(settings.stretch)})
    if _read_views(document.unwrap(), path) != settings.views:
        document["views"] = views_document(settings.views)
    text = tomlkit.dumps(document).encode()
    if not path.is_file() or path.read_bytes() != text:
        write_whole(path, text)


def _new_document() -> tomlkit.TOMLDocument:
    document = tomlkit.document()
    document.add(tomlkit.comment("A project of s2label; docs/concepts.md explains the keys."))
    return document


def _update(document: Any, values: dict[str, Any]) -> None:
    for key, value in values.items():
        if key in _TABLES and isinstance(document.get(key), dict):
            _update(document[key], value)  # key by key: comments and further keys stay
        elif key == "limits" and isinstance(document.get(key), AbstractTable):
            _update_limits(document[key], value)
        elif document.get(key) is None or tomlkit.item(document[key]).unwrap() != value:
            document[key] = value


def _update_limits(limits: AbstractTable, values: dict[str, Any]) -> None:
    """Set all limits; a comment below the last one belongs to what follows, and stays there."""
    rows = limits.value.body
    below = list(takewhile(lambda row: row[0] is None, reversed(rows)))
    del rows[len(rows) - len(below) :]
    for gone in set(limits) - set(values):
        del limits[gone]
    for name, pair in values.items():
        if name not in limits or limits[name] != pair:
            limits[name] = pair
    rows.extend(reversed(below))


def _stretch_document(stretch: Stretch) -> dict[str, Any]:
    return {
        "percentiles": list(stretch.percentiles),
        "images": stretch.images,
        "sample": stretch.sample,
        "fixed": stretch.fixed,
        "limits": {name: list(limits) for name, limits in sorted(stretch.limits.items())},
    }


def _read_stretch(document: dict[str, Any]) -> Stretch:
    limits = {name: _pair(value) for name, value in document.get("limits", {}).items()}
    percentiles = _pair(document.get("percentiles", Stretch().percentiles))
    return Stretch(
        limits,
        percentiles,
        images=int(document.get("images", 0)),
        sample=str(document.get("sample", "")),
        fixed=bool(document.get("fixed", False)),
    )


def _read_views(document: dict[str, Any], path: Path) -> tuple[View, ...]:
    try:
        return views_from(document.get("views", []))
    except ValueError as error:
        raise ProjectError(f"{path}: {error}; docs/views.md shows views") from error


def _pair(values: Any) -> tuple[float, float]:
    low, high = values
    return float(low), float(high)
