"""Acts beside the chip in view: on many images, and such as take seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from s2label.types import Decision, Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from s2label.catalog.store import Catalog
    from s2label.review.ledger import Ledger
    from s2label.review.tour import Tour
    from s2label.types import Act, State, Verdict


@dataclass(frozen=True)
class _Outcome:
    """An act with how all stands that it decided on, and which masks are suspicious now."""

    act: Act | None
    states: dict[str, State] = field(default_factory=dict)
    suspicious: dict[str, bool] = field(default_factory=dict)


class Acting:
    """Writes acts while the view stays where it is, and lets the tour know of them.

    Parameters
    ----------
    catalog : Catalog
        Open for writing.
    ledger : Ledger
        Does what takes seconds.
    tour : Tour
        Passes over what was decided, and reads the chip in view again.
    acted : callable
        Told every act that is on disk.
    """

    def __init__(
        self, catalog: Catalog, ledger: Ledger, tour: Tour, acted: Callable[[Act], object]
    ) -> None:
        self._catalog = catalog
        self._ledger = ledger
        self._tour = tour
        self._acted = acted

    def decide_images(self, ids: Iterable[str], verdict: Verdict, reason: str) -> None:
        """Decide on many images in one act."""
        self._ledger.flush()
        act = self._catalog.decide([Decision(Subject.IMAGE, id_, verdict, reason) for id_ in ids])
        if act is not None:
            self.note(act)
        self._tour.refresh()
        if act is not None:
            self._acted(act)

    def submit(
        self,
        do: Callable[[], Act | None],
        then: Callable[[Act | None], object] | None = None,
        failed: Callable[[Exception], object] | None = None,
    ) -> None:
        """Have an act done that may take seconds, after all others.

        Parameters
        ----------
        do : callable
            Writes the act and returns it, or None where nothing changes; runs in the ledger's
            thread.
        then, failed : callable, optional
            Told the act, or why there is none, instead of the ledger's `on_error`.
        """

        def tell(outcome: _Outcome) -> None:
            self._note_outcome(outcome)
            self._tour.refresh()
            self.tell(outcome.act)
            if then is not None:
                then(outcome.act)

        self._ledger.submit(lambda: self._outcome(do()), then=tell, failed=failed)

    def note(self, act: Act) -> None:
        """Let the tour know how all stands that an act decided on."""
        self._note_outcome(self._outcome(act))

    def tell(self, act: Act | None) -> None:
        """Tell of an act that is on disk now, None where nothing changed."""
        if act is None:
            return
        self.note_suspected(act)
        self._acted(act)

    def note_suspected(self, act: Act) -> None:
        """Let the tour know what is suspected after an act, where it is that one goes through.

        Only the catalog knows all: with a mask that is rejected go the objects of all its dates,
        what is painted is asked about no more, and of many suspicions a chip tells a few.
        """
        queue, walk = self._tour.view.queue, self._tour.walk
        if queue.subject is Subject.SUSPICION:
            walk.note_states(self._catalog.states_of_act(act.id))
        elif queue.only_suspicious:
            walk.note_suspicious(self._catalog.suspicious_masks_of_act(act.id))

    def _outcome(self, act: Act | None) -> _Outcome:
        if act is None:
            return _Outcome(None)
        states = self._catalog.states_of_act(act.id)
        return _Outcome(act, states, self._catalog.suspicious_masks_of_act(act.id))

    def _note_outcome(self, outcome: _Outcome) -> None:
        self._tour.walk.note_states(outcome.states)
        self._tour.walk.note_suspicious(outcome.suspicious)
