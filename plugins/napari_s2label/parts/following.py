"""Following a model's signals for as long as a widget lives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakMethod

if TYPE_CHECKING:
    from collections.abc import Callable

    from psygnal import SignalInstance
    from qtpy.QtWidgets import QWidget


def follow(signal: SignalInstance, widget: QWidget, slot: Callable[..., Any]) -> None:
    """Connect a method of a widget, and take it away when Qt deletes the widget.

    A dock that was closed is deleted by Qt while Python still holds it; a model that calls it
    then would fail. The other way round, the connection keeps no widget alive.
    """
    signal.connect(slot)
    method = WeakMethod(slot)
    widget.destroyed.connect(lambda: _let_go(signal, method))


def _let_go(signal: SignalInstance, slot: WeakMethod[Callable[..., Any]]) -> None:
    method = slot()
    if method is not None:
        signal.disconnect(method, missing_ok=True)
