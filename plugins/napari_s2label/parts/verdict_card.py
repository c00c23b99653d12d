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
from napari_s2label.parts.verdict_words import ground_words

if TYPE_CHECKING:
    from s2label_training.verdicts import Verdict

    from napari_s2label.training_facts import Judged, Models

CHANGED = "Chips that changed most"
_USE_TIP = "Take this model into use, whatever the verdict says; one step takes it back"
_BACK_TIP = "Take the model into use again that was in use before"


class VerdictCard(QWidget):
    """What became of a training, or of a model of the list.

    Signals
    -------
    use_requested : str
        This model is to come into use on somebody's word.
    rollback_requested : no arguments
        The model before is to come into use again.
    chip_chosen : str
        An image that somebody wants to see.
    """

    use_requested = Signal(str)
    rollback_requested = Signal()
    chip_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.model = ""
        self.ending, self.ground, self.warnings = Message(), Message(), Message()
        self.table, self.chips = Comparison(), ChangedChips()
        self.changed = Sections({CHANGED: self.chips})
        self.use = PlainButton("Use it anyway", _USE_TIP, self._on_use)
        self.back = PlainButton("Back to the one before", _BACK_TIP, self.rollback_requested.emit)
        self.chips.chosen.connect(self.chip_chosen)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        row = QHBoxLayout()
        row.addWidget(self.use)
        row.addWidget(self.back)
        column.addWidget(self.ending)
        column.addLayout(row)
        for part in (self.table, self.ground, self.warnings, self.changed):
            column.addWidget(part)
        self.show_nothing()

    def show_nothing(self) -> None:
        """Show no ending and no model."""
        self.model = ""
        for part in (self.table, self.changed, self.use, self.back):
            part.hide()
        for message in (self.ending, self.ground, self.warnings):
            message.tell("")

    def show_words(self, words: str, mood: str, model: str = "") -> None:
        """Show how a training ended; what is known of its model is shown later, by `show_judged`.

        Parameters
        ----------
        words, mood : str
            See `Message.tell`.
        model : str
            The model that was made; empty if none was.
        """
        self.show_nothing()
        self.model = model
        self.ending.tell(words, mood)

    def show_judged(self, judged: Judged) -> None:
        """Show the verdict on the model in view; those on others are ignored."""
        if judged.model != self.model or judged.verdict is None:
            return
        verdict = judged.verdict
        self.table.show_verdict(verdict)
        self.table.setVisible(bool(verdict.classes))
        self.ground.tell(ground_words(verdict) if verdict.chips else "")
        self.warnings.tell("\n".join(f"Note: {warning}" for warning in verdict.warnings))
        chips = _changed_chips(judged, verdict)
        self.chips.show_chips(chips)
        self.changed.setVisible(bool(self.chips.pictures))

    def show_models(self, models: Models) -> None:
        """Offer what can be done with the model in view, if these models hold it."""
        is_known = bool(self.model) and models.record(self.model) is not None
        is_in_use = self.model == models.in_use
        self.use.setVisible(is_known and not is_in_use)
        self.back.setVisible(is_known and is_in_use and bool(models.before))

    def _on_use(self) -> None:
        self.use_requested.emit(self.model)


def _changed_chips(judged: Judged, verdict: Verdict) -> list[ChangedChip]:
    return [
        ChangedChip(
            changed.image_id,
            judged.chips.get(changed.image_id, changed.image_id),
            f"{100 * changed.old:.1f} % right before, {100 * changed.new:.1f} % now",
            judged.folder / changed.picture,
        )
        for changed in verdict.changed
        if changed.picture
    ]
