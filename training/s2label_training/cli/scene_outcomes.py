"""What `predict` prints in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from s2label_training.scene.many import ScenesReport
    from s2label_training.scene.run import SceneReport


def print_scene(report: SceneReport) -> None:
    """Print what came of a scene."""
    for what, path in report.files.items():
        typer.echo(f"{what}: {path}")
    counts = ", ".join(f"{n} {name}" for name, n in report.pixels.items() if n)
    typer.echo(f"{report.scene}: {report.state}{f'; pixels: {counts}' if counts else ''}")
    if report.objects is not None:
        typer.echo(f"{report.objects} objects")
    if report.tiles_anew is not None:
        typer.echo(f"{report.tiles_anew} tiles predicted anew")
    if report.bands_before:
        typer.echo(f"went on after {report.bands_before} of {report.bands} bands of rows")
    times = ", ".join(f"{stage} {spent:.1f} s" for stage, spent in report.seconds.items())
    if times:
        typer.echo(f"seconds: {times}")
    for note in report.notes:
        typer.echo(f"note: {note}")


def print_scenes(report: ScenesReport) -> None:
    """Print what came of many scenes; what went wrong on stderr."""
    typer.echo(f"{report.done} scenes predicted, {report.kept} were there already")
    typer.echo(f"summary: {report.summary}")
    for error in report.errors:
        typer.echo(f"not predicted: {error}", err=True)
