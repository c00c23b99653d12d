"""Draws chips in a thread, the coming ones ahead, so that a key press only swaps arrays."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, QTimer, Signal

from napari_s2label.one_thread import OneThread
from s2label.errors import S2LabelError
from s2label.raster import RasterPool
from s2label.refusals import in_words
from s2label.review.pictures import Look, Picture, draw_chip

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from s2label.chip_views import ChipView
    from s2label.project import Project

    Seen = tuple[str, int, tuple[str, int, int] | None, int, Look]

_KEPT = 64
# Drawing ahead waits until the frame in view is out: both want the interpreter.
_REST_MS = 60


class PicturesAhead(QObject):
    """Pictures of chips, drawn in one thread and kept for a while.

    Signals
    -------
    drawn : ChipView, Picture
        The picture that was asked for last is ready; answers to older questions are dropped.
    failed : str
        It cannot be drawn, and why.
    """

    drawn = Signal(object, object)
    failed = Signal(str)
    _answered = Signal(int, object, object)

    def __init__(self, project: Project, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._project = project
        self._pool = RasterPool()
        self._thread = OneThread("pictures")
        self._kept: OrderedDict[Seen, Picture] = OrderedDict()
        self._waiting: list[Future[None]] = []
        self._question = 0
        self._answered.connect(self._on_answered)
        self._coming: tuple[Callable[[], list[str]], Look] = (list, Look())
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._on_rest_timeout)

    def ask(self, chip: ChipView, look: Look) -> None:
        """Ask for a picture: `drawn` or `failed` answers, at once where it was drawn before."""
        self._question += 1
        for future in self._waiting:
            future.cancel()
        self._waiting.clear()
        kept = self._kept.get(what_is_seen(chip, look))
        if kept is not None:
            self.drawn.emit(chip, kept)
        else:
            self._thread.submit(self._answer, self._question, chip, look)

    def prepare(self, coming: Callable[[], list[str]], look: Look) -> None:
        """Draw chips that will be asked for soon, when the one in view is on the screen."""
        self._coming = (coming, replace(look, is_local=False))
        if not self._rest.isActive():
            self._rest.start()

    def _on_rest_timeout(self) -> None:
        coming, look = self._coming
        there = {(key[0], key[-1]) for key in list(self._kept)}
        wanted = [id_ for id_ in coming() if (id_, look) not in there]
        self._waiting = [self._thread.submit(self._prepare, id_, look) for id_ in wanted]

    def close(self) -> None:
        """Stop drawing and close all files."""
        self._rest.stop()
        self._question += 1
        self._thread.shutdown(wait=True, cancel_futures=True)
        self._pool.__exit__()
        self._kept.clear()

    def _answer(self, question: int, chip: ChipView, look: Look) -> None:
        try:
            self._answered.emit(question, chip, self._draw(chip, look))
        except (S2LabelError, OSError) as error:
            self._answered.emit(question, chip, in_words(error))

    def _prepare(self, image_id: str, look: Look) -> None:
        chip = self._project.catalog.chip(image_id)
        if chip is not None and what_is_seen(chip, look) not in self._kept:
            try:
                self._draw(chip, look)
            except (S2LabelError, OSError):
                return  # said when it is really asked for

    def _draw(self, chip: ChipView, look: Look) -> Picture:
        picture = draw_chip(self._project, chip, look, self._pool)
        self._kept[what_is_seen(chip, look)] = picture
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return picture

    def _on_answered(self, question: int, chip: ChipView, answer: object) -> None:
        if question != self._question:
            return
        if isinstance(answer, Picture):
            self.drawn.emit(chip, answer)
        else:
            self.failed.emit(str(answer))


def what_is_seen(chip: ChipView, look: Look) -> Seen:
    """Return what decides how a chip looks: image, mask, their versions, and how it is drawn."""
    mask = (chip.mask.id, chip.mask.version, chip.mask.last_act) if chip.mask else None
    return chip.image.id, chip.image.version, mask, chip.last_ignore_act, look
