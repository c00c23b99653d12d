"""The mask files of one kind, sorted so that a scene among thousands finds its own at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label.importers.mask_files.found_mask import Rank
from s2label.importers.mask_files.geotiff import GeoTiffFile
from s2label.importers.mask_files.ground import GroundIndex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from s2label.importers.mask_files.found_mask import MaskFile, Scene, Shape
    from s2label.importers.mask_files.known_scenes import KnownScenes


class Shelf:
    """Mask files of one kind by name, ground and size.

    Parameters
    ----------
    files : sequence of MaskFile
        The files.
    known : KnownScenes
        Scenes of the source, to which masks can belong that fit by size.
    """

    def __init__(self, files: Sequence[MaskFile], known: KnownScenes) -> None:
        self._known = known
        self._by_name: dict[str, list[MaskFile]] = {}
        self._by_shape: dict[Shape, list[MaskFile]] = {}
        self._named_by_shape: dict[Shape, list[MaskFile]] = {}
        self._ground = GroundIndex([file for file in files if isinstance(file, GeoTiffFile)])
        for file in files:
            self._add(file)

    def _add(self, file: MaskFile) -> None:
        for name in file.names:
            self._by_name.setdefault(name, []).append(file)
        is_named = len(file.names) == 1 and self._known.has_stem(next(iter(file.names)))
        shelf = self._named_by_shape if is_named else self._by_shape
        for shape in file.shapes:
            shelf.setdefault(shape, []).append(file)

    def tiers(self, scene: Scene) -> Iterator[tuple[Rank, list[MaskFile]]]:
        """Yield the files that match a scene, best first: those of one tier are equally good.

        Within a rank, files in the scene's own folder stand before those elsewhere.
        """
        yield from _tiers_of(self._by_name.get(scene.name, ()), scene, (Rank.NAME,))
        ground = self._ground.covering(scene.grid)
        yield from _tiers_of(ground, scene, (Rank.SAME_GRID, Rank.GROUND))
        yield from _tiers_of(self._of_size(scene), scene, (Rank.SIZE,))

    def _of_size(self, scene: Scene) -> list[MaskFile]:
        files = self._by_shape.get(scene.grid.shape, [])
        # Where scenes are called after files, a mask called after a file is another scene's.
        if not self._known.names_of_files(scene):
            files = files + self._named_by_shape.get(scene.grid.shape, [])
        return [file for file in files if not self._is_of_other(file, scene)]

    def _is_of_other(self, file: MaskFile, scene: Scene) -> bool:
        if self._known.is_place_of_other(file.path, scene):
            return True
        names = file.names
        return len(names) == 1 and self._known.is_name_of_other(next(iter(names)), scene)


def _tiers_of(
    files: Iterable[MaskFile], scene: Scene, ranks: tuple[Rank, ...]
) -> Iterator[tuple[Rank, list[MaskFile]]]:
    ranked = [(file.rank(scene), file) for file in files]
    for rank in ranks:
        equal = [file for found, file in ranked if found == rank]
        inside = [file for file in equal if scene.has_inside(file.path)]
        outside = [file for file in equal if not scene.has_inside(file.path)]
        yield from ((rank, tier) for tier in (inside, outside) if tier)
