"""A button with the projects that were open lately."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QMenu

from napari_s2label.parts.plain_button import PlainButton

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from napari_s2label.recent import RecentProjects


class RecentButton(PlainButton):
    """Shows recent projects in a menu.

    Parameters
    ----------
    recent : RecentProjects
        The list.
    on_chosen : callable
        Opens one.
    """

    def __init__(self, recent: RecentProjects, on_chosen: Callable[[Path], object]) -> None:
        super().__init__("Recent", "Projects that were open lately", lambda: None)
        self._recent = recent
        self._on_chosen = on_chosen
        self.choices = QMenu(self)
        self.choices.setToolTipsVisible(True)
        self.choices.aboutToShow.connect(self.fill)
        self.setMenu(self.choices)

    def fill(self) -> None:
        """Read the list anew."""
        self.choices.clear()
        for folder in self._recent.folders:
            action = self.choices.addAction(f"{folder.name}   ({folder.parent})")
            action.setToolTip(str(folder))
            action.triggered.connect(lambda _=False, folder=folder: self._on_chosen(folder))
        if self.choices.isEmpty():
            self.choices.addAction("none yet").setEnabled(False)
