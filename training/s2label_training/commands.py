"""Commands that this room adds: ``train``, ``models``, ``suggest`` and ``worker``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer


def add_commands(program: typer.Typer) -> None:
    """Add the commands of this room."""
    from s2label_training.cli import models, suggesting, training, working

    for commands in (training, models, suggesting, working):
        commands.add_commands(program)
