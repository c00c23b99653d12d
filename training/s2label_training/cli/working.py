"""``worker``: answer the questions of a window. Hidden: only the window starts it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label.cli.arguments import ProjectPath
from s2label.cli.child import window_line
from s2label.errors import S2LabelError
from s2label.project import open_project
from s2label_training.freed_memory import keep_freed_memory

if TYPE_CHECKING:
    import typer


def add_commands(program: typer.Typer) -> None:
    """Add the commands of this file."""
    program.command("worker", hidden=True)(worker)


def worker(project: ProjectPath) -> None:
    """Keep models loaded and suggest for the window that started this.

    Example: s2label worker harbour
    """
    line = window_line()
    if line is None:
        raise S2LabelError("worker: only the window starts this; use `s2label suggest`")
    # Imported here: it brings pydantic's checked records along.
    from s2label_training.worker import Worker

    keep_freed_memory()
    with open_project(project) as opened:
        Worker(opened, line).run()
