"""How far screening has come, and what it found, in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, func, select

from s2label.catalog import schema
from s2label.catalog.findings import blocking_findings
from s2label.catalog.screening_facts import SETTLED
from s2label.queue_specs import QueueOrder
from s2label.screening_records import FindingCount, ScreeningCounts, SettledFinding
from s2label.types import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection


def count_screened(connection: Connection, cloudy: Sequence[float]) -> ScreeningCounts:
    """Return how many images are screened, by what, and how many have how much cloud.

    Parameters
    ----------
    connection : Connection
        Is asked.
    cloudy : sequence of float
        Shares, 0..1: of each is counted how many images have more cloud.
    """
    image, screening = schema.image, schema.screening
    is_current = and_(
        image.c.id == screening.c.image_id, image.c.version == screening.c.image_version
    )
    of_method = (
        select(screening.c.method, func.count())
        .join(image, is_current)
        .group_by(screening.c.method)
        .order_by(func.count().desc(), screening.c.method)
    )
    cloud = schema.state.c.cloud
    of_images = schema.state.c.subject == Subject.IMAGE
    above = [
        connection.scalar(select(func.count()).where(of_images, cloud > share)) or 0
        for share in cloudy
    ]
    return ScreeningCounts(
        images=connection.scalar(select(func.count()).select_from(image)) or 0,
        by_method={row[0]: row[1] for row in connection.execute(of_method)},
        cloudier=dict(zip(cloudy, above, strict=True)),
        settled=_settled(connection),
        findings=_findings(connection),
    )


def _findings(connection: Connection) -> tuple[FindingCount, ...]:
    """Return the findings that block, by kind, most first."""
    finding = schema.finding
    images = func.count(finding.c.image_id.distinct())
    columns = (finding.c.kind, images, func.min(finding.c.words))
    query = blocking_findings().with_only_columns(*columns).order_by(None)
    rows = connection.execute(
        query.group_by(finding.c.kind).order_by(images.desc(), finding.c.kind)
    )
    return tuple(FindingCount(*row) for row in rows)


def _settled(connection: Connection) -> tuple[SettledFinding, ...]:
    """Return what somebody said is no trouble, by kind and reason, the latest first."""
    settled, finding, image = schema.finding_settled, schema.finding, schema.image
    last = (
        select(func.max(settled.c.id).label("id"))
        .group_by(settled.c.image_id, settled.c.kind, settled.c.image_version)
        .subquery()
    )
    is_its = and_(
        finding.c.image_id == settled.c.image_id,
        finding.c.kind == settled.c.kind,
        finding.c.image_version == settled.c.image_version,
    )
    is_current = and_(image.c.id == settled.c.image_id, image.c.version == settled.c.image_version)
    images = func.count(settled.c.image_id.distinct())
    query = (
        select(settled.c.kind, images, settled.c.why, func.max(settled.c.who))
        .join(last, last.c.id == settled.c.id)
        .join(finding, is_its)
        .join(image, is_current)
        .where(settled.c.verdict == SETTLED)
        .group_by(settled.c.kind, settled.c.why)
        .order_by(func.max(settled.c.id).desc())
    )
    return tuple(SettledFinding(*row) for row in connection.execute(query))


def images_with_open(connection: Connection, kind: str) -> list[str]:
    """Return the images that have a finding of a kind that blocks, in order."""
    finding = schema.finding
    query = blocking_findings().with_only_columns(finding.c.image_id).order_by(None)
    query = query.where(finding.c.kind == kind).distinct().order_by(finding.c.image_id)
    return list(connection.scalars(query))


def words_of_image(connection: Connection, image_id: str) -> list[str]:
    """Return what is wrong with an image and not settled, the gravest first."""
    query = blocking_findings().where(schema.finding.c.image_id == image_id)
    return [row.words for row in connection.execute(query)]


def has_any(connection: Connection, order: QueueOrder) -> bool:
    """Tell whether images can be sorted by cloud, findings or chance: that is known of some."""
    chance, screening = schema.rejection_chance.c.image_id, schema.screening.c.image_id
    column = chance if order is QueueOrder.REJECTION else screening
    return connection.scalar(select(column).limit(1)) is not None
