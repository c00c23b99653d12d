"""Answering for unlabelled objects, one at a time: yes paints it, no remembers that it is fine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label.review import suspecting
from s2label.types import State, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from s2label.catalog.store import Catalog
    from s2label.chip_views import ChipView
    from s2label.painting.painter import Painter
    from s2label.review.deciding import Deciding
    from s2label.review.tour import Tour
    from s2label.suspicions import SuspicionRecord
    from s2label.types import Act


class Answering:
    """Answers for the unlabelled object in view and goes on to the next.

    Parameters
    ----------
    catalog : Catalog
        Is asked for suspicions.
    tour : Tour
        Goes on, and comes back to an object whose pixels could not be kept.
    deciding : Deciding
        Writes an answer without pixels.
    took : callable
        Notes that a decision was made.
    told : callable
        Told what an answer did, where that is not to be seen.
    """

    def __init__(
        self,
        catalog: Catalog,
        tour: Tour,
        deciding: Deciding,
        took: Callable[[], object],
        told: Callable[[str], object],
    ) -> None:
        self._catalog = catalog
        self._tour = tour
        self._deciding = deciding
        self._took = took
        self._told = told
        # Answered by painting that is not on disk yet.
        self._painted: set[str] = set()

    def answer(self, is_so: bool, provenance: int | None = None) -> None:
        """Say whether the unlabelled object in view is one, and go on to the next.

        Where it is, its pixels become its class in the mask: one act with the answer, so that one
        undo takes back both. Pixels that a person painted or ignored stay. Where no object is asked
        about nothing happens, and that is told.

        Parameters
        ----------
        is_so : bool
            Yes, or no.
        provenance : int, optional
            For yes: the number in mask files of the model that proposes it.

        Raises
        ------
        ValueError
            If the answer is yes, and nobody says by which model, or the suspicion no class.
        """
        chip, suspicion = self._tour.view.chip, self._tour.view.suspicion
        if chip is None or suspicion is None:
            self._told(suspecting.NO_OBJECT)
        elif is_so:
            self._say_yes(chip, suspicion, provenance)
        else:
            self._say_no(chip, suspicion)

    def note_kept(self, act: Act) -> None:
        """Note that pixels with decisions are on disk: an object's, if they answered for one."""
        object_id = self._catalog.object_of_act(act.id)
        if object_id is not None:
            self._painted.discard(object_id)
            self._tour.walk.note_states({object_id: State.ACCEPTED})

    def ask_again(self) -> None:
        """Ask again about objects whose pixels could not be kept."""
        lost, self._painted = sorted(self._painted), set()
        self._tour.walk.note_states(dict.fromkeys(lost, State.OPEN))
        suspicion = self._catalog.suspicion(lost[0]) if lost else None
        if suspicion is not None:
            self._tour.show_again(suspicion.image_id, suspicion.id)

    def _say_no(self, chip: ChipView, suspicion: SuspicionRecord) -> None:
        was_open = suspicion in chip.suspicions
        self._deciding.decide(chip, [suspecting.answered(chip, suspicion, Verdict.REJECT)])
        if not was_open:
            self._told(suspecting.PAINTED_STAYS)

    def _say_yes(self, chip: ChipView, suspicion: SuspicionRecord, provenance: int | None) -> None:
        value = suspicion.class_value
        if provenance is None or value is None:
            raise ValueError(
                "an unlabelled object is painted with its class and its model's number"
            )
        painter = self._tour.view.painter
        if painter is None or not painter.holds(chip):
            self._told(suspecting.NOT_HELD)
            return
        staying = self._paint(painter, chip, suspicion, value, provenance)
        if staying:
            self._told(suspecting.staying_in_words(staying))

    def _paint(
        self,
        painter: Painter,
        chip: ChipView,
        suspicion: SuspicionRecord,
        class_value: int,
        provenance: int,
    ) -> int:
        """Paint the object and answer in one act; return how many of its pixels stay."""
        painter.interrupted.emit()  # a stroke under way belongs before it
        indices, classes, staying = suspecting.object_pixels(suspicion, class_value, painter)
        decisions = [suspecting.answered(chip, suspicion, Verdict.ACCEPT)]
        if not len(indices):
            self._deciding.decide(chip, decisions)
            return staying
        self._painted.add(suspicion.id)
        is_at_start = self._deciding.note(chip, decisions)
        painter.accept(indices, classes, provenance, decisions)
        self._took()
        if not is_at_start:
            self._tour.go_on()
        return staying
