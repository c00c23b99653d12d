"""Undo and redo: small acts at once, large ones in the ledger's thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label.errors import S2LabelError
from s2label.refusals import in_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from s2label.catalog.store import Catalog
    from s2label.review.acting import Acting
    from s2label.review.ledger import Ledger
    from s2label.review.tour import Tour
    from s2label.types import Act

# Acts of more decisions are taken back beside the window: 100,000 take some ten seconds.
_MANY_DECISIONS = 500


class Stepping:
    """Takes acts back and does them again, and shows the chips they changed.

    Parameters
    ----------
    catalog : Catalog
        Open for writing.
    ledger : Ledger
        Is finished first; does steps of many decisions.
    tour : Tour
        Shows the chip, and has the painter through which steps of one chip go.
    acting : Acting
        Does large steps, and notes what small ones decided.
    acted : callable
        Told every act that was taken back or done again at once.
    told : callable
        Told what a step did, or why there was none.
    """

    def __init__(
        self,
        catalog: Catalog,
        ledger: Ledger,
        tour: Tour,
        acting: Acting,
        acted: Callable[[Act], object],
        told: Callable[[str], object],
    ) -> None:
        self._catalog = catalog
        self._ledger = ledger
        self._tour = tour
        self._acting = acting
        self._acted = acted
        self._told = told

    def undo(self) -> Act | None:
        """Take back the last act and show the chip it changed; None if there is none.

        One of many decisions is taken back in the ledger's thread; None as well, and told then.
        """
        if not self._finish_writing():
            return None  # what was meant to be taken back never came about, and that was told
        if self._is_large(self._catalog.next_undo()):
            self._submit(self._catalog.undo, "taken back")
            return None
        painter = self._tour.view.painter
        step = self._catalog.undo if painter is None else painter.undo
        return self._step(step, "taken back", "nothing to undo")

    def redo(self) -> Act | None:
        """Do the act again that was taken back last, and show its chip; None if there is none."""
        if not self._finish_writing():
            return None
        if self._is_large(self._catalog.next_redo()):
            self._submit(self._catalog.redo, "done again")
            return None
        painter = self._tour.view.painter
        step = self._catalog.redo if painter is None else painter.redo
        return self._step(step, "done again", "nothing to redo")

    def _finish_writing(self) -> bool:
        """Wait until all is on disk, a stroke under way too; tell whether none of it broke off."""
        painter = self._tour.view.painter
        if painter is not None:
            painter.finish_drawing()
        return self._ledger.flush()

    def _is_large(self, act_id: int | None) -> bool:
        """Tell whether an act that stands last has many decisions."""
        return act_id is not None and self._catalog.decision_count(act_id) > _MANY_DECISIONS

    def _step(self, step: Callable[[], Act | None], done: str, nothing: str) -> Act | None:
        try:
            act = step()
        except (S2LabelError, OSError) as error:
            self._told(in_words(error))
            return None
        if act is None:
            self._told(nothing)
            return None
        self._acting.note(act)
        self._show(act, self._catalog.object_of_act(act.id))
        self._acted(act)
        self._told(f"{act.in_words} {done}")
        return act

    def _submit(self, step: Callable[[], Act | None], done: str) -> None:
        """Have a step done that takes seconds, and tell when it is."""

        def tell(act: Act | None) -> None:
            if act is not None and self._show(act):
                self._told(f"{act.in_words} {done}")

        self._told("many decisions at once: a moment ...")
        self._acting.submit(step, then=tell)

    def _show(self, act: Act, object_id: str | None = None) -> bool:
        """Show the chip that an act changed; return whether there is one."""
        image_id = self._catalog.image_of_act(act.id)
        if image_id is not None:
            self._tour.show_again(image_id, object_id)
        return image_id is not None
