"""Following what a user sets on a layer of napari, for as long as a widget lives."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakMethod

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.utils.events import EventEmitter
    from qtpy.QtWidgets import QWidget


def follow_events(emitter: EventEmitter, widget: QWidget, slot: Callable[[], object]) -> None:
    """Connect a method of a widget to an event, as `following.follow` does to a signal.

    Layers outlive an easel while a job has the project: connecting again connects once.
    """
    emitter.disconnect(slot)
    emitter.connect(slot)
    method = WeakMethod(slot)
    widget.destroyed.connect(lambda: _let_go(emitter, method))


def _let_go(emitter: EventEmitter, slot: WeakMethod[Callable[[], object]]) -> None:
    method = slot()
    if method is not None:
        emitter.disconnect(method)
