"""What the states take from screening: cloud, the first open finding, the chance of rejection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, or_, select

from s2label.catalog import schema

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Label, Select

SETTLED, OPEN = "settled", "open"


def screening_facts() -> tuple[Label[Any], ...]:
    """Return ``cloud``, ``finding`` and ``rejection`` of the images of a query, null if unknown.

    What was said of an earlier version of an image says nothing.
    """
    image, screening, chance = schema.image, schema.screening, schema.rejection_chance
    return (
        _of_image(screening.c.valid_cloud, screening).label("cloud"),
        _of_finding().label("finding"),
        _of_image(chance.c.chance, chance).correlate(image).label("rejection"),
    )


def _of_image(column: ColumnElement[Any], table: Any) -> Any:
    image = schema.image
    is_its = and_(table.c.image_id == image.c.id, table.c.image_version == image.c.version)
    return select(column).where(is_its).correlate(image).scalar_subquery()


def _of_finding() -> Any:
    """Return the kind of the first open finding: the order in which they were found counts."""
    image, finding = schema.image, schema.finding
    first = select(finding.c.kind).where(
        finding.c.image_id == image.c.id, finding.c.image_version == image.c.version, is_open()
    )
    return first.order_by(finding.c.id).limit(1).correlate(image).scalar_subquery()


def is_open() -> ColumnElement[bool]:
    """Tell of findings whether nobody settled them, or that was taken back."""
    finding, settled = schema.finding, schema.finding_settled
    last = (
        select(settled.c.verdict)
        .where(
            settled.c.image_id == finding.c.image_id,
            settled.c.kind == finding.c.kind,
            settled.c.image_version == finding.c.image_version,
        )
        .order_by(settled.c.id.desc())
        .limit(1)
        .correlate(finding)
        .scalar_subquery()
    )
    return or_(last.is_(None), last != SETTLED)


def least_cloud_of(image_ids: Select[Any]) -> Label[Any]:
    """Return the least cloud of some images: a mask is best looked at on its clearest date."""
    screening, image = schema.screening, schema.image.alias()
    is_current = and_(
        screening.c.image_id == image.c.id, screening.c.image_version == image.c.version
    )
    least = select(func.min(screening.c.valid_cloud)).join(image, is_current)
    of_mask = least.where(image.c.id.in_(image_ids)).correlate(schema.mask)
    return of_mask.scalar_subquery().label("cloud")
