"""Masks in a COCO file: which of its images is the scene, and its outlines as classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from s2label.errors import ClassValueError, InputError
from s2label.importers.mask_files.class_names import table_words, value_of_name
from s2label.importers.mask_files.coco_groups import groups_of
from s2label.importers.mask_files.found_mask import FoundMask, Rank, listed, size_words
from s2label.importers.mask_files.polygons import paint_polygons
from s2label.importers.mask_files.rle import paint_runs, runs_of
from s2label.raster import source_of

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.importers.mask_files.coco_document import Annotation, CocoDocument
    from s2label.importers.mask_files.coco_groups import Group
    from s2label.importers.mask_files.found_mask import Scene, Shape
    from s2label.importers.mask_files.known_scenes import KnownScenes
    from s2label.types import ClassTable


class CocoFile:
    """A COCO file with the masks of one or many images.

    Parameters
    ----------
    document : CocoDocument
        The file, read and checked.
    known : KnownScenes
        Scenes of the source: an image with the name of one is never taken for another by size.
    """

    def __init__(self, document: CocoDocument, known: KnownScenes) -> None:
        self._document = document
        self._known = known
        self._groups = groups_of(document)
        self._by_stem: dict[str, list[Group]] = {}
        for group in self._groups:
            if group.stem is not None:
                self._by_stem.setdefault(group.stem, []).append(group)

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self._document.path

    @property
    def names(self) -> frozenset[str]:
        """Stems of its images."""
        return frozenset(self._by_stem)

    @property
    def shapes(self) -> frozenset[Shape]:
        """Sizes (height, width) of its images, listed or not."""
        return frozenset(group.shape for group in self._groups)

    def rank(self, scene: Scene) -> Rank | None:
        """Tell whether an image has the scene's name, else its size."""
        if scene.name in self._by_stem:
            return Rank.NAME
        return Rank.SIZE if self._of_size(scene) else None

    def read(self, scene: Scene, table: ClassTable) -> FoundMask:
        """Paint the annotations of the scene's image; what lies in none is background.

        Raises
        ------
        InputError
            If the image of that name has another size, several could be meant, or an outline
            is wrong.
        ClassValueError
            If a used category is not in the table.
        """
        groups, warnings = self._chosen(scene)
        annotations = sorted((a for g in groups for a in g.annotations), key=lambda a: a.index)
        values = self._category_values(annotations, table)
        columns = np.zeros(scene.grid.shape[::-1], dtype=np.uint8)
        empty = [a for a in annotations if not self._paint(columns, a, values[a.category])]
        if empty:
            which = listed([str(a.index) for a in empty])
            warnings += (f"{self.path.name}: annotations {which} cover no pixel centre",)
        classes = np.ascontiguousarray(columns.T)
        origin, sources = f"COCO {self.path.name}", (source_of(self.path),)
        return FoundMask(classes, sources, origin, warnings)

    def _of_size(self, scene: Scene) -> list[Group]:
        return [
            group
            for group in self._groups
            if group.shape == scene.grid.shape
            and not (group.stem and self._known.is_name_of_other(group.stem, scene))
        ]

    def _chosen(self, scene: Scene) -> tuple[list[Group], tuple[str, ...]]:
        named = self._by_stem.get(scene.name)
        if named is None:
            return self._annotated_of_size(scene), ()
        right = [group for group in named if group.shape == scene.grid.shape]
        if not right:
            found = f"image {scene.name} is {size_words(named[0].shape)}"
            expected = f"{size_words(scene.grid.shape)} as the scene of that name"
            raise InputError(self.path, found, expected)
        if any(group.annotations for group in right):
            return right, ()
        return self._instead_of_empty(right, scene)

    def _instead_of_empty(
        self, named: list[Group], scene: Scene
    ) -> tuple[list[Group], tuple[str, ...]]:
        """Return what an image that has the name and no annotations stands for.

        An empty image is background, unless all annotations of its size hang on one id that the
        file does not list: then nothing else can be meant.
        """
        annotated = [g for g in self._groups if g.annotations and g.shape == scene.grid.shape]
        if len(annotated) != 1 or annotated[0].stem is not None:
            return named, ()
        line = f"{self.path.name}: {annotated[0].words} is taken as {scene.name}"
        return annotated, (f"{line}, which has no annotations of its own",)

    def _annotated_of_size(self, scene: Scene) -> list[Group]:
        annotated = [group for group in self._of_size(scene) if group.annotations]
        images = {group.words for group in annotated}
        if len(images) <= 1:
            return annotated
        found = f"ambiguous: images {listed(sorted(images))} have the size of {scene.name}"
        expected = "one image of that size, or one with its name"
        raise InputError(self.path, found, expected, "rename file_name in the COCO file")

    def _category_values(
        self, annotations: list[Annotation], table: ClassTable
    ) -> dict[int | str, int]:
        names = self._document.categories
        values: dict[int | str, int] = {}
        for annotation in annotations:
            name = names.get(annotation.category)
            value = None if name is None else value_of_name(name, table)
            if value is None:
                category = repr(name) if name is not None else f"with id {annotation.category!r}"
                found = f"annotations[{annotation.index}] is of the unknown category {category}"
                raise ClassValueError(self.path, found, table_words(table), _ADVICE)
            values[annotation.category] = value
        return values

    def _paint(self, columns: NDArray[np.uint8], annotation: Annotation, value: int) -> int:
        outline = annotation.segmentation
        try:
            if isinstance(outline, list):
                return paint_polygons(columns, outline, value)
            height, width = columns.shape[::-1]
            return paint_runs(columns, runs_of(outline, (height, width)), value)
        except ValueError as error:
            where = f"annotations[{annotation.index}]"
            raise InputError(self.path, f"{where}: {error}", "a valid outline") from error


_ADVICE = "add the class to the project's table, or rename the category"
