"""Suggesting: what a model proposes for the chip in view, asked for, shown or hidden.

Plain Python with signals; `suggestion_view.py` puts it on the screen, `acceptance.py` into a mask.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psygnal import Signal

from napari_s2label.asking import Asking
from napari_s2label.model_choice import STROKES, ModelChoice
from napari_s2label.parts import suggest_words as words
from s2label.canvases import CanvasKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from napari_s2label.asking import Worker
    from napari_s2label.model_choice import SuggestSettings
    from s2label.chip_views import ChipView
    from s2label.painting.painter import Painter
    from s2label.project import Project
    from s2label.review.session import ReviewSession
    from s2label.suggestions import Suggestion

THRESHOLD_STEP = 0.05
_DEFAULT_THRESHOLD = 0.5
_AHEAD = 4
# For so many chips after somebody asked, the coming ones are suggested ahead.
_STAYS_ON = 6


class Suggesting:
    """What is suggested for the chips of a project that is open.

    Parameters
    ----------
    project, session, painter
        What is suggested for, which chips come, and who holds the one in view.
    make_worker : callable
        Returns the worker that suggests; asked when there is the first question.
    settings : SuggestSettings
        What somebody has set.
    later : callable
        Does something a moment later, when the chip in view is on the screen.

    Attributes
    ----------
    shown : Suggestion or None
        What is shown over the chip in view.
    models : ModelChoice
        Which model suggests.
    status : str
        Where it stands, in a line; action ids in braces stand for their keys.

    Signals
    -------
    changed : no arguments
        Another suggestion is shown, or none, or the same at another threshold.
    prepared : Suggestion, float
        One is known that may be shown soon, and at which threshold.
    status_changed : str
        Where it stands.
    told : str
        The same, where a user who presses keys has to read it.
    """

    changed = Signal()
    prepared = Signal(object, float)
    status_changed = Signal(str)
    told = Signal(str)

    def __init__(
        self,
        project: Project,
        session: ReviewSession,
        painter: Painter,
        make_worker: Callable[[], Worker],
        settings: SuggestSettings,
        later: Callable[[Callable[[], None]], object],
    ) -> None:
        self._project = project
        self._session = session
        self._painter = painter
        self._settings = settings
        self._later = later
        self._wanted = ""  # id of the image for which a suggestion is to be shown
        self._in_view = "" if session.chip is None else session.chip.image.id
        self._is_drawable = True  # whether the chip in view can be shown at all
        self._proposed: tuple[Suggestion, float, NDArray[np.uint8]] | None = None
        self._is_told = True  # whether somebody pressed a key for it
        self._is_learning = self._is_closed = False
        self._chips_since = _STAYS_ON
        self.shown: Suggestion | None = None
        self.status = words.NOTHING_ASKED
        self.models = ModelChoice(project.folder, settings, project.catalog.canvases.has_strokes)
        self._asking = Asking(make_worker)
        self._connect()

    def _connect(self) -> None:
        self._asking.answered.connect(self._on_asking_answered)
        self._asking.learnt.connect(self._on_asking_learnt)
        self._asking.failed.connect(self._on_asking_failed)
        self._asking.died.connect(self._on_asking_died)
        self.models.changed.connect(self._on_models_changed)
        self._session.chip_changed.connect(self._on_session_chip_changed)
        self._painter.loaded.connect(self._on_painter_loaded)

    def close(self) -> None:
        """Hide what is shown and end the worker."""
        self._is_closed = True
        self._session.chip_changed.disconnect(self._on_session_chip_changed)
        self._painter.loaded.disconnect(self._on_painter_loaded)
        self._asking.close()
        self._hide()

    # -- asking ------------------------------------------------------------------------------

    def toggle(self) -> None:
        """Suggest for the chip in view, or hide what is suggested."""
        self._chips_since = 0
        if self.shown is not None:
            self._hide()
            self._say(words.HIDDEN)
            return
        self.models.refresh()
        self._want()
        if not self._wanted:
            self._ask_ahead()

    def warm_up(self) -> None:
        """Have the model in use loaded, so that the first suggestion does not wait for it."""
        self.models.refresh()
        if self.models.model and self.models.chosen != STROKES:
            self._asking.load(self.models.model)

    def learn(self) -> None:
        """Learn from all strokes so far, then suggest from that."""
        self._painter.interrupted.emit()  # a stroke under way counts as well
        self._session.ledger.flush()
        self._chips_since = 0
        self._is_learning = True
        self._say(words.LEARNING)
        self._asking.learn()

    @property
    def shows_itself(self) -> bool:
        """Whether suggestions are shown unasked."""
        return self._settings.shows_itself

    @shows_itself.setter
    def shows_itself(self, shows_itself: bool) -> None:
        self._settings.shows_itself = shows_itself
        if shows_itself and self.shown is None:
            self._want()
        self._ask_ahead()

    # -- what is shown -----------------------------------------------------------------------

    @property
    def threshold(self) -> float:
        """Probability from which a class is proposed, 0..1."""
        if self.shown is None:
            return self._settings.threshold_of(self.models.model, _DEFAULT_THRESHOLD)
        return self._settings.threshold_of(self.shown.model, self.shown.threshold)

    @threshold.setter
    def threshold(self, threshold: float) -> None:
        model = self.models.model if self.shown is None else self.shown.model
        self._settings.set_threshold(model, threshold)
        self._tell_shown()

    def step_threshold(self, step: float) -> None:
        """Raise the threshold, or lower it."""
        self.threshold = self.threshold + step
        self.told.emit(f"threshold {self.threshold:.2f}: {self.status}")

    @property
    def proposed(self) -> NDArray[np.uint8] | None:
        """What is proposed for the chip in view (y, x), 254 where nothing is; None while hidden."""
        if self.shown is None:
            return None
        wanted = self.shown, self.threshold
        if self._proposed is None or self._proposed[:2] != wanted:
            self._proposed = *wanted, self.shown.classes(self.threshold)
        return self._proposed[2]

    def show(self, suggestion: Suggestion) -> None:
        """Show what is known already for the chip in view, whichever model it is of.

        Parameters
        ----------
        suggestion : Suggestion
            For the image in view; shown until it is hidden, or another model is chosen.
        """
        if self._is_on_screen(suggestion.image_id):
            self._is_told = True
            self._show(suggestion)
        else:
            self._say(words.NOT_DRAWN)

    def hide(self) -> None:
        """Hide what is suggested, until somebody asks again."""
        self._hide()
        self._say(words.HIDDEN, is_told=False)

    def note_not_drawn(self) -> None:
        """Note that the chip in view cannot be shown; whoever waits for it is told."""
        self._is_drawable = self._is_on_screen(self._in_view)
        if self._wanted and not self._is_drawable:
            self._want(is_told=self._is_told)
        if self.shown is None:
            self.changed.emit()

    @property
    def is_another_coming(self) -> bool:
        """Whether the screen still has the chip before the one in view, which will be drawn."""
        return bool(self._in_view) and self._is_drawable and not self._is_on_screen(self._in_view)

    # -- how ---------------------------------------------------------------------------------

    def _want(self, *, is_told: bool = True) -> None:
        """Show what is suggested for the chip in view, as soon as chip and suggestion are there."""
        self._is_told = is_told
        chip, model = self._session.chip, self.models.model
        can_be = chip is not None and bool(model) and self._is_drawable
        self._wanted = chip.image.id if chip is not None and can_be else ""
        if not model:
            self._say(self.models.complaint or words.NO_MODEL, is_told=is_told)
        elif not self._is_drawable:
            self._say(words.NOT_DRAWN, is_told=is_told)
        elif chip is not None:
            answer = self._asking.answer(chip.image.id, model)
            if answer is None:
                self._say(words.THINKING, is_told=is_told)
                self._asking.ask(chip.image.id, model)
            elif self._is_on_screen(chip.image.id):
                self._show(answer)

    def _is_on_screen(self, image_id: str) -> bool:
        return self._painter.chip is not None and self._painter.chip.image.id == image_id

    def _show(self, suggestion: Suggestion) -> None:
        self._wanted = ""
        if suggestion.probabilities.shape[1:] != self._painter.canvas(CanvasKind.MASK).grid.shape:
            self._say(words.OTHER_SIZE)
            return
        self.shown = suggestion
        self._tell_shown(is_told=self._is_told)

    def _hide(self) -> None:
        self._wanted = ""
        if self.shown is not None:
            self.shown = None
            self.changed.emit()

    def _tell_shown(self, *, is_told: bool = False) -> None:
        proposed = self.proposed
        if proposed is not None:
            self._say(words.proposal(proposed, self._project.classes), is_told=is_told)
        self.changed.emit()

    def _say(self, status: str, *, is_told: bool = True) -> None:
        if self.status != status:
            self.status = status
            self.status_changed.emit(status)
        if is_told:
            self.told.emit(status)

    def _ask_ahead(self) -> None:
        is_on = self.shows_itself or self._chips_since < _STAYS_ON
        if is_on and not self._is_closed and self.models.model:
            self._asking.ask_ahead(self._session.coming_images()[:_AHEAD], self.models.model)

    # -- what happened -----------------------------------------------------------------------

    def _on_session_chip_changed(self, chip: ChipView | None) -> None:
        in_view = "" if chip is None else chip.image.id
        is_another = in_view != self._in_view
        if is_another:
            self._in_view, self._is_drawable = in_view, True
        about = self._wanted if self.shown is None else self.shown.image_id
        if about and about != in_view:
            self._hide()
            self._say(words.NOTHING_ASKED, is_told=False)
        # Back before another one was drawn: the painter has it still, and will not load it.
        if is_another and chip and self.shows_itself and self._painter.holds(chip):
            self._want(is_told=False)

    def _on_painter_loaded(self) -> None:
        self._is_drawable = True
        self._later(self._ask_ahead)
        if self.shown is not None and self._is_on_screen(self.shown.image_id):
            self._tell_shown()
        elif self._wanted and self._is_on_screen(self._wanted):
            self._want(is_told=self._is_told)
        else:
            self._begin_chip()

    def _begin_chip(self) -> None:
        self._hide()
        self._chips_since += 1
        if self.shows_itself:
            self.models.refresh()
            self._want(is_told=False)
        else:
            self._say(words.NOTHING_ASKED, is_told=False)

    def _on_asking_answered(self, suggestion: Suggestion) -> None:
        is_wanted = (self._wanted, self.models.model) == (suggestion.image_id, suggestion.model)
        if is_wanted and self._is_on_screen(suggestion.image_id):
            self._show(suggestion)
            # Not with the key: the network would take the processor from the drawing.
            self._later(self._ask_ahead)
        else:
            own = suggestion.threshold
            self.prepared.emit(suggestion, self._settings.threshold_of(suggestion.model, own))

    def _on_asking_learnt(self, report: Mapping[str, Any]) -> None:
        self._is_learning = False
        self._hide()
        self._settings.wish = STROKES
        self.models.note_learnt(report)
        self.told.emit(words.learnt(report))
        self._want()
        self._ask_ahead()

    def _on_asking_failed(self, image_id: str, why: str) -> None:
        if self._is_learning and not image_id:
            self._is_learning = False
        elif not self._wanted or self._wanted != image_id:
            return  # about a chip that was left
        self._wanted = ""
        self._say(why)

    def _on_asking_died(self, why: str) -> None:
        self._wanted, self._is_learning = "", False
        self._say(why)

    def _on_models_changed(self) -> None:
        if self.shown is not None and self.shown.model != self.models.model:
            self._hide()
            self._want()
        elif self._wanted:
            self._want(is_told=self._is_told)
