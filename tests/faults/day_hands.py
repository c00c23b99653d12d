"""Hands on a window of this process: keys and mouse events as Qt delivers them, chip after chip."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QEvent, QEventLoop, QPointF, Qt, QTimer
from qtpy.QtGui import QMouseEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import napari
    from napari_s2label.desk import Desk

    Pixel = tuple[float, float]

_PATIENCE_S = 300.0
_LOOK_EVERY_MS = 5
# vispy drops moves that come sooner after another.
_MOVE_S = 0.022
_MODIFIERS = {
    "Ctrl": Qt.KeyboardModifier.ControlModifier,
    "Shift": Qt.KeyboardModifier.ShiftModifier,
}
_NAMED = {"[": "BracketLeft", "]": "BracketRight", "=": "Equal", ",": "Comma", ".": "Period"}


class Hands:
    """Somebody at a window.

    Parameters
    ----------
    viewer : napari.Viewer
        With its window on a screen.
    desk : Desk
        Its desk, with a project open.

    Attributes
    ----------
    switches : int
        How often another image came onto the screen.
    """

    def __init__(self, viewer: napari.Viewer, desk: Desk) -> None:
        self._viewer = viewer
        self._desk = desk
        self._canvas: Any = viewer.window._qt_viewer.canvas.native
        self._loop = QEventLoop()
        self._seen = ""
        self.switches = 0
        desk.pictured.connect(self._on_desk_pictured)

    def press(self, key: str) -> None:
        """Press a key and let it go, as ``Ctrl+Shift+Z`` is written in the table of actions."""
        self._key(QTest.keyClick, key)

    def hold(self, key: str) -> None:
        """Press a key and keep it down."""
        self._key(QTest.keyPress, key)

    def let_go(self, key: str) -> None:
        """Let a key go that is held."""
        self._key(QTest.keyRelease, key)

    def go(self, key: str) -> bool:
        """Press a key that brings another image; tell whether one came."""
        assert self._desk.session is not None
        before = self._image_in_view
        self.press(key)
        self.wait_until(lambda: not self._desk.session or not self._desk.session.is_reading, key)
        if self._image_in_view == before:
            return False
        self.see()
        return True

    def see(self) -> None:
        """Wait until the image in view is on the screen, and can be painted on."""
        self.wait_until(lambda: self._seen == self._image_in_view, "the chip in view is drawn")

    def drag(self, way: Sequence[Pixel]) -> None:
        """Press the button over a pixel (y, x) of the chip, move over others, let go."""
        kinds = [QEvent.Type.MouseButtonPress] + [QEvent.Type.MouseMove] * (len(way) - 1)
        for kind, pixel in zip(kinds, way, strict=True):
            self._mouse(kind, pixel)
            self.pause(_MOVE_S)
        self._mouse(QEvent.Type.MouseButtonRelease, way[-1])

    def click(self, pixel: Pixel) -> None:
        """Click on a pixel."""
        self.drag([pixel])

    def point(self, pixel: Pixel) -> None:
        """Move the mouse over a pixel, with no button held."""
        self._mouse(QEvent.Type.MouseMove, pixel, is_held=False)
        self.pause(_MOVE_S)

    def double_click(self, pixel: Pixel) -> None:
        """Click twice on a pixel."""
        self.click(pixel)
        self._mouse(QEvent.Type.MouseButtonDblClick, pixel)
        self._mouse(QEvent.Type.MouseButtonRelease, pixel)

    def pause(self, seconds: float) -> None:
        """Let the window live for a while."""
        QTimer.singleShot(max(round(1000 * seconds), 0), self._loop.quit)
        self._loop.exec()

    def wait_until(
        self, is_done: Callable[[], bool], what: str, patience_s: float = _PATIENCE_S
    ) -> None:
        """Let the window live until something is so.

        Raises
        ------
        TimeoutError
            If it does not come.
        """
        end = time.monotonic() + patience_s
        while not is_done():
            if time.monotonic() > end:
                raise TimeoutError(f"waited {patience_s:.0f} s in vain: {what}")
            self.pause(_LOOK_EVERY_MS / 1000)

    @property
    def _image_in_view(self) -> str:
        session = self._desk.session
        return session.chip.image.id if session is not None and session.chip is not None else ""

    def _on_desk_pictured(self, chip: Any, _: object) -> None:
        if self._seen != chip.image.id:
            self.switches += 1
        self._seen = chip.image.id

    def _key(self, send: Callable[..., None], key: str) -> None:
        *held, name = key.split("+")
        modifiers = Qt.KeyboardModifier.NoModifier
        for one in held:
            modifiers |= _MODIFIERS[one]
        code = getattr(Qt.Key, f"Key_{_NAMED.get(name, name)}")
        send(self._viewer.window._qt_window.windowHandle(), code, modifiers)

    def _mouse(self, kind: Any, pixel: Pixel, *, is_held: bool = True) -> None:
        left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        at = self._place_of(pixel)
        there = QPointF(self._canvas.mapToGlobal(at.toPoint()))
        changed = none if kind == QEvent.Type.MouseMove else left
        held = left if is_held and kind != QEvent.Type.MouseButtonRelease else none
        event = QMouseEvent(kind, at, there, changed, held, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(self._canvas, event)

    def _place_of(self, pixel: Pixel) -> QPointF:
        camera = self._viewer.scene.camera
        middle = (self._canvas.height() / 2, self._canvas.width() / 2)
        center, zoom = camera.center[-2:], camera.zoom
        y, x = (m + zoom * (p - c) for m, p, c in zip(middle, pixel, center, strict=True))
        return QPointF(round(x), round(y))
