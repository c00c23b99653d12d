"""What the units of an import say together; contradictions between them are found here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from s2label.errors import InputError

if TYPE_CHECKING:
    from s2label.importers.examining import Kept
    from s2label.importers.value_counts import ValueCounts
    from s2label.stretch_sample import Samples
    from s2label.types import ChipRecord


@dataclass
class UnitSums:
    """What the units of an import say together, without their chips."""

    values: list[ValueCounts] = field(default_factory=list)
    warnings: dict[str, None] = field(default_factory=dict)
    contents: dict[str, str] = field(default_factory=dict)
    images: dict[tuple[str, str | None, str], str] = field(default_factory=dict)
    blank: int = 0
    blanks: dict[str, list[str]] = field(default_factory=dict)
    samples: Samples = field(default_factory=dict)

    def add(self, kept: Kept) -> None:
        """Add a unit.

        Raises
        ------
        InputError
            If it gives a mask, or an image, that another unit gave otherwise.
        """
        record = kept.record
        self.samples |= kept.samples
        self.values.append(record.values)
        self.warnings |= dict.fromkeys(record.warnings)
        self.blank += record.blank
        if record.blank_grounds:
            self.blanks.setdefault(record.content, []).extend(record.blank_grounds)
        for chip in record.chips:
            self._add_chip(chip)

    def _add_chip(self, chip: ChipRecord) -> None:
        ground = chip.place.grid.key
        for mask in chip.masks:
            # A place may have another name in every scene; its ground tells that it is one.
            owner = mask.image_id or ground
            if self.contents.setdefault(owner, mask.content) != mask.content:
                found = f"two different masks for {chip.place.name}"
                advice = "import the dates apart, or give the one that is right with --masks FILE"
                raise InputError(mask.origin, found, advice=advice)
        for image in chip.images:
            key = (ground, image.date, image.scene)
            if self.images.setdefault(key, image.fingerprint) != image.fingerprint:
                where = image.bands[0].source.path if image.bands else chip.place.name
                found = f"another image is called {image.scene} too, of the same ground and date"
                raise InputError(where, found, advice="rename one of the files or folders")
