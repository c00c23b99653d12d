"""What napari opens: a project as a desk, single chips and folders of bands as layers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import napari
import npe2
from napari.utils.notifications import show_error

from napari_s2label.app import arrange_window
from napari_s2label.desk import desk_of
from s2label.errors import S2LabelError
from s2label.importers.band_folder import band_paths
from s2label.importers.landcovernet import LandcovernetImporter
from s2label.project_file import FILE_NAME

if TYPE_CHECKING:
    from collections.abc import Callable

    LayerData = tuple[Any, ...]
    Reader = Callable[[str], list[LayerData]]

# What napari takes for "read, and no layers to add".
_NO_LAYERS: list[LayerData] = [(None,)]


def project_reader(path: str | list[str]) -> Reader | None:
    """Return the reader of a project's folder, or of its ``project.toml``; None for anything else.

    napari asks which reader shall open a folder, whatever is in it; a file it opens at once.
    """
    if isinstance(path, str) and (_folder_of(path) / FILE_NAME).is_file():
        return open_project_folder
    return None


def open_project_folder(path: str) -> list[LayerData]:
    """Open a project on the desk of the window in front; the desk adds its own layers."""
    viewer = napari.current_viewer()
    if viewer is not None:
        arrange_window(viewer)
        try:
            desk_of(viewer).open(_folder_of(path))
        except S2LabelError as error:  # napari would say that the plugin failed, and not why
            show_error(str(error))
    return _NO_LAYERS


def _folder_of(path: str) -> Path:
    return Path(path).parent if Path(path).name == FILE_NAME else Path(path)


def chips_reader(path: str | list[str]) -> Reader | None:
    """Return the reader of a folder: of a chip or of bands, else napari's own.

    napari proposes this plugin for every folder; one that means nothing to it must not fail.
    """
    if not isinstance(path, str) or not Path(path).is_dir():
        return None
    try:
        is_chip = bool(band_paths(Path(path))) or LandcovernetImporter().recognises(Path(path))
    except OSError:
        return None
    return _read_chips if is_chip else _read_as_napari


def _read_chips(path: str) -> list[LayerData]:
    from napari_s2label.looking import read_chips  # reads and draws: not while napari asks around

    return read_chips(path)


def _read_as_napari(path: str) -> list[LayerData]:
    layers: list[LayerData] = npe2.read([path], stack=False, plugin_name="napari")
    return layers
