"""Docks behind other tabs: each is made when somebody first looks at it.

Making all of them, with what they import and read, would keep the first chip waiting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from npe2 import PluginManager
from qtpy.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from napari_s2label.parts.main_window import dock_of
from napari_s2label.parts.narrow_dock import WIDTH_PX

if TYPE_CHECKING:
    from collections.abc import Callable

    import napari
    from qtpy.QtWidgets import QDockWidget

PLUGIN = "napari-s2label"


class LateDockWidget(QWidget):
    """Holds the place of a dock's widget, which is made when the dock first comes to the front.

    Parameters
    ----------
    make : callable
        Makes the widget.

    Attributes
    ----------
    inside : QWidget or None
        The widget, once it was made.
    """

    def __init__(self, make: Callable[[], QWidget]) -> None:
        super().__init__()
        self._make = make
        self.inside: QWidget | None = None
        # As wide as the docks themselves: the picture beside them keeps its size.
        self.setMinimumWidth(WIDTH_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        QVBoxLayout(self).setContentsMargins(0, 0, 0, 0)

    def show_if(self, is_visible: bool) -> None:
        """Make the widget, unless nobody sees it or it is there."""
        column = self.layout()
        if is_visible and self.inside is None and column is not None:
            self.inside = self._make()
            column.addWidget(self.inside)


def add_late_dock(viewer: napari.Viewer, name: str) -> QDockWidget:
    """Add a dock of this plugin as a tab whose widget waits; one that is there stays as it is.

    Parameters
    ----------
    viewer : napari.Viewer
        Where to.
    name : str
        Of the widget, as the manifest has it.
    """
    title = f"{name} ({PLUGIN})"  # by this napari finds it again, and opens no second one
    if title not in viewer.window.dock_widgets:
        held = LateDockWidget(lambda: _make(viewer, name))
        viewer.window.add_dock_widget(held, name=title, tabify=True)
        # What napari returns is a stand-in where the viewer is one, as those of plugins are.
        dock = dock_of(held)
        assert dock is not None
        return dock
    return viewer.window.add_plugin_dock_widget(PLUGIN, name)[0]


def wait_for_look(dock: QDockWidget) -> None:
    """Have the widget of a late dock made when the dock comes to the front.

    A dock behind other tabs counts as shown in Qt; that it can be seen its own signal tells.
    """
    held = dock.findChild(LateDockWidget)
    if held is not None:  # else somebody had opened the dock itself
        dock.visibilityChanged.connect(held.show_if)
        held.show_if(not held.visibleRegion().isEmpty())  # it may be in front already


def _make(viewer: napari.Viewer, name: str) -> QWidget:
    found = (
        widget
        for widget in PluginManager.instance().iter_widgets()
        if (widget.plugin_name, widget.display_name) == (PLUGIN, name)
    )
    made: QWidget = next(found).get_callable()(viewer)
    return made
