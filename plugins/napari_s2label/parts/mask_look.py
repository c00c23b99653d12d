"""How the mask is shown: opacity, outline, what it was, who set it, and from how near."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from napari_s2label.overlays import PROVENANCE_LEGEND
from napari_s2label.parts.button_grid import ButtonGrid
from napari_s2label.parts.following import follow
from napari_s2label.parts.slider_field import SliderField
from s2label.types import Provenance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_s2label.desk import Desk
    from napari_s2label.easel import Easel

_LOOKS = (
    ("toggle_mask", "Mask", ""),
    ("toggle_filled", "Outline", ""),
    ("show_provenance", "Who set it", "Colours each pixel by who set it; nobody's are clear."),
    ("show_closer", "Closer", "Object after object, the largest first."),
    ("show_whole", "Whole", ""),
    ("show_imported", "Imported (hold)", "The mask as it came with its import, to compare."),
)
_PERCENT = 100


class MaskLook(QWidget):
    """Changes how the mask is shown, never what it is.

    Parameters
    ----------
    desk : Desk
        Whose mask it is.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._easel: Easel | None = None
        self.looks = ButtonGrid(desk, _LOOKS, shares=(3, 5, 6))
        self.opacity = SliderField(
            "Opacity", "How much the mask covers the picture", (0, _PERCENT), lambda n: f"{n} %"
        )
        self.legend = QLabel()
        self.legend.setWordWrap(True)
        self.legend.setStyleSheet("font-size: 11px")
        self.legend.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for part in (self.opacity, self.looks, self.legend):
            column.addWidget(part)
        self.opacity.moved.connect(self._on_opacity_moved)

    def follow(self, easel: Easel | None) -> None:
        """Show and set how the mask of another easel is shown from now on, or of none."""
        self._easel = easel
        if easel is None:
            return
        mask = easel.layers.mask
        follow(easel.overlay_changed, self, self._on_easel_overlay_changed)
        # A slot of a deleted widget is forgotten by napari itself.
        mask.events.opacity.connect(self._on_mask_opacity)
        mask.events.contour.connect(self._on_mask_contour)
        mask.events.visible.connect(self._on_mask_visible)
        self._on_easel_overlay_changed(easel.overlays.shown)
        self._on_mask_opacity()
        self._on_mask_contour()
        self._on_mask_visible()

    def show_keys(self, keys: Mapping[str, str]) -> None:
        """Write the keys (action id -> key) that are bound now."""
        self.looks.show_keys(keys)

    def _on_opacity_moved(self, percent: int) -> None:
        if self._easel is not None:
            self._easel.layers.mask.opacity = percent / _PERCENT

    def _on_mask_opacity(self) -> None:
        if self._easel is not None:
            self.opacity.show_steps(round(_PERCENT * self._easel.layers.mask.opacity))

    def _on_mask_contour(self) -> None:
        if self._easel is not None:
            self.looks.mark("toggle_filled", self._easel.layers.mask.contour > 0)

    def _on_mask_visible(self) -> None:
        if self._easel is not None:
            self.looks.mark("toggle_mask", self._easel.layers.mask.visible)

    def _on_easel_overlay_changed(self, overlay: str) -> None:
        self.looks.mark("show_provenance", overlay == "provenance")
        self.looks.mark("show_imported", overlay == "imported")
        if overlay == "provenance":
            self._show_legend()
        self.legend.setVisible(overlay == "provenance")

    def _show_legend(self) -> None:
        view = self._desk.suggestions
        record = None if view is None else view.suggesting.models.record
        self.legend.setText(_provenance_legend("" if record is None else record.id))


def _provenance_legend(model: str) -> str:
    """Return colours and words, with the name of the model in use if there is one."""
    # A name is long: it may go to the next line.
    names = {Provenance.FIRST_MODEL: f" (now {escape(model)})"} if model else {}
    rows = [
        f'<span style="color:{colour}">&#9632;</span>&nbsp;{words.replace(" ", "&nbsp;")}'
        + names.get(by, "")
        for by, words, colour in PROVENANCE_LEGEND
    ]
    return "Set by: " + " &nbsp; ".join(rows)
