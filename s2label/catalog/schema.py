"""Tables of the catalog. Facts and the log are appended; ``state`` is rebuilt from them.

Nothing here is special to SQLite. A change of a table is a new file in ``migrations/versions``;
a test compares these tables with what the migrations make.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Big keys on a server, plain rowids on SQLite, which autoincrements only INTEGER.
_ID = BigInteger().with_variant(Integer, "sqlite")
_KEY = String(200)


def _version_columns() -> list[Column[Any]]:
    """Return what is noted of every version of a mask or an ignore raster."""
    return [
        Column("version", Integer, primary_key=True),
        Column("sha256", String(64), nullable=False),
        Column("content", String(64), nullable=False),
        Column("origin", Text, nullable=False),
        Column("class_counts", JSON, nullable=False),
        Column("active_seconds", Float),
        Column("strokes", Integer),
        Column("changed_pixels", Integer),
        Column("at", String(32), nullable=False),
        Column("who", Text, nullable=False),
        Column("program", String(40), nullable=False),
    ]


import_run = Table(
    "import_run",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("at", String(32), nullable=False),
    Column("who", Text, nullable=False),
    Column("program", String(40), nullable=False),
    Column("sources", JSON, nullable=False),
    Column("options", JSON, nullable=False),
    Column("report", JSON, nullable=False),
)

# One row per source file; a moved file is re-linked here for all images that use it.
source = Table(
    "source",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("path", Text, nullable=False, unique=True),
    Column("size_bytes", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False),
)

place = Table(
    "place",
    metadata,
    Column("id", _KEY, primary_key=True),
    Column("name", Text, nullable=False),
    Column("grid_key", String(64), nullable=False, unique=True),
    Column("crs", Text, nullable=False),
    Column("transform", JSON, nullable=False),
    Column("height", Integer, nullable=False),
    Column("width", Integer, nullable=False),
)

image = Table(
    "image",
    metadata,
    Column("id", _KEY, primary_key=True),
    Column("place_id", _KEY, ForeignKey("place.id"), nullable=False, index=True),
    Column("scene", Text, nullable=False),
    Column("date", String(10)),
    Column("radiometry", Text, nullable=False),
    Column("cut", Boolean, nullable=False),
    Column("nodata_share", Float, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("import_id", _ID, ForeignKey("import_run.id"), nullable=False),
)

image_raster = Table(
    "image_raster",
    metadata,
    Column("image_id", _KEY, ForeignKey("image.id"), primary_key=True),
    Column("name", String(40), primary_key=True),
    Column("is_band", Boolean, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("source_id", _ID, ForeignKey("source.id"), nullable=False, index=True),
    Column("band_index", Integer, nullable=False),
    Column("quantification", Float, nullable=False),
    Column("offset_dn", Float, nullable=False),
    Column("nodata", Float),
)

mask = Table(
    "mask",
    metadata,
    Column("id", _KEY, primary_key=True),
    Column("place_id", _KEY, ForeignKey("place.id"), nullable=False, index=True),
    Column("image_id", _KEY, ForeignKey("image.id"), index=True),
    Column("current_version", Integer, nullable=False),
    Column("settled_act_id", _ID, nullable=False, server_default="0"),
    Column("consensus", Float),
    Column("consensus_source_id", _ID, ForeignKey("source.id")),
    Column("consensus_index", Integer),
)

mask_version = Table(
    "mask_version",
    metadata,
    Column("mask_id", _KEY, ForeignKey("mask.id"), primary_key=True),
    *_version_columns(),
    Column("import_id", _ID, ForeignKey("import_run.id")),
)

# Pixels of one image that nobody shall learn from: like a mask, but of no consequence elsewhere.
ignore_raster = Table(
    "ignore_raster",
    metadata,
    Column("id", _KEY, primary_key=True),
    Column("place_id", _KEY, ForeignKey("place.id"), nullable=False, index=True),
    Column("image_id", _KEY, ForeignKey("image.id"), nullable=False, unique=True),
    Column("current_version", Integer, nullable=False),
    Column("settled_act_id", _ID, nullable=False, server_default="0"),
)

ignore_version = Table(
    "ignore_version",
    metadata,
    Column("raster_id", _KEY, ForeignKey("ignore_raster.id"), primary_key=True),
    *_version_columns(),
)

# What one undo takes back. An undo or redo is an act of its own that names its target.
act = Table(
    "act",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("kind", String(10), nullable=False),
    Column("target_id", _ID, ForeignKey("act.id")),
    Column("at", String(32), nullable=False),
    Column("who", Text, nullable=False),
    Column("seconds", Float),
    Column("program", String(40), nullable=False),
    sqlite_autoincrement=True,
)

# `before_*` is what the same subject's decision was, so that an undo need not search.
decision = Table(
    "decision",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("act_id", _ID, ForeignKey("act.id"), nullable=False, index=True),
    Column("subject", String(10), nullable=False),
    Column("subject_id", _KEY, nullable=False),
    Column("verdict", String(10), nullable=False),
    Column("reason", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("before_verdict", String(10), nullable=False),
    Column("before_reason", Text, nullable=False),
    Column("before_version", Integer, nullable=False),
    Index(None, "subject", "subject_id", "id"),
    sqlite_autoincrement=True,
)

# What was painted: the journal of a canvas (`kind` mask or ignore). An undo or redo has a row of
# its own without pixels, which names the act whose stroke it takes back or does again. Strokes
# after `settled_act_id` of their canvas are in no version's file yet.
stroke = Table(
    "stroke",
    metadata,
    Column("act_id", _ID, ForeignKey("act.id"), primary_key=True),
    Column("kind", String(10), primary_key=True),
    Column("canvas_id", _KEY, primary_key=True),
    Column("image_id", _KEY, ForeignKey("image.id"), nullable=False),
    Column("of_act_id", _ID, ForeignKey("act.id"), nullable=False),
    Column("is_reversed", Boolean, nullable=False),
    Column("tool", String(20), nullable=False),
    Column("pixels", LargeBinary),
    Index(None, "kind", "canvas_id", "act_id"),
)

# How much a look at an image is worth, by what a model proposed last (see `worth.py`). An earlier
# version of the image gives as good a hint: nothing but the order of a queue hangs on it.
worth = Table(
    "worth",
    metadata,
    Column("image_id", _KEY, ForeignKey("image.id"), primary_key=True),
    Column("model", _KEY, nullable=False),
    Column("worth", Float, nullable=False),
)

# What screening found in an image (see `screening/`), one row an image; made anew at any time. A
# row of an earlier version of the image says nothing of this one. Shares are of the whole chip, but
# those of pixels that hold data, of labelled ones and of water, null where there are none.
screening = Table(
    "screening",
    metadata,
    Column("image_id", _KEY, ForeignKey("image.id"), primary_key=True),
    Column("image_version", Integer, nullable=False),
    Column("method", String(40), nullable=False),
    Column("cloud", Float, nullable=False),
    Column("shadow", Float, nullable=False),
    Column("haze", Float, nullable=False),
    Column("snow", Float, nullable=False),
    Column("nodata", Float, nullable=False),
    Column("unknown", Float, nullable=False),
    Column("valid_cloud", Float),
    Column("labelled_cloud", Float),
    Column("water_cloud", Float),
    Column("statistics", JSON, nullable=False),
    Column("at", String(32), nullable=False),
    Column("program", String(40), nullable=False),
)

# What is wrong with the numbers of an image, in words; made anew with its screening.
finding = Table(
    "finding",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("image_id", _KEY, ForeignKey("image.id"), nullable=False),
    Column("image_version", Integer, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("words", Text, nullable=False),
    Column("at", String(32), nullable=False),
    Index(None, "image_id", "kind"),
)

# That somebody says a finding is no trouble (verdict settled), or takes that back (open): the
# last row of an image and kind counts, and only for the version that it was said of.
finding_settled = Table(
    "finding_settled",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("image_id", _KEY, ForeignKey("image.id"), nullable=False),
    Column("image_version", Integer, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("verdict", String(10), nullable=False),
    Column("why", Text, nullable=False),
    Column("at", String(32), nullable=False),
    Column("who", Text, nullable=False),
    Column("program", String(40), nullable=False),
    Index(None, "image_id", "kind", "id"),
    sqlite_autoincrement=True,
)

# How likely an image is to be rejected, as it was last learnt. Only open images get a new one, so
# that of a decided image stays the chance that stood when it was decided on.
rejection_chance = Table(
    "rejection_chance",
    metadata,
    Column("image_id", _KEY, ForeignKey("image.id"), primary_key=True),
    Column("image_version", Integer, nullable=False),
    Column("chance", Float, nullable=False),
    Column("learnt_from", Integer, nullable=False),
    Column("at", String(32), nullable=False),
)

# Why somebody should look at an image: what was doubtful there when a model predicted a scene (see
# `results/doubts.py`). Of an image what was said last counts, of its current version only; a
# decision on it whose act is later than `after_act_id` settles it. `rank` is 1 for the foremost
# place of a scene and falls towards 0: scores compare within a kind only.
doubt = Table(
    "doubt",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("image_id", _KEY, ForeignKey("image.id"), nullable=False),
    Column("image_version", Integer, nullable=False),
    Column("scene", Text, nullable=False),
    Column("model", _KEY, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("words", Text, nullable=False),
    Column("score", Float, nullable=False),
    Column("rank", Float, nullable=False),
    Column("after_act_id", _ID, nullable=False),
    Column("at", String(32), nullable=False),
    Column("who", Text, nullable=False),
    Column("program", String(40), nullable=False),
    Index(None, "image_id", "id"),
    sqlite_autoincrement=True,
)

# Audits, in the order in which they were noted: of a mask the last one that looked at it counts.
audit = Table(
    "audit",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("name", _KEY, nullable=False, unique=True),
    Column("at", String(32), nullable=False),
    Column("who", Text, nullable=False),
    Column("program", String(40), nullable=False),
    sqlite_autoincrement=True,
)

# Which masks an audit looked at: those without a suspicion of it have none any more.
audit_look = Table(
    "audit_look",
    metadata,
    Column("mask_id", _KEY, ForeignKey("mask.id"), primary_key=True),
    Column("audit_id", _ID, ForeignKey("audit.id"), primary_key=True),
)

# Why a mask may be wrong (see `suspicions.py`); what was decided on it stands in the log. Whether
# it is asked about follows from that, too (see `suspicion_facts.py`).
suspicion = Table(
    "suspicion",
    metadata,
    Column("id", _KEY, primary_key=True),
    Column("mask_id", _KEY, ForeignKey("mask.id"), nullable=False),
    Column("mask_version", Integer, nullable=False),
    Column("image_id", _KEY, ForeignKey("image.id"), nullable=False, index=True),
    Column("image_version", Integer, nullable=False),
    Column("audit_id", _ID, ForeignKey("audit.id"), nullable=False),
    Column("model", _KEY, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("words", Text, nullable=False),
    Column("score", Float, nullable=False),
    Column("rank", Float, nullable=False),
    Column("rings", JSON, nullable=False),
    Column("class_value", Integer),
    Column("labelled_as", Integer),
    Column("at", String(32), nullable=False),
    Column("who", Text, nullable=False),
    Column("program", String(40), nullable=False),
    Index(None, "mask_id", "audit_id"),
)

# Everything a queue filters or orders by; derived, written with the log, checked by `check`.
state = Table(
    "state",
    metadata,
    Column("subject", String(10), primary_key=True),
    Column("id", _KEY, primary_key=True),
    Column("place_id", _KEY, nullable=False, index=True),
    Column("date", String(10)),
    Column("state", String(10), nullable=False),
    Column("reason", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("decided_at", String(32)),
    Column("random_key", BigInteger, nullable=False),
    Column("nodata_share", Float),
    Column("consensus", Float),
    Column("labelled_share", Float),
    Column("worth", Float),
    Column("cloud", Float),
    Column("finding", String(40)),
    Column("rejection", Float),
    Column("doubt", Float),
    Column("suspicion", Float),
    Index(None, "subject", "state", "id"),
    Index(None, "subject", "state", "date"),
    Index(None, "subject", "state", "random_key"),
    Index(None, "subject", "state", "consensus"),
    Index(None, "subject", "state", "nodata_share"),
    Index(None, "subject", "state", "worth", "id"),
    Index(None, "subject", "state", "cloud", "id"),
    Index(None, "subject", "state", "finding", "id"),
    Index(None, "subject", "state", "rejection", "id"),
    Index(None, "subject", "state", "doubt", "id"),
    Index(None, "subject", "state", "suspicion", "id"),
    # Suspicious masks are asked about whatever their state is.
    Index(None, "subject", "suspicion", "id"),
)

# Share of the labelled pixels that a class has in the current version of a mask; derived too.
class_share = Table(
    "class_share",
    metadata,
    Column("mask_id", _KEY, ForeignKey("mask.id"), primary_key=True),
    Column("value", Integer, primary_key=True),
    Column("share", Float, nullable=False),
    Index(None, "value", "share"),
)
