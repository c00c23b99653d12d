"""Connections to signals that end together."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING
from weakref import WeakMethod

if TYPE_CHECKING:
    from collections.abc import Callable

    from psygnal import SignalInstance


class Links(ExitStack):
    """Connections of a widget's methods; they keep no widget alive.

    A widget closes them when its Qt half is destroyed: its Python half may live on for a while,
    and a signal that called it then would fail.
    """

    def add(self, signal: SignalInstance, slot: Callable[..., None]) -> None:
        """Connect a bound method until the links are closed."""
        signal.connect(slot)
        self.callback(_disconnect, signal, WeakMethod(slot))


def _disconnect(signal: SignalInstance, slot: WeakMethod[Callable[..., None]]) -> None:
    method = slot()
    if method is not None:
        signal.disconnect(method)
