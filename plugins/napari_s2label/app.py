"""Opens a project in a napari window, with the docks where they belong."""

from __future__ import annotations

import gc
import logging
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, Qt, QTimer
from qtpy.QtWidgets import QApplication, QTabWidget
from s2label_training.freed_memory import give_freed_memory_back, give_holes_back

from napari_s2label.desk import desk_of
from napari_s2label.late_dock import PLUGIN, add_late_dock, wait_for_look
from napari_s2label.parts.following import follow
from s2label.raster import keep_few_blocks

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import napari
    from qtpy.QtWidgets import QDockWidget, QMainWindow

    from napari_s2label.desk import Desk

# Tabs behind the first one, which is all that one sees at first.
_BEHIND = ("Paint", "Suggest", "Screen", "Doubtful", "Train", "Explore", "Scene", "Audit")
# One row of thumbnails: more would take the picture its place on a small screen.
_SHEET_PX = 165
_GIVE_BACK_MS = 60_000


def arrange_window(viewer: napari.Viewer) -> None:
    """Put the docks where they belong, and fill the screen; a window that has them stays so."""
    names_before = set(viewer.window.dock_widgets)
    project, _ = viewer.window.add_plugin_dock_widget(PLUGIN, "Project", tabify=True)
    behind = {name: add_late_dock(viewer, name) for name in _BEHIND}
    dock, triage = viewer.window.add_plugin_dock_widget(PLUGIN, "Triage", tabify=True)
    dock.raise_()
    sheet, _ = viewer.window.add_plugin_dock_widget(PLUGIN, "Contact sheet")
    if sheet.name in names_before:  # arranged before, or by the user
        _wait_for_looks(behind.values())
        return
    tabs = {"Project": project, **behind, "Triage": dock}
    for title, tab in tabs.items():
        tab.setWindowTitle(title)  # so many tabs have no room for the plugin's name
    _Tabs(desk_of(viewer), behind["Paint"], behind["Suggest"], dock)
    window: QMainWindow = triage.window()
    # The program may live on without it, and would keep the project's lock and its processes.
    window.destroyed.connect(desk_of(viewer).close_soon)
    # Beside the docks: below them so many names would be cut off.
    window.setTabPosition(Qt.DockWidgetArea.RightDockWidgetArea, QTabWidget.TabPosition.East)
    # The docks at the sides keep their full height: under them the sheet would make the window
    # higher than a small screen.
    window.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
    window.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
    window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, sheet)
    window.showMaximized()
    # The first chip has to be fitted into the window that the user sees, not into the small one.
    QApplication.processEvents()
    window.resizeDocks([sheet], [_SHEET_PX], Qt.Orientation.Vertical)
    _wait_for_looks(behind.values())


def prepare_only_window(viewer: napari.Viewer) -> None:
    """Arrange the window of a program that ends with it.

    All that lives as long as the window need not be searched for garbage over and over: a full
    search of napari and its libraries holds the window for more than 100 ms.
    """
    arrange_window(viewer)
    gc.freeze()


def _wait_for_looks(docks: Iterable[QDockWidget]) -> None:
    """Have late docks made when somebody looks; while they are put in place each is in front."""
    QApplication.processEvents()
    for dock in docks:
        wait_for_look(dock)


class _Tabs(QObject):
    """Shows the dock of the tool that somebody takes in hand, and triage again afterwards."""

    def __init__(
        self, desk: Desk, paint: QDockWidget, suggest: QDockWidget, triage: QDockWidget
    ) -> None:
        super().__init__(paint)
        self._desk, self._paint = desk, paint
        self._others = {"look": triage, "accept": suggest}
        follow(desk.project_changed, paint, self._on_desk_project_changed)

    def _on_desk_project_changed(self, _: object) -> None:
        if self._desk.easel is not None:
            follow(self._desk.easel.tool_changed, self._paint, self._on_easel_tool_changed)

    def _on_easel_tool_changed(self, tool: str) -> None:
        self._others.get(tool, self._paint).raise_()


def hold_little_memory() -> None:
    """Let this process, which lives all day, give back what it need not keep; before it reads."""
    give_freed_memory_back()
    keep_few_blocks()


def give_back_now_and_then() -> QTimer:
    """Return a timer that gives freed memory back which lies between what is in use."""
    timer = QTimer(interval=_GIVE_BACK_MS)
    timer.timeout.connect(give_holes_back)
    timer.start()
    return timer


def open_in_window(folder: Path) -> None:
    """Open a window with a project and run until it is closed.

    Raises
    ------
    ProjectError
        If the project cannot be opened.
    """
    # GDAL's remarks on odd but readable files would fill the terminal; errors are said in words.
    logging.getLogger("rasterio").setLevel(logging.ERROR)
    hold_little_memory()
    import napari

    viewer = napari.Viewer(title="s2label")
    desk = desk_of(viewer)
    giving_back = give_back_now_and_then()
    try:
        prepare_only_window(viewer)
        desk.open(folder)
        napari.run()
    finally:
        giving_back.stop()
        desk.jobs.close()
        desk.scenes.close()
        desk.auditing.close()
        desk.close()
