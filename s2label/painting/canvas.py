"""A canvas as files and strokes make it: read, begun, and settled into a version."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from s2label.canvases import BLANK, PAINTED, CanvasKind, CanvasRef, CanvasVersion
from s2label.durable import make_folder, sha256_of, sync_folder
from s2label.errors import PaintingError, S2LabelError
from s2label.ids import ignore_id, mask_id
from s2label.masks import Mask, read_mask, write_mask
from s2label.painting.stroke import unpacked
from s2label.types import BACKGROUND, NOT_LABELLED, Lifetime, Provenance

if TYPE_CHECKING:
    from s2label.canvases import StrokeRecord
    from s2label.chip_views import ChipView
    from s2label.grid import Grid
    from s2label.painting.stroke import Stroke
    from s2label.project import Project

_NOTHING_YET = {CanvasKind.MASK: NOT_LABELLED, CanvasKind.IGNORE: BACKGROUND}


def blank_canvas(kind: CanvasKind, grid: Grid) -> Mask:
    """Return a canvas that nobody painted on: a mask not labelled, an ignore raster empty."""
    classes = np.full(grid.shape, _NOTHING_YET[kind], np.uint8)
    return Mask(classes, np.full(grid.shape, Provenance.NOBODY, np.uint8), grid)


def stroke_of(record: StrokeRecord) -> Stroke:
    """Return a stroke of the catalog as it changes pixels: backwards where it is taken back."""
    stroke = unpacked(record.pixels)
    return stroke.reversed() if record.is_reversed else stroke


def canvas_of(chip: ChipView, kind: CanvasKind, lifetime: Lifetime) -> CanvasRef:
    """Return what is painted on in a chip, whether it exists already or not."""
    if kind is CanvasKind.IGNORE:
        return CanvasRef(kind, ignore_id(chip.image.id))
    if chip.mask is not None:
        return CanvasRef(kind, chip.mask.id)
    owner = chip.place.id if lifetime is Lifetime.STATIC else chip.image.id
    return CanvasRef(kind, mask_id(owner))


def read_canvas(project: Project, ref: CanvasRef) -> Mask | None:
    """Return a canvas as it is now: the current version with all strokes since.

    None if there is no such canvas yet.

    Raises
    ------
    InputError
        If the version's file cannot be read.
    PaintingError
        If a stroke does not fit.
    """
    state = project.catalog.canvases.state(ref)
    if state is None:
        return None
    mask = read_mask(project.canvas_path(ref, state.version))
    for record in state.strokes:
        stroke_of(record).apply_to(mask)
    return mask


def start_canvas(project: Project, ref: CanvasRef, chip: ChipView) -> None:
    """Make the first, blank version of a canvas; one that is there stays as it is."""
    if project.catalog.canvases.state(ref) is not None:
        return
    blank = blank_canvas(ref.kind, chip.place.grid)
    version = _write_version(project, ref, 1, blank, BLANK, None)
    image_id = None if ref.id == mask_id(chip.place.id) else chip.image.id
    project.catalog.canvases.start(ref, chip.place.id, image_id, version)


def settle(project: Project, ref: CanvasRef) -> bool:
    """Make a version of all strokes of a canvas; returns whether there were any.

    A version that holds the same pixels already becomes the current one again. The file is in
    place before the catalog names it; killed in between, the next try writes it anew.
    """
    store = project.catalog.canvases
    state = store.state(ref)
    if state is None or not state.strokes:
        return False
    mask = read_canvas(project, ref)
    if mask is None:
        raise PaintingError(f"{ref.kind} {ref.id!r}: not in this project")
    version: CanvasVersion | int | None = store.version_of_content(ref, mask.content)
    if version is None:
        before = read_mask(project.canvas_path(ref, state.version))
        number = store.newest_version(ref) + 1
        version = _write_version(project, ref, number, mask, PAINTED, before)
    store.settle(ref, version, state.last_act)
    return True


def settle_all(project: Project) -> list[CanvasRef]:
    """Settle every canvas with strokes that no version holds; returns them."""
    return [ref for ref in project.catalog.canvases.unsettled() if settle(project, ref)]


def recover(project: Project) -> list[str]:
    """Settle what a program that ended early left; returns what a user should read.

    A canvas whose file is damaged keeps its strokes in the catalog until the file is restored.
    """
    told = []
    for ref in project.catalog.canvases.unsettled():
        try:
            settle(project, ref)
            told.append(f"{ref.kind} {ref.id}: strokes of a program that ended early were kept")
        except S2LabelError as error:
            told.append(f"{error}; its strokes wait in the catalog")
    return told


def _write_version(
    project: Project, ref: CanvasRef, number: int, mask: Mask, origin: str, before: Mask | None
) -> CanvasVersion:
    path = project.canvas_path(ref, number)
    if not path.parent.is_dir():
        make_folder(path.parent, inside=project.folder)
        sync_folder(path.parent.parent)
    write_mask(path, mask)
    return CanvasVersion(
        number,
        sha256_of(path),
        mask.content,
        origin,
        mask.class_counts,
        None if before is None else int(np.count_nonzero(before.classes != mask.classes)),
    )
