"""``init``, ``status``, ``list``: make a project and look at it."""

from __future__ import annotations

from typing import Annotated

import typer

from s2label.classes import load_class_table
from s2label.cli.arguments import ProjectPath
from s2label.cli.reporting import Json, print_json, print_lines
from s2label.project import create_project, open_project


def add_commands(program: typer.Typer) -> None:
    """Add the commands of this file."""
    program.command("init")(init)
    program.command("status")(status)
    program.command("list")(list_records)


def init(
    project: ProjectPath,
    classes: Annotated[
        str, typer.Option(help="vessels, landcovernet, or a TOML file with a class table.")
    ],
    name: Annotated[str | None, typer.Option(help="Name; by default that of the folder.")] = None,
) -> None:
    """Make an empty project.

    Example: s2label init harbour --classes vessels
    """
    create_project(project, load_class_table(classes), name)
    typer.echo(f"made {project}; next: s2label import {project} SOURCE")


def status(project: ProjectPath, json: Json = False) -> None:
    """Count places, images and masks, and how many are decided.

    Example: s2label status harbour --json
    """
    with open_project(project) as opened:
        counts = opened.catalog.counts()
        name, classes = opened.settings.name, opened.classes.name
    if json:
        print_json(counts)
        return
    typer.echo(f"{name} (classes: {classes}), {counts['places']} places")
    for subject in ("images", "masks"):
        states = ", ".join(
            f"{counts[f'{subject}_{state}']} {state}" for state in ("open", "accepted", "rejected")
        )
        typer.echo(f"  {counts[subject]} {subject}: {states}")


def list_records(
    project: ProjectPath,
    images: Annotated[bool, typer.Option("--images", help="List images (the default).")] = False,
    masks: Annotated[bool, typer.Option("--masks", help="List masks.")] = False,
    json: Json = False,
) -> None:
    """List images or masks with their scores and states.

    Example: s2label list harbour --masks --json
    """
    if images and masks:
        raise typer.BadParameter("choose --images or --masks")
    with open_project(project) as opened:
        records = opened.catalog.list_masks() if masks else opened.catalog.list_images()
    columns = ["id", "date", "state", "reason", "scores"]
    print_lines(records, as_json=json, columns=columns)
