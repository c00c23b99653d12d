"""Views that a user writes into ``project.toml``; docs/views.md shows them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from s2label.expressions import parse_expression
from s2label.views import View

if TYPE_CHECKING:
    from collections.abc import Iterable

_COLOURS = ("red", "green", "blue")
_KEYS = ("name", *_COLOURS, "index", "range", "colours")


def views_from(rows: Any) -> tuple[View, ...]:
    """Read views from parsed TOML.

    Parameters
    ----------
    rows : list of dict
        Each with ``name`` and either ``red``, ``green`` and ``blue`` or ``index``; ``range``
        (two numbers) may be there, and with ``index`` also ``colours``.

    Raises
    ------
    ValueError
        If something is missing, wrong or unknown; the text names the view.
    """
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError("views: expected each one under [[views]], in double brackets")
    return tuple(_view_from(row, number) for number, row in enumerate(rows, start=1))


def views_document(views: Iterable[View]) -> list[dict[str, Any]]:
    """Return the TOML form of views; `views_from` reads it back."""
    return [_row_of(view) for view in views]


def _view_from(row: dict[str, Any], number: int) -> View:
    name = row.get("name")
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        raise ValueError(f"view {number}: found name {name!r}; expected a name in one line")
    try:
        _require_known_keys(row)
        view = View(
            name,
            tuple(parse_expression(_text(row, key)) for key in _expression_keys(row)),
            _range(row["range"]) if "range" in row else None,
            _colours(_text(row, "colours")) if "colours" in row else "",
        )
        _require_sense(view)
    except ValueError as error:
        raise ValueError(f"view {name!r}: {error}") from error
    return view


def _require_known_keys(row: dict[str, Any]) -> None:
    unknown = [key for key in row if key not in _KEYS]
    if unknown:
        raise ValueError(f"found key {unknown[0]!r}; expected {', '.join(_KEYS)}")


def _expression_keys(row: dict[str, Any]) -> tuple[str, ...]:
    found = [key for key in (*_COLOURS, "index") if key in row]
    if found not in (list(_COLOURS), ["index"]):
        raise ValueError(
            f"found {', '.join(found) or 'no expression'}; expected either red, green and blue, "
            "or index"
        )
    return tuple(found)


def _text(row: dict[str, Any], key: str) -> str:
    text = row[key]
    if not isinstance(text, str):
        raise ValueError(f"found {key} = {text!r}; expected a text in quotes")
    return text


def _range(values: Any) -> tuple[float, float]:
    numbers = [v for v in values if type(v) in (int, float)] if isinstance(values, list) else []
    if len(numbers) == 2 == len(values) and all(map(math.isfinite, numbers)):
        low, high = (float(number) for number in numbers)
        if low < high:
            return low, high
    raise ValueError(f"found range = {values!r}; expected two numbers, the lower one first")


def _colours(name: str) -> str:
    from matplotlib import colormaps

    if name not in colormaps:
        raise ValueError(
            f"found colours = {name!r}; expected a matplotlib colour map such as 'RdYlGn'"
        )
    return name


def _require_sense(view: View) -> None:
    if view.is_index:
        return
    if view.colours:
        raise ValueError("found colours beside red, green and blue; expected them beside index")
    if view.value_range and all(each.is_band for each in view.expressions):
        raise ValueError(
            "found a range for bands as they are; expected none: the stretch of the project "
            "holds for them"
        )


def _row_of(view: View) -> dict[str, Any]:
    keys = ("index",) if view.is_index else _COLOURS
    texts = (expression.text for expression in view.expressions)
    row: dict[str, Any] = {"name": view.name, **dict(zip(keys, texts, strict=True))}
    if view.value_range is not None:
        row["range"] = list(view.value_range)
    if view.colours:
        row["colours"] = view.colours
    return row
