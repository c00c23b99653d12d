"""Chips and folders of bands as layers of napari: to look at, without a project."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.utils.notifications import show_info

from napari_s2label.layers import mask_colormap, metadata_of
from s2label.classes import LANDCOVERNET
from s2label.display import combinations_for, draw_image
from s2label.errors import InputError
from s2label.importers.band_folder import band_paths, find_scenes
from s2label.importers.baselines import product_of
from s2label.importers.contract import ImportContext
from s2label.importers.landcovernet import LandcovernetImporter
from s2label.importers.options import ImportOptions
from s2label.raster import RasterPool
from s2label.stretch import Stretch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s2label.importers.contract import Examined, Unit
    from s2label.importers.scene import Scene
    from s2label.types import PlaceRecord

    LayerData = tuple[Any, ...]

# A folder with more than this is a data set: it wants a project.
_MOST_IMAGES = 24
# The window stands still meanwhile: a second or two, not the minutes of a whole scene.
_MOST_SIDE_PX = 3000
_OFFSET_DN = -1000.0


def read_chips(path: str) -> list[LayerData]:
    """Read images (true colour, stretched by themselves) and masks as layers, without a project.

    Raises
    ------
    InputError
        If a raster cannot be read, or is too large to wait for.
    """
    folder = Path(path)
    # Unusual values are refused where they would be trained on; here somebody only looks.
    options = ImportOptions(any_values=True, offset=_assumed_offset(folder))
    layers: list[LayerData] = []
    with RasterPool() as pool:
        for unit in _units(folder, ImportContext(options, LANDCOVERNET, pool)):
            layers += _layers_of(unit.examine())
            if len(layers) > _MOST_IMAGES:
                show_info(f"{folder.name}: the first {len(layers)} layers; a project shows all")
                break
    return layers


def _assumed_offset(folder: Path) -> float | None:
    """Return the offset that newer products are published with, and say so; None for others."""
    paths = band_paths(folder)
    product = product_of(paths[0]) if paths else None
    if product is None or not product.has_offset:
        return None
    show_info(f"{folder.name}: taken as published, {product.words}; an import asks whether it is")
    return _OFFSET_DN


def _units(folder: Path, context: ImportContext) -> list[Unit]:
    if band_paths(folder):
        scenes = find_scenes(folder, context, None)
        return [unit for scene in scenes for unit in _whole(scene).units()]
    return LandcovernetImporter().find_units(folder, context, None)


def _whole(scene: Scene) -> Scene:
    if max(scene.grid.shape) > _MOST_SIDE_PX:
        found = f"{scene.grid.shape[1]} x {scene.grid.shape[0]} px"
        advice = "make a project and import it: that cuts it into chips"
        raise InputError(scene.folder, found, advice=advice)
    return replace(scene, chip_px=None)


def _layers_of(examined: Examined) -> Iterator[LayerData]:
    for chip in examined.record.chips:
        for image in chip.images:
            views = combinations_for([band.name for band in image.bands])
            if views:
                rgb = draw_image(image, chip.place.grid, views[0], Stretch())
                yield rgb, {"name": f"{chip.place.name} {image.date or ''}", "rgb": True}, "image"
        for mask in chip.masks:
            data = np.asarray(examined.masks[mask.id].classes)
            yield data, _mask_attributes(chip.place), "labels"


def _mask_attributes(place: PlaceRecord) -> dict[str, Any]:
    return {
        "name": f"{place.name} mask",
        "opacity": 0.5,
        "colormap": mask_colormap(LANDCOVERNET),
        "metadata": metadata_of(place.grid),
    }
