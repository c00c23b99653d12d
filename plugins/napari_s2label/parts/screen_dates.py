"""Choosing dates: a wish, what it comes to, and the one act that rejects the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QHBoxLayout, QLabel, QSpinBox, QVBoxLayout, QWidget

from napari_s2label.parts import screen_words
from napari_s2label.parts.choice import Choice
from napari_s2label.parts.message import Message
from napari_s2label.parts.plain_button import PlainButton
from napari_s2label.parts.reports import counted
from napari_s2label.screening_proposal import Proposal, Wish

if TYPE_CHECKING:
    from napari_s2label.parts.dialogs import Dialogs
    from napari_s2label.screening import Screening
    from s2label.types import Act

_MOST, _KEEP_PX = 50, 92
_TITLE = "Choose dates"
_KEEP_TIP = "How many images of each place and period stay"
_PROPOSE_TIP = (
    "Proposes the least cloudy images of each place and period. Accepted ones stay whatever they\n"
    "look like; rejected ones and those without a date take no part. Nothing is decided yet."
)
_SHOW_TIP = (
    "Go through the images that would stay, and no others; the contact sheet says of all dates of\n"
    "a place which stay and which go. Accept another date there, and the proposal follows."
)
_REJECT_TIP = "Reject all images that would go, with the reason `not chosen`; one act, one undo"
_COUNTING = "Comparing all dates ..."


class ScreenDates(QWidget):
    """Proposes dates and rejects the others.

    Parameters
    ----------
    screening : Screening
        Proposes and rejects.
    dialogs : Dialogs
        What asks before many images are rejected.
    """

    def __init__(self, screening: Screening, dialogs: Dialogs) -> None:
        super().__init__()
        self._screening, self._dialogs = screening, dialogs
        self.keep = QSpinBox()
        self.keep.setRange(1, _MOST)
        self.keep.setToolTip(_KEEP_TIP)
        self.keep.setFixedWidth(_KEEP_PX)
        self.keep.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.per = Choice(screen_words.PERIODS, "The period of which some images stay")
        self.per.choose(Wish().per)
        self.propose = PlainButton("Propose", _PROPOSE_TIP, self._on_propose_clicked)
        self.message = Message()
        self.show_them = PlainButton("Show them", _SHOW_TIP, screening.show_proposal)
        self.reject = PlainButton("Reject the others ...", _REJECT_TIP, self._on_reject_clicked)
        self._arrange()
        self.keep.valueChanged.connect(self._on_wish_changed)
        self.per.activated.connect(self._on_wish_changed)
        self.show_proposal(screening.proposal)

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for parts in (
            (QLabel("Keep the"), self.keep, QLabel("least cloudy")),
            (self.per, self.propose),
            (self.message,),
            (self.show_them, self.reject),
        ):
            row = QHBoxLayout()
            row.setSpacing(4)
            for part in parts:
                row.addWidget(part, 2 if part is self.reject else 1)
            column.addLayout(row)

    def show_proposal(self, proposal: Proposal | None) -> None:
        """Show what is proposed, and let only be done what can be."""
        self.message.tell("" if proposal is None else screen_words.proposal(proposal))
        self.show_them.setEnabled(proposal is not None and bool(proposal.staying))
        can_reject = proposal is not None and proposal.going > 0 and not proposal.unscreened
        self.reject.setEnabled(can_reject)

    def _on_wish_changed(self, _: int) -> None:
        self._screening.take_proposal(None)  # what is shown must be what is asked for

    def _on_propose_clicked(self) -> None:
        self.message.tell(_COUNTING)
        self._screening.propose(Wish(self.keep.value(), self.per.value))

    def _on_reject_clicked(self) -> None:
        proposal = self._screening.proposal
        if proposal is None:
            return
        question = screen_words.question(proposal)
        if self._dialogs.confirm(self, _TITLE, question, f"Reject {proposal.going:,}"):
            self.reject.setEnabled(False)
            self._screening.reject_others(self._on_rejected)

    def _on_rejected(self, act: Act | None) -> None:
        rejected = 0 if act is None else act.changes
        self._screening.take_proposal(None)
        self.message.tell(
            f"{counted(rejected, 'image')} rejected as not chosen; undo takes all of it back.",
            "good",
        )
