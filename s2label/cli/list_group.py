"""A group of commands that lists what a project holds where no command is named."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup

LIST = "list"


class ListGroup(TyperGroup):
    """Takes what follows its name for a project where it is no command: ``models PROJECT``.

    The command that lists is called `LIST` in it, and hidden.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the name of the list before the project."""
        names = {*self.commands, *self.get_help_option_names(ctx)}
        is_project = not args or args[0] not in names
        return super().parse_args(ctx, [LIST, *args] if is_project else args)
