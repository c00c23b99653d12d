"""A worker that answers when a test says so, and suggestions made by hand."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from psygnal import Signal
from s2label_training.bundle import WEIGHTS_NAME, ModelRecord
from s2label_training.shelf import Shelf

from s2label.suggestions import STROKES_MODEL, Suggestion
from s2label.types import Lifetime, Provenance
from tests.factories.projects import BANDS

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SIDE_PX = 32


@dataclass(frozen=True)
class Asked:
    """A question about an image."""

    number: int
    image_id: str
    model: str
    urgent: bool


class SlowWorker:
    """Notes what it is asked; `answer` and `fail` are called by the test."""

    suggested = Signal(object)
    learnt = Signal(object)
    failed = Signal(int, str)
    died = Signal(str)

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.loaded: list[str] = []
        self.learns = 0
        self.is_closed = False
        self._number = 0

    def ask_suggestion(self, image_id: str, model: str, urgent: bool) -> int:
        """Note a question."""
        self.asked.append(Asked(self._next(), image_id, model, urgent))
        return self._number

    def ask_learn(self) -> int:
        """Note that it shall learn."""
        self.learns += 1
        return self._next()

    def load(self, model: str) -> None:
        """Note that a model shall be loaded."""
        self.loaded.append(model)

    def forget_before(self, number: int) -> None:
        """Drop what waits and is not urgent."""
        self.asked = [a for a in self.asked if a.urgent or a.number >= number]

    def close(self) -> None:
        """Answer no more."""
        self.is_closed = True

    def answer(self, suggestion: Suggestion) -> None:
        """Answer the questions about an image."""
        self.asked = [a for a in self.asked if a.image_id != suggestion.image_id]
        self.suggested.emit(suggestion)

    def fail(self, words: str) -> None:
        """Answer the last question with an error."""
        self.failed.emit(self._number, words)

    def _next(self) -> int:
        self._number += 1
        return self._number


def suggestion(image_id: str, model: str = STROKES_MODEL, threshold: float = 0.5) -> Suggestion:
    """Return a suggestion of one certain vessel: the square from pixel 2 to pixel 6.

    Below it lies a row of pixels of which the model is sure by 0.3.
    """
    likely = np.zeros((2, SIDE_PX, SIDE_PX), np.uint8)
    likely[1, 2:6, 2:6] = 255
    likely[1, 6, 2:6] = 77
    likely[0] = 255 - likely[1]
    by = Provenance.STROKES if model == STROKES_MODEL else Provenance.FIRST_MODEL
    return Suggestion(image_id, model, by, (0, 1), likely, threshold)


def square(first: int, last: int) -> NDArray[np.bool_]:
    """Return where the certain vessel of a suggestion is."""
    chosen = np.zeros((SIDE_PX, SIDE_PX), np.bool_)
    chosen[first:last, first:last] = True
    return chosen


def put_in_use(
    folder: Path, id_: str = "tiny-1", headline: float | None = 0.62, value: int = 1
) -> None:
    """Place a model of one class without weights on the shelf of a project; take it into use."""
    weights = len(b"{}").to_bytes(8, "little") + b"{}"
    draft = folder / "models" / f".draft-{id_}"
    draft.mkdir(parents=True)
    (draft / WEIGHTS_NAME).write_bytes(weights)
    Shelf(folder).place(draft, _record(id_, hashlib.sha256(weights).hexdigest(), headline, value))
    Shelf(folder).promote(id_, "for a test")


def _record(id_: str, sha256: str, headline: float | None, value: int) -> ModelRecord:
    classes = ({"value": 0, "name": "background", "colour": "#000000"},)
    data = {
        "digest": "0" * 64,
        "chips": 1,
        "pixels": {},
        "checked_share": 1.0,
        "trust": "checked",
        "training_places": (),
        "validation_places": (),
    }
    fields = {
        "id": id_,
        "recipe": {"name": "tiny"},
        "program": "s2label",
        "created_at": "2024-05-01T12:00:00.000Z",
        "who": "test",
        "lifetime": Lifetime.MOVING,
        "classes": (*classes, {"value": value, "name": "vessel", "colour": "#ff3b30"}),
        "bands": BANDS,
        "indices": (),
        "offset": (0.0,) * len(BANDS),
        "scale": (1.0,) * len(BANDS),
        "typical": ((0.0, 0.4),) * len(BANDS),
        "gsd_m": 10.0,
        "tile_px": 64,
        "threshold": 0.5,
        "data": data,
        "metrics": {} if headline is None else {"headline": headline},
        "epochs": 1,
        "weights_sha256": sha256,
    }
    return ModelRecord.model_validate(fields)
