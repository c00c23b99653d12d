"""Drops what is typed while a project opens: nobody has seen yet what it would decide on."""

from __future__ import annotations

from qtpy.QtCore import QEvent, QObject, QTimer, Signal
from qtpy.QtGui import QWindow
from qtpy.QtWidgets import QApplication

_KEYS = (QEvent.Type.KeyPress, QEvent.Type.KeyRelease)


class OpeningKeys(QObject):
    """Swallows keys from `drop` on, until what `hear` is called for is on the screen.

    Signals
    -------
    heard : no arguments
        Keys count from now on.
    """

    heard = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._is_dropping = False
        # Keys that were typed while the window was busy still lie in Qt's queue: a timer without
        # an interval comes after them.
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(0)
        self._rest.timeout.connect(self._on_rest_timeout)

    def drop(self) -> None:
        """Swallow keys from now on."""
        self._rest.stop()
        application = QApplication.instance()
        if application is not None and not self._is_dropping:
            application.installEventFilter(self)
            self._is_dropping = True

    def hear(self) -> None:
        """Let keys through again, but none that was typed before."""
        if self._is_dropping:
            self._rest.start()

    def eventFilter(self, receiver: QObject, event: QEvent) -> bool:
        """Swallow a key as it comes into the window, before any widget or shortcut gets it."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # claimed: no shortcut is tried, the key itself follows
            return True
        return event.type() in _KEYS and isinstance(receiver, QWindow)

    def _on_rest_timeout(self) -> None:
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)
        self._is_dropping = False
        self.heard.emit()
