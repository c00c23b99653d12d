"""An import in the making: what was examined is kept here until all of it is.

A killed import goes on from here; one that meets bad input is thrown away, and the project is
as it was. Nothing here is part of the project.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from s2label.durable import make_folder, put_whole, sha256_of, sync_file, sync_files, write_whole
from s2label.errors import InputError
from s2label.importers.contract import UnitRecord
from s2label.masks import encode_mask
from s2label.stored_chips import FOLDER as CHIPS
from s2label.stored_chips import fault_of_chip, is_stored

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s2label.importers.contract import Examined, Unit
    from s2label.types import ChipRecord, MaskRecord, Source

_PLAN = "plan.json"
_TAKEN = "taking-over"


@cache
def _records() -> TypeAdapter[UnitRecord]:
    return TypeAdapter(UnitRecord)


class Staging:
    """The staging folder of one import.

    Parameters
    ----------
    folder : Path
        Where it lies; in the project's folder, so that files are moved and not copied.
    plan : dict
        What is imported and how, as JSON types: an unfinished import with another plan is
        thrown away.
    """

    def __init__(self, folder: Path, plan: dict[str, object]) -> None:
        self._folder = folder
        self._masks = folder / "masks"
        self._chips = folder / CHIPS
        text = json.dumps(plan, sort_keys=True, default=str).encode()
        is_same = (folder / _PLAN).is_file() and (folder / _PLAN).read_bytes() == text
        if not is_same:
            self.discard()
        make_folder(self._masks, inside=folder.parent)
        self._chips.mkdir(exist_ok=True)
        (folder / "units").mkdir(exist_ok=True)
        if not is_same:
            write_whole(folder / _PLAN, text)

    def find(self, unit: Unit) -> UnitRecord | None:
        """Return a unit that was examined before and whose files are as they were."""
        path = self._unit_path(unit.key)
        if not path.is_file():
            return None
        try:
            record = _records().validate_json(path.read_bytes())
        except ValidationError:  # staged by another version of the program
            return None
        came_since = {str(file) for file in unit.files} - set(record.sources)
        if came_since or not _is_unchanged(record):
            return None
        return record if self._has_masks(record) and self._has_chips(record) else None

    def _has_masks(self, record: UnitRecord) -> bool:
        """Tell whether the masks of a unit are whole, here or moved into the project already."""
        masks = (mask for chip in record.chips for mask in chip.masks)
        paths = ((self._mask_path(mask.id, mask.content), mask.sha256) for mask in masks)
        may_be_moved = (self._folder / _TAKEN).exists()
        return all(
            sha256_of(path) == sha256 if path.is_file() else may_be_moved for path, sha256 in paths
        )

    def _has_chips(self, record: UnitRecord) -> bool:
        """Tell whether the chips that a unit stores are whole, here or in the project already."""
        for source in _stored_chips(record):
            staged, placed = self._chip_path(source), Path(source.path)
            path = staged if staged.is_file() else placed
            if fault_of_chip(path, source) is not None:
                return False
        return True

    def note_taking_over(self) -> None:
        """Note that masks are moved into the project from now on."""
        (self._folder / _TAKEN).touch()

    def keep(self, examined: Examined) -> UnitRecord:
        """Keep what was examined; the record is written last, when its files are there.

        Not synced: what a power cut leaves is compared with its hashes, or no record at all.
        """
        contents = {m.id: m.content for chip in examined.record.chips for m in chip.masks}
        hashes = {}
        for id_, mask in examined.masks.items():
            data = encode_mask(mask)
            put_whole(self._mask_path(id_, contents[id_]), data)
            hashes[id_] = hashlib.sha256(data).hexdigest()
        for name, data in examined.files.items():
            put_whole(self._chips / Path(name).name, data)
        record = _with_hashes(examined.record, hashes)
        # Not `dump_json`: it writes null for NaN and infinity, which nodata tags may be.
        text = json.dumps(_records().dump_python(record, mode="json"))
        put_whole(self._unit_path(record.key), text.encode())
        return record

    def sync(self, record: UnitRecord) -> None:
        """Make the masks of a unit durable; rows may name them afterwards."""
        for chip in record.chips:
            for mask in chip.masks:
                # A killed import may have moved it into the project, synced.
                with suppress(FileNotFoundError):
                    sync_file(self._mask_path(mask.id, mask.content))

    def sync_chips(self) -> None:
        """Make all staged chips durable; rows may name them afterwards."""
        sync_files(self._chips.iterdir())

    def chips(self, keys: list[str]) -> Iterator[ChipRecord]:
        """Yield the chips of all units, one unit in memory at a time."""
        for key in keys:
            yield from _records().validate_json(self._unit_path(key).read_bytes()).chips

    def place_mask(self, mask: MaskRecord, target: Path) -> None:
        """Move a mask file to its place in the project; doing it twice does no harm."""
        staged = self._mask_path(mask.id, mask.content)
        if staged.is_file():
            make_folder(target.parent, inside=self._folder.parent)
            os.replace(staged, target)
        elif not target.is_file() or sha256_of(target) != mask.sha256:
            found = "a staged mask is gone"
            raise InputError(staged, found, advice="run the same import again; it begins anew")

    def placed_chips(self, keys: list[str]) -> Iterator[ChipRecord]:
        """Yield the chips of all units, the files that they store in their places."""
        for chip in self.chips(keys):
            self._place_files(chip)
            yield chip

    def _place_files(self, chip: ChipRecord) -> None:
        """Move the files that a chip stores to their places; doing it twice does no harm."""
        for source in _stored_sources(chip):
            staged, target = self._chip_path(source), Path(source.path)
            if staged.is_file():
                os.replace(staged, target)
            elif not target.is_file():
                found = "a staged chip is gone"
                raise InputError(staged, found, advice="run the same import again; it begins anew")

    def discard(self) -> None:
        """Throw everything away."""
        # The plan first: without it, what a kill leaves of the rest is nobody's.
        (self._folder / _PLAN).unlink(missing_ok=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _unit_path(self, key: str) -> Path:
        return self._folder / "units" / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"

    def _chip_path(self, source: Source) -> Path:
        return self._chips / Path(source.path).name

    def _mask_path(self, id_: str, content: str) -> Path:
        return self._masks / f"{id_}-{content[:16]}.tif"


def _stored_chips(record: UnitRecord) -> Iterator[Source]:
    for chip in record.chips:
        yield from _stored_sources(chip)


def _stored_sources(chip: ChipRecord) -> Iterator[Source]:
    for image in chip.images:
        if is_stored(image):
            yield image.bands[0].source


def _with_hashes(record: UnitRecord, hashes: dict[str, str]) -> UnitRecord:
    chips = tuple(
        replace(chip, masks=tuple(replace(m, sha256=hashes[m.id]) for m in chip.masks))
        for chip in record.chips
    )
    return replace(record, chips=chips)


def _is_unchanged(record: UnitRecord) -> bool:
    for name, (size_bytes, mtime_ns) in record.sources.items():
        try:
            stat = Path(name).stat()
        except OSError:
            return False
        if (stat.st_size, stat.st_mtime_ns) != (size_bytes, mtime_ns):
            return False
    return True
