"""How much a look at an image is worth, by what a model proposed: a queue's order."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "worth",
        sa.Column("image_id", sa.String(length=200), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("worth", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_worth_image_id")),
        sa.PrimaryKeyConstraint("image_id", name=op.f("pk_worth")),
    )
    with op.batch_alter_table("state", schema=None) as batch_op:
        batch_op.add_column(sa.Column("worth", sa.Float(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_state_subject_state_worth_id"),
            ["subject", "state", "worth", "id"],
            unique=False,
        )
