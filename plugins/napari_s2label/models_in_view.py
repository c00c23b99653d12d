"""The models of the project in view: which one is in use, how others compare, and changing that."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, Signal

from napari_s2label.parts.judging_bar import JudgingBar
from napari_s2label.parts.message import Message
from napari_s2label.parts.model_list import ModelList
from napari_s2label.parts.unfinished_training import UnfinishedTraining
from napari_s2label.parts.verdict_card import VerdictCard
from napari_s2label.training_end import Ending, reason_words, verdict_words
from napari_s2label.training_facts import Models, model_in_a_line

if TYPE_CHECKING:
    from s2label_training.shelf import Use

    from napari_s2label.desk import Desk
    from napari_s2label.training_facts import Judged
    from napari_s2label.training_reader import TrainingReader

_BY_HAND = "by hand in the window"
_NO_PROJECT = "No project is open: see the Project dock."
_READING = "looking for models ..."
_NO_MODEL = "No model is in use yet. The first one that beats a plain guess comes into use."


class ModelsInView(QObject):
    """What the train dock shows of models, and what can be done with them.

    Its widgets stand where the dock puts them.

    Parameters
    ----------
    desk : Desk
        Whose project it is.
    reader : TrainingReader
        Reads models and verdicts.
    parent : QObject
        With it everything goes.

    Signals
    -------
    changed : Models
        They were read anew.
    """

    changed = Signal(object)

    def __init__(self, desk: Desk, reader: TrainingReader, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._reader = desk, reader
        self._models = Models()
        self.head, self.told = Message(), Message()
        # Room for what most say, so that nothing moves when the models have been read.
        self.head.setMinimumHeight(2 * self.head.fontMetrics().lineSpacing())
        self.card, self.list = VerdictCard(), ModelList()
        self.unfinished = UnfinishedTraining()
        reader.models_read.connect(self._on_reader_models_read)
        reader.judged_read.connect(self._on_reader_judged_read)
        reader.use_changed.connect(self._on_reader_use_changed)
        reader.failed.connect(self._on_reader_failed)
        desk.training.ended.connect(self.ask)
        self.judging = JudgingBar(desk)  # asks for the verdict after the models were asked for
        self.judging.judged.connect(reader.ask_judged)
        self.list.view_requested.connect(reader.ask_judged)
        self.card.judge_requested.connect(self._judge)
        self.card.chip_chosen.connect(self._show_chip)
        for part in (self.card, self.list):
            part.use_requested.connect(self._promote)
            part.rollback_requested.connect(reader.roll_back)

    def begin(self) -> None:
        """Show the models of another project from now on, or that none is open."""
        self._models = Models()
        for message in (self.told, self.judging.message):
            message.tell("")
        self.card.show_nothing()
        self.head.tell(_NO_PROJECT if self._desk.project is None else _READING)
        self.ask()

    def enable(self, is_enabled: bool) -> None:
        """Let another model be taken into use and a training go on, or not: the project is lent."""
        for button in (self.card.use, self.card.back, self.unfinished.resume):
            button.setEnabled(is_enabled)
        self.card.judge.setEnabled(is_enabled and self._desk.training.job is None)

    def ask(self) -> None:
        """Have the models read anew."""
        self._reader.ask_models()
        self.show()

    def show_ending(self, ending: Ending, elsewhere: str = "") -> None:
        """Show how a training ended.

        Parameters
        ----------
        ending : Ending
            What is known by now; the verdict is read.
        elsewhere : str
            Name of the project it was of, if not of the one in view.
        """
        words = f"{elsewhere}: {ending.words}"
        shown = replace(ending, model="", words=words) if elsewhere else ending
        self.card.show_ending(shown)
        if shown.model:
            self._reader.ask_judged(shown.model)

    def show(self) -> None:
        """Show what is known, and what can be done now."""
        self.list.show_models(self._models)
        self.card.show_models(self._models)
        is_free = self._desk.training.job is None
        self.unfinished.show_run(self._models.unfinished if is_free else None)

    def _on_reader_models_read(self, models: Models) -> None:
        self._models = models
        self._show_head(models)
        self.show()
        self.changed.emit(models)

    def _show_head(self, models: Models) -> None:
        record = models.record(models.in_use)
        if record is not None:
            self.head.tell(f"In use: {model_in_a_line(record)}")
        elif models.in_use:
            self.head.tell(f"In use, but it cannot be read: {models.in_use}", "bad")
        else:
            self.head.tell(_NO_MODEL)

    def _on_reader_failed(self, words: str) -> None:
        if self.head.words == _READING:
            self.head.tell("")
        self.told.tell(words, "bad")

    def _on_reader_judged_read(self, judged: Judged) -> None:
        ending = self._as_ending(judged)
        is_anew = judged.verdict is not None and ending.reason != self.card.reason.words
        if judged.model != self.card.model or is_anew:  # chosen from the list, or judged again
            self.card.show_ending(ending)
        self.card.show_judged(judged)
        self.card.show_models(self._models)

    def _as_ending(self, judged: Judged) -> Ending:
        """Return what is known of a model in the words in which a training ends."""
        verdict, record = judged.verdict, self._models.record(judged.model)
        name = judged.model if record is None else model_in_a_line(record)
        if verdict is None:
            words, mood = verdict_words(None)
            return Ending(f"{name}. {words}", mood, model=judged.model)
        is_compared = verdict.new_score is not None
        words, mood = verdict_words(verdict.is_better, is_compared=is_compared)
        return Ending(f"{name}. {words}", mood, reason_words(verdict.reason), judged.model)

    def _judge(self, model: str) -> None:
        session, folder = self._desk.session, self._desk.folder
        if session is not None and folder is not None:
            session.ledger.flush()  # the child reads from the disk what was decided
            self._desk.training.judge(folder, model)

    def _promote(self, model: str) -> None:
        self._reader.promote(model, _BY_HAND)

    def _on_reader_use_changed(self, _: Use) -> None:
        self.told.tell("")
        self._desk.training.note_use_changed()

    def _show_chip(self, image_id: str) -> None:
        if self._desk.session is not None:
            self._desk.session.show(image_id)
