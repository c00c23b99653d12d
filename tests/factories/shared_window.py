"""A viewer that tests use one after the other, as new for each, and the layers of the desk in it.

A window costs half a second and its layers a whole one; what most tests do with them costs a
tenth of that. What is not as new between two tests is thrown away and made anew.
"""

from __future__ import annotations

import gc
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from napari import Viewer
from napari._app_model._app import NapariApplication, _napari_names
from napari._qt._qapp_model.qactions import init_qactions
from napari._qt.qt_viewer import QtViewer
from napari._qt.threads.status_checker import StatusChecker
from napari.plugins import _initialize_plugins
from napari.settings import get_settings
from napari.utils._proxies import PublicOnlyProxy
from napari_s2label import desk as desk_module
from napari_s2label.desk import Desk, desk_of
from napari_s2label.layers import has_window
from qtpy.QtCore import QEvent
from qtpy.QtWidgets import QApplication, QDockWidget, QWidget

from tests.factories.kept_layers import KeptLayers

if TYPE_CHECKING:
    from collections.abc import Iterator

_APPLICATION = "shared_window"


class SharedWindow:
    """At most one viewer, lent to one test at a time.

    Parameters
    ----------
    is_shown : bool
        Whether the viewer is on the screen.

    Attributes
    ----------
    made : int
        How many viewers there were.
    """

    def __init__(self, *, is_shown: bool = False) -> None:
        self._is_shown = is_shown
        self.made = 0
        self.layers = KeptLayers()
        self._viewer: Any = None
        self._as_new: dict[str, object] = {}
        self._open = ExitStack()

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        """Lend the desk of a viewer in which nothing is open; everything is taken out after it."""
        viewer = self._viewer_as_new()
        with patch.object(desk_module, "ChipLayers", self.layers.give):
            desk = desk_of(PublicOnlyProxy(viewer))
            try:
                yield desk
            finally:
                self._clear(desk)

    def close(self) -> None:
        """Close the viewer, if there is one, so that nothing of it is left."""
        self.layers = KeptLayers()
        self._viewer, self._as_new = None, {}
        self._open.close()

    def _viewer_as_new(self) -> Viewer:
        get_settings().reset()
        if self._viewer is not None and traces(self._viewer) != self._as_new:
            self.close()
        if self._viewer is None:
            self._viewer = self._open.enter_context(_viewer(is_shown=self._is_shown))
            self._as_new = traces(self._viewer)
            self.made += 1
        return self._viewer

    def _clear(self, desk: Desk) -> None:
        viewer = self._viewer
        self.layers.keep(desk)
        desk._end()
        desk_module._DESKS.pop(viewer, None)
        if not has_window(viewer):
            self.close()
            return
        QApplication.processEvents()  # what the desk put off, as the window's name
        viewer.keymap.clear()
        for layer in [layer for layer in viewer.layers if layer not in self.layers]:
            viewer.layers.remove(layer)
        for dock in list(viewer.window._wrapped_dock_widgets.values()):
            inner = dock.inner_widget()
            viewer.window.remove_dock_widget(dock)
            if inner is not None:  # a test may have deleted it
                inner.deleteLater()
        QApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete))
        viewer.title, viewer.status, viewer.help = "napari", "Ready", ""
        get_settings().reset()


def traces(viewer: Viewer) -> dict[str, object]:
    """Return what a test may leave in a viewer: docks, keys, who listens, where one looks."""
    window = viewer.window._qt_window
    # Not the viewer itself: napari's ring of the brush listens to it once it was there.
    models = {"layers": viewer.layers, "selection": viewer.layers.selection}
    models |= {"camera": viewer.scene.camera, "dims": viewer.dims, "cursor": viewer.cursor}
    return {
        "docks": sorted(dock.objectName() for dock in window.findChildren(QDockWidget)),
        "visible": window.isVisible(),
        "title": viewer.title,
        "keys": sorted(map(str, viewer.keymap)),
        "theme": viewer.theme,
        "mouse": [len(getattr(viewer, name)) for name in _MOUSE],
        "overlays": {name: shown.visible for name, shown in _overlays(viewer)},
        "listeners": {name: listeners(model.events) for name, model in models.items()},
    }


_MOUSE = (
    "mouse_move_callbacks",
    "mouse_drag_callbacks",
    "mouse_wheel_callbacks",
    "mouse_double_click_callbacks",
)


def _overlays(viewer: Viewer) -> list[tuple[str, Any]]:
    overlays = viewer.canvas.overlays
    return [(name, getattr(overlays, name)) for name in ("scale_bar", "text")]


def listeners(events: Any) -> dict[str, int]:
    """Return how many living listeners each event of a napari model has."""
    return {name: sum(map(_lives, emitter.callbacks)) for name, emitter in events.emitters.items()}


def _lives(callback: Any) -> bool:
    return not isinstance(callback, tuple) or callback[0]() is not None


@contextmanager
def _viewer(*, is_shown: bool) -> Iterator[Viewer]:
    """Make a viewer as napari's own fixture does, for more than one test."""
    with ExitStack() as stack:
        stack.enter_context(_application())
        stack.enter_context(patch.object(StatusChecker, "start", lambda *_: None))
        stack.enter_context(patch.object(QtViewer, "_get_console", _no_console))
        viewer = Viewer(show=is_shown, show_welcome_screen=False)
        yield viewer
        if has_window(viewer):
            stack.enter_context(
                patch.object(viewer.window._qt_window, "_save_current_window_settings")
            )
        viewer.close()
        del viewer
        # What was left out of the search for garbage would stay for ever.
        gc.unfreeze()
        gc.collect()
        QApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete))


@contextmanager
def _application() -> Iterator[None]:
    _forget_plugins()
    application = NapariApplication(_APPLICATION)
    application.injection_store.namespace = _napari_names
    with patch.object(NapariApplication, "get_app_model", return_value=application):
        try:
            yield
        finally:
            NapariApplication.destroy(_APPLICATION)
            _forget_plugins()


def _forget_plugins() -> None:
    _initialize_plugins.cache_clear()
    init_qactions.cache_clear()


def _no_console(_: QtViewer) -> QWidget:
    widget = QWidget()
    widget._update_theme = lambda *_: None
    return widget
