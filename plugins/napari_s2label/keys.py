"""The one table of actions: id, title, key, what it does. Everything else is read from it.

Keys are bound on the viewer and on every layer of the desk, since napari asks the active layer
first. Triage keys lie under the left hand and leave napari's painting keys alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari_s2label.action import Action, in_session
from napari_s2label.audit_actions import AUDIT_ACTIONS
from napari_s2label.paint_actions import PAINT_ACTIONS
from napari_s2label.screen_actions import SCREEN_ACTIONS
from napari_s2label.suggest_actions import SUGGEST_ACTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from napari_s2label.desk import Desk


def _reject_image(reason: str) -> Callable[[Desk], object]:
    return in_session(lambda session: session.reject_image(reason))


def _reject_mask(reason: str) -> Callable[[Desk], object]:
    return in_session(lambda session: session.reject_mask(reason))


def _show_view(number: int) -> Callable[[Desk], object]:
    return lambda desk: desk.show_view(number)


_TRIAGE_ACTIONS: tuple[Action, ...] = (
    Action("accept", "Accept image and mask", "A", in_session(lambda s: s.accept())),
    Action("reject_cloudy", "Reject image: cloudy", "Q", _reject_image("cloudy")),
    Action("reject_hazy", "Reject image: hazy", "W", _reject_image("hazy")),
    Action("reject_nodata", "Reject image: nodata", "R", _reject_image("nodata")),
    Action("reject_other", "Reject image: other", "T", _reject_image("other")),
    Action("mask_wrong", "Reject mask: wrong", "G", _reject_mask("wrong")),
    Action("mask_shifted", "Reject mask: shifted", "H", _reject_mask("shifted")),
    Action("mask_incomplete", "Reject mask: incomplete", "J", _reject_mask("incomplete")),
    Action("skip", "Skip, decide later", "D", in_session(lambda s: s.forward())),
    Action("back", "Back", "Shift+D", in_session(lambda s: s.back())),
    Action("undo", "Undo", "Ctrl+Z", in_session(lambda s: s.undo())),
    Action("redo", "Redo", "Ctrl+Shift+Z", in_session(lambda s: s.redo())),
    Action("toggle_mask", "Mask on or off", "K", lambda d: d.toggle_mask()),
    Action("toggle_filled", "Outline or area", "I", lambda d: d.toggle_filled()),
    Action("next_view", "Next view", "N", lambda d: d.next_view()),
    Action("previous_view", "View before", "Shift+N", lambda d: d.next_view(-1)),
    Action("view_1", "View: true colour", "F1", _show_view(1)),
    Action("view_2", "View: false colour", "F2", _show_view(2)),
    Action("view_3", "View: short-wave infrared", "F3", _show_view(3)),
    Action("view_4", "View: NDVI", "F4", _show_view(4)),
    Action("view_5", "View: NDWI", "F5", _show_view(5)),
    Action("view_6", "View: MNDWI", "F6", _show_view(6)),
    Action("view_7", "View: brightness", "F7", _show_view(7)),
    Action("view_8", "View: first of your own", "F8", _show_view(8)),
    Action(
        "local_stretch",
        "Local stretch while held",
        "U",
        lambda d: d.stretch_locally(True),
        lambda d: d.stretch_locally(False),
    ),
    Action("show_keys", "Show all keys", "?", lambda d: d.show_keys()),
)
ACTIONS = (*_TRIAGE_ACTIONS, *PAINT_ACTIONS, *SUGGEST_ACTIONS, *SCREEN_ACTIONS, *AUDIT_ACTIONS)


def chosen_keys(settings: Mapping[str, str]) -> dict[str, str]:
    """Return action id -> key: the user's choice, else the default."""
    return {action.id: settings.get(action.id) or action.key for action in ACTIONS}


def find_clashes(keys: Mapping[str, str], taken: Mapping[str, Iterable[str]]) -> list[str]:
    """Return one line per key that two actions have, or that napari needs for painting.

    Parameters
    ----------
    keys : mapping
        Action id -> key.
    taken : mapping
        Who needs keys -> which; what undo, redo and painting take over on purpose is no clash.
    """
    lines = []
    titles = {action.id: action.title for action in ACTIONS}
    ours = {"undo", "redo", *(action.id for action in ACTIONS if action.paints)}
    for id_, key in keys.items():
        twins = [other for other, k in keys.items() if k == key and other > id_]
        lines += [f"{key}: both {titles[id_]!r} and {titles[other]!r}" for other in twins]
        if id_ not in ours and key not in {keys[other] for other in ours}:
            owners = [owner for owner, its in taken.items() if key in its]
            lines += [f"{key}: {titles[id_]!r}, but {owner} needs it" for owner in owners]
    return lines


def bind_keys(target: Any, desk: Desk, keys: Mapping[str, str]) -> None:
    """Bind all actions on a viewer or a layer, over napari's own bindings."""
    for action in ACTIONS:
        target.bind_key(keys[action.id], _handler(action, desk), overwrite=True)


def _handler(action: Action, desk: Desk) -> Callable[[Any], Any]:
    def press(_: Any) -> None:
        action.run(desk)

    def hold(_: Any) -> Iterator[None]:
        action.run(desk)
        yield
        if action.release is not None:
            action.release(desk)

    return hold if action.release is not None else press
