"""Images as the learnt order looks at them: how they stand, and the chance that stood before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from s2label.catalog import schema
from s2label.screening_records import JudgedImage
from s2label.types import State, Subject

if TYPE_CHECKING:
    from sqlalchemy import Connection


def read_judged(connection: Connection) -> list[JudgedImage]:
    """Return all images with how they stand, by id.

    The chance of a decided image is the one that stood when it was decided on.
    """
    state = schema.state
    columns = (state.c.id, state.c.place_id, state.c.date, state.c.version)
    query = (
        select(*columns, state.c.state, state.c.reason, state.c.rejection, state.c.finding)
        .where(state.c.subject == Subject.IMAGE)
        .order_by(state.c.id)
    )
    return [
        JudgedImage(
            row.id,
            row.place_id,
            row.date,
            row.version,
            State(row.state),
            row.reason,
            row.rejection,
            row.finding is not None,
        )
        for row in connection.execute(query)
    ]
