"""What is done with the held-out chips after each epoch: scores, and a picture of some."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label_training.previews import draw_shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from s2label_training.bundle import ModelClass
    from s2label_training.hardware import Precision
    from s2label_training.module import Segmentation
    from s2label_training.previews import Shown
    from s2label_training.validating import Validation, Validator


class EpochScoring:
    """Scores the network of a fit, and draws what it proposes.

    Parameters
    ----------
    validator : Validator
        With the held-out chips.
    precision : Precision
        What the network computes with.
    shown : sequence of Shown
        The chips of the preview.
    classes : sequence of ModelClass
        Their colours.
    """

    def __init__(
        self,
        validator: Validator,
        precision: Precision,
        shown: Sequence[Shown],
        classes: Sequence[ModelClass],
    ) -> None:
        self._validator, self._precision = validator, precision
        self._shown, self._classes = shown, classes

    def score(self, module: Segmentation, check: Callable[[], None]) -> Validation:
        """Return the scores of a network; `check` may raise on the way."""
        numbers = [each.number for each in self._shown]
        asked = (module.network, module.loss, self._precision, check)
        return self._validator.validate(*asked, shown=numbers)

    def draw(self, path: Path, scored: Validation) -> str:
        """Draw the preview and return its path; "" where there is nothing to draw."""
        return draw_shown(path, self._shown, scored.proposed, self._classes)
