"""``doubts``: bring the doubtful places of a predicted scene into a project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from s2label.cli.arguments import (
    AnyValues,
    Bands,
    Offset,
    ProjectPath,
    Quantification,
    SceneDate,
    SceneKind,
)
from s2label.cli.importing import import_options
from s2label.cli.reporting import Json, JsonLines, follow, print_json
from s2label.importers.options import Kind
from s2label.project import open_project

if TYPE_CHECKING:
    from s2label.results.doubts_request import DoubtsReport


def add_commands(program: typer.Typer) -> None:
    """Add the commands of this file."""
    program.command("doubts")(bring)


def bring(
    project: ProjectPath,
    classes: Annotated[
        Path, typer.Argument(metavar="CLASSES.tif", help="What `s2label predict` made.")
    ],
    scene: Annotated[Path, typer.Argument(metavar="SCENE", help="What was predicted.")],
    probabilities: Annotated[
        Path | None,
        typer.Option(help="The probabilities of the same run; else found beside the classes."),
    ] = None,
    older: Annotated[
        Path | None, typer.Option(help="Classes by another model: what only one has comes first.")
    ] = None,
    clouds: Annotated[
        Path | None, typer.Option(help="Scene classes (SCL) or cloud probability (CLD).")
    ] = None,
    most: Annotated[int, typer.Option(min=1, help="At most so many places.")] = 200,
    chip: Annotated[int, typer.Option(min=8, help="Side of the chips in px.")] = 64,
    kind: SceneKind = Kind.AUTO,
    bands: Bands = "",
    quantification: Quantification = None,
    offset: Offset = None,
    date: SceneDate = None,
    any_values: AnyValues = False,
    json: Json = False,
    json_lines: JsonLines = False,
) -> None:
    """Bring the doubtful places of a predicted scene into a project, each with its reason.

    A place that lies in a chip already gives its reason to that chip; for the others chips are
    cut, as an import does. The same command again doubles nothing.

    Example: s2label doubts harbour vessels.tif product.zip --most 50
    """
    options = import_options(
        kind=kind,
        bands=bands,
        quantification=quantification,
        offset=offset,
        date=date,
        any_values=any_values,
    )
    # Imported here: reading rasters is a heavy import that `--help` can do without.
    from s2label.results.doubtful_chips import bring_doubts
    from s2label.results.doubts_request import DoubtsRequest

    request = DoubtsRequest(
        classes=classes,
        source=scene,
        probabilities=probabilities,
        older=older,
        clouds=clouds,
        most=most,
        chip_px=chip,
        options=options,
    )
    with open_project(project, write=True) as opened:
        report = follow(bring_doubts(opened, request), json_lines=json_lines)
    if json_lines:
        print_json({"result": report.as_dict()})
    elif json:
        print_json(report.as_dict())
    else:
        _print(report)


def _print(report: DoubtsReport) -> None:
    kinds = ", ".join(f"{count} {kind}" for kind, count in report.kinds.items())
    typer.echo(f"{report.scene}: {len(report.doubts)} doubtful places{f': {kinds}' * bool(kinds)}")
    typer.echo(
        f"chips: {report.new_chips} new, {report.chips_before} places in chips that were there; "
        f"{report.noted} reasons noted"
    )
    if report.without_chip:
        typer.echo(f"{report.without_chip} places could not be cut as chips")
    for note in report.notes:
        typer.echo(f"warning: {note}")
