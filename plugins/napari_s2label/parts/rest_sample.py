"""Accepting the rest: a threshold with what it means, the sample, and the one act."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QLabel, QProgressBar, QVBoxLayout, QWidget

from napari_s2label.parts import rest_words as words
from napari_s2label.parts.dialogs import Dialogs
from napari_s2label.parts.plain_button import PlainButton
from napari_s2label.parts.roomy_message import RoomyMessage
from napari_s2label.parts.slider_field import SliderField

if TYPE_CHECKING:
    from napari_s2label.learning_order import OrderLearning
    from napari_s2label.learning_rest import RestReviewing
    from s2label.learnt.rest import RestReview

_PERCENT, _MOST = 100, 50
_LINES, _NAME_PX = 3, 100
_SLIDER_TIP = "Open images whose chance of rejection is smaller are the rest"
_DRAW_TIP = (
    "Draws images of the rest at random, once, and shows them:\ndecide on each with the usual keys."
)
_ACCEPT_TIP = "Accepts what nobody looked at, as one act; one undo takes it back"
_FORGET_TIP = "Throws the sample away, to choose another threshold; what you decided stays"


class RestSample(QWidget):
    """Shows the rest of a desk and lets it be accepted.

    Parameters
    ----------
    rest : RestReviewing
        What is known of it.
    learning : OrderLearning
        Whether chances are being taken over: nothing is drawn meanwhile.
    dialogs : Dialogs
        Asks before the rest is accepted.
    """

    def __init__(
        self, rest: RestReviewing, learning: OrderLearning, dialogs: Dialogs | None = None
    ) -> None:
        super().__init__()
        self._rest, self._learning = rest, learning
        self._dialogs = dialogs or Dialogs()
        self.threshold = SliderField(
            "Chance below", _SLIDER_TIP, (1, _MOST), lambda percent: f"{percent} %"
        )
        self.threshold.name.setFixedWidth(_NAME_PX)
        self.listed, self.standing = RoomyMessage(_LINES), RoomyMessage(_LINES)
        self.look = PlainButton("Draw a sample and look at it", _DRAW_TIP, self._on_look)
        self.bar = QProgressBar()
        self.bar.setFixedHeight(18)
        self.accept = PlainButton("Accept the rest", _ACCEPT_TIP, self._on_accept)
        self.accept.setMinimumHeight(34)
        self.forget = PlainButton("Forget this sample", _FORGET_TIP, self._on_forget)
        self.masks = QLabel(words.MASKS)
        self._arrange()
        self.threshold.moved.connect(self._on_threshold_moved)

    def _arrange(self) -> None:
        self.masks.setWordWrap(True)
        self.masks.setStyleSheet("font-size: 11px")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        parts = (self.threshold, self.listed, self.look, self.bar, self.standing)
        for part in (*parts, self.accept, self.masks, self.forget):
            column.addWidget(part)

    def show_state(self) -> None:
        """Show how it stands."""
        review, rest = self._rest.review, self._rest
        self.threshold.show_steps(round(_PERCENT * rest.below))
        self.threshold.setEnabled(review is None and not rest.is_drawing)
        self._show_listed(review)
        self._show_look(review)
        self._show_sample(review)
        is_done = review is not None and not review.open_sample and bool(review.rest)
        count = f" other {len(review.rest):,} images" if review is not None else " rest"
        self.accept.setText(f"Accept the{count}")
        self.accept.setEnabled(is_done and not rest.is_accepting)
        self.forget.setEnabled(review is not None and not rest.is_accepting)

    def _show_listed(self, review: RestReview | None) -> None:
        below, among, sample = self._rest.counts
        if review is not None:
            self.listed.tell(words.drawn(review))
        else:
            self.listed.tell(words.listed(below, among, sample) if among else words.NO_CHANCES)

    def _show_look(self, review: RestReview | None) -> None:
        below, _, sample = self._rest.counts
        if review is None:
            can_draw = below > sample and not self._learning.is_taking
            self.look.setText(f"Draw a sample of {sample} and look at it")
            self.look.setEnabled(can_draw and not self._rest.is_drawing)
        else:
            self.look.setText(f"Go on: {len(review.open_sample)} to look at")
            self.look.setEnabled(bool(review.open_sample))

    def _show_sample(self, review: RestReview | None) -> None:
        drawn = len(review.plan.sample) if review is not None else 0
        self.bar.setMaximum(max(1, drawn))
        self.bar.setValue(review.decided if review is not None else 0)
        self.bar.setFormat("%v of %m looked at" if drawn else "")
        self.standing.tell(*words.rest_standing(self._rest))

    def _on_threshold_moved(self, percent: int) -> None:
        self._rest.choose(percent / _PERCENT)

    def _on_look(self) -> None:
        if self._rest.review is None:
            self._rest.draw()
        else:
            self._rest.show_sample()

    def _on_accept(self) -> None:
        review = self._rest.review
        if review is None:
            return
        asked = words.question(review)
        yes = f"Accept {len(review.rest):,}"
        if self._dialogs.confirm(self, "Accept the rest", asked, yes):
            self._rest.accept()

    def _on_forget(self) -> None:
        review = self._rest.review
        is_worth_asking = review is not None and review.decided > 0
        if not is_worth_asking or self._dialogs.confirm(
            self, "Forget the sample", words.FORGET, "Forget it"
        ):
            self._rest.forget()
