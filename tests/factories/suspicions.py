"""Suspicions made up: of masks as a whole, of pixels in them, and of unlabelled objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label.queue_specs import QueueOrder, QueueSpec
from s2label.suspicions import SuspicionKind, SuspicionRecord
from s2label.types import Subject

if TYPE_CHECKING:
    from s2label.catalog.store import Catalog
    from s2label.chip_views import ChipView
    from s2label.suspicions import Ring

SUSPICIOUS = QueueSpec(Subject.MASK, QueueOrder.SUSPICION, descending=True, only_suspicious=True)
OBJECTS = QueueSpec(Subject.SUSPICION, QueueOrder.SUSPICION, descending=True)


def square(x: int = 2, y: int = 2, side: int = 2) -> tuple[Ring, ...]:
    """Return the outline of a square of pixels."""
    ring = ((y, x), (y + side, x), (y + side, x + side), (y, x + side), (y, x))
    return (ring,)


def suspicion(
    chip: ChipView,
    kind: SuspicionKind = SuspicionKind.MISSING,
    rank: float = 1.0,
    *,
    audit: str = "audit-1",
    rings: tuple[Ring, ...] = (),
    class_value: int | None = 1,
) -> SuspicionRecord:
    """Return a suspicion of the mask of a chip as it is in view."""
    assert chip.mask is not None
    return SuspicionRecord(
        mask_id=chip.mask.id,
        mask_version=chip.mask.version,
        image_id=chip.image.id,
        image_version=chip.image.version,
        audit=audit,
        model="tiny-1",
        kind=kind,
        words=f"{kind} of rank {rank}.",
        score=rank / 2,
        rank=rank,
        rings=rings,
        class_value=class_value,
    )


def unlabelled(
    chip: ChipView, rank: float = 1.0, *, x: int = 2, y: int = 2, audit: str = "audit-1"
) -> SuspicionRecord:
    """Return an unlabelled object of two by two pixels in a chip."""
    kind = SuspicionKind.UNLABELLED
    return suspicion(chip, kind, rank, audit=audit, rings=square(x, y))


def chips_of(catalog: Catalog) -> list[ChipView]:
    """Return all chips of a catalog, by image id."""
    return [chip for _, chip in sorted(catalog.chips(catalog.image_ids()).items())]
