"""Screening: clouds and findings of images, how likely a rejection is, and queues by them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def _id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "screening",
        sa.Column("image_id", sa.String(length=200), nullable=False),
        sa.Column("image_version", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(length=40), nullable=False),
        *(
            sa.Column(share, sa.Float(), nullable=False)
            for share in ("cloud", "shadow", "haze", "snow", "nodata", "unknown")
        ),
        sa.Column("valid_cloud", sa.Float(), nullable=True),
        sa.Column("labelled_cloud", sa.Float(), nullable=True),
        sa.Column("water_cloud", sa.Float(), nullable=True),
        sa.Column("statistics", sa.JSON(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("program", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_screening_image_id")),
        sa.PrimaryKeyConstraint("image_id", name=op.f("pk_screening")),
    )
    op.create_table(
        "rejection_chance",
        sa.Column("image_id", sa.String(length=200), nullable=False),
        sa.Column("image_version", sa.Integer(), nullable=False),
        sa.Column("chance", sa.Float(), nullable=False),
        sa.Column("learnt_from", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["image_id"], ["image.id"], name=op.f("fk_rejection_chance_image_id")
        ),
        sa.PrimaryKeyConstraint("image_id", name=op.f("pk_rejection_chance")),
    )
    _create_findings()
    with op.batch_alter_table("state", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cloud", sa.Float(), nullable=True))
        batch_op.add_column(sa.Column("finding", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("rejection", sa.Float(), nullable=True))
        for key in ("cloud", "finding", "rejection"):
            batch_op.create_index(
                batch_op.f(f"ix_state_subject_state_{key}_id"),
                ["subject", "state", key, "id"],
                unique=False,
            )


def _create_findings() -> None:
    op.create_table(
        "finding",
        sa.Column("id", _id(), nullable=False),
        sa.Column("image_id", sa.String(length=200), nullable=False),
        sa.Column("image_version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_finding_image_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
    )
    op.create_table(
        "finding_settled",
        sa.Column("id", _id(), nullable=False),
        sa.Column("image_id", sa.String(length=200), nullable=False),
        sa.Column("image_version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("program", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["image_id"], ["image.id"], name=op.f("fk_finding_settled_image_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding_settled")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("finding", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_finding_image_id_kind"), ["image_id", "kind"], unique=False
        )
    with op.batch_alter_table("finding_settled", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_finding_settled_image_id_kind_id"),
            ["image_id", "kind", "id"],
            unique=False,
        )
