"""What a training starts from and what is there already, read from disk. Knows no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from s2label.errors import S2LabelError

if TYPE_CHECKING:
    from pathlib import Path

    from s2label_training.bundle import ModelRecord
    from s2label_training.recipe import Recipe
    from s2label_training.runs import RunRecord
    from s2label_training.shelf import Shelf
    from s2label_training.verdicts import Verdict

    from s2label.project import Project

# The records of `s2label_training` are imported where they are used: a window that starts needs
# none of them, and pydantic takes a while to build them.


@dataclass(frozen=True)
class Models:
    """The models of a project.

    Parameters
    ----------
    records : tuple of ModelRecord
        The newest first.
    in_use : str
        Id of the one in use; empty if there is none.
    before : str
        Id of the one that a rollback would bring back; empty if there is none.
    complaints : tuple of str
        What cannot be read, and why.
    unfinished : RunRecord, optional
        The newest training that ended early and can go on.
    """

    records: tuple[ModelRecord, ...] = ()
    in_use: str = ""
    before: str = ""
    complaints: tuple[str, ...] = ()
    unfinished: RunRecord | None = None

    def record(self, model: str) -> ModelRecord | None:
        """Return the record of a model; None if there is none."""
        return next((record for record in self.records if record.id == model), None)


@dataclass(frozen=True)
class Judged:
    """A model with its verdict.

    Parameters
    ----------
    model : str
        Its id.
    folder : Path
        Its bundle; pictures of the verdict are relative to it.
    verdict : Verdict or None
        None where nobody has judged it.
    chips : dict
        Id of an image of the verdict -> place and date.
    """

    model: str
    folder: Path
    verdict: Verdict | None
    chips: dict[str, str]


def read_recipes() -> dict[str, Recipe]:
    """Return the recipes that come with the program, by name."""
    from s2label_training.recipe import find_recipe, recipe_names

    return {name: find_recipe(name) for name in recipe_names()}


def shelf_of(folder: Path) -> Shelf:
    """Return the models of the project in a folder."""
    from s2label_training.shelf import Shelf

    return Shelf(folder)


def read_models(folder: Path) -> Models:
    """Return the models of the project in a folder; what is damaged is complained of."""
    from s2label_training.promotions import model_before

    shelf = shelf_of(folder)
    records = tuple(reversed(shelf.records()))
    complaints, uses = list(shelf.complaints), []
    try:
        uses = shelf.uses()
    except S2LabelError as error:
        complaints.append(str(error))
    return Models(
        records,
        in_use=uses[-1].model if uses else "",
        before=model_before(uses) or "",
        complaints=tuple(complaints),
        unfinished=_read_unfinished(folder),
    )


def _read_unfinished(folder: Path) -> RunRecord | None:
    from s2label_training.runs import Runs

    runs = Runs(folder).unfinished()
    return runs[0].record if runs else None


def read_judged(project: Project, model: str) -> Judged:
    """Return what the gate said of a model.

    Raises
    ------
    InputError
        If there is no such model, or its verdict is damaged.
    """
    from s2label_training.verdicts import read_verdict

    folder = shelf_of(project.folder).folder(model)
    verdict = read_verdict(folder)
    ids = [changed.image_id for changed in verdict.changed] if verdict else []
    return Judged(model, folder, verdict, {id_: _name_chip(project, id_) for id_ in ids})


def _name_chip(project: Project, image_id: str) -> str:
    chip = project.catalog.chip(image_id)
    return image_id if chip is None else f"{chip.place.name} {chip.image.date or ''}".strip()


def model_name(record: ModelRecord) -> str:
    """Return recipe and local time of a model: ``vessels_resnet34 of 2024-01-31 12:00``."""
    made = datetime.fromisoformat(record.created_at).astimezone()
    return f"{record.recipe.name} of {made:%Y-%m-%d %H:%M}"


def model_in_a_line(record: ModelRecord) -> str:
    """Return name and score of a model."""
    score = headline(record)
    return model_name(record) + ("" if score is None else f", score {score:.2f}")


def headline(record: ModelRecord) -> float | None:
    """Return a model's score on its validation chips, 0..1; None where it has none."""
    score = record.metrics.get("headline")
    return float(score) if isinstance(score, int | float) else None
