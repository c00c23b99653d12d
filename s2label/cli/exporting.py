"""``export``: write the clean data set."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from s2label.cli.arguments import ProjectPath
from s2label.cli.reporting import JsonLines, follow, print_json
from s2label.exports.options import ExportOptions, Format
from s2label.project import open_project

if TYPE_CHECKING:
    from s2label.exports.options import ExportReport


def add_commands(program: typer.Typer) -> None:
    """Add the commands of this file."""
    program.command("export")(export)


def export(
    project: ProjectPath,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The folder to make.")],
    format_: Annotated[
        Format, typer.Option("--format", help="png: 8-bit RGB; geotiff: all bands as they are.")
    ],
    include_open: Annotated[
        bool, typer.Option("--include-open", help="Take what nobody has decided on, too.")
    ] = False,
    void: Annotated[
        int | None,
        typer.Option(min=0, max=254, help="Value for 'not labelled'; 254 if not given."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the splits.")] = 0,
    licence: Annotated[str, typer.Option(help="Licence, for the data card.")] = "",
    json_lines: JsonLines = False,
) -> None:
    """Write what is accepted: images, masks, splits by place, data card, checksums, log.

    The same project gives the same bytes. A stopped export goes on when the same command is run
    again; an earlier export at OUT is replaced.

    Example: s2label export harbour clean --format geotiff --licence CC-BY-4.0
    """
    # Imported here: the formats and the splits bring scipy and Pillow along.
    from s2label.exports.run import export_project

    options = ExportOptions(format_, include_open, void, seed=seed, licence=licence)
    with open_project(project) as opened:
        report = follow(export_project(opened, out, options), json_lines=json_lines)
    if json_lines:
        print_json({"result": asdict(report)})
    else:
        _print_report(report)


def _print_report(report: ExportReport) -> None:
    splits = ", ".join(f"{count} {name}" for name, count in report.pairs_by_split.items())
    typer.echo(f"wrote {report.pairs} pairs of {report.places} places to {report.out}: {splits}")
    if report.left_out:
        typer.echo(f"{len(report.left_out)} images were left out; DATA_CARD.md says which and why")
    for warning in report.warnings:
        typer.echo(f"warning: {warning}")
