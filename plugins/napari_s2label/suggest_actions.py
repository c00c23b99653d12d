"""Actions of suggesting and accepting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_s2label.action import Action
from napari_s2label.suggesting import THRESHOLD_STEP

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_s2label.desk import Desk
    from napari_s2label.suggestion_view import SuggestionView

_STEP = THRESHOLD_STEP


def _action(id_: str, title: str, key: str, do: Callable[[SuggestionView], object]) -> Action:
    def run(desk: Desk) -> object:
        return do(desk.suggestions) if desk.suggestions is not None else None

    # V is napari's for a layer's visibility: it stands in for it, as painting does elsewhere.
    return Action(id_, title, key, run, paints=True, group="Suggest")


SUGGEST_ACTIONS: tuple[Action, ...] = (
    _action("suggest", "Suggest for this chip, or hide it", "S", lambda s: s.suggesting.toggle()),
    _action(
        "accept_suggestion", "Accept the whole suggestion", "Shift+S", lambda s: s.accept_all()
    ),
    _action("accept_class", "Accept only the class in hand", "Shift+A", lambda s: s.accept_class()),
    _action("accept_object", "Accept the object under the mouse", "V", lambda s: s.accept_object()),
    _action("tool_accept", "Brush that accepts a suggestion", "Shift+V", lambda s: s.take_brush()),
    _action(
        "threshold_lower",
        "Lower threshold: more is suggested",
        ",",
        lambda s: s.suggesting.step_threshold(-_STEP),
    ),
    _action(
        "threshold_raise",
        "Higher threshold: less is suggested",
        ".",
        lambda s: s.suggesting.step_threshold(_STEP),
    ),
    _action("learn_strokes", "Learn from my strokes", "Shift+L", lambda s: s.suggesting.learn()),
)
