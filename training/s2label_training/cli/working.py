"""(being written)"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer


def add_commands(program: typer.Typer) -> None:
    """Add the commands of this file."""
