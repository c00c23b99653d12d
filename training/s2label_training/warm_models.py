"""Models that are kept ready to suggest: the bundle used last, and what strokes have taught."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label.errors import InputError, MissingExtraError, S2LabelError
from s2label.raster import RasterPool
from s2label.suggestion_files import read_suggestion
from s2label.suggestions import STROKES_MODEL
from s2label_training.chosen_model import require_model
from s2label_training.shelf import Shelf
from s2label_training.suitability import strange_values

if TYPE_CHECKING:
    from s2label.chip_views import ChipView
    from s2label.project import Project
    from s2label.suggestions import Suggestion
    from s2label_training.pixels import LearnReport, StrokeLearner
    from s2label_training.predict import Predictor


class WarmModels:
    """Suggests from models that it keeps loaded; asked by one thread.

    Parameters
    ----------
    project : Project
        Open for reading.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._pool = RasterPool()
        self._learner: StrokeLearner | None = None
        self._predictor: Predictor | None = None

    def load(self, model: str) -> None:
        """Have a model ready: the id of a bundle, or `STROKES_MODEL`.

        Raises
        ------
        S2LabelError
            If there is no such model, it is damaged or tells other classes than those of the
            project, or the training extra is missing.
        """
        if model == STROKES_MODEL:
            self._ready_learner()
        else:
            self._ready_predictor(model)

    def learn(self) -> LearnReport:
        """Learn from all strokes; errors as in `StrokeLearner.learn`."""
        return self._ready_learner().learn()

    def suggest(self, image_id: str, model: str) -> Suggestion:
        """Return what a model proposes for an image; read where it is kept already.

        Raises
        ------
        S2LabelError
            If there is no such image or model, they do not fit, or a file cannot be read.
        """
        if model == STROKES_MODEL:
            return self._ready_learner().suggest(image_id)
        chip = self._project.catalog.chip(image_id)
        if chip is None:
            raise InputError(image_id, "no such image in this project")
        kept = read_suggestion(self._project, chip.image, model)
        return kept if kept is not None and self._fits(kept) else self._propose(chip, model)

    def _fits(self, kept: Suggestion) -> bool:
        """Tell whether classes and number are still those of project and shelf."""
        number = Shelf(self._project.folder).numbers().get(kept.model)
        is_known = not strange_values(kept.class_values, self._project.classes)
        return is_known and kept.provenance == number

    def _propose(self, chip: ChipView, model: str) -> Suggestion:
        predictor = self._ready_predictor(model)
        from s2label_training.suggesting import read_for, suggestion_of

        record, image = predictor.record, chip.image
        values, reason = read_for(record, image, chip.place.grid, self._pool)
        if values is None:
            raise S2LabelError(reason)
        likely = predictor.probabilities(values)
        return suggestion_of(record, image.id, likely, Shelf(self._project.folder).number(model))

    # Imported in here: torch takes seconds, and strokes need neither it nor the training extra.

    def _ready_learner(self) -> StrokeLearner:
        if self._learner is None:
            from s2label_training.pixels import StrokeLearner

            self._learner = StrokeLearner(self._project, self._pool)
        return self._learner

    def _ready_predictor(self, model: str) -> Predictor:
        if self._predictor is None or self._predictor.record.id != model:
            shelf = Shelf(self._project.folder)
            require_model(shelf, self._project.classes, model)
            self._predictor = None  # two networks at once would only take memory
            try:
                from s2label_training.predict import Predictor
            except ImportError as error:
                raise MissingExtraError("suggesting with a network", "training") from error
            self._predictor = Predictor(shelf.folder(model))
        return self._predictor
