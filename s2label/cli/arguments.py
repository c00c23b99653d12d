"""Arguments that several commands share."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from s2label.importers.options import Kind

ProjectPath = Annotated[Path, typer.Argument(metavar="PROJECT", help="The project folder.")]

# How the numbers of a source are read.
Bands = Annotated[str, typer.Option(help="Bands to take, or names of unnamed ones: B02,B03,B04.")]
Quantification = Annotated[
    float | None, typer.Option(help="Reflectance = (DN + offset) / quantification.")
]
Offset = Annotated[float | None, typer.Option(help="Offset in DN, such as -1000.")]
AnyValues = Annotated[
    bool, typer.Option("--any-values", help="Take values that look like another scale.")
]
# Of one scene.
SceneKind = Annotated[Kind, typer.Option(help="Kind of the scene.")]
SceneDate = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Date of the scene.")
]
