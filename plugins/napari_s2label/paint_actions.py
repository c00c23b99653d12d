"""Actions of painting. Their keys are napari's own where napari has one for the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_s2label.action import Action, at_easel

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_s2label.desk import Desk
    from napari_s2label.easel import Easel

_TOOLS = (
    ("look", "Look: drag moves the picture", "Z"),
    ("brush", "Brush", "P"),
    ("eraser", "Eraser: to background", "E"),
    ("fill", "Fill an area", "F"),
    ("polygon", "Polygon, a double click closes it", "O"),
    ("wand", "Wand: click a bright object; L again sets it", "L"),
    ("ignore", "Ignore brush: cloud on this image; X again takes back", "X"),
)


def _tool(name: str) -> Callable[[Desk], object]:
    return at_easel(lambda easel: easel.choose_tool(name))


def _numbered(number: int) -> Callable[[Desk], object]:
    return at_easel(lambda easel: easel.choose_numbered_class(number))


def _keep_others(easel: Easel) -> None:
    easel.keeps_others = not easel.keeps_others


def _action(
    id_: str,
    title: str,
    key: str,
    do: Callable[[Easel], object],
    release: Callable[[Easel], object] | None = None,
) -> Action:
    return Action(id_, title, key, at_easel(do), at_easel(release) if release else None, True)


PAINT_ACTIONS: tuple[Action, ...] = (
    *(Action(f"tool_{name}", title, key, _tool(name), paints=True) for name, title, key in _TOOLS),
    Action("class_0", "Paint background", "0", _numbered(0), paints=True),
    *(
        Action(f"class_{n}", f"Paint class {n}", str(n), _numbered(n), paints=True)
        for n in range(1, 10)
    ),
    _action("class_before", "Class before in the legend", "-", lambda e: e.choose_next_class(-1)),
    _action("class_next", "Next class in the legend", "=", lambda e: e.choose_next_class(1)),
    _action("brush_smaller", "Smaller brush", "[", lambda e: e.resize_brush(-1)),
    _action("brush_larger", "Larger brush", "]", lambda e: e.resize_brush(1)),
    _action("keep_others", "Leave other classes alone, or not", "B", _keep_others),
    _action(
        "rest_background",
        "The rest of the chip is background",
        "Shift+F",
        lambda e: e.call_rest_background(),
    ),
    _action("clear_mask", "Clear the mask", "Shift+X", lambda e: e.clear()),
    _action("show_closer", "Zoom to the next object", "C", lambda e: e.show_closer()),
    _action("show_whole", "Show the whole chip", "Shift+C", lambda e: e.show_whole()),
    _action(
        "show_imported",
        "Mask as imported while held",
        "M",
        lambda e: e.show_imported(True),
        lambda e: e.show_imported(False),
    ),
    _action("show_provenance", "Who set which pixel", "Y", lambda e: e.toggle_provenance()),
)
