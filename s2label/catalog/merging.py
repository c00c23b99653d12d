"""Merging what an import found into the catalog: new, changed, moved, unchanged; nothing twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select, update

from s2label.catalog import schema
from s2label.catalog.merging_images import ImageBatch
from s2label.catalog.merging_masks import MaskBatch
from s2label.catalog.rows import CHUNK, chunked, place_row, read_images
from s2label.catalog.states import refresh_states
from s2label.ids import fingerprint
from s2label.stored_chips import is_stored
from s2label.types import ImportCounts, MaskRecord, Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sqlalchemy import Connection, Row

    from s2label.types import ChipRecord, ImageRecord, PlaceRecord, Source


@dataclass
class Merge:
    """One merge: the open transaction and what it has seen so far.

    Parameters
    ----------
    connection : Connection
        In a transaction; the caller commits.
    run_id : int
        The import that new rows name.
    stamp : dict
        ``at``, ``who`` and ``program`` of new mask versions.
    place_mask : callable
        Called with a mask record as examined, the final mask id and version, before the commit.
    """

    connection: Connection
    run_id: int
    stamp: dict[str, Any]
    place_mask: Callable[[MaskRecord, str, int], None]
    counts: Counter[str] = field(default_factory=Counter)
    source_ids: dict[str, int] = field(default_factory=dict)
    changed_sources: set[int] = field(default_factory=set)
    merged_images: set[str] = field(default_factory=set)

    def merge(self, chips: Iterable[ChipRecord]) -> ImportCounts:
        """Merge chips, a few hundred at a time."""
        stream = iter(chips)
        while batch := list(islice(stream, CHUNK)):
            self._merge_batch(batch)
        if self.changed_sources:
            self._open_bystanders()
        if self.counts["images_changed"] or self.counts["images_moved"]:
            self._forget_unused_sources()
        return ImportCounts(**self.counts)

    def _merge_batch(self, chips: list[ChipRecord]) -> None:
        self._merge_sources({source.path: source for source in _each_source(chips)})
        place_ids = self._merge_places(chips)
        known = (self.source_ids, self.changed_sources, self.counts, self.merged_images)
        images = ImageBatch(self.connection, self.run_id, *known)
        image_ids = images.merge(chips, place_ids)
        masks = MaskBatch(self.connection, self.run_id, self.source_ids, self.counts)
        mask_ids = masks.merge(chips, place_ids, image_ids, self.stamp, self.place_mask)
        refresh_states(self.connection, Subject.IMAGE, image_ids.values())
        refresh_states(self.connection, Subject.MASK, mask_ids)

    def _merge_sources(self, sources: dict[str, Source]) -> None:
        table = schema.source
        for chunk in chunked(path for path in sources if path not in self.source_ids):
            by_path = select(table).where(table.c.path.in_(chunk))
            known = {row.path: row for row in self.connection.execute(by_path)}
            new = [_source_row(sources[path]) for path in chunk if path not in known]
            if new:
                self.connection.execute(insert(table), new)
            self._update_sources([(row, sources[path]) for path, row in known.items()])
            self.source_ids |= {row.path: row.id for row in self.connection.execute(by_path)}

    def _update_sources(self, pairs: list[tuple[Row[*tuple[Any, ...]], Source]]) -> None:
        changed = {
            row.id
            for row, source in pairs
            if (row.size_bytes, row.digest) != (source.size_bytes, source.digest)
        }
        self.changed_sources |= changed
        self.counts["sources_changed"] += len(changed)
        table = schema.source
        rows = [_source_row(source) | {"row_id": row.id} for row, source in pairs]
        if rows:
            change = update(table).where(table.c.id == bindparam("row_id"))
            self.connection.execute(change, rows)

    def _merge_places(self, chips: list[ChipRecord]) -> dict[str, str]:
        """Return ground (grid key) -> place id; ground keeps the name that it got first."""
        table = schema.place
        wanted: dict[str, Any] = {}
        for chip in chips:
            wanted.setdefault(chip.place.grid.key, chip.place)
        ids: dict[str, str] = {}
        for chunk in chunked(wanted):
            query = select(table.c.grid_key, table.c.id).where(table.c.grid_key.in_(chunk))
            ids |= {row.grid_key: row.id for row in self.connection.execute(query)}
        missing = {key: place for key, place in wanted.items() if key not in ids}
        free = self._free_place_ids(missing)
        new = [place_row(place) | {"id": free[key]} for key, place in missing.items()]
        if new:
            self.connection.execute(insert(table), new)
        self.counts["places_new"] += len(new)
        return ids | {row["grid_key"]: row["id"] for row in new}

    def _free_place_ids(self, places: dict[str, PlaceRecord]) -> dict[str, str]:
        """Return ground -> id; where a hash is shared by chance, with a number behind it."""
        table = schema.place
        taken: set[str] = set()
        for chunk in chunked(place.id for place in places.values()):
            taken |= set(self.connection.scalars(select(table.c.id).where(table.c.id.in_(chunk))))
        ids: dict[str, str] = {}
        for key, place in places.items():
            id_, number = place.id, 2
            while id_ in taken:
                id_, number = f"{place.id}-{number}", number + 1
            taken.add(id_)
            ids[key] = id_
        return ids

    def _open_bystanders(self) -> None:
        """Open the images of other imports whose files turned out to have changed."""
        raster = schema.image_raster
        users: set[str] = set()
        for chunk in chunked(map(str, sorted(self.changed_sources))):
            query = select(raster.c.image_id).where(raster.c.source_id.in_(map(int, chunk)))
            users |= set(self.connection.scalars(query))
        for chunk in chunked(sorted(users - self.merged_images)):
            for image in read_images(self.connection, schema.image.c.id.in_(chunk)):
                self._note_change(image)
            refresh_states(self.connection, Subject.IMAGE, chunk)

    def _note_change(self, image: ImageRecord) -> None:
        if is_stored(image):  # cut from what its product was then
            return
        now = fingerprint((*image.bands, *image.rasters))
        if now != image.fingerprint:
            self.counts["images_changed"] += 1
            table = schema.image
            change = update(table).where(table.c.id == image.id)
            values = {"fingerprint": now, "version": image.version + 1}
            self.connection.execute(change.values(values))

    def _forget_unused_sources(self) -> None:
        """Delete files that nothing reads any more, lest `check` miss them for ever."""
        source, raster, mask = schema.source, schema.image_raster, schema.mask
        of_masks = select(mask.c.consensus_source_id).where(mask.c.consensus_source_id.is_not(None))
        self.connection.execute(
            delete(source).where(
                source.c.id.not_in(select(raster.c.source_id)), source.c.id.not_in(of_masks)
            )
        )


def _source_row(source: Source) -> dict[str, Any]:
    return {
        "path": source.path,
        "size_bytes": source.size_bytes,
        "mtime_ns": source.mtime_ns,
        "digest": source.digest,
    }


def _each_source(chips: Iterable[ChipRecord]) -> Iterator[Source]:
    for chip in chips:
        for image in chip.images:
            for raster in (*image.bands, *image.rasters):
                yield raster.source
        for mask in chip.masks:
            if mask.consensus_raster is not None:
                yield mask.consensus_raster.source
