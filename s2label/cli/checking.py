"""``check``: verify files, hashes and rows; says what is wrong, repairs nothing unasked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from s2label.cli.arguments import ProjectPath
from s2label.cli.reporting import JsonLines, follow, print_json
from s2label.cli.rooms import check_rooms
from s2label.errors import ProjectError
from s2label.project import open_project

if TYPE_CHECKING:
    from s2label.progress import Job
    from s2label.project import Project


def add_commands(program: typer.Typer) -> None:
    """Add the commands of this file."""
    program.command("check")(check)


def check(
    project: ProjectPath,
    full: Annotated[
        bool, typer.Option("--full", help="Read every source file, not only its ends.")
    ] = False,
    json_lines: JsonLines = False,
) -> None:
    """Verify a project: catalog, mask files, sources, states, models.

    Example: s2label check harbour --full
    """
    with open_project(project) as opened:
        findings = follow(_check_all(opened, full=full), json_lines=json_lines)
    if json_lines:
        print_json({"result": {"findings": findings}})
    for finding in () if json_lines else findings:
        typer.echo(finding)
    if findings:
        raise ProjectError(f"{project}: {len(findings)} findings")
    if not json_lines:
        typer.echo("all is well")


def _check_all(project: Project, *, full: bool) -> Job[list[str]]:
    from s2label.checking import check_project

    findings = yield from check_project(project, full=full)
    return findings + (yield from check_rooms(project))
