"""What napari opens: a project folder as a desk, single chips and band folders as layers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import napari
import numpy as np

from napari_s2label.desk import desk_of
from s2label.classes import LANDCOVERNET
from s2label.display import combinations_for, draw_image
from s2label.importers.band_folder import band_paths, find_scenes
from s2label.importers.contract import ImportContext
from s2label.importers.landcovernet import LandcovernetImporter
from s2label.importers.options import ImportOptions
from s2label.project_file import FILE_NAME
from s2label.raster import RasterPool
from s2label.stretch import Stretch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from s2label.importers.contract import Examined, Unit

    LayerData = tuple[Any, ...]
    Reader = Callable[[str], list[LayerData]]

# A folder with more than this is a data set: it wants a project.
_MOST_IMAGES = 24


def project_reader(path: str | list[str]) -> Reader | None:
    """Return the reader of a project folder; None for anything else."""
    if isinstance(path, str) and (Path(path) / FILE_NAME).is_file():
        return open_project_folder
    return None


def open_project_folder(path: str) -> list[LayerData]:
    """Open a project on the desk of the window in front; the desk adds its own layers."""
    viewer = napari.current_viewer()
    if viewer is not None:
        desk_of(viewer).open(Path(path))
    return [(None,)]


def chips_reader(path: str | list[str]) -> Reader | None:
    """Return the reader of a LandCoverNet chip or a folder of bands; None for anything else."""
    if not isinstance(path, str) or not Path(path).is_dir():
        return None
    try:
        is_chip = bool(band_paths(Path(path))) or LandcovernetImporter().recognises(Path(path))
    except OSError:
        return None
    return read_chips if is_chip else None


def read_chips(path: str) -> list[LayerData]:
    """Read images (true colour, stretched by themselves) and masks as layers, without a project.

    Raises
    ------
    InputError
        If a raster cannot be read.
    """
    layers: list[LayerData] = []
    with RasterPool() as pool:
        for unit in _units(Path(path), ImportContext(ImportOptions(), LANDCOVERNET, pool)):
            layers += _layers_of(unit.examine())
            if len(layers) > _MOST_IMAGES:
                break
    return layers


def _units(folder: Path, context: ImportContext) -> list[Unit]:
    if band_paths(folder):
        scenes = find_scenes(folder, context, None)
        return [unit for scene in scenes for unit in replace(scene, chip_px=None).units()]
    return LandcovernetImporter().find_units(folder, context, None)


def _layers_of(examined: Examined) -> Iterator[LayerData]:
    for chip in examined.record.chips:
        for image in chip.images:
            combinations = combinations_for([band.name for band in image.bands])
            if combinations:
                rgb = draw_image(image, chip.place.grid, combinations[0], Stretch())
                yield rgb, {"name": f"{chip.place.name} {image.date or ''}", "rgb": True}, "image"
        for mask in chip.masks:
            data = np.asarray(examined.masks[mask.id].classes)
            yield data, {"name": f"{chip.place.name} mask", "opacity": 0.5}, "labels"
