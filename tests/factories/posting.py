"""An event loop in slow motion, for what is told from another thread."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Mail:
    """What was posted, done when the test says so."""

    def __init__(self) -> None:
        self.posted: deque[Callable[[], None]] = deque()

    def __call__(self, do: Callable[[], None]) -> None:
        """Take what is to be done."""
        self.posted.append(do)

    def deliver(self) -> None:
        """Do all that was posted."""
        while self.posted:
            self.posted.popleft()()
