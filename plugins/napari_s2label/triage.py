"""The triage dock: the chip in view, what to decide on it, and how far one has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import (
    QGridLayout,
    QLabel,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from napari_s2label.desk import desk_of
from napari_s2label.keys import ACTIONS
from napari_s2label.parts import screen_words, words
from napari_s2label.parts.action_button import ActionButton
from napari_s2label.parts.audit_reasons import nothing_left
from napari_s2label.parts.brightness import is_dark
from napari_s2label.parts.following import follow
from napari_s2label.parts.narrow_dock import NarrowDock
from napari_s2label.parts.queue_chooser import QueueChooser

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import napari

    from s2label.chip_views import ChipView
    from s2label.project import Project
    from s2label.queue_specs import QueueSpec
    from s2label.review.pictures import Picture
    from s2label.review.session import ReviewSession
    from s2label.types import Act

_NO_PROJECT = "No project is open: choose one in the Project dock."
_NOTHING_LEFT = "Nothing is left in this queue."
_READING = "The queue is being read ..."
_EMPTY = "The project has no images yet: import some in the Project dock."
_LENT = "A job has the project; it comes back when it ends."
# A progress bar draws the whole window at once when it moves: never before the next chip.
_REST_MS = 150
# Texts change the layout of the dock: they follow the chip that they are about.
_TEXTS_MS = 45
_LARGE, _SMALL = "font-size: 15px", "font-size: 11px; padding: 2px"
# Rows of the dock: title, then buttons as (action id, words).
_BUTTONS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("", (("accept", "Accept"),)),
    (
        "Reject the image",
        (
            ("reject_cloudy", "Cloudy"),
            ("reject_hazy", "Hazy"),
            ("reject_nodata", "Nodata"),
            ("reject_other", "Other"),
        ),
    ),
    (
        "Reject the mask",
        (("mask_wrong", "Wrong"), ("mask_shifted", "Shifted"), ("mask_incomplete", "Incomplete")),
    ),
    ("", (("back", "Back"), ("skip", "Skip"))),
    ("", (("undo", "Undo"), ("redo", "Redo"))),
    (
        "Look",
        (
            ("toggle_mask", "Mask"),
            ("toggle_filled", "Outline"),
            ("next_view", "View"),
            ("local_stretch", "Local (hold)"),
        ),
    ),
)


class TriageWidget(NarrowDock):
    """One chip after the other: accept, reject, next.

    Parameters
    ----------
    napari_viewer : napari.Viewer
        The viewer whose project is reviewed.
    """

    def __init__(self, napari_viewer: napari.Viewer) -> None:
        super().__init__()
        self._desk = desk_of(napari_viewer)
        self._buttons: dict[str, ActionButton] = {}
        self.setWidget(self._build())
        self._rest = self._timer(_REST_MS, self._on_rest_timeout)
        self._texts = self._timer(_TEXTS_MS, self._show_texts)
        follow(self._desk.project_changed, self, self._on_desk_project_changed)
        follow(self._desk.pictured, self, self._on_desk_pictured)
        follow(self._desk.opening, self, self._on_desk_opening)
        follow(self._desk.bindings.changed, self, self._on_bindings_changed)
        self._on_desk_project_changed(self._desk.session)

    def _timer(self, interval_ms: int, slot: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(interval_ms)
        timer.timeout.connect(slot)
        return timer

    def _build(self) -> QWidget:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(8, 8, 8, 4)
        column.setSpacing(4)
        self._bar = QProgressBar()
        self._bar.setFormat("%v of %m decided")
        self._bar.setFixedHeight(18)
        self._pace = QLabel()
        self._queue = QueueChooser(self._desk)
        self._chip = _text()
        self._clouds = _text()
        # Always two lines: the buttons below must not move under somebody's mouse.
        self._clouds.setMinimumHeight(2 * self._clouds.fontMetrics().lineSpacing() + 2)
        self._clouds.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._clouds.setStyleSheet("font-size: 12px")
        self._classes = _text()
        self._hint, self._dark = _text(), _text()
        self._dark.hide()
        for part in (self._bar, self._pace, self._queue, self._chip, self._clouds):
            column.addWidget(part)
        for title, row in _BUTTONS:
            self._add_buttons(column, title, row)
        # Below the buttons: what comes and goes must not move them under somebody's mouse.
        for part in (self._dark, self._classes, self._hint):
            column.addWidget(part)
        column.addStretch()
        return inside

    def _add_buttons(
        self, column: QVBoxLayout, title: str, row: tuple[tuple[str, str], ...]
    ) -> None:
        if title:
            column.addWidget(QLabel(title))
        grid = QGridLayout()
        grid.setSpacing(4)
        actions = {action.id: action for action in ACTIONS}
        for index, (id_, label) in enumerate(row):
            button = ActionButton(actions[id_], self._desk, label)
            button.setMinimumHeight(40 if id_ == "accept" else 24)
            button.setStyleSheet(_LARGE if id_ == "accept" else _SMALL)
            self._buttons[id_] = button
            per_line = 2 if len(row) in (2, 4) else len(row)
            grid.addWidget(button, index // per_line, index % per_line)
        column.addLayout(grid)

    def _on_desk_project_changed(self, session: ReviewSession | None) -> None:
        self.widget().setEnabled(session is not None)
        self._on_bindings_changed(self._desk.keys)
        if session is None:
            self._chip.setText(_LENT if self._desk.is_lent else _NO_PROJECT)
            self._clouds.clear()
            return
        follow(session.chip_changed, self, self._on_session_chip_changed)
        follow(session.acted, self, self._on_session_acted)
        follow(session.queue_changed, self, self._on_session_queue_changed)
        self._show_texts()
        self._show_progress(session)

    def _on_bindings_changed(self, keys: Mapping[str, str]) -> None:
        for id_, button in self._buttons.items():
            button.show_key(keys[id_])
        self._hint.setText(words.first_keys(keys))
        self._dark.setText(words.dark_hint(keys))

    def _on_desk_opening(self, name: str) -> None:
        self._chip.setText(f"opening {name} ...")
        self._chip.repaint()  # Qt would paint it when the project is open

    def _on_session_chip_changed(self, _: ChipView | None) -> None:
        if not self._texts.isActive():  # else a key held down would put them off for ever
            self._texts.start()

    def _show_texts(self) -> None:
        session, project = self._desk.session, self._desk.project
        if session is None or project is None:
            return
        chip = session.chip
        if chip is None:
            self._chip.setText(_READING if session.is_reading else self._why_nothing(session))
            self._classes.clear()
            self._clouds.clear()
            self._dark.hide()
            return
        self._show_clouds(project, chip)
        self._chip.setText(words.chip_lines(chip, session, project.classes))
        self._classes.setText(words.class_shares(chip.mask, project.classes) if chip.mask else "")

    def _show_clouds(self, project: Project, chip: ChipView) -> None:
        screenings = project.catalog.screenings
        record = screenings.records([chip.image.id]).get(chip.image.id)
        findings = screenings.words_of(chip.image.id) if chip.finding is not None else []
        self._clouds.setText(screen_words.shares(chip, record, findings))
        self._clouds.setToolTip(screen_words.shares_tip(record, findings))

    @staticmethod
    def _why_nothing(session: ReviewSession) -> str:
        words_of_queue = nothing_left(session.queue)
        return words_of_queue or (_NOTHING_LEFT if session.progress[1] else _EMPTY)

    def _on_session_acted(self, _: Act) -> None:
        if self._desk.session is not None:
            self._hint.hide()
            self._rest.start()

    def _on_session_queue_changed(self, _: QueueSpec) -> None:
        self._rest.start()

    def _on_rest_timeout(self) -> None:
        if self._desk.session is not None:
            self._show_progress(self._desk.session)

    def _on_desk_pictured(self, _: ChipView, picture: Picture) -> None:
        self._buttons["next_view"].setToolTip(words.view_tip(picture, self._desk.keys))
        self._dark.setVisible(is_dark(picture.rgb) and not self._desk.look.is_local)

    def _show_progress(self, session: ReviewSession) -> None:
        decided, total = session.progress
        subjects = words.subject_words(session.queue.subject)
        self._bar.setFormat(f"{decided:,} of {total:,} {subjects} decided")
        self._bar.setMaximum(max(1, total))
        self._bar.setValue(decided)
        left = session.pace.seconds_left(total - decided)
        self._pace.setText(words.pace(session.pace.per_hour, left))


def _text(text: str = "") -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.RichText)
    return label
