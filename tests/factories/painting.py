"""Painting twice: on a real project, and in a simple model that says what has to come of it.

`RealPainting` and `painting_model.PaintingModel` understand the same
words, so that a test can tell both the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from s2label.canvases import CanvasKind
from s2label.errors import PaintingError
from s2label.painting import acts
from s2label.painting.canvas import canvas_of, read_canvas
from s2label.painting.painter import Painter, Writes
from s2label.types import Decision, Subject, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from s2label.project import Project
    from s2label.types import Act

MASK, IGNORE = CanvasKind.MASK, CanvasKind.IGNORE
REFUSED = "refused"
Said = tuple[Verdict, str]


class Draws(Protocol):
    """What both understand; images and pixels are named by number."""

    def look(self, number: int) -> object:
        """Look at an image; what was painted before is settled."""

    def paint(
        self, kind: CanvasKind, chosen: Collection[int], value: int | None, by: int, *, drawn: bool
    ) -> bool:
        """Paint pixels with a class, or each with its own where the value is None."""

    def rest(self) -> bool:
        """Call what is not labelled background."""

    def clear(self) -> bool:
        """Take all labels away."""

    def leave(self) -> object:
        """Settle what was painted."""

    def decide(self, image: Said | None, mask: Said | None) -> bool:
        """Decide on the image in view, its mask, or both in one act."""

    def undo(self, *, show: bool) -> bool | str:
        """Take the last act back, and look at its chip."""

    def redo(self, *, show: bool) -> bool | str:
        """Do the act again that was taken back last, and look at its chip."""


class Writing(Writes, Protocol):
    """A `Writes` that can be waited for."""

    def flush(self) -> bool:
        """Wait for all that was submitted; return whether none of it broke off."""


class Inline:
    """Does at once what a painter submits."""

    def submit(
        self,
        work: Callable[[], Any],
        touches: Collection[str],
        then: Callable[[Any], object] | None = None,
        failed: Callable[[Exception], object] | None = None,
    ) -> object:
        """Do it; what fails raises."""
        assert touches
        result = work()
        return result if then is None else then(result)

    def flush(self) -> bool:
        """Wait for nothing."""
        return True


class RealPainting:
    """Paints on a real project as the window does.

    Parameters
    ----------
    project : Project
        Open for writing.
    writes : Writing, optional
        Where what was painted goes; by default it is written at once.
    kept : callable
        Is told of every act once it is on disk.
    """

    def __init__(
        self,
        project: Project,
        writes: Writing | None = None,
        kept: Callable[[Act], object] = lambda act: None,
    ) -> None:
        self.project = project
        self.images = project.catalog.image_ids()
        self._writes: Writing = Inline() if writes is None else writes
        self._kept = kept
        self.painter = Painter(project, self._writes)
        self.painter.kept.connect(kept)

    def look(self, number: int) -> None:
        """Look at an image."""
        self.leave()
        chip = self.project.catalog.chip(self.images[number])
        assert chip is not None
        refs = [canvas_of(chip, kind, self.project.classes.lifetime) for kind in (MASK, IGNORE)]
        self.painter.look_at(chip, *(read_canvas(self.project, ref) for ref in refs))

    def paint(
        self, kind: CanvasKind, chosen: Collection[int], value: int | None, by: int, *, drawn: bool
    ) -> bool:
        """Paint, with a brush that has drawn already, or else with a wand."""
        classes = self.painter.canvas(kind).classes
        indices = np.array(sorted(chosen), np.uint32)
        values = classes.reshape(-1)[indices]
        if value is not None:
            values[:] = value
        if drawn or value is None:
            return self.painter.keep(kind, "brush", indices, values, by)
        region = np.zeros(classes.shape, np.bool_)
        region.reshape(-1)[indices] = True
        return self.painter.set_pixels(kind, "wand", region, value, by)

    def rest(self) -> bool:
        """Call what is not labelled background."""
        return self.painter.call_rest_background()

    def clear(self) -> bool:
        """Take all labels away."""
        return self.painter.clear()

    def leave(self) -> None:
        """Settle what was painted."""
        self.painter.settle()
        self._flush()

    def decide(self, image: Said | None, mask: Said | None) -> bool:
        """Decide; what was painted is settled before, so that its version is the one decided on."""
        if mask is not None:
            self.leave()
        self._flush()
        assert self.painter.chip is not None
        chip = self.project.catalog.chip(self.painter.chip.image.id)
        assert chip is not None
        decisions = []
        if image is not None:
            decisions += [Decision(Subject.IMAGE, chip.image.id, *image, chip.image.version)]
        if mask is not None and chip.mask is not None:
            decisions += [Decision(Subject.MASK, chip.mask.id, *mask, chip.mask.version)]
        return self._tell(self.project.catalog.decide(decisions) if decisions else None)

    def undo(self, *, show: bool) -> bool | str:
        """Take the last act back."""
        return self._step(acts.undo, show=show)

    def redo(self, *, show: bool) -> bool | str:
        """Do the act again that was taken back last."""
        return self._step(acts.redo, show=show)

    def _step(self, step: Callable[[Project], Act | None], *, show: bool) -> bool | str:
        self._flush()
        try:
            act = step(self.project)
        except PaintingError:
            return REFUSED
        if act is not None:
            strokes = self.project.catalog.canvases.strokes_of_act(act.id)
            self.painter.follow(strokes)
            if show and strokes:
                self.look(self.images.index(strokes[0].image_id))
        return self._tell(act)

    def _tell(self, act: Act | None) -> bool:
        if act is not None:
            self._kept(act)
        return act is not None

    def _flush(self) -> None:
        assert self._writes.flush()
