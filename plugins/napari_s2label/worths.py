"""What looks are worth, taken over from the programs that suggest while nobody waits for it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from s2label.worth_files import take_oldest_worths

if TYPE_CHECKING:
    from napari_s2label.desk import Desk
    from s2label.review.session import ReviewSession


def take_worths_in_turn(desk: Desk) -> None:
    """Take over all that was left for the open project; what the user does gets in between."""
    if desk.session is not None:
        _take_next(desk, desk.session)


def _take_next(desk: Desk, session: ReviewSession) -> None:
    def go_on(is_more: bool) -> None:
        if is_more and desk.session is session:
            _take_next(desk, session)

    if desk.project is not None:
        session.ledger.submit(partial(take_oldest_worths, desk.project), then=go_on)
