"""A simple model of painting: arrays, and the acts that stand. See `factories.painting`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from s2label.canvases import CanvasKind, CanvasRef
from s2label.ids import ignore_id, mask_id
from s2label.types import Lifetime, Verdict
from tests.factories.painting import IGNORE, MASK, REFUSED, Said

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from s2label.project import Project

NOBODY, HUMAN, NOT_LABELLED = 0, 2, 254
NEVER: Said = (Verdict.OPEN, "")
# Class and provenance, uint8 (2, y, x).
Pixels = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]


@dataclass(frozen=True, eq=False)
class Painted:
    """A stroke of the model: where it changed anything, and all pixels before and after."""

    ref: CanvasRef
    number: int
    changed: NDArray[np.bool_]
    before: Pixels
    after: Pixels
    era: int

    def fits(self, pixels: Pixels, *, is_undo: bool) -> bool:
        """Tell whether pixels are what it made, or what it was painted on."""
        expected = self.after if is_undo else self.before
        return np.array_equal(pixels[:, self.changed], expected[:, self.changed])

    def done_to(self, pixels: Pixels, *, is_undo: bool) -> Pixels:
        """Return pixels as they are afterwards."""
        return np.where(self.changed, self.before if is_undo else self.after, pixels)


@dataclass(frozen=True)
class Decided:
    """A decision of the model: id -> what was said of it, and of which era."""

    said: dict[str, tuple[Said, int]]


@dataclass(frozen=True)
class Page:
    """An image of the model with what one paints on in it."""

    image_id: str
    shape: tuple[int, int]
    refs: dict[CanvasKind, CanvasRef]


class PaintingModel:
    """What a project has to be: arrays, and the acts that stand.

    The state of a mask follows from the acts that stand alone: what was decided last, and accepted
    by whoever painted it since, unless it was rejected. A mask's era ends when its source brings
    other pixels; what was said of an earlier era counts for nothing.
    """

    def __init__(self, project: Project) -> None:
        lifetime = project.classes.lifetime
        chips = [project.catalog.chip(id_) for id_ in project.catalog.image_ids()]
        self.pages = []
        self.view: int | None = None
        self.pixels: dict[CanvasRef, Pixels] = {}
        self.settled: dict[CanvasRef, Pixels] = {}
        self.base: dict[CanvasRef, Pixels] = {}
        self.pending: set[CanvasRef] = set()
        self.era: dict[str, int] = {}
        self.shown: dict[str, Said] = {}
        self.done: list[Painted | Decided] = []
        self.undone: list[Painted | Decided] = []
        self.acts = 0
        for chip in chips:
            assert chip is not None
            owner = chip.place.id if lifetime is Lifetime.STATIC else chip.image.id
            refs = {
                MASK: CanvasRef(MASK, mask_id(owner)),
                IGNORE: CanvasRef(IGNORE, ignore_id(chip.image.id)),
            }
            self.pages.append(Page(chip.image.id, chip.place.grid.shape, refs))
            self.era[chip.image.id] = 0
            self.shown[chip.image.id] = NEVER

    # -- canvases ------------------------------------------------------------------------------

    def canvas(self, kind: CanvasKind) -> Pixels:
        """Return a canvas of the chip in view, whether it is there already or not."""
        page = self.page
        ref = page.refs[kind]
        return self.pixels[ref] if ref in self.pixels else blank(kind, page.shape)

    @property
    def page(self) -> Page:
        """What is in view."""
        assert self.view is not None
        return self.pages[self.view]

    def start(self, ref: CanvasRef, pixels: Pixels) -> None:
        """Note a canvas, or one with other pixels than before from its source."""
        self.pixels[ref] = self.settled[ref] = self.base[ref] = pixels
        if ref.kind is MASK:
            self.era[ref.id] = self.era.get(ref.id, 0) + 1
            self.shown[ref.id] = NEVER

    def import_again(self, ref: CanvasRef, pixels: Pixels) -> None:
        """Bring a mask from its source: never over somebody's work."""
        if ref not in self.pixels or self.is_replaced_by(ref, pixels):
            self.start(ref, pixels)

    def is_replaced_by(self, ref: CanvasRef, pixels: Pixels) -> bool:
        """Tell whether a source that brings some pixels replaces those of a mask."""
        now, base = self.pixels[ref], self.base[ref]
        return np.array_equal(now, base) and not np.array_equal(now, pixels)

    def has_strokes(self, ref: CanvasRef) -> bool:
        """Tell whether a stroke on a canvas stands."""
        return any(isinstance(act, Painted) and act.ref == ref for act in self.done)

    # -- the words -----------------------------------------------------------------------------

    def look(self, number: int) -> None:
        """Look at an image."""
        self.leave()
        self.view = number

    def paint(
        self, kind: CanvasKind, chosen: Collection[int], value: int | None, by: int, *, drawn: bool
    ) -> bool:
        """Paint."""
        before = self.canvas(kind)
        after = before.copy()
        for index in chosen:
            y, x = divmod(index, before.shape[2])
            painted = int(before[0, y, x]) if value is None else value
            after[:, y, x] = painted, NOBODY if painted == NOT_LABELLED else by
        return self._keep(kind, before, after)

    def rest(self) -> bool:
        """Call what is not labelled background."""
        chosen = np.flatnonzero(self.canvas(MASK)[0] == NOT_LABELLED)
        return self.paint(MASK, chosen.tolist(), 0, HUMAN, drawn=False)

    def clear(self) -> bool:
        """Take all labels away."""
        every = range(self.canvas(MASK)[0].size)
        return self.paint(MASK, every, NOT_LABELLED, HUMAN, drawn=False)

    def _keep(self, kind: CanvasKind, before: Pixels, after: Pixels) -> bool:
        ref = self.page.refs[kind]
        changed = (before != after).any(axis=0)
        if not changed.any():
            return False
        if ref not in self.pixels:
            self.start(ref, before)
        assert self.view is not None
        self._act(Painted(ref, self.view, changed, before, after, self.era.get(ref.id, 0)))
        self.pixels[ref] = after
        self.pending.add(ref)
        return True

    def leave(self) -> None:
        """Settle: the states of masks that were painted follow."""
        for ref in self.pending:
            self.settled[ref] = self.pixels[ref]
            if ref.kind is MASK:
                self.shown[ref.id] = self._standing(ref.id)
        self.pending.clear()

    def decide(self, image: Said | None, mask: Said | None) -> bool:
        """Decide."""
        if mask is not None:
            self.leave()
        ref, said = self.page.refs[MASK], {}
        for id_, wanted in ((self.page.image_id, image), (ref.id, mask)):
            if wanted is None or id_ not in self.shown or not _is_news(self.shown[id_], wanted):
                continue
            said[id_] = (wanted, self.era[id_])
        if said:
            self._act(Decided(said))
            self._show(said)
        return bool(said)

    def undo(self, *, show: bool) -> bool | str:
        """Take the last act back."""
        return self._step(self.done, self.undone, is_undo=True, show=show)

    def redo(self, *, show: bool) -> bool | str:
        """Do the act again that was taken back last."""
        return self._step(self.undone, self.done, is_undo=False, show=show)

    # -- how -----------------------------------------------------------------------------------

    def _act(self, act: Painted | Decided) -> None:
        self.done.append(act)
        self.undone.clear()
        self.acts += 1

    def _step(
        self,
        source: list[Painted | Decided],
        target: list[Painted | Decided],
        *,
        is_undo: bool,
        show: bool,
    ) -> bool | str:
        if not source:
            return False
        act = source[-1]
        if isinstance(act, Painted):
            if not act.fits(self.pixels[act.ref], is_undo=is_undo):
                return REFUSED
            self.pixels[act.ref] = act.done_to(self.pixels[act.ref], is_undo=is_undo)
            self.pending.add(act.ref)
            act = replace(act, era=self.era.get(act.ref.id, 0))
        else:
            self.leave()
        source.pop()
        target.append(act)
        self.acts += 1
        if isinstance(act, Decided):
            self._show(act.said)
        elif show:
            self.look(act.number)
        return True

    def _show(self, ids: Collection[str]) -> None:
        for id_ in ids:
            self.shown[id_] = self._standing(id_)

    def _standing(self, id_: str) -> Said:
        """Return what the acts that stand say of an image or a mask."""
        said, era = NEVER, self.era[id_]
        for act in self.done:
            if isinstance(act, Decided):
                said = act.said[id_][0] if act.said.get(id_, (NEVER, -1))[1] == era else said
            elif (act.ref.kind, act.ref.id, act.era) == (MASK, id_, era):
                said = said if said[0] is Verdict.REJECT else (Verdict.ACCEPT, "")
        return said


def blank(kind: CanvasKind, shape: tuple[int, int]) -> Pixels:
    """Return a canvas that nobody painted on."""
    empty = np.zeros((2, *shape), np.uint8)
    empty[0] = NOT_LABELLED if kind is MASK else 0
    return empty


def _is_news(now: Said, wanted: Said) -> bool:
    return now[0] is not Verdict.OPEN if wanted[0] is Verdict.OPEN else now != wanted
