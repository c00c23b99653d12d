"""What this room adds to the program: commands, and its part of ``check``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer

    from s2label.explore.rounds import TrainingRound
    from s2label.progress import Job
    from s2label.project import Project


def add_commands(program: typer.Typer) -> None:
    """Add the commands of this room: those that train, judge, suggest, audit and predict."""
    from s2label_training.cli import auditing, models, predicting, suggesting, training, working

    for commands in (training, models, suggesting, auditing, predicting, working):
        commands.add_commands(program)


def check_files(project: Project) -> Job[list[str]]:
    """Verify the models of a project and return what is wrong, one line each."""
    from s2label_training.checking import check_models

    return check_models(project)


def training_rounds(project: Project) -> tuple[list[TrainingRound], list[str]]:
    """Return the models of a project as rounds of training, and what is wrong with the others."""
    from s2label_training import rounds

    return rounds.training_rounds(project)
