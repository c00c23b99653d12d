"""Chances of rejection in numbers: what there is to learn from, how many images are unlikely."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, func, select

from s2label.catalog import schema
from s2label.screening_records import LearningCounts
from s2label.types import State, Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Connection


def count_decisions(connection: Connection, not_looked_at: Sequence[str]) -> LearningCounts:
    """Return how many images were screened, and how many of those somebody decided on.

    Parameters
    ----------
    connection : Connection
        Is asked.
    not_looked_at : sequence of str
        Reasons of decisions that nobody took by looking at the image.
    """
    state, screening = schema.state, schema.screening
    is_its = and_(screening.c.image_id == state.c.id, screening.c.image_version == state.c.version)
    images = select(func.count()).where(state.c.subject == Subject.IMAGE)
    decided = (
        select(state.c.state, func.count())
        .join(screening, is_its)
        .where(state.c.subject == Subject.IMAGE, state.c.reason.not_in(not_looked_at))
        # Each state by name: only then the index leads to the decided ones.
        .where(state.c.state.in_((State.ACCEPTED, State.REJECTED)))
        .group_by(state.c.state)
    )
    found = {row[0]: int(row[1]) for row in connection.execute(decided)}
    return LearningCounts(
        images=connection.scalar(images) or 0,
        screened=connection.scalar(select(func.count()).select_from(screening)) or 0,
        decided=sum(found.values()),
        rejected=found.get(State.REJECTED, 0),
    )


def read_open_chances(connection: Connection) -> list[float]:
    """Return the chances of the open images that have one and no finding, the smallest first."""
    chance = schema.state.c.rejection
    query = select(chance).where(_is_open(), chance.is_not(None))
    return list(connection.scalars(query.order_by(chance)))


def _is_open() -> ColumnElement[bool]:
    state = schema.state
    is_image = and_(state.c.subject == Subject.IMAGE, state.c.state == State.OPEN)
    return and_(is_image, state.c.finding.is_(None))
