"""The annotations of a COCO file by image, whether or not the file lists that image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from s2label.errors import InputError
from s2label.importers.mask_files.rle import size_of

if TYPE_CHECKING:
    from s2label.importers.mask_files.coco_document import Annotation, CocoDocument, Id
    from s2label.importers.mask_files.found_mask import Shape


@dataclass(frozen=True)
class Group:
    """An image of a COCO file: stem (None: the file does not list it), size, annotations."""

    image: Id
    stem: str | None
    shape: Shape
    annotations: tuple[Annotation, ...]

    @property
    def words(self) -> str:
        """How messages call it."""
        return repr(self.stem) if self.stem is not None else f"image_id {self.image} (not listed)"


def groups_of(document: CocoDocument) -> tuple[Group, ...]:
    """Return the images of a file, the listed ones first, with their annotations.

    Real files contradict themselves: all annotations of one may belong to an ``image_id`` that
    ``images`` lacks. The size of such an image is that of its RLEs, else of all listed images.

    Raises
    ------
    InputError
        If nothing says how large an image is, or its RLEs say different things.
    """
    by_image: dict[Id, list[Annotation]] = {}
    for annotation in document.annotations:
        by_image.setdefault(annotation.image, []).append(annotation)
    listed = [
        Group(number, image.stem, image.shape, tuple(by_image.get(number, ())))
        for number, image in document.images.items()
    ]
    lost = [
        Group(number, None, _shape_of(annotations, document), tuple(annotations))
        for number, annotations in by_image.items()
        if number not in document.images
    ]
    return (*listed, *lost)


def _shape_of(annotations: list[Annotation], document: CocoDocument) -> Shape:
    first, number = annotations[0], annotations[0].image
    try:
        shapes = {size_of(a.segmentation) for a in annotations if isinstance(a.segmentation, dict)}
    except ValueError as error:
        raise InputError(document.path, f"an annotation of image_id {number!r}: {error}") from error
    if not shapes:
        shapes = {image.shape for image in document.images.values()}
    if len(shapes) == 1:
        return shapes.pop()
    found = f"image_id {number!r} of annotations[{first.index}] is not in 'images'"
    reason = "and its size is not known" if not shapes else f"and may have {len(shapes)} sizes"
    raise InputError(document.path, f"{found} {reason}", "an image entry for each annotation")
