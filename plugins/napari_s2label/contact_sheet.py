"""The contact sheet: many dates of a place, or many chips, seen and decided on at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_s2label.desk import desk_of
from napari_s2label.parts.following import follow
from napari_s2label.parts.sheet_bars import DATES, NEXT, SheetButtons, SheetChoices
from napari_s2label.parts.sheet_frame import SheetFrame
from napari_s2label.parts.sheet_keys import SheetKeys
from napari_s2label.parts.thumbnail_drawer import Listing, ThumbnailDrawer
from napari_s2label.parts.thumbnail_model import ThumbnailModel
from napari_s2label.parts.thumbnail_view import ThumbnailView
from s2label.review.thumbnails import ThumbnailLook
from s2label.types import Lifetime

if TYPE_CHECKING:
    from collections.abc import Mapping

    import napari
    from qtpy.QtGui import QShowEvent

    from napari_s2label.screening_proposal import Proposal
    from s2label.chip_views import ChipView
    from s2label.queue_specs import QueueSpec
    from s2label.review.session import ReviewSession
    from s2label.types import Act, Verdict

_NO_PROJECT = "No project is open: File > Open, or the Project dock."
_LENT = "A job is writing to the project; the sheet comes back when it is done."
_NOTHING_LEFT = "Nothing is left in this queue."
_NO_CHIP = "No chip is in view, so there is no place whose dates could be shown."


class ContactSheetWidget(SheetFrame):
    """Thumbnails of the dates of a place or of the next chips; decides on many in one act.

    Parameters
    ----------
    napari_viewer : napari.Viewer
        The viewer whose project is reviewed.
    """

    def __init__(self, napari_viewer: napari.Viewer) -> None:
        desk, model = desk_of(napari_viewer), ThumbnailModel()
        keys = SheetKeys(desk, lambda: view.selected_count(), self._decide)
        view = ThumbnailView(model, keys.press, keys.release)
        choices, buttons = SheetChoices(), SheetButtons()
        super().__init__(choices, view, buttons)
        self._desk, self._model, self._view = desk, model, view
        self._choices, self._buttons = choices, buttons
        self._drawer: ThumbnailDrawer | None = None
        self._view.rested.connect(self._ask)
        self._view.chosen.connect(self._on_view_chosen)
        self._view.selection_changed.connect(self._show_selection)
        self._choices.source_chosen.connect(self._list)
        self._choices.look_chosen.connect(self._on_look_chosen)
        self._buttons.decided.connect(self._decide)
        follow(self._desk.project_changed, self, self._on_desk_project_changed)
        follow(self._desk.bindings.changed, self, self._on_bindings_changed)
        follow(self._desk.screening.changed, self, self._on_screening_changed)
        follow(self._desk.screening.proposal_changed, self, self._on_screening_proposal_changed)
        self._on_desk_project_changed(self._desk.session)

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what changed while nobody looked."""
        super().showEvent(event)
        self._view.rested.emit()

    # -- what is listed --------------------------------------------------------------------

    def _on_desk_project_changed(self, session: ReviewSession | None) -> None:
        self._close()
        self._buttons.show_keys(self._desk.keys)
        if session is not None and self._desk.project is not None:
            # Land cover is judged over the dates of a place; ships are on each date elsewhere.
            is_static = self._desk.project.classes.lifetime is Lifetime.STATIC
            self._choices.prefer_source(DATES if is_static else NEXT)
            self._follow(session, ThumbnailDrawer(self._desk.project))
        self._list()

    def _on_bindings_changed(self, keys: Mapping[str, str]) -> None:
        self._buttons.show_keys(keys)

    def _follow(self, session: ReviewSession, drawer: ThumbnailDrawer) -> None:
        self._drawer = drawer
        drawer.listed.connect(self._on_drawer_listed)
        drawer.chips_read.connect(self._model.take_chips)
        drawer.drawn.connect(self._model.take_thumbnail)
        drawer.failed.connect(self._view.show_message)
        # A dock that is closed ends its drawing too; deleted, the drawer is no longer asked.
        self.destroyed.connect(drawer.close)
        follow(session.chip_changed, self, self._on_session_chip_changed)
        follow(session.queue_changed, self, self._on_session_queue_changed)
        follow(session.acted, self, self._on_session_acted)

    def _close(self) -> None:
        if self._drawer is not None:
            self.destroyed.disconnect(self._drawer.close)
            self._drawer.close()
            self._drawer.deleteLater()
            self._drawer = None
        self._model.forget_all()

    def _list(self) -> None:
        session, drawer = self._desk.session, self._drawer
        if session is None or drawer is None:
            self._show(Listing(), 0, _LENT if self._desk.is_lent else _NO_PROJECT)
        elif not self._choices.is_by_date:
            drawer.list_queue(session.queue)
        elif session.chip is not None:
            drawer.list_dates(session.chip.place.id)
        else:
            self._show(Listing(), 0, _NO_CHIP)

    def _on_drawer_listed(self, listing: Listing) -> None:
        session = self._desk.session
        if session is None:
            return
        start = 0 if listing.place_id is not None else _start(listing, session)
        self._show(listing, start, _NOTHING_LEFT)
        self._mark(session.chip)

    def _show(self, listing: Listing, start: int, message: str) -> None:
        self._view.show_message(message)
        self._model.show_listing(listing, start)
        self._show_selection()

    def _ask(self) -> None:
        if self._drawer is None or not self._view.isVisible():  # behind another tab nobody looks
            return
        look = ThumbnailLook(
            round(self._view.side_px * self.devicePixelRatioF()), self._choices.is_outlined
        )
        ids = self._model.missing(self._view.rows_in_sight(screens_ahead=1), look)
        if ids:
            self._drawer.ask(ids, self._model.shown(ids), look)

    # -- what the session does -------------------------------------------------------------

    def _on_session_chip_changed(self, chip: ChipView | None) -> None:
        is_other_place = chip is not None and chip.place.id != self._model.listing.place_id
        if self._choices.is_by_date and (chip is None or is_other_place):
            self._list()
        elif chip is None or chip.image.id != self._model.in_view:
            self._mark(chip)

    def _on_session_queue_changed(self, _: QueueSpec) -> None:
        if not self._choices.is_by_date:
            self._list()

    def _on_session_acted(self, _: Act) -> None:
        self._on_screening_changed()

    def _on_screening_changed(self) -> None:
        self._model.forget_states()
        self._ask()

    def _on_screening_proposal_changed(self, proposal: Proposal | None) -> None:
        self._model.set_marks({} if proposal is None else proposal.marks)

    def _mark(self, chip: ChipView | None) -> None:
        image_id = chip.image.id if chip is not None else None
        place = self._model.listing.row_of.get(image_id) if image_id is not None else None
        if place is not None and self._model.row_of(image_id) is None:  # gone back before the start
            self._model.show_listing(self._model.listing, place)
        self._model.set_in_view(image_id)
        row = self._model.row_of(image_id)
        if row is not None:
            self._view.show_row(row)

    # -- what a user does ------------------------------------------------------------------

    def _on_view_chosen(self, image_id: str) -> None:
        if self._desk.session is not None:
            self._desk.session.show(image_id)

    def _on_look_chosen(self) -> None:
        self._view.set_side(self._choices.side_px)

    def _decide(self, verdict: Verdict, reason: str) -> None:
        ids = self._view.selected_ids()
        if self._desk.session is not None and ids:
            self._desk.session.decide_images(ids, verdict, reason)
            self._view.clearSelection()

    def _show_selection(self) -> None:
        self._buttons.show_selection(self._view.selected_count(), self._model.remaining())


def _start(listing: Listing, session: ReviewSession) -> int:
    """Return where the sheet begins: at the chip in view, else at the one that comes next."""
    here = [session.chip.image.id] if session.chip is not None else []
    if here and here[0] in listing.row_of:
        return listing.row_of[here[0]]
    coming = (listing.row_of[id_] for id_ in session.coming_images() if id_ in listing.row_of)
    return next(coming, 0)
