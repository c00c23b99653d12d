"""``export`` and ``leaks``: write the clean data set, look for what its splits share."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from s2label.cli.arguments import ProjectPath
from s2label.cli.reporting import Json, JsonLines, follow, print_json
from s2label.exports.options import ExportOptions, Format
from s2label.project import open_project

if TYPE_CHECKING:
    from s2label.exports.leak_report import LeakReport
    from s2label.exports.options import ExportReport

_FORMATS = (
    "png: 8-bit RGB; geotiff: all bands as they are; npz: the same, a NumPy archive per pair; "
    "coco: png with the objects of each split; stac: geotiff with a catalog."
)
# Not 1, which every error has: a script must tell a leak from a folder that is not there.
_LEAKS_FOUND = 3
_LOG = "Write another log there, with which `rebuild` needs no more on this machine."
_SPLITS = "CSV file with place and split, to use instead of shares."


def add_commands(program: typer.Typer) -> None:
    """Add the commands of this file."""
    program.command("export")(export)
    program.command("leaks")(leaks)


def export(
    project: ProjectPath,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The folder to make.")],
    format_: Annotated[Format, typer.Option("--format", help=_FORMATS)],
    include_open: Annotated[
        bool, typer.Option("--include-open", help="Take what nobody has decided on, too.")
    ] = False,
    void: Annotated[
        int | None,
        typer.Option(min=0, max=254, help="Value for 'not labelled'; 254 if not given."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the splits.")] = 0,
    licence: Annotated[str, typer.Option(help="Licence, for the data card.")] = "",
    splits: Annotated[Path | None, typer.Option(help=_SPLITS)] = None,
    log: Annotated[Path | None, typer.Option(metavar="FILE", help=_LOG)] = None,
    json_lines: JsonLines = False,
) -> None:
    """Write what is accepted: images, masks, splits by place, data card, leaks, checksums, log.

    The same project gives the same bytes. A stopped export goes on when the same command is run
    again; an earlier export at OUT is replaced.

    Example: s2label export harbour clean --format geotiff --licence CC-BY-4.0
    """
    # Imported here: the formats and the splits bring scipy and Pillow along.
    from s2label.exports.given_splits import read_given_splits
    from s2label.exports.log_request import LogRequest
    from s2label.exports.run import export_project

    given = None if splits is None else read_given_splits(splits)
    options = ExportOptions(
        format_, include_open, void, seed=seed, licence=licence, given_splits=given
    )
    with open_project(project) as opened:
        job = export_project(opened, out, options, LogRequest(own=log))
        report = follow(job, json_lines=json_lines)
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


def leaks(
    export_folder: Annotated[Path, typer.Argument(metavar="EXPORT", help="An export.")],
    splits: Annotated[
        Path | None, typer.Option(help="Splits to judge, instead of its own.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Look for what the splits of an export share, as its splits.csv stands now.

    Exit code 3 if they share anything: ground, a scene, dates of a place, copies of an image.

    Example: s2label leaks clean --splits mine.csv
    """
    # Imported here: footprints bring scipy along.
    from s2label.exports.leaks_of_export import check_export

    found = follow(check_export(export_folder, splits), json_lines=False)
    if as_json:
        print_json(found.as_dict())
    else:
        _print_leaks(found)
    if found.total:
        raise typer.Exit(_LEAKS_FOUND)


def _print_leaks(found: LeakReport) -> None:
    from s2label.exports.card_leaks import first_lines

    for line in found.lines() or ["the splits share nothing that was looked for"]:
        typer.echo(line)
    for line in first_lines(found):
        typer.echo(line)
    for line in found.unchecked_lines():
        typer.echo(line)
    for warning in found.warnings:
        typer.echo(f"warning: {warning}")
