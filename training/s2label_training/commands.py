"""What this room adds to the program: commands, and its part of ``check``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer

    from s2label.progress import Job
    from s2label.project import Project


def add_commands(program: typer.Typer) -> None:
    """Add ``train``, ``models``, ``suggest``, ``predict`` and ``worker``."""
    from s2label_training.cli import models, predicting, suggesting, training, working

    for commands in (training, models, suggesting, predicting, working):
        commands.add_commands(program)


def check_files(project: Project) -> Job[list[str]]:
    """Verify the models of a project and return what is wrong, one line each."""
    from s2label_training.checking import check_models

    return check_models(project)
