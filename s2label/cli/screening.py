"""``screen``, ``dates``: find clouds and odd numbers, and choose the clearest dates."""

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from s2label.cli.arguments import ProjectPath
from s2label.cli.reporting import Json, JsonLines, follow, print_json, print_lines
from s2label.errors import ProjectBusyError, S2LabelError
from s2label.handover import take_all
from s2label.project import open_project
from s2label.screening.dates import choose_dates, parse_period, reject_others
from s2label.screening.left_files import note_looked, take_oldest_screenings
from s2label.screening.methods import METHOD_WORDS, Method

if TYPE_CHECKING:
    from pathlib import Path

    from s2label.screening.dates import DatedChoice
    from s2label.screening.run import ScreenReport

# Images that could not be read that are told one by one.
_TOLD = 20


def add_commands(program: typer.Typer) -> None:
    """Add the commands of this file."""
    program.command("screen")(screen)
    program.command("dates")(dates)


def screen(
    project: ProjectPath,
    method: Annotated[
        Method, typer.Option(help="What clouds are found by; auto takes the best there is.")
    ] = Method.AUTO,
    again: Annotated[
        bool, typer.Option("--again", help="Screen images again that were screened before.")
    ] = False,
    json_lines: JsonLines = False,
) -> None:
    """Find clouds, shadow, haze and snow in every image, and numbers that look wrong.

    A stopped run goes on when the same command is run again. Nothing is rejected by it: use the
    scores as the order of a queue, or choose dates by them.

    Example: s2label screen landcover
    """
    # Imported here: reading rasters is a heavy import that `--help` can do without.
    from s2label.screening.run import screen_images

    try:
        # Closed before anything is taken over: what it has found so far is left then.
        with (
            open_project(project) as opened,
            closing(screen_images(opened, method, again=again)) as job,
        ):
            report = follow(job, json_lines=json_lines)
    finally:
        _take_over(project)
    if json_lines:
        print_json({"result": asdict(report)})
    else:
        _print_report(report)
    if report.errors:
        count = len(report.errors)
        raise S2LabelError(
            f"{count} of {report.images} images could not be screened; see above for why"
        )


def _take_over(project: Path) -> None:
    from s2label.screening.guard_of_project import note_project_findings

    # Whoever has the project now, the window mostly, takes over what was found itself.
    with suppress(ProjectBusyError), open_project(project, write=True) as writing:
        take_all(take_oldest_screenings, writing)
        note_project_findings(writing)
        note_looked(project)  # where the run before broke off in between


def _print_report(report: ScreenReport) -> None:
    typer.echo(
        f"{report.screened} of {report.images} images screened now, {report.kept} were before"
    )
    for method, count in report.methods.items():
        typer.echo(f"  {count} by {METHOD_WORDS[Method(method)]}")
    for kind, count in report.findings.items():
        typer.echo(f"  {count} with a finding: {kind}")
    for line in report.errors[:_TOLD]:
        typer.echo(f"not screened: {line}", err=True)
    if len(report.errors) > _TOLD:
        typer.echo(f"and {len(report.errors) - _TOLD} more", err=True)


def dates(
    project: ProjectPath,
    keep: Annotated[int, typer.Option(min=1, help="How many dates a place and period.")] = 1,
    per: Annotated[
        str, typer.Option(help="month, quarter, season, year, or a number of days.")
    ] = "quarter",
    reject: Annotated[
        bool, typer.Option("--reject-others", help="Reject the images that are not kept.")
    ] = False,
    json: Json = False,
) -> None:
    """Propose the least cloudy dates of each place, and reject the others if asked.

    Rejected images take no part, accepted ones are always kept. One undo takes all rejections back.

    Example: s2label dates landcover --keep 1 --per quarter
    """
    period = parse_period(per)
    with open_project(project, write=reject) as opened:
        choices = choose_dates(opened.catalog.screenings.dates(), keep, period)
        act = reject_others(opened, choices) if reject else None
    columns = ["place", "period", "date", "cloud", "nodata", "proposal"]
    print_lines(map(_row, choices), as_json=json, columns=columns)
    if reject and not json:
        typer.echo(f"{act.changes if act else 0} images rejected; `s2label undo` takes them back")


def _row(choice: DatedChoice) -> dict[str, Any]:
    image = choice.image
    return {
        "id": image.image_id,
        "place": image.place_id,
        "period": choice.period,
        "date": image.date,
        "cloud": image.cloud,
        "nodata": image.nodata,
        "screened": image.is_screened,
        "state": str(image.state),
        "proposal": "keep" if choice.is_chosen else "reject",
    }
