"""The course of a training: curves of loss and scores, what it proposes, and its log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from napari_s2label.parts.captions import Captions
from napari_s2label.parts.curve_keys import CurveKeys
from napari_s2label.parts.curves import PALETTE, WHITE, Curve, CurveStyle, CurvesWidget
from napari_s2label.parts.following import follow
from napari_s2label.parts.message import Message
from napari_s2label.parts.scaled_picture import ScaledPicture
from napari_s2label.parts.sections import Sections

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_s2label.training_records import Epoch, Learnt
    from napari_s2label.training_run import TrainingRun

LOG = "Log"
_LOSS_TIP = "What learning makes small. Validation chips are not learnt from."
_SCORE_TIP = "1 is perfect. Scored on checked validation chips, which are not learnt from."
_PREVIEW = ("image", "truth", "proposal")
_LOG_LINES, _LOG_HEIGHT_PX = 2000, 130


class Course(QWidget):
    """Follows one training after the other."""

    def __init__(self) -> None:
        super().__init__()
        self._run: TrainingRun | None = None
        self._losses: list[Curve] = []
        self._scores: list[Curve] = []
        self.loss, self.score = CurvesWidget(_LOSS_TIP), CurvesWidget(_SCORE_TIP, top=1.0)
        self.loss_keys, self.score_keys = CurveKeys(), CurveKeys()
        self.notes = Message()
        self.previewed, self.preview = QLabel(), ScaledPicture()
        self.captions = Captions(_PREVIEW)
        # A training that is resumed tells all its epochs at once: only the last is drawn.
        self._drawing = QTimer(self, singleShot=True, interval=0)
        self._drawing.timeout.connect(self._show_last_preview)
        self.log = QPlainTextEdit()
        self.logs = Sections({LOG: self.log})
        self._arrange()

    def _arrange(self) -> None:
        self.log.setReadOnly(True)
        self.log.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.log.setMaximumBlockCount(_LOG_LINES)
        self.log.setFixedHeight(_LOG_HEIGHT_PX)
        for part in (self.log, self.notes):
            part.setStyleSheet("font-size: 11px")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        curves = (QLabel("Loss"), self.loss, self.loss_keys)
        scores = (QLabel("Scores on validation chips, IoU of classes"), self.score, self.score_keys)
        for part in (
            self.notes,
            *curves,
            *scores,
            self.previewed,
            self.captions,
            self.preview,
            self.logs,
        ):
            column.addWidget(part)
        self._show_preview(None)

    def follow(self, run: TrainingRun, headline: str) -> None:
        """Show another training from its beginning, and as it goes on.

        Parameters
        ----------
        run : TrainingRun
            Running, or ended.
        headline : str
            What the score is that decides.
        """
        self._run = run
        self._losses = [
            Curve("training", CurveStyle(PALETTE[0])),
            Curve("validation", CurveStyle(PALETTE[1], is_dashed=True)),
        ]
        self._scores = [Curve(headline, CurveStyle(WHITE, width_px=2.6))]
        self.log.setPlainText("\n".join(run.log))
        for epoch in run.epochs:
            self._add(epoch)
        self._show_curves()
        self._show_last_preview()
        self._show_notes(run.learnt)
        follow(run.began, self, self._show_notes)
        follow(run.epoch_done, self, self._on_run_epoch_done)
        follow(run.logged, self, self._on_run_logged)

    @property
    def curves(self) -> Sequence[Curve]:
        """All curves, losses first."""
        return [*self._losses, *self._scores]

    def _show_notes(self, learnt: Learnt | None) -> None:
        warnings = learnt.warnings if learnt is not None else ()
        self.notes.tell("\n".join(f"Note: {warning}" for warning in warnings), "warn")

    def _add(self, epoch: Epoch) -> None:
        for curve, loss in zip(self._losses, (epoch.loss, epoch.validation_loss), strict=True):
            curve.points.append((epoch.number, loss))
        known = {curve.name: curve for curve in self._scores[1:]}
        for name, iou in epoch.iou.items():
            if name not in known:
                known[name] = Curve(name, _style(len(self._scores) - 1))
                self._scores.append(known[name])
            known[name].points.append((epoch.number, iou))
        self._scores[0].points.append((epoch.number, epoch.headline))

    def _show_curves(self) -> None:
        self.loss.show_curves(self._losses)
        self.score.show_curves(self._scores)
        self.loss_keys.show_curves(self._losses)
        self.score_keys.show_curves(self._scores)

    def _on_run_epoch_done(self, epoch: Epoch) -> None:
        if self._run is None or epoch is not self._run.epochs[-1]:
            return  # of a training that was shown before
        shown = len(self._scores)
        self._add(epoch)
        if len(self._scores) != shown:
            self._show_curves()
        for part in (self.loss, self.score):
            part.update()
        for keys in (self.loss_keys, self.score_keys):
            keys.show_last()
        self._drawing.start()

    def _show_last_preview(self) -> None:
        epochs = self._run.epochs if self._run is not None else []
        self._show_preview(epochs[-1] if epochs else None)

    def _show_preview(self, epoch: Epoch | None) -> None:
        words = f"Validation chips after epoch {epoch.number}" if epoch else ""
        is_there = bool(epoch and epoch.preview) and self.preview.show_file(
            Path(epoch.preview if epoch else ""), words
        )
        self.previewed.setText(words)
        for part in (self.previewed, self.captions, self.preview):
            part.setVisible(is_there)

    def _on_run_logged(self, line: str) -> None:
        self.log.appendPlainText(line)


def _style(number: int) -> CurveStyle:
    """Return the style of the n-th class; where the colours begin again, dashes are exchanged."""
    turn, place = divmod(number, len(PALETTE))
    return CurveStyle(PALETTE[place], is_dashed=(turn + place) % 2 == 1)
