"""The job contract: long work is a generator that yields `Progress` and returns its result.

The command line loops over it with a bar, a test calls `finish`, the window runs the same
command in a child process and reads the same records as JSON lines.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True)
class Progress:
    """One step of a job.

    Parameters
    ----------
    done, total : int
        Steps done and steps in all; a total of 0 means not known yet.
    message : str
        What is being done, in the user's words.
    data : dict
        What a curve or a preview needs; values are JSON types.
    """

    done: int
    total: int
    message: str = ""
    data: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the record as JSON types."""
        return asdict(self)


Job = Generator[Progress, None, Result]


def finish(job: Job[Result], on_progress: Callable[[Progress], None] | None = None) -> Result:
    """Run a job to its end and return its result."""
    while True:
        try:
            step = next(job)
        except StopIteration as stop:
            result: Result = stop.value
            return result
        if on_progress is not None:
            on_progress(step)
