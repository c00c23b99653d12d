"""Commands that the window's room adds to the command line: ``open``, ``look`` and ``demo``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from s2label.cli.arguments import ProjectPath
from s2label.cli.reporting import JsonLines, follow, print_json
from s2label.errors import MissingExtraError
from s2label.progress import Progress
from s2label.project import open_project

if TYPE_CHECKING:
    from s2label.demo import Demo


def add_commands(program: typer.Typer) -> None:
    """Add the commands of this room."""
    program.command("demo")(demo)
    program.command("open")(open_)
    program.command("look")(look)


def open_(project: ProjectPath) -> None:
    """Open a project in a window.

    Example: s2label open harbour
    """
    typer.echo(f"opening {project} ...")
    _open_window(project)


def _open_window(project: Path) -> None:
    try:
        from napari_s2label.app import open_in_window
    except ImportError as error:
        raise MissingExtraError("the window", "gui,pyqt6") from error
    # What is wrong is said before the window comes up, on the command line; for writing, since a
    # project of an older program is brought up to date only then.
    with open_project(project, write=True):
        pass
    open_in_window(project)


def look(
    classes: Annotated[
        Path, typer.Argument(metavar="CLASSES", help="Class raster that `predict` made.")
    ],
    rgb: Annotated[Path | None, typer.Option(help="The picture to lay it on.")] = None,
    json_lines: JsonLines = False,
) -> None:
    """Look at a predicted scene in a window of its own, without a project.

    Example: s2label look vessels.tif --rgb picture.tif
    """
    try:
        from napari_s2label.scene_look import look_in_window
    except ImportError as error:
        raise MissingExtraError("the window", "gui,pyqt6") from error
    shown = Progress(1, 1, "shown")
    look_in_window(
        classes, rgb, lambda: print_json({"progress": shown.as_dict()}) if json_lines else None
    )
    if json_lines:
        print_json({"result": {"classes": str(classes)}})


def demo(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to make it.")] = Path(
        "s2label-demo"
    ),
    no_gui: Annotated[
        bool, typer.Option("--no-gui", help="Make the demo without opening a window.")
    ] = False,
    json_lines: JsonLines = False,
) -> None:
    """Make a demo from code: a port with vessels, and land-cover places with several dates.

    Example: s2label demo my-demo --no-gui
    """
    # Imported here: it draws in scipy and scikit-image, which other commands do without.
    from s2label.demo import make_demo

    made = follow(make_demo(folder), json_lines=json_lines)
    if not (no_gui or json_lines) and has_screen():
        typer.echo(f"opening {made.vessels}; {made.landcover} is the other one")
        _open_window(made.vessels)
    elif json_lines:
        print_json({"result": {"vessels": str(made.vessels), "landcover": str(made.landcover)}})
    else:
        _print_next_steps(made)


def has_screen() -> bool:
    """Tell whether there is a screen to open a window on; only Linux can lack one."""
    return sys.platform != "linux" or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )


def _print_next_steps(made: Demo) -> None:
    typer.echo(
        f"made {made.vessels} (vessels) and {made.landcover} (land cover); try\n"
        f"  s2label status {made.vessels}\n"
        f"  s2label list {made.landcover} --masks\n"
        f"  s2label export {made.vessels} clean-vessels --format png --include-open"
    )
