"""Whose mask is painted, how it stands, and whether all strokes are on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtWidgets import QLabel

from napari_s2label.parts import paint_words
from napari_s2label.parts.following import follow
from s2label.canvases import CanvasKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_s2label.desk import Desk
    from napari_s2label.easel import Easel
    from s2label.chip_views import ChipView


class WhoseMask(QLabel):
    """Two lines about the mask of the chip in view.

    Parameters
    ----------
    desk : Desk
        Whose chip it is.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._easel: Easel | None = None
        self._before: tuple[NDArray[np.uint8], NDArray[np.uint8]] | None = None
        self._dates: tuple[str, int] = ("", 0)
        self.setWordWrap(True)

    def follow(self, easel: Easel | None) -> None:
        """Tell of the chips of another easel from now on, or that there is none."""
        self._easel = easel
        if easel is None or self._desk.session is None:
            self.setText(paint_words.LENT if self._desk.is_lent else paint_words.NO_PROJECT)
            return
        follow(self._desk.session.chip_changed, self, self._on_session_chip_changed)
        follow(easel.painter.loaded, self, self._on_painter_loaded)
        follow(easel.canvas_changed, self, self._show)
        follow(easel.painter.kept, self, self._show)
        follow(easel.painter.settled, self, self._show)
        self._on_painter_loaded()

    def _on_painter_loaded(self) -> None:
        if self._easel is not None and self._easel.painter.chip is not None:
            mask = self._easel.painter.canvas(CanvasKind.MASK)
            self._before = mask.classes.copy(), mask.provenance.copy()
        self._show()

    def _on_session_chip_changed(self, _: ChipView | None) -> None:
        self._show()

    def _show(self, *_: object) -> None:
        session, project, easel = self._desk.session, self._desk.project, self._easel
        if session is None or project is None or easel is None:
            return
        if session.chip is None:
            self.setText(paint_words.NO_CHIP)
            return
        whose = paint_words.whose_mask(session.chip, project.classes, self._count_dates())
        state = paint_words.mask_state(session.chip, is_painted=self._is_painted(easel))
        kept = paint_words.KEEPING if self._is_keeping(easel) else paint_words.KEPT
        self.setText(f"{whose}<br>{state} &middot; {kept}")

    def _is_painted(self, easel: Easel) -> bool:
        # Not whether anything waits to be settled: that may be the ignore raster, or an undo.
        if self._before is None or easel.painter.chip is None:
            return False
        mask = easel.painter.canvas(CanvasKind.MASK)
        now = mask.classes, mask.provenance
        return not all(map(np.array_equal, self._before, now))

    def _is_keeping(self, easel: Easel) -> bool:
        session, painter = self._desk.session, easel.painter
        if session is None or painter.chip is None:
            return False
        ids = {painter.ref(kind).id for kind in CanvasKind}
        return not session.ledger.touched().isdisjoint(ids)

    def _count_dates(self) -> int:
        session, project = self._desk.session, self._desk.project
        if session is None or project is None or session.chip is None:
            return 0
        place = session.chip.place.id
        if self._dates[0] != place:
            self._dates = (place, len(project.catalog.dates_of_place(place)))
        return self._dates[1]
