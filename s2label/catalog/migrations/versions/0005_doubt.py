"""Doubtful places of predicted scenes: why somebody should look at an image, and a queue by it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "doubt",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("image_id", sa.String(length=200), nullable=False),
        sa.Column("image_version", sa.Integer(), nullable=False),
        sa.Column("scene", sa.Text(), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("rank", sa.Float(), nullable=False),
        sa.Column(
            "after_act_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("program", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_doubt_image_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_doubt")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("doubt", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_doubt_image_id_id"), ["image_id", "id"], unique=False
        )
    with op.batch_alter_table("state", schema=None) as batch_op:
        batch_op.add_column(sa.Column("doubt", sa.Float(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_state_subject_state_doubt_id"),
            ["subject", "state", "doubt", "id"],
            unique=False,
        )
