"""``relink``: find sources that were moved."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from s2label.cli.arguments import ProjectPath
from s2label.cli.reporting import JsonLines, follow, print_json
from s2label.errors import ProjectError
from s2label.project import open_project

if TYPE_CHECKING:
    from s2label.relinking import LostSources


def add_commands(program: typer.Typer) -> None:
    """Add the commands of this file."""
    program.command("relink")(relink)


def relink(
    project: ProjectPath,
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FOLDER]", help="Where to look; without it, only say what is lost."
        ),
    ] = None,
    json_lines: JsonLines = False,
) -> None:
    """Find sources that were moved, by name, size and content; decisions stay as they are.

    Without FOLDER it says which sources are missing or changed. Exit code 1 while some are.

    Example: s2label relink harbour /mnt/new-disk/ports
    """
    # Imported here: reading rasters is a heavy import that `--help` can do without.
    from s2label.relinking import find_lost, relink_project

    with open_project(project, write=folder is not None) as opened:
        job = find_lost(opened) if folder is None else relink_project(opened, folder)
        lost = follow(job, json_lines=json_lines)
    if json_lines:
        print_json({"result": asdict(lost)})
    else:
        _print_report(lost)
    if lost.left:
        raise ProjectError(f"{project}: {lost.left} sources are missing or changed")


def _print_report(lost: LostSources) -> None:
    for old, new in lost.found.items():
        typer.echo(f"{old}: is now {new}")
    for path in lost.missing:
        typer.echo(f"{path}: {_cause(lost, path, 'missing')}")
    for path in lost.changed:
        typer.echo(f"{path}: {_cause(lost, path, 'changed since it was imported')}")
    if not lost.left:
        typer.echo("all sources are there")


def _cause(lost: LostSources, path: str, else_: str) -> str:
    places = lost.ambiguous.get(path)
    return f"{else_}; not clear which it is: {', '.join(places)}" if places else else_
