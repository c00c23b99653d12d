"""Opens a project in a napari window, with the docks where they belong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_s2label.desk import desk_of

if TYPE_CHECKING:
    from pathlib import Path

    import napari


def arrange_window(viewer: napari.Viewer) -> None:
    """Put the triage dock to the right, once."""
    viewer.window.add_plugin_dock_widget("napari-s2label", "Triage")
    desk_of(viewer).told.connect(lambda text: setattr(viewer, "status", text))


def open_in_window(folder: Path) -> None:
    """Open a window with a project and run until it is closed.

    Raises
    ------
    ProjectError
        If the project cannot be opened.
    """
    import napari

    viewer = napari.Viewer(title=f"s2label - {folder.name}")
    desk = desk_of(viewer)
    try:
        arrange_window(viewer)
        desk.open(folder)
        napari.run()
    finally:
        desk.close()
