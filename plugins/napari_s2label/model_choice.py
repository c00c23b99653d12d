"""Which model suggests: the one in use in the project, or what was learnt from strokes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psygnal import Signal

from s2label.errors import S2LabelError
from s2label.suggestions import STROKES_MODEL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from s2label_training.bundle import ModelRecord

# What somebody may wish; without a wish it is the model in use, if there is one.
IN_USE, STROKES = "in use", "strokes"
_LEAST, _MOST = 0.01, 0.99


@dataclass
class SuggestSettings:
    """What somebody has set, kept while a job has the project.

    Parameters
    ----------
    wish : str
        `IN_USE`, `STROKES`, or empty.
    shows_itself : bool
        Whether suggestions are shown unasked.
    thresholds : dict
        Id of a model -> probability, 0..1, where it is not the model's own.
    """

    wish: str = ""
    shows_itself: bool = False
    thresholds: dict[str, float] = field(default_factory=dict)

    def threshold_of(self, model: str, own: float) -> float:
        """Return the threshold for a model whose own one is given."""
        return self.thresholds.get(model, own)

    def set_threshold(self, model: str, threshold: float) -> None:
        """Keep a threshold for a model, within bounds."""
        self.thresholds[model] = round(min(max(threshold, _LEAST), _MOST), 2)


class ModelChoice:
    """Knows the models of a project.

    Parameters
    ----------
    folder : Path
        The project.
    settings : SuggestSettings
        Keeps the wish.
    is_painted : callable
        Tells whether anybody has painted in the project.

    Attributes
    ----------
    record : ModelRecord or None
        The model in use.
    complaint : str
        Why the model in use cannot be used; empty where it can, or where there is none.
    learnt : mapping or None
        What the worker said when it last learnt from strokes.

    Signals
    -------
    changed : no arguments
        Another model suggests, or more is known of it.
    """

    changed = Signal()

    def __init__(
        self, folder: Path, settings: SuggestSettings, is_painted: Callable[[], bool]
    ) -> None:
        self._folder = folder
        self._settings = settings
        self._is_painted = is_painted
        self._has_strokes = False
        self._seen: object = None
        self.record: ModelRecord | None = None
        self.complaint = ""
        self.learnt: Mapping[str, Any] | None = None
        self.refresh()

    def refresh(self) -> bool:
        """Look which model is in use now; returns whether it is another than before."""
        # Imported here: its checked records take long to load, and most only triage at first.
        from s2label_training.shelf import Shelf

        shelf = Shelf(self._folder)
        try:
            seen: tuple[str | None, str] = (shelf.in_use, "")
        except S2LabelError as error:
            seen = (None, str(error))
        if self._seen == seen:
            return False
        self._seen, (model, self.complaint), self.record = seen, seen, None
        if model is not None:
            try:
                self.record = shelf.record(model)
            except S2LabelError as error:
                self.complaint = str(error)
        self.changed.emit()
        return True

    def wish(self, wish: str) -> None:
        """Choose `IN_USE` or `STROKES`."""
        self._settings.wish = wish
        self.changed.emit()

    @property
    def chosen(self) -> str:
        """`IN_USE` or `STROKES`, as wished or else as there is one."""
        has_one = self.record is not None or bool(self.complaint)
        return self._settings.wish or (IN_USE if has_one else STROKES)

    @property
    def model(self) -> str:
        """Id of the model that suggests; empty where there is none."""
        if self.chosen == STROKES:
            self._has_strokes = self._has_strokes or self._is_painted()
            return STROKES_MODEL if self._has_strokes else ""
        return self.record.id if self.record is not None else ""

    @property
    def headline(self) -> float | None:
        """The score of the model in use on its validation chips, 0..1, if it has one."""
        score = None if self.record is None else self.record.metrics.get("headline")
        return score if isinstance(score, float) else None

    def note_learnt(self, report: Mapping[str, Any]) -> None:
        """Note what was learnt from strokes."""
        self.learnt = report
        self.changed.emit()
