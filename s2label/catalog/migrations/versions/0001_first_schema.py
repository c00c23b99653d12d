"""First schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "act",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("target_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("program", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["target_id"], ["act.id"], name=op.f("fk_act_target_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_act")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "import_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("program", sa.String(length=40), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    op.create_table(
        "place",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("grid_key", sa.String(length=64), nullable=False),
        sa.Column("crs", sa.Text(), nullable=False),
        sa.Column("transform", sa.JSON(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
        sa.UniqueConstraint("grid_key", name=op.f("uq_place_grid_key")),
    )
    op.create_table(
        "source",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("mtime_ns", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint("path", name=op.f("uq_source_path")),
    )
    op.create_table(
        "state",
        sa.Column("subject", sa.String(length=10), nullable=False),
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("place_id", sa.String(length=200), nullable=False),
        sa.Column("date", sa.String(length=10), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.String(length=32), nullable=True),
        sa.Column("random_key", sa.BigInteger(), nullable=False),
        sa.Column("nodata_share", sa.Float(), nullable=True),
        sa.Column("consensus", sa.Float(), nullable=True),
        sa.Column("labelled_share", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("subject", "id", name=op.f("pk_state")),
    )
    with op.batch_alter_table("state", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_state_place_id"), ["place_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_state_subject_state_consensus"),
            ["subject", "state", "consensus"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_state_subject_state_date"), ["subject", "state", "date"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_state_subject_state_id"), ["subject", "state", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_state_subject_state_nodata_share"),
            ["subject", "state", "nodata_share"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_state_subject_state_random_key"),
            ["subject", "state", "random_key"],
            unique=False,
        )

    op.create_table(
        "decision",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("act_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subject", sa.String(length=10), nullable=False),
        sa.Column("subject_id", sa.String(length=200), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("before_verdict", sa.String(length=10), nullable=False),
        sa.Column("before_reason", sa.Text(), nullable=False),
        sa.Column("before_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["act_id"], ["act.id"], name=op.f("fk_decision_act_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decision_act_id"), ["act_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_decision_subject_subject_id_id"),
            ["subject", "subject_id", "id"],
            unique=False,
        )

    op.create_table(
        "image",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("place_id", sa.String(length=200), nullable=False),
        sa.Column("scene", sa.Text(), nullable=False),
        sa.Column("date", sa.String(length=10), nullable=True),
        sa.Column("radiometry", sa.Text(), nullable=False),
        sa.Column("cut", sa.Boolean(), nullable=False),
        sa.Column("nodata_share", sa.Float(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "import_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(["import_id"], ["import_run.id"], name=op.f("fk_image_import_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_image_place_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_image")),
    )
    with op.batch_alter_table("image", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_image_place_id"), ["place_id"], unique=False)

    op.create_table(
        "image_raster",
        sa.Column("image_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("is_band", sa.Boolean(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column(
            "source_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("band_index", sa.Integer(), nullable=False),
        sa.Column("quantification", sa.Float(), nullable=False),
        sa.Column("offset_dn", sa.Float(), nullable=False),
        sa.Column("nodata", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_image_raster_image_id")),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_image_raster_source_id")
        ),
        sa.PrimaryKeyConstraint("image_id", "name", name=op.f("pk_image_raster")),
    )
    with op.batch_alter_table("image_raster", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_image_raster_source_id"), ["source_id"], unique=False)

    op.create_table(
        "mask",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("place_id", sa.String(length=200), nullable=False),
        sa.Column("image_id", sa.String(length=200), nullable=True),
        sa.Column("current_version", sa.Integer(), nullable=False),
        sa.Column("consensus", sa.Float(), nullable=True),
        sa.Column(
            "consensus_source_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
        ),
        sa.Column("consensus_index", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["consensus_source_id"], ["source.id"], name=op.f("fk_mask_consensus_source_id")
        ),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_mask_image_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_mask_place_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mask")),
    )
    with op.batch_alter_table("mask", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mask_image_id"), ["image_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_mask_place_id"), ["place_id"], unique=False)

    op.create_table(
        "class_share",
        sa.Column("mask_id", sa.String(length=200), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("share", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["mask_id"], ["mask.id"], name=op.f("fk_class_share_mask_id")),
        sa.PrimaryKeyConstraint("mask_id", "value", name=op.f("pk_class_share")),
    )
    with op.batch_alter_table("class_share", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_class_share_value_share"), ["value", "share"], unique=False
        )

    op.create_table(
        "mask_version",
        sa.Column("mask_id", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("class_counts", sa.JSON(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("program", sa.String(length=40), nullable=False),
        sa.Column("import_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_run.id"], name=op.f("fk_mask_version_import_id")
        ),
        sa.ForeignKeyConstraint(["mask_id"], ["mask.id"], name=op.f("fk_mask_version_mask_id")),
        sa.PrimaryKeyConstraint("mask_id", "version", name=op.f("pk_mask_version")),
    )
