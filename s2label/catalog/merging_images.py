"""Merging images: which are new, which have changed, and which only lie elsewhere now."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from s2label.catalog import schema
from s2label.catalog.rows import chunked, image_row, raster_rows, read_images
from s2label.ids import fingerprint, image_id

if TYPE_CHECKING:
    from collections import Counter

    from sqlalchemy import Connection, Row

    from s2label.types import ChipRecord, ImageRecord


class ImageBatch:
    """The images of some hundred chips, and those that the catalog has of the same places.

    ``changed_sources`` are the files that turned out to hold something else than before;
    ``touched`` collects what the whole import has merged.
    """

    def __init__(
        self,
        connection: Connection,
        run_id: int,
        source_ids: dict[str, int],
        changed_sources: set[int],
        counts: Counter[str],
        touched: set[str],
    ) -> None:
        self._connection = connection
        self._run_id = run_id
        self._source_ids = source_ids
        self._changed_sources = changed_sources
        self._counts = counts
        self._touched = touched
        self._new_rows: list[dict[str, Any]] = []
        self._new_rasters: list[dict[str, Any]] = []

    def merge(self, chips: list[ChipRecord], place_ids: dict[str, str]) -> dict[str, str]:
        """Merge the images of chips; returns image id as examined -> image id in the catalog."""
        self._known = _KnownImages(self._connection, set(place_ids.values()))
        ids: dict[str, str] = {}
        for chip in chips:
            place = place_ids[chip.place.grid.key]
            for image in chip.images:
                ids[image.id] = self._merge(replace(image, place_id=place))
        if self._new_rows:
            self._connection.execute(insert(schema.image), self._new_rows)
        if self._new_rasters:
            self._connection.execute(insert(schema.image_raster), self._new_rasters)
        return ids

    def _merge(self, image: ImageRecord) -> str:
        known = self._known.find(image)
        if known is None:
            return self._add(image)
        if known.id in self._touched:  # a copy of what this import brought already
            self._counts["images_unchanged"] += 1
            return known.id
        image = replace(image, id=known.id, version=known.version)
        if not self._is_same_image(image, known):
            self._counts["images_changed"] += 1
            image = replace(image, version=known.version + 1)
            self._update(image)
        elif self._is_as_it_was(image, known):
            self._counts["images_unchanged"] += 1
        else:
            self._counts["images_moved"] += 1
            self._update(image)
        self._put(image)
        return image.id

    def _put(self, image: ImageRecord) -> None:
        self._known.put(image)
        self._touched.add(image.id)

    def _add(self, image: ImageRecord) -> str:
        self._counts["images_new"] += 1
        id_ = self._known.free_id(image_id(image.place_id, image.scene, image.date))
        image = replace(image, id=id_, version=1)
        self._new_rows.append(image_row(image) | {"import_id": self._run_id})
        self._new_rasters += raster_rows(image, self._source_ids)
        self._put(image)
        return id_

    def _is_same_image(self, image: ImageRecord, known: _KnownImage) -> bool:
        """Tell whether nobody has to look at an image again: what it shows is what it showed.

        A product that is a folder now and was a zip has other files and the same pixels; masks of
        clouds that came to an image change nothing that was decided on.
        """
        if known.fingerprint in (image.fingerprint, image.bands_fingerprint):
            return True
        if self._changed_sources.intersection(self._known.source_ids(known.id)):
            return False
        return self._known.bands_fingerprint(known.id) == fingerprint(image.bands)

    def _is_as_it_was(self, image: ImageRecord, known: _KnownImage) -> bool:
        here = [self._source_ids[r.source.path] for r in (*image.bands, *image.rasters)]
        names = (image.scene, image.date, image.fingerprint)
        is_alike = (known.scene, known.date, known.fingerprint) == names
        return is_alike and self._known.source_ids(image.id) in ([], here)

    def _update(self, image: ImageRecord) -> None:
        table, rasters = schema.image, schema.image_raster
        change = update(table).where(table.c.id == image.id).values(image_row(image))
        self._connection.execute(change)
        self._connection.execute(delete(rasters).where(rasters.c.image_id == image.id))
        self._new_rasters += raster_rows(image, self._source_ids)


@dataclass(frozen=True)
class _KnownImage:
    id: str
    place_id: str
    scene: str
    date: str | None
    fingerprint: str
    version: int


class _KnownImages:
    """Images by who they are (place, date, scene) and by what they hold (place, date, content)."""

    def __init__(self, connection: Connection, place_ids: set[str]) -> None:
        self._by_id: dict[str, _KnownImage] = {}
        self._by_name: dict[tuple[str, str | None, str], str] = {}
        self._by_content: dict[tuple[str, str | None, str], str] = {}
        self._connection = connection
        self._source_ids: dict[str, list[int]] = defaultdict(list)
        image, raster = schema.image, schema.image_raster
        for chunk in chunked(sorted(place_ids)):
            for row in connection.execute(select(image).where(image.c.place_id.in_(chunk))):
                self.put(row)
        for chunk in chunked(list(self._by_id)):
            query = select(raster.c.image_id, raster.c.source_id)
            query = query.where(raster.c.image_id.in_(chunk))
            for row in connection.execute(query.order_by(raster.c.image_id, raster.c.ordinal)):
                self._source_ids[row.image_id].append(row.source_id)

    def source_ids(self, id_: str) -> list[int]:
        """Return the files of an image as the catalog has them; empty for one just added."""
        return self._source_ids[id_]

    @cached_property
    def _bands_fingerprints(self) -> dict[str, str]:
        ids = sorted(self._by_id)
        found = {}
        for chunk in chunked(ids):
            for image in read_images(self._connection, schema.image.c.id.in_(chunk)):
                found[image.id] = fingerprint(image.bands)
        return found

    def bands_fingerprint(self, id_: str) -> str:
        """Return what identifies the bands of an image, as they are read; "" for one just added."""
        return self._bands_fingerprints.get(id_, "")

    def free_id(self, wanted: str) -> str:
        """Return an id that no image has: a scene may have taken another's name."""
        id_, number = wanted, 2
        while id_ in self._by_id:
            id_, number = f"{wanted}-{number}", number + 1
        return id_

    def put(self, image: ImageRecord | Row[*tuple[Any, ...]]) -> None:
        """Note an image, in place of what was known of it."""
        old = self._by_id.get(image.id)
        if old is not None:
            self._by_name.pop((old.place_id, old.date, old.scene), None)
            self._by_content.pop((old.place_id, old.date, old.fingerprint), None)
        names = ("id", "place_id", "scene", "date", "fingerprint", "version")
        new = _KnownImage(*(getattr(image, name) for name in names))
        self._by_id[new.id] = new
        self._by_name[new.place_id, new.date, new.scene] = new.id
        self._by_content[new.place_id, new.date, new.fingerprint] = new.id

    def find(self, image: ImageRecord) -> _KnownImage | None:
        """Return the image that this one is: by name, else by content under another name."""
        place = image.place_id
        found = self._by_name.get((place, image.date, image.scene))
        # An image may have had no date until now, and got one by option; or no other rasters, and
        # those that lie beside it count since.
        for date in (image.date, None):
            for content in (image.fingerprint, image.bands_fingerprint):
                found = found or self._by_content.get((place, date, content))
        return self._by_id[found] if found else None
