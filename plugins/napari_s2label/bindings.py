"""The keys of all actions as they are bound now; they follow napari's preferences at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psygnal import Signal
from qtpy.QtCore import QTimer

from napari_s2label.keys import bind_keys, chosen_keys, find_clashes
from napari_s2label.settings import follow_preferences, painting_keys, preferred_keys

if TYPE_CHECKING:
    from collections.abc import Iterable

    from napari_s2label.desk import Desk

# The preferences change with every letter that is typed: "Ctrl+B" is "C" and "Ct" before.
_TYPED_MS = 400


class Bindings:
    """Binds keys on the viewer and the layers of a desk.

    Parameters
    ----------
    desk : Desk
        On which the actions act.

    Signals
    -------
    changed : dict
        Action id -> key: the user chose others in the preferences.
    """

    changed = Signal(object)

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._targets: tuple[Any, ...] = ()
        self.keys = chosen_keys({})
        self.complaints: list[str] = []
        self._typing = QTimer()
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPED_MS)
        self._typing.timeout.connect(self.read_preferences)
        follow_preferences(self._on_preferences_changed)

    def bind(self, targets: Iterable[Any]) -> None:
        """Bind the keys of the preferences on a viewer and its layers, and on no others."""
        self._release()
        self._targets = tuple(targets)
        self._read()
        for target in self._targets:
            bind_keys(target, self._desk, self.keys)

    def read_preferences(self) -> None:
        """Bind the keys that the preferences have now, and tell what is wrong with them."""
        self.bind(self._targets)
        self.changed.emit(self.keys)

    def _read(self) -> None:
        chosen, refused = preferred_keys()
        self.keys = chosen_keys(chosen)
        self.complaints = refused + find_clashes(self.keys, painting_keys())

    def _release(self) -> None:
        for target in self._targets:
            for key in self.keys.values():
                target.bind_key(key, None)

    def _on_preferences_changed(self, _: object = None) -> None:
        self._typing.start()
