"""``import``: bring sources into a project."""

from __future__ import annotations

import math
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import ValidationError

from s2label.bands import parse_bands
from s2label.cli.arguments import AnyValues, Bands, Offset, ProjectPath, Quantification
from s2label.cli.reporting import JsonLines, follow, print_json
from s2label.errors import InputError
from s2label.importers.options import Around, ImportOptions, Kind
from s2label.project import open_project
from s2label.tiling import Edge

if TYPE_CHECKING:
    from s2label.importers.run import ImportReport


def add_commands(program: typer.Typer) -> None:
    """Add the commands of this file."""
    program.command("import")(import_)


def import_(
    project: ProjectPath,
    sources: Annotated[list[Path], typer.Argument(metavar="SOURCE...", help="Files or folders.")],
    kind: Annotated[Kind, typer.Option(help="Kind of the sources.")] = Kind.AUTO,
    masks: Annotated[Path | None, typer.Option(help="Mask file, or a folder of masks.")] = None,
    bands: Bands = "",
    chip: Annotated[
        int | None,
        typer.Option(min=8, help="Side of the chips in px; 64 for band folders, else whole."),
    ] = None,
    stride: Annotated[
        int | None, typer.Option(min=1, help="Pixels from chip to chip; by default the side.")
    ] = None,
    edge: Annotated[
        Edge, typer.Option(help="The rest at the edge that is smaller than a chip.")
    ] = Edge.DROP,
    quantification: Quantification = None,
    offset: Offset = None,
    date: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Date of the images.")
    ] = None,
    around: Annotated[
        Around | None, typer.Option(help="Only tiles that touch one of the masks.")
    ] = None,
    points: Annotated[
        Path | None,
        typer.Option(help="A chip on each point: GeoJSON, or CSV with columns lon and lat."),
    ] = None,
    jitter: Annotated[
        int, typer.Option(min=0, help="Move chips around points at random, up to so many pixels.")
    ] = 0,
    random: Annotated[
        int | None, typer.Option(min=1, help="So many tiles at random, of those with data.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Another seed draws other tiles.")] = 0,
    any_values: AnyValues = False,
    json_lines: JsonLines = False,
) -> None:
    """Import Sentinel-2 chips or scenes, with or without masks.

    Source pixels stay where they are; of products in JPEG2000, which is slow to read in pieces,
    chips are stored in the project. A stopped import goes on when the same command is run again,
    and importing the same source twice doubles nothing.

    Example: s2label import harbour ports/algiers --masks ports/algiers --chip 64
    """
    options = import_options(
        kind=kind,
        masks=masks,
        bands=bands,
        chip=chip,
        stride=stride,
        edge=edge,
        quantification=quantification,
        offset=offset,
        date=date,
        any_values=any_values,
        around=around,
        points=points,
        jitter=jitter,
        random=random,
        seed=seed,
    )
    # Imported here: reading rasters is a heavy import that `--help` can do without.
    from s2label.importers.run import import_sources

    with open_project(project, write=True) as opened:
        report = follow(import_sources(opened, sources, options), json_lines=json_lines)
    if json_lines:
        print_json({"result": asdict(report)})
    else:
        _print_report(report)


def import_options(
    *,
    bands: str,
    quantification: float | None,
    offset: float | None,
    date: datetime | None,
    **settings: Any,
) -> ImportOptions:
    """Return the options of an import from what was typed.

    Raises
    ------
    typer.BadParameter
        If a number, or what is asked for together, makes no sense.
    InputError
        If a name is that of no band.
    """
    _require_numbers(quantification, offset)
    settings |= {"bands": _bands(bands), "quantification": quantification, "offset": offset}
    try:
        return ImportOptions(**settings, date=date.date() if date else None)
    except ValidationError as error:
        first = error.errors()[0]
        words = str(first["msg"]).removeprefix("Value error, ")
        raise typer.BadParameter(words, param_hint=f"--{first['loc'][0]}") from error


def _require_numbers(quantification: float | None, offset: float | None) -> None:
    # NaN fails the comparison, too.
    if quantification is not None and not 0 < quantification < math.inf:
        raise typer.BadParameter("has to be a number above 0", param_hint="--quantification")
    if offset is not None and not math.isfinite(offset):
        raise typer.BadParameter("has to be a number", param_hint="--offset")


def _bands(text: str) -> tuple[str, ...]:
    if not text:
        return ()
    try:
        return parse_bands(text)
    except ValueError as error:
        raise InputError("--bands", str(error)) from error


def _print_report(report: ImportReport) -> None:
    counts = report.counts
    typer.echo(
        f"{counts.places_new} new places; images: {counts.images_new} new, "
        f"{counts.images_changed} changed, {counts.images_unchanged} unchanged"
        f"{f', {counts.images_moved} found elsewhere' if counts.images_moved else ''}; "
        f"masks: {counts.masks_new} new, {counts.masks_changed} changed, "
        f"{counts.masks_unchanged} unchanged"
    )
    if counts.masks_kept:
        typer.echo(f"{counts.masks_kept} masks were edited here and kept; their source changed")
    if report.blank:
        typer.echo(f"{report.blank} chips without any data were left out")
    for warning in report.warnings:
        typer.echo(f"warning: {warning}")
