"""One import to try: what is given to the command and what it must answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

# Left to each case to replace, so that only what the case breaks is wrong.
SOUND_ARGUMENTS = ("--chip", "64", "--quantification", "10000")
PROJECT_FOLDER = "harbour"


@dataclass(frozen=True)
class Case:
    """A source, the options beside it, and the words of the one line that refuses it.

    ``exit_code`` is that of the refusal: 1, or 2 for wrong use. ``project`` damages the project
    folder before the import. ``own_process`` asks for a process with limited memory and time,
    because a failure would take the test run with it.
    """

    source: Path
    masks: Path | None = None
    arguments: tuple[str, ...] = SOUND_ARGUMENTS
    expected: tuple[str, ...] = ()
    project: Callable[[Path], None] | None = None
    exit_code: int = 1
    own_process: bool = False

    def command(self, project: Path) -> list[str]:
        """Return the arguments of ``s2label`` for this import."""
        masks = () if self.masks is None else ("--masks", str(self.masks))
        return ["import", str(project), str(self.source), *masks, *self.arguments]


CaseBuilder = Callable[[Path], Case]
