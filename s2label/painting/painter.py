"""Painting on the chip in view: strokes are kept as they are finished, and settled on leaving."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from psygnal import Signal

from s2label.canvases import CanvasKind, CanvasRef, StrokeRecord
from s2label.errors import PaintingError, S2LabelError
from s2label.masks import Mask
from s2label.painting.accepting import SUGGESTION_TOOL
from s2label.painting.acts import redo, undo
from s2label.painting.canvas import (
    blank_canvas,
    canvas_of,
    settle,
    start_canvas,
    stroke_of,
)
from s2label.painting.stroke import painted
from s2label.review.work_clock import WorkClock
from s2label.types import BACKGROUND, NOT_LABELLED, Provenance

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from numpy.typing import NDArray

    from s2label.chip_views import ChipView
    from s2label.painting.stroke import Stroke
    from s2label.project import Project
    from s2label.types import Act, Decision


class Writes(Protocol):
    """Does work that writes, in order, without making anybody wait; see `review.ledger`."""

    def submit(
        self,
        work: Callable[[], Any],
        touches: Collection[str],
        then: Callable[[Any], object] | None = None,
        failed: Callable[[Exception], object] | None = None,
    ) -> object:
        """Do work after all that was submitted before; `touches` are the ids it changes."""

    def flush(self) -> bool:
        """Wait for all that was submitted; return whether none of it broke off."""


@dataclass
class _Hold:
    """The time a chip is held: whether a stroke of it was lost, and whether that was said."""

    is_lost: bool = False
    is_told: bool = False


class Painter:
    """Holds the canvases of the chip in view and keeps every stroke on them.

    Its arrays are what the catalog's strokes make of the files; the screen follows them.

    Parameters
    ----------
    project : Project
        Open for writing.
    writes : Writes
        Where work goes that writes; strokes reach the disk in the order in which they were drawn.
    clock : callable
        Returns seconds that only go forward; measures the effort.

    Signals
    -------
    interrupted : no arguments
        Something else comes next than a stroke on the screen: whoever draws one keeps it now, so
        that it belongs to the chip, and to the place in the timeline, where it was drawn.
    loaded : no arguments
        Another chip is held.
    repainted : CanvasKind, indices (n,) uint32, classes (n,) uint8
        Pixels changed otherwise than by a stroke on the screen: undo, redo, a wand, a button.
    kept : Act
        A stroke is on disk.
    settled : no arguments
        A version was made of strokes.
    not_settled : str
        No version could be made of strokes, and why: they are kept, and it is tried again when a
        chip is left.
    lost : str
        A stroke could not be kept, and why: the chip in view has to be read again.
    """

    interrupted = Signal()
    loaded = Signal()
    repainted = Signal(object, object, object)
    kept = Signal(object)
    settled = Signal()
    not_settled = Signal(str)
    lost = Signal(str)

    def __init__(
        self, project: Project, writes: Writes, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._project = project
        self._writes = writes
        self._clock = WorkClock(clock)
        self._unsettled: set[CanvasRef] = set()
        self._started: set[CanvasRef] = set()
        self._hold = _Hold()
        self.chip: ChipView | None = None
        self._canvases: dict[CanvasKind, Mask] = {}

    def take_clock(self, clock: WorkClock) -> None:
        """Measure by the clock of a session, whose decisions take no time that a stroke took."""
        self._clock = clock

    # -- the chip in view --------------------------------------------------------------------

    def look_at(self, chip: ChipView, mask: Mask | None, ignore: Mask | None) -> None:
        """Hold another chip; the one before is settled.

        Parameters
        ----------
        chip : ChipView
            The chip.
        mask, ignore : Mask or None
            Its canvases as `read_canvas` gave them, None where there are none yet; copied.
        """
        self.settle()
        self.chip = chip
        read = {CanvasKind.MASK: mask, CanvasKind.IGNORE: ignore}
        self._canvases = {
            kind: blank_canvas(kind, chip.place.grid) if canvas is None else _copied(canvas)
            for kind, canvas in read.items()
        }
        self._started = {self.ref(kind) for kind, canvas in read.items() if canvas is not None}
        self._hold = _Hold()
        self._clock.look_at(chip.image.id)
        self.loaded.emit()

    def holds(self, chip: ChipView) -> bool:
        """Tell whether a chip is the one that is held, so that its canvases need no reading."""
        held = self.chip
        return held is not None and (held.image.id, held.place) == (chip.image.id, chip.place)

    def ref(self, kind: CanvasKind) -> CanvasRef:
        """Return which mask or ignore raster the chip in view has, or will have."""
        if self.chip is None:
            raise LookupError("no chip is held")
        return canvas_of(self.chip, kind, self._project.classes.lifetime)

    def canvas(self, kind: CanvasKind) -> Mask:
        """Return a canvas of the chip in view; not to be written to."""
        return self._canvases[kind]

    # -- painting ------------------------------------------------------------------------------

    def keep(
        self,
        kind: CanvasKind,
        tool: str,
        indices: NDArray[np.uint32],
        classes: NDArray[np.uint8],
        provenance: int = Provenance.HUMAN,
        decisions: Sequence[Decision] = (),
    ) -> bool:
        """Keep a stroke that is on the screen already; returns whether it changes anything.

        Parameters
        ----------
        kind : CanvasKind
            What was painted on.
        tool : str
            What it was painted with, for the log.
        indices : (n,) uint32
            Every pixel that was painted over, row-major, ascending.
        classes : (n,) uint8
            Their classes now.
        provenance : int
            Who painted.
        decisions : sequence of Decision
            What is decided by painting it: one act with the stroke. Where the stroke changes
            nothing, they are not taken either.
        """
        stroke = painted(self._canvases[kind], indices, classes, provenance)
        if self.chip is None or not len(stroke):
            self._clock.stir()
            return False
        seconds = self._clock.take()
        stroke.apply_to(self._canvases[kind])
        self._submit(kind, tool, stroke, seconds, decisions)
        return True

    def set_pixels(
        self,
        kind: CanvasKind,
        tool: str,
        chosen: NDArray[np.bool_],
        value: int,
        provenance: int = Provenance.HUMAN,
    ) -> bool:
        """Paint pixels (y, x) with a class, as a wand does; returns whether it changed anything."""
        self.interrupted.emit()
        if self.chip is None:
            return False
        indices = np.flatnonzero(chosen).astype(np.uint32)
        classes = np.full(indices.shape, value, np.uint8)
        if not self.keep(kind, tool, indices, classes, provenance):
            return False
        self.repainted.emit(kind, indices, classes)
        return True

    def accept(
        self,
        indices: NDArray[np.uint32],
        classes: NDArray[np.uint8],
        provenance: int,
        decisions: Sequence[Decision] = (),
    ) -> bool:
        """Take over what a model proposes, as one act; returns whether it changed anything.

        Parameters
        ----------
        indices, classes : (n,) uint32, (n,) uint8
            As `accepting.accepted_pixels` gives them; a stroke under way is finished before.
        provenance : int
            The model's number in mask files.
        decisions : sequence of Decision
            As `keep` takes them.
        """
        tool = SUGGESTION_TOOL
        if not self.keep(CanvasKind.MASK, tool, indices, classes, provenance, decisions):
            return False
        self.repainted.emit(CanvasKind.MASK, indices, classes)
        return True

    def call_rest_background(self) -> bool:
        """Say that whatever is not labelled is background; returns whether anything was."""
        return self._fill("rest", BACKGROUND, only_not_labelled=True)

    def clear(self) -> bool:
        """Take all labels away: nothing is labelled any more."""
        return self._fill("clear", NOT_LABELLED)

    def _fill(self, tool: str, value: int, *, only_not_labelled: bool = False) -> bool:
        self.interrupted.emit()
        if self.chip is None:
            return False
        classes = self._canvases[CanvasKind.MASK].classes
        chosen = classes == NOT_LABELLED if only_not_labelled else np.ones_like(classes, np.bool_)
        return self.set_pixels(CanvasKind.MASK, tool, chosen, value)

    def _submit(
        self,
        kind: CanvasKind,
        tool: str,
        stroke: Stroke,
        seconds: float,
        decisions: Sequence[Decision],
    ) -> None:
        chip, ref = self.chip, self.ref(kind)
        assert chip is not None
        is_new = ref not in self._started
        self._started.add(ref)
        self._unsettled.add(ref)
        hold = self._hold

        def work() -> Act:
            if hold.is_lost:
                raise PaintingError("a stroke before it was not kept; nothing was painted")
            try:
                if is_new:
                    start_canvas(self._project, ref, chip)
                record = StrokeRecord(ref, chip.image.id, tool, stroke.packed())
                return self._project.catalog.canvases.paint(record, seconds, decisions)
            except BaseException:
                # What was drawn on this one would not fit: none is kept until the chip is read.
                hold.is_lost = True
                raise

        touched = self._touched(ref, chip) | {decision.id for decision in decisions}
        self._writes.submit(work, touched, self._on_kept, partial(self._on_failed, hold))

    def _on_kept(self, act: Act) -> None:
        self.kept.emit(act)

    def _on_failed(self, hold: _Hold, error: Exception) -> None:
        if hold.is_told:
            return
        hold.is_told = True
        if hold is self._hold:
            self.chip = None
        self.lost.emit(str(error))

    # -- undo, redo, leaving -------------------------------------------------------------------

    def follow(self, strokes: Iterable[StrokeRecord]) -> None:
        """Show strokes that an undo or redo has put into the catalog already."""
        for record in strokes:
            self._unsettled.add(record.canvas)
            kind = record.canvas.kind
            if self.chip is None or self.ref(kind) != record.canvas:
                continue
            stroke = stroke_of(record)
            stroke.apply_to(self._canvases[kind])
            self.repainted.emit(kind, stroke.indices, stroke.classes_after)

    def undo(self) -> Act | None:
        """Take back the last act, on the screen too if it was painted on the chip in view."""
        self.finish_drawing()
        return self._followed(undo(self._project))

    def redo(self) -> Act | None:
        """Do the act again that was taken back last, as `undo`."""
        self.finish_drawing()
        return self._followed(redo(self._project))

    def finish_drawing(self) -> None:
        """Let a stroke that is under way end here, and be kept before anything else."""
        self.interrupted.emit()
        self._writes.flush()

    def _followed(self, act: Act | None) -> Act | None:
        if act is not None and act.strokes:
            self.follow(self._project.catalog.canvases.strokes_of_act(act.id))
        return act

    @property
    def is_settled(self) -> bool:
        """Whether no stroke waits to become a version."""
        return not self._unsettled

    def settle(self) -> None:
        """Make versions of what was painted, in the background."""
        self.interrupted.emit()
        refs = sorted(self._unsettled, key=lambda ref: ref.id)
        self._unsettled.clear()  # before they fail, which may be at once
        for ref in refs:
            touched = self._touched(ref, self.chip)
            work, failed = partial(settle, self._project, ref), partial(self._on_not_settled, ref)
            self._writes.submit(work, touched, self._on_settled, failed)

    def _on_settled(self, is_new: bool) -> None:
        if is_new:
            self.settled.emit()

    def _on_not_settled(self, ref: CanvasRef, error: Exception) -> None:
        self._unsettled.add(ref)
        self.not_settled.emit(f"{error}; what was painted is kept, and tried again later")
        if not isinstance(error, S2LabelError):
            raise error

    @staticmethod
    def _touched(ref: CanvasRef, chip: ChipView | None) -> set[str]:
        return {ref.id} if chip is None else {ref.id, chip.image.id, chip.place.id}


def _copied(canvas: Mask) -> Mask:
    return Mask(canvas.classes.copy(), canvas.provenance.copy(), canvas.grid)
