"""The masks of an export: which versions, whether their files are sound, what is ignored in them.

A mask is written once for all its images. Where pixels of one image are to be ignored (a cloud),
that image gets a copy of its own with those pixels set to "ignore".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from s2label.canvases import CanvasKind, CanvasRef
from s2label.durable import sha256_of
from s2label.errors import ExportError
from s2label.exports.survey import in_chunks
from s2label.ids import mask_id
from s2label.masks import Mask, read_mask, with_ignored
from s2label.progress import Job, Progress

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from s2label.project import Project
    from s2label.types import Pair


@dataclass(frozen=True)
class IgnoreFile:
    """A version of an ignore raster, and the SHA-256 of its file."""

    id: str
    version: int
    sha256: str


@dataclass(frozen=True)
class MaskFile:
    """A mask as an export writes it.

    Parameters
    ----------
    name : str
        Of the written file, without suffix.
    id, version, place_id, sha256
        The version it is made of, and the SHA-256 of its file.
    class_counts : dict
        Stored value -> pixels, with what is ignored.
    ignore : IgnoreFile, optional
        What is ignored in the one image that it is written for.
    """

    name: str
    id: str
    version: int
    place_id: str
    sha256: str
    class_counts: dict[int, int]
    ignore: IgnoreFile | None = None


@dataclass(frozen=True)
class MaskFiles:
    """The masks of an export: by image, and each once."""

    of_image: dict[str, MaskFile]

    @property
    def all(self) -> dict[str, MaskFile]:
        """Name -> mask, each once."""
        return {file.name: file for file in self.of_image.values()}


def find_masks(project: Project, pairs: Sequence[Pair]) -> MaskFiles:
    """Return the masks of some pairs."""
    versions = {(row["mask_id"], row["version"]): row for row in project.catalog.mask_versions()}
    ignored = project.catalog.canvases.ignored_pixels(pair.image_id for pair in pairs)
    found = {}
    for pair in pairs:
        row = versions[pair.mask_id, pair.mask_version]
        counts = {int(value): int(pixels) for value, pixels in row["class_counts"].items()}
        facts = (pair.mask_id, pair.mask_version, pair.place_id, row["sha256"], counts)
        file = MaskFile(pair.mask_id, *facts)
        its = ignored.get(pair.image_id)
        if its is not None:
            ignore = IgnoreFile(its["raster_id"], its["version"], its["sha256"])
            file = replace(file, name=mask_id(pair.image_id), ignore=ignore)
        found[pair.image_id] = file
    return MaskFiles(found)


def read_exported(project: Project, file: MaskFile) -> Mask:
    """Return a mask as it is exported, with what is ignored in its image."""
    mask = read_mask(project.mask_path(file.id, file.version))
    if file.ignore is None:
        return mask
    return with_ignored(mask, read_mask(_ignore_path(project, file.ignore)))


def check_masks(project: Project, masks: MaskFiles, total: int) -> Job[MaskFiles]:
    """Compare mask and ignore files with their SHA-256 and return the masks, counted.

    Raises
    ------
    ExportError
        If one is missing or damaged.
    """
    sound: dict[str, MaskFile] = {}
    for chunk in in_chunks(masks.all.values()):
        yield Progress(0, total, "checking the masks")
        for mask in chunk:
            _check_file(project.mask_path(mask.id, mask.version), mask.sha256)
            if mask.ignore is not None:
                _check_file(_ignore_path(project, mask.ignore), mask.ignore.sha256)
                mask = replace(mask, class_counts=read_exported(project, mask).class_counts)
            sound[mask.name] = mask
    return MaskFiles({image: sound[file.name] for image, file in masks.of_image.items()})


def _ignore_path(project: Project, ignore: IgnoreFile) -> Path:
    return project.canvas_path(CanvasRef(CanvasKind.IGNORE, ignore.id), ignore.version)


def _check_file(path: Path, sha256: str) -> None:
    advice = "restore it from a backup of the project, or reject the mask"
    try:
        found = sha256_of(path)
    except OSError as error:
        raise ExportError(f"{path}: cannot be read ({error.strerror}); {advice}") from error
    if found != sha256:
        raise ExportError(f"{path}: is damaged, its SHA-256 is not the catalog's; {advice}")
