"""``map``: a result as one HTML file, made without predicting again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def add_commands(program: typer.Typer) -> None:
    """Add the commands of this file."""
    program.command("map")(make_map)


def make_map(
    classes: Annotated[
        Path, typer.Argument(metavar="CLASSES.tif", help="What `s2label predict` made.")
    ],
    rgb: Annotated[Path, typer.Argument(metavar="RGB.tif", help="The scene as RGB (`--rgb`).")],
    out: Annotated[Path, typer.Argument(metavar="OUT.html", help="The file to make.")],
    objects: Annotated[
        Path | None, typer.Option(help="The objects as GeoJSON (`--objects` of predict).")
    ] = None,
) -> None:
    """Make a map of a predicted scene: one HTML file that opens in a browser without network.

    Example: s2label map port.tif port-rgb.tif port.html --objects port.geojson
    """
    # Imported here: reading rasters is a heavy import that `--help` can do without.
    from s2label.webmap.page import write_map

    write_map(out, rgb, classes, objects)
    typer.echo(f"wrote {out} ({out.stat().st_size / 1e6:.1f} MB)")
