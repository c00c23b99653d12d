"""The door to masks and ignore rasters: strokes are kept, and settled into versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s2label.canvases import CanvasKind
from s2label.catalog import canvases, effort, settling, timeline
from s2label.catalog.states import refresh_states
from s2label.types import Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection

    from s2label.canvases import CanvasRef, CanvasState, CanvasVersion, StrokeRecord
    from s2label.catalog.effort import Effort
    from s2label.types import Act, Author, Decision

    Transaction = Callable[[], AbstractContextManager[Connection]]


class CanvasStore:
    """Canvases of an open catalog.

    Parameters
    ----------
    transaction, question : callable
        Begin a transaction that writes, or one that reads.
    stamp : callable
        Returns who acts, and the time.
    note : callable
        Is told of every act.
    """

    def __init__(
        self,
        transaction: Transaction,
        question: Transaction,
        stamp: Callable[[], tuple[Author, str]],
        note: Callable[[Act], object],
    ) -> None:
        self._transaction = transaction
        self._question = question
        self._stamp = stamp
        self._note = note

    def start(
        self, ref: CanvasRef, place_id: str, image_id: str | None, version: CanvasVersion
    ) -> None:
        """Note a canvas that did not exist, with its first version, whose file is in place."""
        author, at = self._stamp()
        stamp = {"at": at, "who": author.who, "program": author.program}
        with self._transaction() as connection:
            canvases.start_canvas(connection, ref, place_id, image_id, version, stamp)
            if ref.kind is CanvasKind.MASK:
                refresh_states(connection, Subject.MASK, [ref.id])

    def paint(
        self,
        stroke: StrokeRecord,
        seconds: float | None = None,
        decisions: Sequence[Decision] = (),
    ) -> Act:
        """Keep a stroke as one act; `seconds` of active time went into it.

        Decisions that were taken by painting it belong to the act: one undo takes back both. None
        may be about the mask itself, whose version is made later.
        """
        with self._transaction() as connection:
            act = timeline.record_stroke(connection, stroke, *self._stamp(), seconds, decisions)
        self._note(act)
        return act

    def settle(self, ref: CanvasRef, version: CanvasVersion | int, last_act: int) -> None:
        """Make a version the current one that holds all strokes up to an act."""
        with self._transaction() as connection:
            settling.settle(connection, ref, version, last_act, *self._stamp())

    def state(self, ref: CanvasRef) -> CanvasState | None:
        """Return where a canvas stands; None if there is no such canvas."""
        with self._question() as connection:
            return canvases.read_state(connection, ref)

    def unsettled(self) -> list[CanvasRef]:
        """Return the canvases with strokes that no version holds yet."""
        with self._question() as connection:
            return canvases.unsettled(connection)

    def version_of_content(self, ref: CanvasRef, content: str) -> int | None:
        """Return the version, since the last import, that holds some pixels; None without any."""
        with self._question() as connection:
            return canvases.version_of_content(connection, ref, content)

    def newest_version(self, ref: CanvasRef) -> int:
        """Return the highest number of a version, 0 if there is none."""
        with self._question() as connection:
            return canvases.newest_version(connection, ref)

    def strokes_of_act(self, act_id: int) -> list[StrokeRecord]:
        """Return the strokes of an act, reversed where it took them back."""
        with self._question() as connection:
            return canvases.strokes_of_act(connection, act_id)

    def imported_version(self, ref: CanvasRef) -> int | None:
        """Return the newest version that a source brought; None if there is none."""
        with self._question() as connection:
            return canvases.imported_version(connection, ref)

    def painted_images(self) -> list[str]:
        """Return the images in view of which somebody painted on a mask, the latest first."""
        with self._question() as connection:
            return canvases.painted_images(connection)

    def has_strokes(self) -> bool:
        """Tell whether anybody ever painted on a mask."""
        with self._question() as connection:
            return canvases.has_strokes(connection)

    def ignore_versions(self) -> list[dict[str, Any]]:
        """Return every version of every ignore raster, with its SHA-256."""
        with self._question() as connection:
            return canvases.ignore_versions(connection)

    def ignored_pixels(self, image_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Return image id -> current version of its ignore raster, where that ignores anything."""
        with self._question() as connection:
            return canvases.ignored_pixels(connection, image_ids)

    def effort(self) -> Effort:
        """Return how long painting takes, over all chips that were painted."""
        with self._question() as connection:
            return effort.read_effort(connection)
