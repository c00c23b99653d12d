"""Reads and draws what a contact sheet shows, in one thread of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, Signal

from napari_s2label.one_thread import OneThread
from s2label.errors import S2LabelError
from s2label.raster import RasterPool
from s2label.refusals import in_words
from s2label.review.thumbnails import Thumbnails
from s2label.types import Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from s2label.catalog.store import Catalog
    from s2label.chip_views import ChipView
    from s2label.project import Project
    from s2label.queue_specs import QueueSpec
    from s2label.review.thumbnails import ThumbnailKey, ThumbnailLook

_LIST, _CHIPS = "list", "chips"


@dataclass(frozen=True)
class Listing:
    """Images in the order of the sheet; ``place_id`` where they are the dates of one place."""

    ids: Sequence[str] = ()
    place_id: str | None = None
    row_of: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "row_of", {id_: row for row, id_ in enumerate(self.ids)})


class ThumbnailDrawer(QObject):
    """Answers what a contact sheet asks; answers to older questions are dropped.

    Parameters
    ----------
    project : Project
        Its catalog is read and its chips are drawn.

    Signals
    -------
    listed : Listing
        Answers `list_dates` and `list_queue`.
    chips_read : dict
        Image id -> ChipView; answers `ask`, before the thumbnails come one by one.
    drawn : str, ThumbnailKey, object
        Image id, what its thumbnail depends on, and the thumbnail, (y, x, 3) uint8, or why there
        is none, as a text.
    failed : str
        The catalog cannot be read, and why.
    """

    listed = Signal(object)
    chips_read = Signal(object)
    drawn = Signal(str, object, object)
    failed = Signal(str)
    _answered = Signal(str, int, object)

    def __init__(self, project: Project, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._catalog = project.catalog
        self._pool = RasterPool()
        self._thumbnails = Thumbnails(project, self._pool)
        self._thread = OneThread("thumbnails")
        self._questions = {_LIST: 0, _CHIPS: 0}
        self._answered.connect(self._on_answered)

    def list_dates(self, place_id: str) -> None:
        """Ask for all images of a place, by date."""
        self._list(partial(_dates, self._catalog, place_id))

    def list_queue(self, spec: QueueSpec) -> None:
        """Ask for the images of a queue, each once."""
        self._list(partial(_queue, self._catalog, spec))

    def ask(
        self, image_ids: Sequence[str], shown: Mapping[str, ThumbnailKey], look: ThumbnailLook
    ) -> None:
        """Ask for chips and their thumbnails, the most urgent first.

        Parameters
        ----------
        image_ids : sequence of str
            What is in sight.
        shown : mapping
            Image id -> what the thumbnail that is shown depends on; the same is not drawn again.
        look : ThumbnailLook
            How they are wanted.
        """
        self._thread.submit(self._draw_all, self._next(_CHIPS), image_ids, shown, look)

    def close(self) -> None:
        """Stop, wait for the thread and close all files."""
        self._next(_LIST)
        self._next(_CHIPS)
        self._thread.shutdown(wait=True, cancel_futures=True)
        self._pool.__exit__()

    def _next(self, kind: str) -> int:
        self._questions[kind] += 1
        return self._questions[kind]

    def _list(self, read: Callable[[], Listing]) -> None:
        self._next(_CHIPS)  # another list follows: nobody waits for thumbnails of this one
        self._thread.submit(self._read_list, self._next(_LIST), read)

    # -- in the thread ---------------------------------------------------------------------

    def _read_list(self, question: int, read: Callable[[], Listing]) -> None:
        if question != self._questions[_LIST]:
            return
        try:
            answer = partial(self.listed.emit, read())
        except (S2LabelError, OSError) as error:
            answer = partial(self.failed.emit, in_words(error))
        self._answered.emit(_LIST, question, answer)

    def _draw_all(
        self,
        question: int,
        image_ids: Sequence[str],
        shown: Mapping[str, ThumbnailKey],
        look: ThumbnailLook,
    ) -> None:
        if question != self._questions[_CHIPS]:
            return
        try:
            chips = self._catalog.chips(image_ids)
        except (S2LabelError, OSError) as error:
            self._answered.emit(_CHIPS, question, partial(self.failed.emit, in_words(error)))
            return
        self._answered.emit(_CHIPS, question, partial(self.chips_read.emit, chips))
        for id_ in image_ids:
            if question != self._questions[_CHIPS]:
                return
            key = self._thumbnails.key(chips[id_], look) if id_ in chips else None
            if key is not None and shown.get(id_) != key:
                answer = partial(self.drawn.emit, id_, key, self._draw(chips[id_], look))
                self._answered.emit(_CHIPS, question, answer)

    def _draw(self, chip: ChipView, look: ThumbnailLook) -> NDArray[np.uint8] | str:
        try:
            return self._thumbnails.draw(chip, look)
        except (S2LabelError, OSError) as error:
            return in_words(error)

    # -- in the window's thread ------------------------------------------------------------

    def _on_answered(self, kind: str, question: int, tell: Callable[[], None]) -> None:
        if question == self._questions[kind]:
            tell()


def _dates(catalog: Catalog, place_id: str) -> Listing:
    return Listing([date.id for date in catalog.dates_of_place(place_id)], place_id)


def _queue(catalog: Catalog, spec: QueueSpec) -> Listing:
    entries = catalog.queue(spec)
    if spec.subject is Subject.IMAGE:
        return Listing(entries)
    is_of_objects = spec.subject is Subject.SUSPICION
    image_of = catalog.images_of_objects() if is_of_objects else catalog.images_of_masks()
    return Listing(list(dict.fromkeys(image_of[id_] for id_ in entries if id_ in image_of)))
