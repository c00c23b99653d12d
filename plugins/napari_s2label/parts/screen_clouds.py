"""The clouds of the image in view: shown over it, ignored in it, and what the colours mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from napari_s2label.parts.button_grid import ButtonGrid
from napari_s2label.parts.following import follow
from napari_s2label.parts.screen_words import legend

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_s2label.desk import Desk
    from napari_s2label.easel import Easel

_BUTTONS = (
    ("show_clouds", "Show clouds", "They stay on for the next images."),
    (
        "ignore_clouds",
        "Ignore them",
        "Cloud and shadow, 3 px wider, are left out of this image; other dates stay as they are.",
    ),
)


class ScreenClouds(QWidget):
    """Two buttons with their keys, and a legend while clouds are shown.

    Parameters
    ----------
    desk : Desk
        Whose image it is.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._easel: Easel | None = None
        self.buttons = ButtonGrid(desk, _BUTTONS, shares=(1, 1))
        self.legend = QLabel(legend())
        self.legend.setWordWrap(True)
        self.legend.setStyleSheet("font-size: 11px")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(QLabel("Clouds of the image in view"))
        column.addWidget(self.buttons)
        column.addWidget(self.legend)

    def follow(self, easel: Easel | None) -> None:
        """Show what lies over the chips of another easel from now on, or of none."""
        self._easel = easel
        if easel is not None:
            follow(easel.overlay_changed, self, self._on_easel_overlay_changed)
            self._on_easel_overlay_changed("")

    def show_keys(self, keys: Mapping[str, str]) -> None:
        """Write the keys (action id -> key) that are bound now."""
        self.buttons.show_keys(keys)

    def _on_easel_overlay_changed(self, _: str) -> None:
        if self._easel is not None:
            self.buttons.mark("show_clouds", self._easel.overlays.wanted == "clouds")
