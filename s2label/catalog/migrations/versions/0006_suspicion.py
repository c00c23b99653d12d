"""Audits: what they suspect of masks, which masks they looked at, and queues by it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("program", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sa.UniqueConstraint("name", name=op.f("uq_audit_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "audit_look",
        sa.Column("mask_id", sa.String(length=200), nullable=False),
        sa.Column(
            "audit_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name=op.f("fk_audit_look_audit_id")),
        sa.ForeignKeyConstraint(["mask_id"], ["mask.id"], name=op.f("fk_audit_look_mask_id")),
        sa.PrimaryKeyConstraint("mask_id", "audit_id", name=op.f("pk_audit_look")),
    )
    op.create_table(
        "suspicion",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("mask_id", sa.String(length=200), nullable=False),
        sa.Column("mask_version", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.String(length=200), nullable=False),
        sa.Column("image_version", sa.Integer(), nullable=False),
        sa.Column(
            "audit_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("rank", sa.Float(), nullable=False),
        sa.Column("rings", sa.JSON(), nullable=False),
        sa.Column("class_value", sa.Integer(), nullable=True),
        sa.Column("labelled_as", sa.Integer(), nullable=True),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("program", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name=op.f("fk_suspicion_audit_id")),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_suspicion_image_id")),
        sa.ForeignKeyConstraint(["mask_id"], ["mask.id"], name=op.f("fk_suspicion_mask_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suspicion")),
    )
    with op.batch_alter_table("suspicion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_suspicion_image_id"), ["image_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_suspicion_mask_id_audit_id"), ["mask_id", "audit_id"], unique=False
        )
    with op.batch_alter_table("state", schema=None) as batch_op:
        batch_op.add_column(sa.Column("suspicion", sa.Float(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_state_subject_state_suspicion_id"),
            ["subject", "state", "suspicion", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_state_subject_suspicion_id"),
            ["subject", "suspicion", "id"],
            unique=False,
        )
