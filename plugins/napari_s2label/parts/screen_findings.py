"""What looks wrong in the numbers of images: by kind, to go through, and to call no trouble."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from napari_s2label.parts import screen_words
from napari_s2label.parts.message import Message
from napari_s2label.parts.plain_button import PlainButton
from napari_s2label.parts.reports import counted
from napari_s2label.parts.text_field import TextField
from napari_s2label.parts.words import finding_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_s2label.screening import Screening
    from s2label.screening_records import FindingCount, ScreeningCounts, SettledFinding

_SHOW_TIP = "Go through these images, and no others; the Triage dock leads back"
_SETTLE_TIP = "Say that all of these are no trouble; who said so, when and why is kept"
_WHY_TIP = "Why they are no trouble, such as: sun glint, looked at"
_NO_WHY = "Say first why it is no trouble."


class ScreenFindings(QWidget):
    """Open findings by kind, and those that somebody settled.

    Parameters
    ----------
    screening : Screening
        Shows, settles and reopens them.
    """

    def __init__(self, screening: Screening) -> None:
        super().__init__()
        self._screening = screening
        self._known: tuple[object, ...] | None = None
        self.message = Message()
        self._rows = QWidget()
        self.fields: dict[str, TextField] = {}
        self.buttons: dict[str, PlainButton] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._column.addWidget(self.message)
        self._column.addWidget(self._rows)

    def show_counts(self, counts: ScreeningCounts) -> None:
        """Show what is open and what is settled."""
        if not counts.screened:
            self.message.tell(screen_words.NOTHING_SCREENED)
        elif counts.findings:
            self.message.tell(screen_words.BLOCKED, "warn")
        else:
            self.message.tell(screen_words.NO_FINDINGS, "good")
        known = (counts.findings, counts.settled)
        if known != self._known:  # else a reason that is being typed would be lost
            self._known = known
            self._fill(counts)

    def _fill(self, counts: ScreeningCounts) -> None:
        self.fields, self.buttons = {}, {}
        self._rows.hide()
        self._rows.deleteLater()
        self._rows = QWidget()
        column = QVBoxLayout(self._rows)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for found in counts.findings:
            self._add_open(column, found)
        for settled in counts.settled:
            self._add_settled(column, settled)
        self._column.addWidget(self._rows)

    def _add_open(self, column: QVBoxLayout, found: FindingCount) -> None:
        title = f"{counted(found.images, 'image')}: {finding_words(found.kind)}"
        show = partial(self._screening.show_findings, found.kind)
        self.buttons[f"show {found.kind}"] = PlainButton(title, _SHOW_TIP, show)
        words, why = Message(), TextField("no trouble, because ...", _WHY_TIP)
        words.setStyleSheet("font-size: 11px")
        words.tell(found.words)
        settle = PlainButton("Settle", _SETTLE_TIP, partial(self._settle, found.kind), 64)
        self.fields[found.kind], self.buttons[f"settle {found.kind}"] = why, settle
        column.addWidget(self.buttons[f"show {found.kind}"])
        column.addWidget(words)
        column.addLayout(_row(why, settle))

    def _add_settled(self, column: QVBoxLayout, settled: SettledFinding) -> None:
        words = Message()
        words.setStyleSheet("font-size: 11px")
        words.tell(
            f"settled by {settled.who} for {counted(settled.images, 'image')}: "
            f"{finding_words(settled.kind)}; {settled.why}"
        )
        tip = "Take back that this is no trouble"
        reopen: Callable[[], object] = partial(self._screening.reopen, settled.kind)
        button = PlainButton("Reopen", tip, reopen, 64)
        self.buttons[f"reopen {settled.kind}"] = button
        column.addLayout(_row(words, button))

    def _settle(self, kind: str) -> None:
        why = self.fields[kind].text().strip()
        self.fields[kind].mark(is_wrong=not why)
        if why:
            self._screening.settle(kind, why)
        else:
            self.message.tell(_NO_WHY, "bad")


def _row(wide: QWidget, narrow: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(4)
    row.addWidget(wide, 1)
    row.addWidget(narrow)
    return row
