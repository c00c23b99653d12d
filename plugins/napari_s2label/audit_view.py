"""Shows what is suspected of the chip in view: outlines, and an unlabelled object close by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_s2label.audit_picture import box_of, draw_outlines
from s2label.review.suspecting import objects_in, of_mask
from s2label.types import Subject

if TYPE_CHECKING:
    from napari_s2label.desk import Desk
    from s2label.chip_views import ChipView
    from s2label.queue_specs import QueueSpec
    from s2label.review.pictures import Picture
    from s2label.review.session import ReviewSession
    from s2label.suspicions import SuspicionRecord

# So much ground is seen around an unlabelled object, of small chips a share; around larger
# objects some times their own size.
_AROUND_PX, _AROUND_SHARE, _TIMES = 40.0, 0.625, 2.5
OUTLINES_OFF = "outlines of what is suspected are hidden; {show_suspected} shows them again"
OUTLINES_ON = "outlines of what is suspected are shown"
NO_OUTLINES = "nothing is outlined on this chip"


class SuspectedView:
    """Outlines on the layers of a desk, drawn with the chip that they belong to.

    Parameters
    ----------
    desk : Desk
        Whose chip is in view.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._drawn: tuple[SuspicionRecord, ...] = ()
        self._looked_at = ("", "")
        desk.project_changed.connect(self._on_desk_project_changed)
        desk.pictured.connect(self._on_desk_pictured)

    def toggle(self) -> None:
        """Show outlines, on this chip and the next, or show them no longer."""
        layers = self._desk.layers
        if layers is None:
            return
        layers.set_outlines_visible(not layers.outlines.visible)
        if not layers.outlines.visible:
            self._tell(OUTLINES_OFF)
        else:
            self._tell(OUTLINES_ON if self._drawn else NO_OUTLINES)

    def _tell(self, text: str) -> None:
        key = self._desk.keys["show_suspected"]
        self._desk.told.emit(text.replace("{show_suspected}", key))

    def _on_desk_project_changed(self, session: ReviewSession | None) -> None:
        self._drawn, self._looked_at = (), ("", "")
        if session is not None:
            session.chip_changed.connect(self._on_session_chip_changed)
            session.queue_changed.connect(self._on_session_queue_changed)
        self._outline(())

    def _on_desk_pictured(self, chip: ChipView, _: Picture) -> None:
        session = self._desk.session
        if session is not None and session.chip is not None:
            is_in_view = session.chip.image.id == chip.image.id
            self._show(session, session.chip if is_in_view else chip)

    def _on_session_chip_changed(self, chip: ChipView | None) -> None:
        """Follow where no other picture comes: another object of the chip, or one less."""
        session, easel = self._desk.session, self._desk.easel
        if chip is None:
            self._outline(())
        elif session is not None and easel is not None and easel.painter.holds(chip):
            self._show(session, chip)

    def _on_session_queue_changed(self, spec: QueueSpec) -> None:
        if self._looked_at[1] and spec.subject is not Subject.SUSPICION:
            self._looked_at = ("", "")
            if self._desk.layers is not None:
                self._desk.layers.show_whole()

    def _show(self, session: ReviewSession, chip: ChipView) -> None:
        asked = session.suspicion
        self._outline(outlined(chip, asked, session.queue.subject))
        looked_at = (chip.image.id, asked.id if asked is not None else "")
        if asked is not None and asked.rings and looked_at != self._looked_at:
            self._look_at(asked)
        self._looked_at = looked_at

    def _look_at(self, asked: SuspicionRecord) -> None:
        """Bring an object into the middle, as large as those before: nothing else jumps."""
        layers = self._desk.layers
        if layers is None:
            return
        top, left, bottom, right = box_of(asked.rings)
        chip_px = max(layers.image.data.shape[:2])
        around = min(_AROUND_PX, _AROUND_SHARE * chip_px)
        side = max(around, _TIMES * max(bottom - top, right - left))
        if side >= chip_px:
            layers.show_whole()
            return
        middle_y, middle_x, half = (top + bottom) / 2, (left + right) / 2, side / 2
        layers.look_at((middle_y - half, middle_x - half, middle_y + half, middle_x + half))

    def _outline(self, suspicions: tuple[SuspicionRecord, ...]) -> None:
        layers = self._desk.layers
        if layers is None:
            self._drawn = ()
            return
        if suspicions != self._drawn:
            self._drawn = suspicions
            shape = layers.image.data.shape[:2]
            rings = [each.rings for each in suspicions]
            layers.show_outlines(draw_outlines(rings, shape))


def outlined(
    chip: ChipView, asked: SuspicionRecord | None, subject: Subject
) -> tuple[SuspicionRecord, ...]:
    """Return what is outlined on a chip: the object asked about, or all that has pixels."""
    if asked is not None:
        return (asked,) if asked.rings else ()
    of_chip = of_mask(chip) if subject is Subject.MASK else [*of_mask(chip), *objects_in(chip)]
    return tuple(each for each in of_chip if each.rings)
