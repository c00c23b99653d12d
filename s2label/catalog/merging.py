"""Merging what an import found into the catalog: new, changed, unchanged; nothing twice."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from s2label.catalog import schema
from s2label.catalog.rows import CHUNK, chunked, image_row, place_row, raster_rows
from s2label.catalog.states import refresh_states
from s2label.ids import image_id, mask_id
from s2label.types import ImportCounts, MaskRecord, Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sqlalchemy import Connection, Row

    from s2label.types import ChipRecord, ImageRecord, Source

IMPORTED = "import"
# Called with the record as it was examined, the final mask id and version, before the commit.
PlaceMask = "Callable[[MaskRecord, str, int], None]"


@dataclass
class Merge:
    """One merge: the open transaction and what it has seen so far."""

    connection: Connection
    run_id: int
    version_values: dict[str, Any]
    place_mask: Callable[[MaskRecord, str, int], None]
    counts: Counter[str] = field(default_factory=Counter)
    source_ids: dict[str, int] = field(default_factory=dict)

    def merge(self, chips: Iterable[ChipRecord]) -> ImportCounts:
        """Merge chips, a few hundred at a time."""
        stream = iter(chips)
        while batch := list(islice(stream, CHUNK)):
            self._merge_batch(batch)
        return ImportCounts(**self.counts)

    def _merge_batch(self, chips: list[ChipRecord]) -> None:
        self._merge_sources(_sources_of(chips))
        place_ids = self._merge_places(chips)
        images = _ImagesOfPlaces(self.connection, set(place_ids.values()))
        image_ids: dict[str, str] = {}
        for chip in chips:
            for image in chip.images:
                here = replace(image, place_id=place_ids[chip.place.grid.key])
                image_ids[image.id] = self._merge_image(here, images)
        touched = [self._merge_mask(m, c, place_ids, image_ids) for c in chips for m in c.masks]
        refresh_states(self.connection, Subject.IMAGE, image_ids.values())
        refresh_states(self.connection, Subject.MASK, touched)

    def _merge_sources(self, sources: dict[str, Source]) -> None:
        table = schema.source
        for chunk in chunked(path for path in sources if path not in self.source_ids):
            rows = self.connection.execute(select(table).where(table.c.path.in_(chunk))).all()
            known = {row.path: row for row in rows}
            for path in chunk:
                self.source_ids[path] = self._merge_source(sources[path], known.get(path))

    def _merge_source(self, source: Source, known: Row[*tuple[Any, ...]] | None) -> int:
        table = schema.source
        values = {
            "path": source.path,
            "size_bytes": source.size_bytes,
            "mtime_ns": source.mtime_ns,
            "digest": source.digest,
        }
        if known is None:
            inserted = self.connection.execute(insert(table).values(values)).inserted_primary_key
            assert inserted is not None
            return int(inserted[0])
        self.connection.execute(update(table).where(table.c.id == known.id).values(values))
        return int(known.id)

    def _merge_places(self, chips: list[ChipRecord]) -> dict[str, str]:
        table = schema.place
        wanted = {chip.place.grid.key: chip.place for chip in chips}
        ids: dict[str, str] = {}
        for chunk in chunked(wanted):
            query = select(table.c.grid_key, table.c.id).where(table.c.grid_key.in_(chunk))
            ids |= {row.grid_key: row.id for row in self.connection.execute(query)}
        new = [place_row(place) for key, place in wanted.items() if key not in ids]
        if new:
            self.connection.execute(insert(table), new)
        self.counts["places_new"] += len(new)
        return ids | {row["grid_key"]: row["id"] for row in new}

    def _merge_image(self, image: ImageRecord, images: _ImagesOfPlaces) -> str:
        image = replace(image, id=image_id(image.place_id, image.scene, image.date))
        known = images.find(image)
        if known is None:
            self._insert_image(image)
            images.add(image)
            return image.id
        if known.fingerprint != image.fingerprint:
            self.counts["images_changed"] += 1
            image = replace(image, id=known.id, version=known.version + 1)
            self._update_image(image)
        else:
            image = replace(image, id=known.id, version=known.version)
            self._follow_files(image, images)
        images.add(image)
        return image.id

    def _follow_files(self, image: ImageRecord, images: _ImagesOfPlaces) -> None:
        """Note where the files of an unchanged image are now, if they were moved."""
        here = [self.source_ids[r.source.path] for r in (*image.bands, *image.rasters)]
        if images.source_ids(image.id) == here:
            self.counts["images_unchanged"] += 1
            return
        self.counts["images_moved"] += 1
        self._update_image(image)

    def _insert_image(self, image: ImageRecord) -> None:
        self.counts["images_new"] += 1
        row = image_row(image) | {"import_id": self.run_id}
        self.connection.execute(insert(schema.image).values(row))
        self._insert_rasters(image)

    def _update_image(self, image: ImageRecord) -> None:
        table, rasters = schema.image, schema.image_raster
        row = image_row(image)
        self.connection.execute(update(table).where(table.c.id == image.id).values(row))
        self.connection.execute(delete(rasters).where(rasters.c.image_id == image.id))
        self._insert_rasters(image)

    def _insert_rasters(self, image: ImageRecord) -> None:
        rows = raster_rows(image, self.source_ids)
        if rows:
            self.connection.execute(insert(schema.image_raster), rows)

    def _merge_mask(
        self,
        mask: MaskRecord,
        chip: ChipRecord,
        place_ids: dict[str, str],
        image_ids: dict[str, str],
    ) -> str:
        place = place_ids[chip.place.grid.key]
        image = image_ids[mask.image_id] if mask.image_id else None
        final = replace(mask, id=mask_id(image or place), place_id=place, image_id=image)
        known = self._known_mask(final.id)
        if known is None:
            self.counts["masks_new"] += 1
            self.connection.execute(insert(schema.mask).values(self._mask_row(final)))
            self._add_version(mask, final, 1)
        elif known.content == mask.content or self._was_imported(final):
            self.counts["masks_unchanged"] += 1
        elif known.origin == IMPORTED:
            self.counts["masks_changed"] += 1
            self._add_version(mask, final, known.current_version + 1)
        else:
            # Somebody's work lies on top of the old source: a new source never replaces it.
            self.counts["masks_kept"] += 1
        return final.id

    def _known_mask(self, id_: str) -> Row[*tuple[Any, ...]] | None:
        mask, version = schema.mask, schema.mask_version
        query = (
            select(mask.c.current_version, version.c.content, version.c.origin)
            .join(version, version.c.mask_id == mask.c.id)
            .where(mask.c.id == id_, version.c.version == mask.c.current_version)
        )
        return self.connection.execute(query).one_or_none()

    def _was_imported(self, final: MaskRecord) -> bool:
        """Tell whether the newest import brought this very content, whatever came on top."""
        version = schema.mask_version
        query = (
            select(version.c.content)
            .where(version.c.mask_id == final.id, version.c.origin == IMPORTED)
            .order_by(version.c.version.desc())
            .limit(1)
        )
        return self.connection.scalar(query) == final.content

    def _mask_row(self, final: MaskRecord) -> dict[str, Any]:
        return {
            "id": final.id,
            "place_id": final.place_id,
            "image_id": final.image_id,
            "current_version": 1,
            **self._consensus(final),
        }

    def _consensus(self, final: MaskRecord) -> dict[str, Any]:
        raster = final.consensus_raster
        return {
            "consensus": final.consensus,
            "consensus_source_id": self.source_ids[raster.source.path] if raster else None,
            "consensus_index": raster.index if raster else None,
        }

    def _add_version(self, staged: MaskRecord, final: MaskRecord, version: int) -> None:
        self.place_mask(staged, final.id, version)
        row = {
            "mask_id": final.id,
            "version": version,
            "sha256": staged.sha256,
            "content": staged.content,
            "origin": IMPORTED,
            "class_counts": {str(k): v for k, v in sorted(staged.class_counts.items())},
            "import_id": self.run_id,
        }
        self.connection.execute(insert(schema.mask_version).values(row | self.version_values))
        values = {"current_version": version, **self._consensus(final)}
        table = schema.mask
        self.connection.execute(update(table).where(table.c.id == final.id).values(values))


class _ImagesOfPlaces:
    """The images that some places have, found by id or by the same content on the same date."""

    def __init__(self, connection: Connection, place_ids: set[str]) -> None:
        self._by_id: dict[str, Any] = {}
        self._by_content: dict[tuple[str, str | None, str], Any] = {}
        self._source_ids: dict[str, list[int]] = defaultdict(list)
        image = schema.image
        for chunk in chunked(sorted(place_ids)):
            for row in connection.execute(select(image).where(image.c.place_id.in_(chunk))):
                self.add(row)
        raster = schema.image_raster
        for chunk in chunked(list(self._by_id)):
            query = select(raster.c.image_id, raster.c.source_id)
            query = query.where(raster.c.image_id.in_(chunk))
            for row in connection.execute(query.order_by(raster.c.image_id, raster.c.ordinal)):
                self._source_ids[row.image_id].append(row.source_id)

    def source_ids(self, image_id: str) -> list[int]:
        """Return the files of an image as the catalog has them, in the image's order."""
        return self._source_ids[image_id]

    def add(self, image: Any) -> None:
        self._by_id[image.id] = image
        self._by_content[image.place_id, image.date, image.fingerprint] = image

    def find(self, image: ImageRecord) -> Any | None:
        # A folder that was renamed or moved brings the same bytes under another scene name.
        content = (image.place_id, image.date, image.fingerprint)
        return self._by_id.get(image.id) or self._by_content.get(content)


def _sources_of(chips: Iterable[ChipRecord]) -> dict[str, Source]:
    return {source.path: source for source in _each_source(chips)}


def _each_source(chips: Iterable[ChipRecord]) -> Iterator[Source]:
    for chip in chips:
        for image in chip.images:
            for raster in (*image.bands, *image.rasters):
                yield raster.source
        for mask in chip.masks:
            if mask.consensus_raster is not None:
                yield mask.consensus_raster.source
