"""The one table of actions: id, title, key, what it does. Everything else is read from it.

Keys are bound on the viewer and on every layer of the desk, since napari asks the active layer
first. Triage keys lie under the left hand and leave napari's painting keys alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from napari_s2label.desk import Desk
    from s2label.review.session import ReviewSession


@dataclass(frozen=True)
class Action:
    """Something a user can do with one key.

    Parameters
    ----------
    id : str
        Name in the manifest and the settings.
    title : str
        What it does, in a user's words.
    key : str
        Default key, as napari writes it.
    run : callable
        Does it; gets the desk.
    release : callable, optional
        Done when the key is let go, for keys that are held.
    """

    id: str
    title: str
    key: str
    run: Callable[[Desk], object]
    release: Callable[[Desk], object] | None = None


def _in_session(do: Callable[[ReviewSession], object]) -> Callable[[Desk], object]:
    def run(desk: Desk) -> object:
        return do(desk.session) if desk.session is not None else None

    return run


def _reject_image(reason: str) -> Callable[[Desk], object]:
    return _in_session(lambda session: session.reject_image(reason))


def _reject_mask(reason: str) -> Callable[[Desk], object]:
    return _in_session(lambda session: session.reject_mask(reason))


ACTIONS: tuple[Action, ...] = (
    Action("accept", "Accept image and mask", "A", _in_session(lambda s: s.accept())),
    Action("reject_cloudy", "Reject image: cloudy", "Q", _reject_image("cloudy")),
    Action("reject_hazy", "Reject image: hazy", "W", _reject_image("hazy")),
    Action("reject_nodata", "Reject image: nodata", "R", _reject_image("nodata")),
    Action("reject_other", "Reject image: other", "T", _reject_image("other")),
    Action("mask_wrong", "Reject mask: wrong", "G", _reject_mask("wrong")),
    Action("mask_shifted", "Reject mask: shifted", "H", _reject_mask("shifted")),
    Action("mask_incomplete", "Reject mask: incomplete", "J", _reject_mask("incomplete")),
    Action("skip", "Skip, decide later", "D", _in_session(lambda s: s.forward())),
    Action("back", "Back", "Shift+D", _in_session(lambda s: s.back())),
    Action("undo", "Undo", "Ctrl+Z", _in_session(lambda s: s.undo())),
    Action("redo", "Redo", "Ctrl+Shift+Z", _in_session(lambda s: s.redo())),
    Action("toggle_mask", "Mask on or off", "K", lambda d: d.toggle_mask()),
    Action("toggle_filled", "Outline or area", "I", lambda d: d.toggle_filled()),
    Action("next_bands", "Next band combination", "N", lambda d: d.next_combination()),
    Action(
        "local_stretch",
        "Local stretch while held",
        "U",
        lambda d: d.stretch_locally(True),
        lambda d: d.stretch_locally(False),
    ),
    Action("show_keys", "Show all keys", "?", lambda d: d.show_keys()),
)


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
        Who needs keys -> which; keys that undo and redo replace on purpose are not clashes.
    """
    lines = []
    titles = {action.id: action.title for action in ACTIONS}
    for id_, key in keys.items():
        twins = [other for other, k in keys.items() if k == key and other > id_]
        lines += [f"{key}: both {titles[id_]!r} and {titles[other]!r}" for other in twins]
        if id_ not in ("undo", "redo"):
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
