"""What people have painted so far, strokes in no version yet included: positions by class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from s2label.canvases import CanvasKind, CanvasRef
from s2label.ids import ignore_id
from s2label.painting.canvas import read_canvas
from s2label.types import IGNORE, NOT_LABELLED, Provenance, State

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from s2label.chip_views import ChipView
    from s2label.masks import Mask
    from s2label.project import Project
    from s2label.types import ImageRecord, PlaceRecord

# Neighbours say nearly the same: more of one chip costs time and teaches little.
MOST_PER_CLASS = 400


@dataclass(frozen=True, eq=False)
class PaintedChip:
    """Pixels of a chip that people have painted.

    Parameters
    ----------
    key : tuple
        Differs when image, mask or ignored pixels do.
    image, place : ImageRecord, PlaceRecord
        Where its bands are, and on which ground.
    pixels : dict
        Class value -> how many pixels were painted.
    sample : dict
        Class value -> row-major positions (n,) of up to `MOST_PER_CLASS` of them, by chance:
        the first ones are a sample as well.
    """

    key: tuple[object, ...]
    image: ImageRecord
    place: PlaceRecord
    pixels: dict[int, int]
    sample: dict[int, NDArray[np.intp]]


class PaintedChips:
    """Finds what people have painted, and reads only chips on which that has changed.

    Parameters
    ----------
    project : Project
        Open for reading or writing.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._known: dict[tuple[object, ...], PaintedChip] = {}

    def find(self) -> list[PaintedChip]:
        """Return the chips with painted pixels, neither image nor mask rejected, the latest first.

        Raises
        ------
        S2LabelError
            If the catalog or a mask file cannot be read.
        """
        catalog = self._project.catalog
        with catalog.snapshot():
            ids = catalog.canvases.painted_images()
            chips = catalog.chips(ids)
        stand = [chips[id_] for id_ in ids if _is_standing(chips[id_])]
        found = [self._known.get(_key(chip)) or self._read(chip) for chip in stand]
        self._known = {chip.key: chip for chip in found}
        return [chip for chip in found if chip.pixels]

    def _read(self, chip: ChipView) -> PaintedChip:
        assert chip.mask is not None
        mask = read_canvas(self._project, CanvasRef(CanvasKind.MASK, chip.mask.id))
        ignored = read_canvas(self._project, CanvasRef(CanvasKind.IGNORE, ignore_id(chip.image.id)))
        chance = np.random.default_rng(crc32(chip.image.id.encode()))
        of_class = {} if mask is None else _painted(mask, ignored)
        sample = {v: chance.permutation(where)[:MOST_PER_CLASS] for v, where in of_class.items()}
        pixels = {value: len(where) for value, where in of_class.items()}
        return PaintedChip(_key(chip), chip.image, chip.place, pixels, sample)


def _is_standing(chip: ChipView) -> bool:
    if chip.mask is None or State.REJECTED in (chip.image_state, chip.mask.state):
        return False
    return chip.mask.last_act > 0


def _key(chip: ChipView) -> tuple[object, ...]:
    """Return what decides on the pixels: settling strokes makes a version, but no other pixels."""
    assert chip.mask is not None
    image = chip.image
    return (image.id, image.fingerprint, chip.mask.id, chip.mask.last_act, chip.last_ignore_act)


def _painted(mask: Mask, ignored: Mask | None) -> dict[int, NDArray[np.intp]]:
    """Return class value -> positions that people painted, without what is ignored."""
    counts = (mask.provenance == Provenance.HUMAN) & (mask.classes < NOT_LABELLED)
    if ignored is not None:
        counts &= ignored.classes != IGNORE
    classes = mask.classes.reshape(-1)
    where = np.flatnonzero(counts)
    return {int(value): where[classes[where] == value] for value in np.unique(classes[where])}
