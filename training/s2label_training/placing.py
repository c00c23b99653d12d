"""The best weights of a training become a model on the shelf. Knows no torch."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from s2label.catalog.store import now, this_author
from s2label_training.bundle import WEIGHTS_NAME, ModelRecord
from s2label_training.runs import BUNDLE_NAME
from s2label_training.shelf import Shelf

if TYPE_CHECKING:
    from pathlib import Path

    from s2label.project import Project
    from s2label_training.course import Best
    from s2label_training.learning import Learning
    from s2label_training.recipe import Recipe
    from s2label_training.runs import Run


def place_best(project: Project, run: Run, recipe: Recipe, learning: Learning, best: Best) -> str:
    """Make the bundle of the best weights of a training, and return its id.

    Parameters
    ----------
    project : Project
        On whose shelf it is put.
    run : Run
        Where the weights are.
    recipe : Recipe
        How they were trained.
    learning : Learning
        What they learnt from.
    best : Best
        Which they are, and their scores.
    """
    shelf = Shelf(project.folder)
    id_ = run.record.fold or shelf.new_id(recipe.name, datetime.now(UTC))
    record = _record(project, id_, recipe, learning, best)
    draft = run.folder / BUNDLE_NAME
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    _link(run.folder / best.file, draft / WEIGHTS_NAME)
    # Named before it is there: killed in between, nobody makes the same model twice.
    run.change(model=record.id)
    shelf.place(draft, record)
    return record.id


def _record(
    project: Project, id_: str, recipe: Recipe, learning: Learning, best: Best
) -> ModelRecord:
    author, data = this_author(), learning.chosen.data
    return ModelRecord(
        id=id_,
        recipe=recipe,
        program=author.program,
        created_at=now(),
        who=author.who,
        lifetime=project.classes.lifetime,
        classes=learning.classes,
        bands=data.bands,
        indices=recipe.input.indices,
        offset=data.offset,
        scale=data.scale,
        typical=data.typical,
        gsd_m=learning.gsd_m,
        tile_px=recipe.input.tile_px,
        threshold=best.threshold,
        data=learning.as_record(recipe.labels.trust),
        metrics=best.metrics,
        epochs=best.epoch,
        parent=data.parent,
        weights_sha256=best.sha256,
    )


def _link(source: Path, target: Path) -> None:
    """Give a file a second name, or copy it where the disk knows no second names."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
