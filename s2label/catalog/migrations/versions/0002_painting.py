"""Painting: strokes, ignore rasters, and what effort a version took."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "ignore_raster",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("place_id", sa.String(length=200), nullable=False),
        sa.Column("image_id", sa.String(length=200), nullable=False),
        sa.Column("current_version", sa.Integer(), nullable=False),
        sa.Column(
            "settled_act_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default="0",
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_ignore_raster_image_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_ignore_raster_place_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ignore_raster")),
        sa.UniqueConstraint("image_id", name=op.f("uq_ignore_raster_image_id")),
    )
    with op.batch_alter_table("ignore_raster", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ignore_raster_place_id"), ["place_id"], unique=False)

    op.create_table(
        "stroke",
        sa.Column("act_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("canvas_id", sa.String(length=200), nullable=False),
        sa.Column("image_id", sa.String(length=200), nullable=False),
        sa.Column(
            "of_act_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("is_reversed", sa.Boolean(), nullable=False),
        sa.Column("tool", sa.String(length=20), nullable=False),
        sa.Column("pixels", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["act_id"], ["act.id"], name=op.f("fk_stroke_act_id")),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_stroke_image_id")),
        sa.ForeignKeyConstraint(["of_act_id"], ["act.id"], name=op.f("fk_stroke_of_act_id")),
        sa.PrimaryKeyConstraint("act_id", "kind", "canvas_id", name=op.f("pk_stroke")),
    )
    with op.batch_alter_table("stroke", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_stroke_kind_canvas_id_act_id"),
            ["kind", "canvas_id", "act_id"],
            unique=False,
        )

    op.create_table(
        "ignore_version",
        sa.Column("raster_id", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("class_counts", sa.JSON(), nullable=False),
        sa.Column("active_seconds", sa.Float(), nullable=True),
        sa.Column("strokes", sa.Integer(), nullable=True),
        sa.Column("changed_pixels", sa.Integer(), nullable=True),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("program", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["raster_id"], ["ignore_raster.id"], name=op.f("fk_ignore_version_raster_id")
        ),
        sa.PrimaryKeyConstraint("raster_id", "version", name=op.f("pk_ignore_version")),
    )
    with op.batch_alter_table("mask", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "settled_act_id",
                sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
                server_default="0",
                nullable=False,
            )
        )

    with op.batch_alter_table("mask_version", schema=None) as batch_op:
        batch_op.add_column(sa.Column("active_seconds", sa.Float(), nullable=True))
        batch_op.add_column(sa.Column("strokes", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("changed_pixels", sa.Integer(), nullable=True))
