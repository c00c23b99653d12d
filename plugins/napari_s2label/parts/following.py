"""Following a model's signals for as long as a widget lives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import ReferenceType, WeakKeyDictionary, WeakMethod, ref

if TYPE_CHECKING:
    from collections.abc import Callable

    from psygnal import SignalInstance
    from qtpy.QtWidgets import QWidget


class _Followed(NamedTuple):
    """A signal by its owner, which it must not outlive, and the slot that was connected."""

    owner: ReferenceType[Any]
    signal: str
    slot: WeakMethod[Callable[..., Any]]


class _Parting:
    """Takes all connections of a widget away when Qt deletes it."""

    def __init__(self, widget: QWidget) -> None:
        self._followed: list[_Followed] = []
        _PARTINGS.add(self)
        widget.destroyed.connect(self._on_widget_destroyed)

    def note(self, signal: SignalInstance, slot: Callable[..., Any]) -> None:
        # Projects come and go while a dock stays: nothing is kept of those that are gone.
        self._followed = [each for each in self._followed if each.owner() is not None]
        self._followed.append(_Followed(ref(signal.instance), signal.name, WeakMethod(slot)))

    def _on_widget_destroyed(self) -> None:
        _PARTINGS.discard(self)
        for owner, signal, slot in self._followed:
            model, found = owner(), slot()
            if model is not None and found is not None:
                getattr(model, signal).disconnect(found, missing_ok=True)


# Kept here until Qt has called them: Python's search for garbage may come before Qt deletes a
# widget, and would take apart what is only known to that widget and is called then.
_PARTINGS: set[_Parting] = set()
_PARTING_OF: WeakKeyDictionary[QWidget, _Parting] = WeakKeyDictionary()


def follow(signal: SignalInstance, widget: QWidget, slot: Callable[..., Any]) -> None:
    """Connect a method of a widget, and take it away when Qt deletes the widget.

    A dock that was closed is deleted by Qt while Python still holds it; a model that calls it
    then would fail. The other way round, the connection keeps neither widget nor model alive.
    """
    signal.connect(slot)
    if widget not in _PARTING_OF:
        _PARTING_OF[widget] = _Parting(widget)
    _PARTING_OF[widget].note(signal, slot)
