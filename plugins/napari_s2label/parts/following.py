"""Following a model's signals for as long as a widget lives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from psygnal import SignalInstance
    from qtpy.QtWidgets import QWidget


def follow(signal: SignalInstance, widget: QWidget, slot: Callable[..., Any]) -> None:
    """Connect a slot of a widget, and take it away when Qt deletes the widget.

    A dock that was closed is deleted by Qt while Python still holds it; a model that calls it
    then would fail.
    """
    signal.connect(slot)
    widget.destroyed.connect(lambda: signal.disconnect(slot, missing_ok=True))
