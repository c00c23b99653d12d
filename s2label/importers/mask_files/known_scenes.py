"""What the band files of the source tell about the scenes other than the one in hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label.bands import stem_without_band

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from s2label.importers.mask_files.found_mask import Scene


class KnownScenes:
    """Names and folders of all scenes of a source.

    A mask that fits by size alone must not go to a scene when its name or its folder says that
    it is another's: chips are all of one size.

    Parameters
    ----------
    band_files : collection of Path
        Resolved paths of the source's band files.
    """

    def __init__(self, band_files: Collection[Path]) -> None:
        self._folders = {path.parent for path in band_files}
        self._stems: dict[str, set[Path]] = {}
        self._folder_names: dict[str, set[Path]] = {}
        for path in band_files:
            for stem in (path.stem, stem_without_band(path.stem)):
                self._stems.setdefault(stem, set()).add(path.parent)
            self._folder_names.setdefault(path.parent.name, set()).add(path.parent)

    def has_stem(self, name: str) -> bool:
        """Tell whether a name is the stem of a band file."""
        return name in self._stems

    def names_of_files(self, scene: Scene) -> bool:
        """Tell whether the scene is called after a file, so that its neighbours are as well."""
        return any(scene.has_inside(folder) for folder in self._stems.get(scene.name, ()))

    def is_name_of_other(self, name: str, scene: Scene) -> bool:
        """Tell whether a name is that of another scene."""
        if name == scene.name:
            return False
        by_folder = self._folder_names.get(name, set())
        if by_folder and not any(scene.has_inside(folder) for folder in by_folder):
            return True
        folders = self._stems.get(name, set())
        is_elsewhere = bool(folders) and not any(scene.has_inside(folder) for folder in folders)
        return is_elsewhere or (bool(folders) and self.names_of_files(scene))

    def is_place_of_other(self, path: Path, scene: Scene) -> bool:
        """Tell whether a file lies in the folder of another scene and not in the scene's own."""
        if scene.has_inside(path):
            return False
        owner = next((folder for folder in path.parents if folder in self._folders), None)
        return owner is not None and owner != scene.folder and owner not in scene.folder.parents
