"""The mask versions of an export and whether their files are sound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from s2label.durable import sha256_of
from s2label.errors import ExportError
from s2label.exports.survey import in_chunks
from s2label.progress import Job, Progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from s2label.project import Project
    from s2label.types import Pair


@dataclass(frozen=True)
class MaskFile:
    """A mask version of an export: stored value -> pixels, and the SHA-256 of its file."""

    id: str
    version: int
    place_id: str
    sha256: str
    class_counts: dict[int, int]


def find_masks(project: Project, pairs: Sequence[Pair]) -> dict[str, MaskFile]:
    """Return the mask versions of some pairs by mask id."""
    wanted = {(pair.mask_id, pair.mask_version): pair for pair in pairs}
    masks = {}
    for row in project.catalog.mask_versions():
        pair = wanted.get((row["mask_id"], row["version"]))
        if pair is not None:
            counts = {int(value): int(pixels) for value, pixels in row["class_counts"].items()}
            facts = (pair.mask_version, pair.place_id, row["sha256"], counts)
            masks[pair.mask_id] = MaskFile(pair.mask_id, *facts)
    return masks


def check_masks(project: Project, masks: Iterable[MaskFile], total: int) -> Job[None]:
    """Compare mask files with their SHA-256 in the catalog.

    Raises
    ------
    ExportError
        If one is missing or damaged.
    """
    for chunk in in_chunks(masks):
        yield Progress(0, total, "checking the masks")
        for mask in chunk:
            _check_mask(project.mask_path(mask.id, mask.version), mask.sha256)


def _check_mask(path: Path, sha256: str) -> None:
    advice = "restore it from a backup of the project, or reject the mask"
    try:
        found = sha256_of(path)
    except OSError as error:
        raise ExportError(f"{path}: cannot be read ({error.strerror}); {advice}") from error
    if found != sha256:
        raise ExportError(f"{path}: is damaged, its SHA-256 is not the catalog's; {advice}")
