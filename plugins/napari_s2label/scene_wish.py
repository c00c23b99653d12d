"""What somebody wants of scenes: which, by which model, where to, and what is made."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from napari_s2label.parts.import_form import import_arguments
from s2label.durable import make_folder, put_whole
from s2label.ids import slug
from s2label.importers.options import ImportOptions

# What is made beside the classes, by the option that asks for it.
OBJECTS, MAP, RGB, PROBABILITIES = "objects", "map", "rgb", "probabilities"
MAKES = (OBJECTS, MAP, RGB, PROBABILITIES)
_ENDINGS = {
    OBJECTS: ".geojson",
    MAP: ".html",
    RGB: "_rgb.tif",
    PROBABILITIES: "_probabilities.tif",
}
CLASSES_ENDING = ".tif"


class SceneWish(BaseModel):
    """What is chosen in the scene dock.

    ``sources`` hold the scenes, ``folder`` takes the results, ``model`` is the id of a model, or
    empty for the one in use, ``makes`` are some of `MAKES`, ``threshold`` is None for the model's
    own, and ``options`` say how numbers become reflectance.
    """

    model_config = ConfigDict(frozen=True)

    sources: tuple[Path, ...] = ()
    folder: Path | None = None
    model: str = ""
    makes: tuple[str, ...] = MAKES
    skip_land: bool = False
    threshold: float | None = Field(default=None, gt=0, le=1)
    options: ImportOptions = ImportOptions()


def default_folder(project: Path) -> Path:
    """Return where the results of a project's scenes go if nobody says otherwise."""
    return project.parent / f"{project.name} scenes"


def result_path(folder: Path, name: str, what: str = "") -> Path:
    """Return a file of a scene's result: its classes, or one of `MAKES`."""
    return folder / (name + _ENDINGS.get(what, CLASSES_ENDING))


def is_class_raster(path: Path) -> bool:
    """Tell by its name whether a GeoTIFF may be a result's classes, and not its other rasters."""
    others = tuple(end for end in _ENDINGS.values() if end.endswith(CLASSES_ENDING))
    return path.suffix == CLASSES_ENDING and path.name[0] != "." and not path.name.endswith(others)


def predict_arguments(wish: SceneWish, model: Path, scenes: Path, folder: Path) -> list[str]:
    """Return the command that predicts the scenes of a list into a folder."""
    arguments = ["predict", str(model), str(scenes), str(folder)]
    for what in wish.makes:
        arguments += [f"--{what}", str(folder)]
    arguments += ["--skip-land"] if wish.skip_land else []
    if wish.threshold is not None:
        arguments += ["--threshold", str(wish.threshold)]
    return [*arguments, *import_arguments(wish.options)]


def wish_path(project: Path, who: str) -> Path:
    """Return where a person's last wish is kept, beside the bookmark."""
    return project / "bookmarks" / f"{slug(who)}.scenes.json"


def read_wish(path: Path) -> SceneWish:
    """Read the last wish; without one, or with a damaged one, nothing is chosen."""
    try:
        return SceneWish.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return SceneWish()


def write_wish(path: Path, wish: SceneWish) -> None:
    """Write a wish, whole or not at all; not synced, as a bookmark is not, and as little missed."""
    with suppress(OSError):
        make_folder(path.parent, inside=path.parent.parent)
        put_whole(path, wish.model_dump_json(exclude_defaults=True).encode())
