"""The way back into the window's thread, for threads that know no Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, Qt, Signal

if TYPE_CHECKING:
    from collections.abc import Callable


class Post(QObject):
    """Runs callables in the thread that made it, in order, when its event loop comes to them."""

    _posted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._posted.connect(self._on_posted, Qt.ConnectionType.QueuedConnection)

    def __call__(self, do: Callable[[], None]) -> None:
        """Have something done soon; any thread may ask."""
        self._posted.emit(do)

    def _on_posted(self, do: Callable[[], None]) -> None:
        do()
