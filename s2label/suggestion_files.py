"""Suggestions on disk: derived data, made anew when missing, damaged or of another image."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rasterio.io import MemoryFile

from s2label.durable import make_folder, put_whole
from s2label.errors import InputError
from s2label.raster import open_raster, tiled_geotiff
from s2label.suggestions import Suggestion

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import rasterio

    from s2label.grid import Grid
    from s2label.project import Project
    from s2label.types import ImageRecord

FOLDER_SUFFIX = "-suggestion"
_TAG = "S2LABEL_SUGGESTION"


class _Facts(BaseModel):
    """What a file says of itself, as JSON in a tag of its own."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    model: str
    provenance: int = Field(ge=0, le=255)
    class_values: tuple[int, ...] = Field(min_length=1)
    threshold: float = Field(ge=0, le=1)
    image_id: str
    image_version: int
    image_fingerprint: str


def suggestion_path(project: Project, image_id: str, model: str) -> Path:
    """Return where what a model proposes for an image is kept."""
    return project.folder / "rasters" / f"{image_id}{FOLDER_SUFFIX}" / f"{model}.tif"


def write_suggestion(
    project: Project, image: ImageRecord, grid: Grid, suggestion: Suggestion
) -> Path:
    """Write a suggestion, whole or not at all; not synced, since it can be made anew.

    Parameters
    ----------
    project : Project
        It may be open for reading only.
    image, grid : ImageRecord, Grid
        The image that the suggestion is for, as it was read.
    suggestion : Suggestion
        Probabilities on that grid.

    Raises
    ------
    ValueError
        If the suggestion is of another image or size.
    """
    shape = (len(suggestion.class_values), *grid.shape)
    if suggestion.image_id != image.id or suggestion.probabilities.shape != shape:
        raise ValueError(f"{suggestion.image_id}: no suggestion of {shape} for {image.id}")
    path = suggestion_path(project, image.id, suggestion.model)
    make_folder(path.parent, inside=project.folder)
    put_whole(path, _encoded(_facts_of(suggestion, image), grid, suggestion))
    return path


def read_suggestion(project: Project, image: ImageRecord, model: str) -> Suggestion | None:
    """Return what a model proposes for an image.

    None if nothing is kept, if it is of another version of the image, or damaged.
    """
    try:
        with open_raster(suggestion_path(project, image.id, model)) as dataset:
            facts = _facts_in(dataset)
            if facts is None or not _is_of(facts, image, model):
                return None
            probabilities = dataset.read()
    except InputError:
        return None
    values = facts.class_values
    return Suggestion(image.id, model, facts.provenance, values, probabilities, facts.threshold)


def drop_suggestions(project: Project, image_id: str, models: Iterable[str]) -> None:
    """Delete what models proposed for an image, where that is kept; all other files stay.

    Parameters
    ----------
    project : Project
        It may be open for reading only.
    image_id : str
        The image.
    models : iterable of str
        Ids of models.
    """
    for model in models:
        # On Windows a file that somebody reads stays, until the next time.
        with suppress(PermissionError):
            suggestion_path(project, image_id, model).unlink(missing_ok=True)


def _facts_of(suggestion: Suggestion, image: ImageRecord) -> _Facts:
    return _Facts(
        model=suggestion.model,
        provenance=suggestion.provenance,
        class_values=suggestion.class_values,
        threshold=suggestion.threshold,
        image_id=image.id,
        image_version=image.version,
        image_fingerprint=image.fingerprint,
    )


def _encoded(facts: _Facts, grid: Grid, suggestion: Suggestion) -> bytes:
    # In memory, since GDAL keeps quiet about a full disk.
    with MemoryFile() as memory:
        with memory.open(**tiled_geotiff(grid, len(facts.class_values), "uint8")) as dataset:
            dataset.write(suggestion.probabilities)
            dataset.update_tags(**{_TAG: facts.model_dump_json()})
        return bytes(memory.getbuffer())


def _facts_in(dataset: rasterio.DatasetReader) -> _Facts | None:
    """Return what a raster says of itself; None where that is nothing, or not true."""
    tags: dict[str, str] = dataset.tags()
    try:
        facts = _Facts.model_validate_json(tags.get(_TAG, ""))
    except ValidationError:
        return None
    return facts if dataset.dtypes == ("uint8",) * len(facts.class_values) else None


def _is_of(facts: _Facts, image: ImageRecord, model: str) -> bool:
    found = (facts.image_id, facts.image_version, facts.image_fingerprint, facts.model)
    return found == (image.id, image.version, image.fingerprint, model)
