"""Cloud rasters on disk: one small file an image, made anew when missing, whole or not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from rasterio.io import MemoryFile

from s2label.durable import make_folder, put_whole
from s2label.errors import InputError
from s2label.raster import grid_of, open_raster, tiled_geotiff

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.grid import Grid

FOLDER = "rasters/cloud"
SCREENING_TAG = "S2LABEL_SCREENING"


def cloud_path(project_folder: Path, image_id: str) -> Path:
    """Return where the cloud raster of an image is kept."""
    return project_folder / FOLDER / f"{image_id}.tif"


def has_clouds(project_folder: Path, image_id: str) -> bool:
    """Tell whether there is a cloud raster of an image; a power cut leaves empty files."""
    try:
        return cloud_path(project_folder, image_id).stat().st_size > 0
    except OSError:
        return False


def write_clouds(
    project_folder: Path, image_id: str, version: int, classes: NDArray[np.uint8], grid: Grid
) -> None:
    """Write the cloud raster of a version of an image, whole or not at all.

    Parameters
    ----------
    project_folder : Path
        Folder of the project.
    image_id : str
        The image.
    version : int
        Its version.
    classes : ndarray
        (y, x) uint8, see `screening.classes`.
    grid : Grid
        The image's ground.
    """
    path = cloud_path(project_folder, image_id)
    make_folder(path.parent, inside=project_folder)
    with MemoryFile() as memory:
        with memory.open(**tiled_geotiff(grid, 1, "uint8")) as dataset:
            dataset.write(classes, 1)
            dataset.update_tags(**{SCREENING_TAG: f"{image_id} {version}"})
        put_whole(path, bytes(memory.getbuffer()))


def read_clouds(
    project_folder: Path, image_id: str, version: int, grid: Grid
) -> NDArray[np.uint8] | None:
    """Return the cloud raster of a version of an image, (y, x) uint8.

    None if there is none, or it is damaged, or of another version or ground.
    """
    path = cloud_path(project_folder, image_id)
    if not path.is_file():
        return None
    try:
        with open_raster(path) as dataset:
            is_its = dataset.tags().get(SCREENING_TAG) == f"{image_id} {version}"
            if not is_its or not grid_of(dataset).is_same_as(grid):
                return None
            found: NDArray[np.uint8] = np.asarray(dataset.read(1))
    except InputError:
        return None
    return found
