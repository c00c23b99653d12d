"""What runs of the loop say together: labels needed, in words and as a picture."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

RANDOM, FOUND = "random", "what the model finds"
SCORES = {"objects_f1": "F1 of objects", "pixels_f1": "F1 of pixels"}
# Of the F1 that all labels give.
SHARE = 0.95
# F1 goes up and down by chance; it has to stay for so many rounds.
STAYS = 2
_COLOURS = {RANDOM: "#8a8f98", FOUND: "#e0473b"}


@dataclass(frozen=True)
class Point:
    """How good a forest is after a round.

    Parameters
    ----------
    labels, vessels : int
        Chips labelled so far, and those with a vessel among them.
    objects_f1, pixels_f1 : float
        On the chips that are held out, 0..1.
    """

    labels: int
    vessels: int
    objects_f1: float
    pixels_f1: float


@dataclass(frozen=True)
class Run:
    """Both orders with the same start and the same chips held out.

    ``vessels`` counts the chips with a vessel that could be labelled; ``points`` maps each order to
    its rounds, the last, of both the same, with all chips labelled.
    """

    seed: int
    vessels: int
    points: dict[str, list[Point]]


def labels_needed(points: Sequence[Point], score: str, target: float) -> float:
    """Return after how many labels a score first reaches a target and stays for another round.

    Between two rounds the count is read off the straight line between them.
    """
    values = [float(getattr(point, score)) for point in points]
    for number in range(len(points)):
        if all(value >= target for value in values[number : number + STAYS]):
            return _crossing(points, values, number, target)
    return math.inf


def _crossing(
    points: Sequence[Point], values: Sequence[float], number: int, target: float
) -> float:
    after = points[number].labels
    if number == 0 or values[number - 1] >= target:
        return after
    before = points[number - 1].labels
    rise = values[number] - values[number - 1]
    return before + (after - before) * (target - values[number - 1]) / rise


def needed(runs: Sequence[Run], score: str, order: str) -> list[float]:
    """Return of each run the labels needed for `SHARE` of the score that all labels give."""
    return [
        labels_needed(run.points[order], score, SHARE * getattr(run.points[RANDOM][-1], score))
        for run in runs
    ]


def in_words(runs: Sequence[Run]) -> list[str]:
    """Return what was found, a line per score."""
    lines = []
    for score, name in SCORES.items():
        with_all = [getattr(run.points[RANDOM][-1], score) for run in runs]
        counts = {order: needed(runs, score, order) for order in (RANDOM, FOUND)}
        shares = [b / a for a, b in zip(counts[RANDOM], counts[FOUND], strict=True)]
        told = ", ".join(f"{order} {_quartiles(found, 0)}" for order, found in counts.items())
        lines.append(
            f"{name}: {_quartiles(with_all, 2)} with all labels; labels for 95 % of it: {told}; "
            f"share {_quartiles(shares, 2)}; "
            f"of the medians {np.median(counts[FOUND]) / np.median(counts[RANDOM]):.2f}"
        )
    return lines


def _quartiles(values: Sequence[float], digits: int) -> str:
    low, middle, high = np.percentile(values, (25, 50, 75))
    return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def draw_curves(runs: Sequence[Run], path: Path) -> None:
    """Draw both orders, median and quartiles over the runs, into a PNG file."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    for axes, (score, name) in zip(figure.subplots(1, 2), SCORES.items(), strict=True):
        _draw(axes, runs, score)
        axes.set_title(f"{name}, on chips held out")
        axes.set_xlabel("chips labelled")
    figure.savefig(path)


def _draw(axes: Axes, runs: Sequence[Run], score: str) -> None:
    # Runs hold out blocks of different size, so the last rounds differ by some chips.
    labels = np.arange(10, min(run.points[RANDOM][-1].labels for run in runs))
    for order, colour in _COLOURS.items():
        curves = [
            np.interp(
                labels,
                [point.labels for point in run.points[order]],
                [getattr(point, score) for point in run.points[order]],
            )
            for run in runs
        ]
        low, middle, high = np.percentile(curves, (25, 50, 75), axis=0)
        axes.fill_between(labels, low, high, color=colour, alpha=0.2, linewidth=0)
        axes.plot(labels, middle, color=colour, label=order)
    target = SHARE * np.median([getattr(run.points[RANDOM][-1], score) for run in runs])
    axes.axhline(float(target), color="black", linewidth=0.8, linestyle=":")
    axes.set_ylim(0)
    axes.legend(loc="lower right", frameon=False, title="order of the chips")
