"""What a training writes down of its chips, and the chips of what was written. Knows no torch."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from s2label.errors import InputError
from s2label.labelled.chips import LabelledChip
from s2label_training.run_records import ChipData

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s2label.project import Project


def record_chip(chip: LabelledChip, *, is_validation: bool) -> ChipData:
    """Return what is written of a chip, with the version that its mask has now."""
    return ChipData(
        image=chip.image.id,
        image_version=chip.image.version,
        group=chip.group,
        mask=chip.mask_id,
        mask_version=chip.mask_version,
        is_accepted=chip.is_accepted,
        ignore=chip.ignore_id,
        ignore_version=chip.ignore_version,
        is_validation=is_validation,
    )


def recorded_chips(
    project: Project, records: Sequence[ChipData]
) -> tuple[list[LabelledChip], list[LabelledChip]]:
    """Return the chips that were written down, with the mask versions that they had then.

    Returns
    -------
    training, validation : list of LabelledChip
        In the order of the records.

    Raises
    ------
    InputError
        If an image is gone or was imported anew.
    """
    with project.catalog.snapshot():
        images = project.catalog.images(row.image for row in records)
        places = project.catalog.places()
    sides: tuple[list[LabelledChip], list[LabelledChip]] = ([], [])
    for row in records:
        image = images.get(row.image)
        if image is None or image.version != row.image_version:
            found = "gone" if image is None else "imported anew since"
            raise InputError(f"image {row.image}", found, advice="train anew, without --resume")
        chip = LabelledChip(
            image=image,
            place=places[image.place_id],
            group=row.group,
            mask_id=row.mask,
            mask_version=row.mask_version,
            is_accepted=row.is_accepted,
            class_counts={},
            ignore_id=row.ignore,
            ignore_version=row.ignore_version,
        )
        sides[row.is_validation].append(chip)
    return sides


def digest_of(chips: Sequence[ChipData]) -> str:
    """Return the SHA-256 over images, mask and ignore versions, in order."""
    digest = hashlib.sha256()
    for chip in chips:
        digest.update(chip.model_dump_json().encode() + b"\n")
    return digest.hexdigest()
