"""``suggest``: let a model propose masks for many images."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from s2label.cli.arguments import ProjectPath
from s2label.cli.reporting import JsonLines, follow, print_json
from s2label.errors import MissingExtraError
from s2label.project import open_project
from s2label_training.conditions import parse_conditions

if TYPE_CHECKING:
    from s2label_training.suggesting import SuggestReport

# Reasons why images got no suggestion that are told one by one.
_TOLD = 10


def add_commands(program: typer.Typer) -> None:
    """Add the commands of this file."""
    program.command("suggest")(suggest)


def suggest(
    project: ProjectPath,
    where: Annotated[
        str,
        typer.Option(
            help="Which images: state or mask = open, accepted, rejected or any, joined by and; "
            "also mask = none."
        ),
    ] = "state = open",
    model: Annotated[
        str, typer.Option(help="Id of a model that is or was in use; by default the one in use.")
    ] = "",
    json_lines: JsonLines = False,
) -> None:
    """Let the model in use propose masks for many images; the window shows them at once.

    A stopped run goes on when the same command is run again. Masks are not changed: accept a
    suggestion in the window.

    Example: s2label suggest harbour --where "state = open and mask = none"
    """
    conditions = parse_conditions(where)
    # Imported here: torch is a heavy import that `--help` can do without.
    try:
        from s2label_training.suggesting import suggest_all
    except ImportError as error:
        raise MissingExtraError("suggesting", "training") from error
    with open_project(project) as opened:
        report = follow(suggest_all(opened, conditions, model), json_lines=json_lines)
    if json_lines:
        print_json({"result": asdict(report)})
    else:
        _print_report(report)


def _print_report(report: SuggestReport) -> None:
    typer.echo(
        f"{report.model}: {report.suggested} of {report.images} images got a suggestion now, "
        f"{report.kept} had one already"
    )
    for reason, count in list(report.refused.items())[:_TOLD]:
        typer.echo(f"{count} image{'' if count == 1 else 's'} without one: {reason}")
    if len(report.refused) > _TOLD:
        typer.echo(f"and {len(report.refused) - _TOLD} more reasons")
