"""Which versions of images and masks there are at a moment of a replay.

Decisions name the version that they are about. Strokes make versions of masks by settling, which is
an act; all other versions were brought by an import, of which the log of acts says nothing: they
come when the first act meets them, or at the end.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import insert, select, update

from s2label.canvases import IMPORTED
from s2label.catalog import schema
from s2label.catalog.suspicion_facts import OBJECT
from s2label.errors import DecisionError
from s2label.types import Subject

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection


class _Mask(NamedTuple):
    """What the log says of a mask, and the versions that are still to come."""

    current: int
    settled_act: int
    coming: deque[dict[str, Any]]


class ReplayedVersions:
    """Versions of images and masks, as far as a replay has come."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        # Only of what is more than its first version.
        self._images: dict[str, int] = {}
        self._masks: dict[str, _Mask] = {}

    def first_of_image(self, row: Mapping[str, Any]) -> int:
        """Note an image and return the version that it begins with."""
        if row["version"] > 1:
            self._images[row["id"]] = row["version"]
        return 1

    def first_of_mask(
        self, row: Mapping[str, Any], versions: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any]:
        """Note a mask and return the row of the version that it begins with."""
        ordered = sorted((dict(v) | {"mask_id": row["id"]} for v in versions), key=_number)
        if not ordered or _number(ordered[0]) != 1:
            raise DecisionError(f"mask {row['id']!r}: has no version 1")
        wanted = (row["current_version"], row["settled_act_id"])
        if len(ordered) > 1 or wanted != (1, 0):
            self._masks[row["id"]] = _Mask(*wanted, deque(ordered[1:]))
        return ordered[0]

    def meet(self, subject: Subject, id_: str, version: int) -> None:
        """Let an import bring the version that a decision is about, if it is not there yet."""
        match subject:
            case Subject.IMAGE:
                self._meet_image(id_, version)
            case Subject.MASK:
                self._meet_mask(id_, version)
            case Subject.SUSPICION:
                suspicion = schema.suspicion
                query = select(suspicion).where(suspicion.c.id == id_)
                row = self._connection.execute(query).one_or_none()
                if row is not None and row.kind == OBJECT:
                    self._meet_image(row.image_id, version)
                elif row is not None:
                    self._meet_mask(row.mask_id, version)

    def _meet_image(self, id_: str, version: int) -> None:
        if version > self._images.get(id_, 1):
            raise DecisionError(f"image {id_!r}: has no version {version}")
        if version > 1:
            table = schema.image
            # A decision on a version that is gone is refused by what records it.
            change = update(table).where(table.c.id == id_, table.c.version < version)
            self._connection.execute(change.values(version=version))

    def _meet_mask(self, id_: str, version: int) -> None:
        coming = self._masks[id_].coming if id_ in self._masks else ()
        if any(_number(row) == version and row["origin"] == IMPORTED for row in coming):
            self._bring(id_, version)
            self._point(id_, version)

    def bring_for_settling(self, id_: str, version: int) -> None:
        """Let all versions come up to one that strokes made, those of imports among them."""
        imported = [row for row in self._bring(id_, version) if row["origin"] == IMPORTED]
        if imported:
            self._point(id_, _number(imported[-1]))
        version_table = schema.mask_version
        its = (version_table.c.mask_id == id_, version_table.c.version == version)
        if self._connection.execute(select(version_table.c.version).where(*its)).first() is None:
            raise DecisionError(f"mask {id_!r}: has no version {version}")

    def _bring(self, id_: str, version: int) -> list[dict[str, Any]]:
        rows = []
        mask = self._masks.get(id_)
        while mask is not None and mask.coming and _number(mask.coming[0]) <= version:
            rows.append(mask.coming.popleft())
        if rows:
            self._connection.execute(insert(schema.mask_version), rows)
        return rows

    def _point(self, id_: str, version: int) -> None:
        table = schema.mask
        change = update(table).where(table.c.id == id_)
        self._connection.execute(change.values(current_version=version))

    def finish(self) -> None:
        """Let the rest come, and compare what is current with the log.

        Raises
        ------
        DecisionError
            If another version of a mask is current.
        """
        for id_, version in self._images.items():
            self._meet_image(id_, version)
        for id_, mask in self._masks.items():
            last = max((_number(row) for row in mask.coming), default=0)
            imported = [row for row in self._bring(id_, last) if row["origin"] == IMPORTED]
            if imported:
                self._point(id_, _number(imported[-1]))
            self._compare(id_, mask)

    def _compare(self, id_: str, mask: _Mask) -> None:
        table = schema.mask
        its = table.c.id == id_
        found = self._connection.scalar(select(table.c.current_version).where(its))
        if found != mask.current:
            raise DecisionError(
                f"mask {id_!r}: its acts lead to version {found}, the log says {mask.current}"
            )
        change = update(table).where(its).values(settled_act_id=mask.settled_act)
        self._connection.execute(change)


def _number(row: Mapping[str, Any]) -> int:
    return int(row["version"])
