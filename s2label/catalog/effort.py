"""How long painting takes: active seconds per chip, from what is kept with each version."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from s2label.catalog import schema

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True)
class Effort:
    """Painting so far: chips painted, active seconds of the median chip, strokes of all."""

    chips: int = 0
    median_seconds: float | None = None
    strokes: int = 0

    @property
    def chips_per_hour(self) -> float | None:
        """How many chips like the median one fit into an hour of active work."""
        return 3600 / self.median_seconds if self.median_seconds else None


def read_effort(connection: Connection) -> Effort:
    """Return the effort of all masks that were painted, each with all its versions."""
    version = schema.mask_version
    query = (
        select(func.sum(version.c.active_seconds), func.sum(version.c.strokes))
        .where(version.c.strokes.is_not(None))
        .group_by(version.c.mask_id)
    )
    rows = connection.execute(query).all()
    seconds = [row[0] for row in rows if row[0]]
    return Effort(len(rows), median(seconds) if seconds else None, sum(row[1] or 0 for row in rows))
