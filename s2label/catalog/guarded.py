"""Images as the guard over a whole project looks at them: one row an image, and nothing more."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, and_, case, cast, func, or_, select

from s2label.catalog import schema
from s2label.types import State, Subject, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Connection, Select


@dataclass(frozen=True, slots=True)
class GuardedImage:
    """What is said of an image, and what screening found in its current version.

    Parameters
    ----------
    id : str
        The image.
    version : int
        Its current version.
    scene, path : str
        Its scene, and where its first band lies.
    rasters : frozenset of str
        Which of SCL and B10 it has.
    is_raw : bool
        Whether all its bands are numbers of a product that nothing is added to: the quantification
        given, and no offset.
    cloud : float
        Share of cloud, of valid pixels where there are some.
    low : mapping
        Band -> 2nd percentile of its reflectance.
    """

    id: str
    version: int
    scene: str
    path: str
    rasters: frozenset[str]
    is_raw: bool
    cloud: float
    low: Mapping[str, float]


def read_guarded(connection: Connection, quantification: float) -> Iterator[GuardedImage]:
    """Yield the images that are screened and not rejected, by id.

    Parameters
    ----------
    connection : Connection
        Is asked.
    quantification : float
        The one of numbers that are called raw.
    """
    names = {(0, 0): frozenset[str](), (1, 0): frozenset({"SCL"})}
    names |= {(0, 1): frozenset({"B10"}), (1, 1): frozenset({"SCL", "B10"})}
    for row in connection.execute(_query(quantification)):
        id_, version, scene, path, scl, cirrus, is_raw, cloud, valid_cloud, statistics = row
        known = json.loads(statistics)
        yield GuardedImage(
            id_,
            version,
            scene,
            path,
            names[scl, cirrus],
            bool(is_raw),
            cloud if valid_cloud is None else valid_cloud,
            {band: numbers["p2"] for band, numbers in known.items() if "p2" in numbers},
        )


def _query(quantification: float) -> Select[Any]:
    image, screening, state = schema.image, schema.screening, schema.state
    said, source = _said(quantification).subquery(), schema.source
    is_its = and_(screening.c.image_id == image.c.id, screening.c.image_version == image.c.version)
    is_open = and_(
        state.c.subject == Subject.IMAGE, state.c.id == image.c.id, state.c.state != State.REJECTED
    )
    return (
        select(
            image.c.id,
            image.c.version,
            image.c.scene,
            source.c.path,
            said.c.scl,
            said.c.cirrus,
            said.c.is_raw,
            screening.c.cloud,
            screening.c.valid_cloud,
            # Read as text: of a hundred thousand, SQLAlchemy's own way takes a second more.
            cast(screening.c.statistics, Text),
        )
        .join(screening, is_its)
        .join(state, is_open)
        .join(said, said.c.image_id == image.c.id)
        .join(source, source.c.id == said.c.source_id)
        .order_by(image.c.id)
    )


def _said(quantification: float) -> Select[Any]:
    """Return the query for what the rasters of each image are, one row an image."""
    raster = schema.image_raster
    is_raw = and_(raster.c.quantification == quantification, raster.c.offset_dn == 0)
    is_first = and_(raster.c.is_band, raster.c.ordinal == 0)
    return select(
        raster.c.image_id,
        func.max(case((is_first, raster.c.source_id))).label("source_id"),
        func.max(case((raster.c.name == "SCL", 1), else_=0)).label("scl"),
        func.max(case((raster.c.name == "B10", 1), else_=0)).label("cirrus"),
        func.min(case((and_(raster.c.is_band, ~is_raw), 0), else_=1)).label("is_raw"),
    ).group_by(raster.c.image_id)


def guard_stamp(connection: Connection) -> list[Any]:
    """Return what changes whenever the guard over a whole project may find something else.

    That is when images were imported, screened, rejected, or a rejection was taken back.
    """
    decision, screening = schema.decision, schema.screening
    is_rejection = or_(
        decision.c.verdict == Verdict.REJECT, decision.c.before_verdict == Verdict.REJECT
    )
    of_images = and_(decision.c.subject == Subject.IMAGE, is_rejection)
    rejected = connection.scalar(select(func.max(decision.c.id)).where(of_images))
    imported = connection.scalar(select(func.max(schema.import_run.c.id)))
    screened = connection.execute(select(func.count(), func.max(screening.c.at))).one()
    return [imported, rejected, *screened]
