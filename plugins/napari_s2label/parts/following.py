"""Following a model's signals for as long as a widget lives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakMethod

if TYPE_CHECKING:
    from collections.abc import Callable

    from psygnal import SignalInstance
    from qtpy.QtWidgets import QWidget

# Kept here until Qt has called them: Python's search for garbage may come before Qt deletes a
# widget, and would take apart what is only known to that widget and is called then.
_PARTINGS: set[Callable[[], None]] = set()


def follow(signal: SignalInstance, widget: QWidget, slot: Callable[..., Any]) -> None:
    """Connect a method of a widget, and take it away when Qt deletes the widget.

    A dock that was closed is deleted by Qt while Python still holds it; a model that calls it
    then would fail. The other way round, the connection keeps no widget alive.
    """
    signal.connect(slot)
    method = WeakMethod(slot)

    def let_go() -> None:
        _PARTINGS.discard(let_go)
        found = method()
        if found is not None:
            signal.disconnect(found, missing_ok=True)

    _PARTINGS.add(let_go)
    widget.destroyed.connect(let_go)
