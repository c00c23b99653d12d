"""Merging masks: a changed source makes a new version, but never over somebody's work."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, insert, select, update

from s2label.canvases import BLANK, IMPORTED, CanvasKind, CanvasRef
from s2label.catalog import schema
from s2label.catalog.canvases import last_standing_stroke
from s2label.catalog.rows import chunked
from s2label.ids import mask_id

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable

    from sqlalchemy import Connection, Row

    from s2label.types import ChipRecord, MaskRecord


@dataclass(frozen=True)
class _KnownMask:
    """A mask: its newest version; content and maker of the current; what was imported last."""

    newest: int
    content: str
    origin: str
    imported: str
    consensus: dict[str, Any]


class MaskBatch:
    """The masks of some hundred chips."""

    def __init__(
        self,
        connection: Connection,
        run_id: int,
        source_ids: dict[str, int],
        counts: Counter[str],
    ) -> None:
        self._connection = connection
        self._run_id = run_id
        self._source_ids = source_ids
        self._counts = counts
        self._new_masks: list[dict[str, Any]] = []
        self._new_versions: list[dict[str, Any]] = []

    def merge(
        self,
        chips: list[ChipRecord],
        place_ids: dict[str, str],
        image_ids: dict[str, str],
        stamp: dict[str, Any],
        place_mask: Callable[[MaskRecord, str, int], None],
    ) -> list[str]:
        """Merge the masks of chips; returns their ids in the catalog."""
        pairs = [
            (mask, _final(mask, place_ids[chip.place.grid.key], image_ids))
            for chip in chips
            for mask in chip.masks
        ]
        known = _read_known(self._connection, [final.id for _, final in pairs])
        for staged, final in pairs:
            version = self._next_version(final, known.get(final.id))
            if version is None:
                continue
            place_mask(staged, final.id, version)
            self._note(final, version, stamp)
            made = (version, final.content, IMPORTED, final.content, self._consensus(final))
            known[final.id] = _KnownMask(*made)
        if self._new_masks:
            self._connection.execute(insert(schema.mask), self._new_masks)
        if self._new_versions:
            self._connection.execute(insert(schema.mask_version), self._new_versions)
        return [final.id for _, final in pairs]

    def _next_version(self, final: MaskRecord, known: _KnownMask | None) -> int | None:
        """Return the version to make; None where the catalog has it, or something better."""
        if known is None:
            self._counts["masks_new"] += 1
            return 1
        if final.content in (known.content, known.imported):
            self._counts["masks_unchanged"] += 1
            consensus = self._consensus(final)
            if consensus != known.consensus:
                table = schema.mask
                change = update(table).where(table.c.id == final.id)
                self._connection.execute(change.values(consensus))
            return None
        if known.origin not in (IMPORTED, BLANK) or self._is_painted(final.id):
            # Somebody's work lies on top of the old source: a new source never replaces it.
            self._counts["masks_kept"] += 1
            return None
        self._counts["masks_changed"] += 1
        return known.newest + 1

    def _is_painted(self, mask_id: str) -> bool:
        # Strokes may stand that came to nothing: on another mask an undo of them would not fit.
        ref = CanvasRef(CanvasKind.MASK, mask_id)
        return last_standing_stroke(self._connection, ref) > 0

    def _note(self, final: MaskRecord, version: int, stamp: dict[str, Any]) -> None:
        consensus = self._consensus(final)
        if version == 1:
            owner = {"id": final.id, "place_id": final.place_id, "image_id": final.image_id}
            self._new_masks.append({**owner, "current_version": 1, **consensus})
        else:
            table = schema.mask
            change = update(table).where(table.c.id == final.id)
            self._connection.execute(change.values(current_version=version, **consensus))
        self._new_versions.append(
            {
                "mask_id": final.id,
                "version": version,
                "sha256": final.sha256,
                "content": final.content,
                "origin": IMPORTED,
                "class_counts": {str(k): v for k, v in sorted(final.class_counts.items())},
                "import_id": self._run_id,
                **stamp,
            }
        )

    def _consensus(self, final: MaskRecord) -> dict[str, Any]:
        raster = final.consensus_raster
        return {
            "consensus": final.consensus,
            "consensus_source_id": self._source_ids[raster.source.path] if raster else None,
            "consensus_index": raster.index if raster else None,
        }


def _final(mask: MaskRecord, place_id: str, image_ids: dict[str, str]) -> MaskRecord:
    image = image_ids[mask.image_id] if mask.image_id else None
    return replace(mask, id=mask_id(image or place_id), place_id=place_id, image_id=image)


def _read_known(connection: Connection, ids: list[str]) -> dict[str, _KnownMask]:
    mask, version = schema.mask, schema.mask_version
    current = and_(version.c.mask_id == mask.c.id, version.c.version == mask.c.current_version)
    known: dict[str, _KnownMask] = {}
    for chunk in chunked(dict.fromkeys(ids)):
        imported = _imported_contents(connection, chunk)
        newest = _newest_versions(connection, chunk)
        query = select(mask, version.c.content, version.c.origin)
        for row in connection.execute(query.join(version, current).where(mask.c.id.in_(chunk))):
            content = imported.get(row.id, "")
            known[row.id] = _KnownMask(
                newest[row.id], row.content, row.origin, content, _consensus_of(row)
            )
    return known


def _newest_versions(connection: Connection, ids: list[str]) -> dict[str, int]:
    """Return the highest number of a version of each mask; an undo may have gone below it."""
    version = schema.mask_version
    query = select(version.c.mask_id, func.max(version.c.version).label("version"))
    rows = connection.execute(query.where(version.c.mask_id.in_(ids)).group_by(version.c.mask_id))
    return {row.mask_id: row.version for row in rows}


def _imported_contents(connection: Connection, ids: list[str]) -> dict[str, str]:
    """Return what the newest import brought for each mask, whatever came on top."""
    version = schema.mask_version
    newest = (
        select(version.c.mask_id, func.max(version.c.version).label("version"))
        .where(version.c.mask_id.in_(ids), version.c.origin == IMPORTED)
        .group_by(version.c.mask_id)
        .subquery()
    )
    same = and_(version.c.mask_id == newest.c.mask_id, version.c.version == newest.c.version)
    rows = connection.execute(select(version.c.mask_id, version.c.content).join(newest, same))
    return {row.mask_id: row.content for row in rows}


def _consensus_of(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    keys = ("consensus", "consensus_source_id", "consensus_index")
    return {key: getattr(row, key) for key in keys}
