"""How jobs and records are printed: a bar for people, JSON lines for programs."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from tqdm import tqdm

from s2label.progress import finish

if TYPE_CHECKING:
    from collections.abc import Iterable

    from s2label.progress import Job, Progress

Result = TypeVar("Result")

JsonLines = Annotated[
    bool, typer.Option("--json-lines", help="Print progress and result as one JSON object a line.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def follow(job: Job[Result], *, json_lines: bool) -> Result:
    """Run a job; show a bar where somebody looks, or JSON lines where a program listens."""
    if json_lines:
        return finish(job, lambda step: print_json({"progress": step.as_dict()}))
    with _Bar() as bar:
        return finish(job, bar.show)


def print_json(record: Any) -> None:
    """Print one JSON object on one line, at once."""
    # A window's child keeps records apart from what libraries print (child.py).
    stream = getattr(sys.stdout, "records", sys.stdout)
    print(json.dumps(record, default=str), file=stream, flush=True)


def print_lines(records: Iterable[dict[str, Any]], *, as_json: bool, columns: list[str]) -> None:
    """Print records as JSON lines, or as columns for people."""
    for record in records:
        if as_json:
            print_json(record)
        else:
            print("  ".join(_shown(record.get(column)) for column in columns))


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{k}={_shown(v)}" for k, v in value.items() if v is not None)
    if isinstance(value, float):
        return f"{value:.3f}"
    return "-" if value in (None, "") else str(value)


class _Bar:
    """A progress bar on stderr; nothing where stderr is no terminal."""

    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None
        self._message = ""

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def show(self, step: Progress) -> None:
        """Show a step; another message begins another bar."""
        if self._bar is None or step.message != self._message:
            self._close()
            self._message = step.message
            quiet = not sys.stderr.isatty()
            self._bar = tqdm(total=step.total or None, desc=step.message, disable=quiet)
        self._bar.update(step.done - self._bar.n)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
