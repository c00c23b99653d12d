"""``decide``, ``undo``, ``redo``, ``history``: decisions and the one timeline of acts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from s2label.cli.arguments import ProjectPath
from s2label.cli.reporting import Json, print_lines
from s2label.decisions_file import read_decisions
from s2label.errors import DecisionError, InputError
from s2label.painting.acts import redo_settled, undo_settled
from s2label.project import open_project

if TYPE_CHECKING:
    from s2label.types import Act


def add_commands(program: typer.Typer) -> None:
    """Add the commands of this file."""
    program.command("decide")(decide)
    program.command("undo")(undo)
    program.command("redo")(redo)
    program.command("history")(history)


def decide(
    project: ProjectPath,
    decisions: Annotated[Path, typer.Argument(metavar="DECISIONS.csv", help="The decisions.")],
) -> None:
    """Record decisions from a CSV file as one act.

    Columns: subject (image, mask or suspicion), id, decision (accept, reject or open), reason.

    Example: s2label decide harbour decisions.csv
    """
    rows = read_decisions(decisions)
    with open_project(project, write=True) as opened:
        try:
            act = opened.catalog.decide(rows)
        except DecisionError as error:
            raise InputError(decisions, str(error)) from error
    typer.echo(f"{act.changes if act else 0} of {len(rows)} decisions changed something")


def undo(project: ProjectPath) -> None:
    """Take back the last act.

    Example: s2label undo harbour
    """
    with open_project(project, write=True) as opened:
        act = undo_settled(opened)
    _print_act(act, "taken back", "nothing to undo")


def redo(project: ProjectPath) -> None:
    """Do the act again that was taken back last.

    Example: s2label redo harbour
    """
    with open_project(project, write=True) as opened:
        act = redo_settled(opened)
    _print_act(act, "done again", "nothing to redo")


def _print_act(act: Act | None, done: str, nothing: str) -> None:
    if act is None:
        raise DecisionError(nothing)
    typer.echo(f"{act.in_words} {done}")


def history(project: ProjectPath, json: Json = False) -> None:
    """List every decision, oldest first.

    Example: s2label history harbour --json
    """
    with open_project(project) as opened:
        entries = opened.catalog.history()
    columns = ["at", "who", "kind", "subject", "id", "decision", "reason"]
    print_lines(entries, as_json=json, columns=columns)
