"""``explore``: what is in a data set, as figures and numbers."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from s2label.cli.arguments import ProjectPath
from s2label.cli.reporting import JsonLines, follow, print_json
from s2label.errors import InputError, S2LabelError
from s2label.explore.options import ExploreOptions, Trust
from s2label.project import open_project

if TYPE_CHECKING:
    from s2label.explore.report import ExploreReport


# What `ids` makes, with room to spare.
_ID = re.compile(r"[A-Za-z0-9_.-]{1,200}")


def add_commands(program: typer.Typer) -> None:
    """Add the commands of this file."""
    program.command("explore")(explore)


def explore(
    project: ProjectPath,
    out: Annotated[Path, typer.Argument(metavar="OUT_DIR", help="The folder to make.")],
    where: Annotated[
        str,
        typer.Option(
            help="Which images: state or mask = open, accepted, rejected or any, joined by and; "
            "also mask = none. Without it: all that are not rejected."
        ),
    ] = "",
    images: Annotated[
        Path | None,
        typer.Option(help="Only these of them: a text file with an image id on each line."),
    ] = None,
    bands: Annotated[
        str, typer.Option(help="Bands and indices, such as B02,B08,NDVI; by default all bands.")
    ] = "",
    scatter: Annotated[
        str, typer.Option(help="Two of them for the scatter, such as B08,NDWI.")
    ] = "",
    samples: Annotated[
        int, typer.Option(help="Pixels to draw, of all classes together; 200,000 at most.")
    ] = ExploreOptions.samples,
    most_chips: Annotated[
        int, typer.Option(help="Of each class, read so many chips at most.")
    ] = ExploreOptions.most_chips,
    seed: Annotated[int, typer.Option(help="Another seed draws other pixels.")] = 0,
    trust: Annotated[
        Trust, typer.Option(help="Whose labels count; checked: set or accepted by a person.")
    ] = Trust.ALL,
    json_lines: JsonLines = False,
) -> None:
    """Draw what is in the project: counts, histograms, violins, spectra, clouds, dates, places.

    Also where the time went, and what the next hour of labelling is worth. OUT_DIR gets each figure
    as PNG and SVG with its numbers as CSV, and index.html that shows them all; an earlier
    exploration there is replaced. The project is only read.

    Example: s2label explore harbour harbour-figures --bands B02,B08,NDWI --scatter B08,B11
    """
    # Imported here: reading rasters is a heavy import that `--help` can do without.
    from s2label.cli.rooms import rounds_of_rooms
    from s2label.explore.run import explore_project

    ids = None if images is None else read_ids(images)
    options = ExploreOptions(where, ids, bands, scatter, samples, most_chips, seed, trust)
    # Closed when it is stopped: what was begun is taken away then.
    try:
        with open_project(project) as opened:
            models = rounds_of_rooms(opened)
            with closing(explore_project(opened, out, options, models)) as job:
                report = follow(job, json_lines=json_lines)
    except KeyboardInterrupt as stop:  # the program would say that it goes on later
        raise S2LabelError(f"stopped; {out} is as it was; the same command begins anew") from stop
    if json_lines:
        print_json({"result": asdict(report)})
    else:
        _print_report(report)


def read_ids(path: Path) -> tuple[str, ...]:
    """Return the image ids in a text file, one on each line; empty lines count for nothing.

    Raises
    ------
    InputError
        If it is no text, empty, or holds what cannot be an id.
    """
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise InputError(path, "no UTF-8 text", "an image id on each line") from error
    ids = tuple(dict.fromkeys(line.strip() for line in lines if line.strip()))
    for number, id_ in enumerate(ids, start=1):
        if not _ID.fullmatch(id_):
            raise InputError(path, f"id {number} is {id_[:40]!r}", "an image id on each line")
    if not ids:
        raise InputError(path, "no image id in it", "an image id on each line")
    return ids


def _print_report(report: ExploreReport) -> None:
    typer.echo(f"{report.chips:,} chips; {report.words}")
    typer.echo(f"wrote {len(report.figures)} figures with their numbers to {report.out}")
    for note in report.notes:
        typer.echo(f"note: {note}")
    for line in report.next_hour:
        typer.echo(f"next hour: {line}")
    typer.echo(f"open {report.out}/index.html")
