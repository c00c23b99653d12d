"""The preview of a training: a few held-out chips, each epoch the same ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from s2label.types import BACKGROUND
from s2label_training.pictures import draw_preview, draw_true_colour, save_png

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.labelled.chips import LabelledChip
    from s2label.project import Project
    from s2label_training.bundle import ModelClass
    from s2label_training.labels import Labels

_ROWS = 4


@dataclass(frozen=True, eq=False)
class Shown:
    """A held-out chip of the preview: its number, RGB (y, x, 3) uint8 and truth (y, x) uint8."""

    number: int
    rgb: NDArray[np.uint8]
    truth: NDArray[np.uint8]


def choose_shown(
    project: Project, chips: Sequence[LabelledChip], labels: Sequence[Labels]
) -> list[Shown]:
    """Return the held-out chips that show most: those with most pixels that are no background.

    Raises
    ------
    InputError
        If a source cannot be read.
    """
    telling = [int((each.counts & (each.truth != BACKGROUND)).sum()) for each in labels]
    first = np.argsort(-np.array(telling), kind="stable")[:_ROWS]
    return [
        Shown(
            int(number),
            draw_true_colour(project, chips[number].image, chips[number].place.grid),
            labels[number].truth,
        )
        for number in first
    ]


def draw_shown(
    path: Path,
    shown: Sequence[Shown],
    proposed: Mapping[int, NDArray[np.uint8]],
    classes: Sequence[ModelClass],
) -> str:
    """Draw rows of image, truth and proposal; return the path, "" without anything to draw."""
    if not shown:
        return ""
    rows = [(each.rgb, each.truth, proposed[each.number]) for each in shown]
    save_png(path, draw_preview(rows, classes))
    return str(path)
