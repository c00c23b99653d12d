"""``rebuild``: make an export again from its log."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from s2label.cli.reporting import JsonLines, follow, print_json
from s2label.errors import ExportError

if TYPE_CHECKING:
    from s2label.rebuilding.run import RebuildReport

_MOST_TOLD = 10
_MASKS = "The project, or a copy of its masks and rasters folders."
_SOURCES = "A folder that holds sources, wherever below; may be given several times."


def add_commands(program: typer.Typer) -> None:
    """Add the commands of this file."""
    program.command("rebuild")(rebuild)


def rebuild(
    log: Annotated[Path, typer.Argument(metavar="LOG", help="LOG.jsonl of an export.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The folder to make.")],
    masks: Annotated[Path | None, typer.Option(metavar="FOLDER", help=_MASKS)] = None,
    sources: Annotated[list[Path] | None, typer.Option(metavar="FOLDER", help=_SOURCES)] = None,
    json_lines: JsonLines = False,
) -> None:
    """Make an export again from its log, sources and mask files, and compare it with the first.

    Every decision is replayed. Exit code 1 if a file differs from SHA256SUMS beside LOG. Without
    --masks and --sources it takes a log that `export --log` wrote on this machine.

    Example: s2label rebuild clean/LOG.jsonl again --masks harbour --sources ports
    """
    # Imported here: exports bring scipy and Pillow along.
    from s2label.rebuilding.run import rebuild_export

    report = follow(rebuild_export(log, out, masks, sources or ()), json_lines=json_lines)
    if json_lines:
        print_json({"result": asdict(report)})
    else:
        _print_report(report)
    if report.compared and not report.is_identical:
        count = len(report.differing) + len(report.missing) + len(report.added)
        raise ExportError(f"{report.out}: {count} files are not as they were")


def _print_report(report: RebuildReport) -> None:
    if report.program is not None:
        typer.echo(f"the log is of s2label {report.program}; bytes may differ with the version")
    typer.echo(f"wrote {report.pairs} pairs to {report.out}")
    if not report.compared:
        typer.echo("not compared: there is no SHA256SUMS beside the log")
    elif report.is_identical:
        typer.echo(f"identical: {report.files:,} files")
    kinds = {"differs": report.differing, "not made": report.missing, "new": report.added}
    for kind, names in kinds.items():
        for name in names[:_MOST_TOLD]:
            typer.echo(f"{name}: {kind}")
        if len(names) > _MOST_TOLD:
            typer.echo(f"and {len(names) - _MOST_TOLD:,} more: {kind}")
