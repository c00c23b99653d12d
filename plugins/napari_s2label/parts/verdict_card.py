"""How a training ended: the gate's verdict, old against new, chips that changed, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from napari_s2label.parts.changed_chips import ChangedChip, ChangedChips
from napari_s2label.parts.comparison import Comparison
from napari_s2label.parts.message import Message
from napari_s2label.parts.plain_button import PlainButton
from napari_s2label.parts.sections import Sections
from napari_s2label.parts.verdict_words import old_word

if TYPE_CHECKING:
    from s2label_training.verdicts import Verdict

    from napari_s2label.training_end import Ending
    from napari_s2label.training_facts import Judged, Models

_UNBROKEN = "\N{NO-BREAK SPACE}"
CHANGED = "Chips that changed most"
_USE_TIP = "Take this model into use, whatever the verdict says; one step takes it back"
_JUDGE_TIP = (
    "Compare this model with the one in use on the chips that are checked by now; if it is\n"
    "better, it comes into use. You go on meanwhile."
)
_BACK_TIP = "Take the model into use again that was in use before"


class VerdictCard(QWidget):
    """What became of a training, or of a model of the list.

    Signals
    -------
    use_requested : str
        This model is to come into use on somebody's word.
    rollback_requested : no arguments
        The model before is to come into use again.
    judge_requested : str
        The gate is to judge this model, again or for the first time.
    chip_chosen : str
        An image that somebody wants to see.
    """

    use_requested = Signal(str)
    rollback_requested = Signal()
    judge_requested = Signal(str)
    chip_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.model = ""
        self._is_better: bool | None = None
        self.ending, self.standing, self.reason = Message(), Message(), Message()
        self.warnings = Message()
        self.table, self.chips = Comparison(), ChangedChips()
        self.changed = Sections({CHANGED: self.chips})
        self.use = PlainButton("Use it", _USE_TIP, self._on_use)
        self.back = PlainButton("Back to the one before", _BACK_TIP, self.rollback_requested.emit)
        self.judge = PlainButton("Judge", _JUDGE_TIP, self._on_judge)
        self.chips.chosen.connect(self.chip_chosen)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        row = QHBoxLayout()
        for button in (self.use, self.judge, self.back):
            row.addWidget(button)
        for part in (self.ending, self.standing):
            column.addWidget(part)
        column.addLayout(row)
        for part in (self.reason, self.table, self.warnings, self.changed):
            column.addWidget(part)
        for message in (self.reason, self.warnings):
            message.setStyleSheet("font-size: 11px")
        self.show_nothing()

    def show_nothing(self) -> None:
        """Show no ending and no model."""
        self.model, self._is_better = "", None
        for part in (self.table, self.changed, self.use, self.judge, self.back):
            part.hide()
        for message in (self.ending, self.standing, self.reason, self.warnings):
            message.tell("")

    def show_ending(self, ending: Ending) -> None:
        """Show how a training ended; what is known of its model comes later, by `show_judged`."""
        self.show_nothing()
        self.model = ending.model
        self.ending.tell(ending.words, ending.mood)
        self.reason.tell(ending.reason)

    def show_judged(self, judged: Judged) -> None:
        """Show the verdict on the model in view; those on others are ignored."""
        verdict = judged.verdict
        if judged.model != self.model or verdict is None:
            return
        self._is_better = verdict.is_better
        self.table.show_verdict(verdict)
        self.table.setVisible(bool(verdict.classes))
        self.warnings.tell("\n".join(f"Note: {warning}" for warning in verdict.warnings))
        self.chips.show_chips(_changed_chips(judged, verdict), old_word(verdict))
        self.changed.setVisible(bool(self.chips.pictures))

    def show_models(self, models: Models) -> None:
        """Say whether the model in view is in use, and offer to change that."""
        record = models.record(self.model)
        is_known = record is not None
        is_in_use = is_known and self.model == models.in_use
        words = "It is in use now." if is_in_use else "It is not in use."
        self.standing.tell(words if is_known else "")
        self.use.setText("Use it anyway" if self._is_better is False else "Use it")
        self.use.setVisible(is_known and not is_in_use)
        self.back.setVisible(is_in_use and bool(models.before))
        # One of cross-validation may have learnt from the chips that judge.
        self.judge.setText("Judge" if self._is_better is None else "Judge again")
        self.judge.setVisible(record is not None and not is_in_use and not record.data.hold_out)

    def _on_use(self) -> None:
        self.use_requested.emit(self.model)

    def _on_judge(self) -> None:
        self.judge_requested.emit(self.model)


def _changed_chips(judged: Judged, verdict: Verdict) -> list[ChangedChip]:
    return [
        ChangedChip(
            changed.image_id,
            judged.chips.get(changed.image_id, changed.image_id),
            _UNBROKEN.join(f"{100 * changed.old:.1f} → {100 * changed.new:.1f} % right".split()),
            judged.folder / changed.picture,
        )
        for changed in verdict.changed
        if changed.picture
    ]
