"""Where one stroke ends and the next begins; plain Python, without napari."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from napari_s2label.painting.footprint import Stroke

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from napari_s2label.painting.footprint import Footprint


class Gestures:
    """Gathers what is painted between press and release into one stroke.

    Parameters
    ----------
    classes : callable
        Returns the mask as it is now, ndarray of uint8 (y, x).
    tell : callable
        Gets the footprint of each gesture that is over and covered at least one pixel.
    """

    def __init__(
        self, classes: Callable[[], NDArray[np.uint8]], tell: Callable[[Footprint], object]
    ) -> None:
        self._classes = classes
        self._tell = tell
        self.stroke: Stroke | None = None
        # Buttons that are held, the last pressed last; one of them may own the stroke.
        self._held: list[object] = []
        self._owner: object | None = None

    @property
    def has_owner(self) -> bool:
        """Whether the stroke ends when a button is let go."""
        return self._owner is not None

    @property
    def is_open(self) -> bool:
        """Whether there is something to paint for.

        It is not between the end of a stroke that was finished early and the release of its
        button: the rest of that stroke belongs to no chip.
        """
        return self.stroke is not None or not self._held

    def begin(self, tool: str, owner: object | None = None) -> Stroke:
        """Begin a stroke; somebody has to finish it, or let go of its owner."""
        self._owner = owner
        self.stroke = Stroke(tool, self._classes())
        return self.stroke

    def finish(self) -> None:
        """End the stroke, if there is one, and tell what it covered."""
        stroke = self.give_up()
        footprint = None if stroke is None else stroke.footprint(self._classes())
        if footprint is not None:
            self._tell(footprint)

    def give_up(self) -> Stroke | None:
        """End the stroke without a word; return it."""
        stroke, self.stroke, self._owner = self.stroke, None, None
        return stroke

    def press_anew(self) -> None:
        """End the stroke of a button whose release was never seen."""
        if self._owner is not None:
            self.finish()
        self._held.clear()

    @contextmanager
    def held(self, tool: str) -> Iterator[None]:
        """Take all that is painted inside for one stroke, unless one runs already."""
        button = object()
        self._held.append(button)
        if self.stroke is None:
            self.begin(tool, button)
        try:
            yield
        except GeneratorExit:
            if self._owner is button:
                self.give_up()  # the layer itself is thrown away: nobody is left to tell
            raise
        finally:
            self._let_go(button)

    @contextmanager
    def single(self, tool: str) -> Iterator[Stroke]:
        """Give the stroke that runs, or one for this single edit."""
        running = self.stroke
        try:
            yield running or self.begin(tool)
        finally:
            if running is None:
                self.finish()

    def _let_go(self, button: object) -> None:
        self._held = [other for other in self._held if other is not button]
        if self._owner is button:
            self.finish()
