"""What labels brought, and what more would bring: the learning curve and its prospects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import StrMethodFormatter

from s2label.explore.figures.drawing import Drawing
from s2label.explore.figures.looks import EDGE, new_figure, tidy
from s2label.explore.learning_curve import why_no_curve
from s2label.explore.prospects import MORE_CHIPS, time_in_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from s2label.explore.exploration import Exploration
    from s2label.explore.learning_curve import LearningCurve
    from s2label.explore.prospects import Prospect
    from s2label.explore.rounds import TrainingRound

# Okabe and Ito, "Color Universal Design" (2008).
_ROUND, _BAND, _GAIN = "#0072b2", "#56b4e9", "#009e73"
_PERCENTILES = (2.5, 50, 97.5)
_POINTS = 120
_CURVE = (
    "the line is the median, the band 95 % of the curves that fit; dashed: beyond what was measured"
)


def draw_learning(found: Exploration) -> Drawing:
    """Draw the score of each comparable round over its chips, and the curves that fit them."""
    ahead = found.next_hour
    rounds, others = ahead.compared.rounds, len(ahead.compared.left_out)
    left_out = f"; {others} more cannot be compared" if others else ""
    caption = (
        f"{len(rounds)} comparable round{'s' * (len(rounds) != 1)} of {rounds[-1].recipe}{left_out}"
        f"; bars: 95 % interval of each score\n{why_no_curve(rounds) or _CURVE}"
    )
    figure = new_figure("Score over labelled chips", caption, 7.0, 4.0)
    axes = figure.subplots()
    if ahead.curve is not None:
        _draw_curve(axes, ahead.curve, min(each.chips for each in rounds))
    for each in rounds:
        _draw_round(axes, each)
    axes.set_ylim(0, 1)
    axes.set_xlabel("chips that the model learnt from")
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.set_ylabel("score on held-out chips")
    tidy(axes, grid="y")
    return Drawing(figure)


def _draw_round(axes: Axes, each: TrainingRound) -> None:
    assert each.score is not None
    if each.low is not None and each.high is not None:
        axes.plot([each.chips] * 2, [each.low, each.high], color=_ROUND, linewidth=1.4)
    axes.plot(each.chips, each.score, "o", color=_ROUND, markeredgecolor=EDGE, markersize=6)


def _draw_curve(axes: Axes, curve: LearningCurve, least: int) -> None:
    chips = np.linspace(max(least, 1), curve.most + MORE_CHIPS[1], _POINTS)
    low, middle, high = np.percentile(curve.scores_at(chips), _PERCENTILES, axis=0)
    axes.fill_between(chips, low, high, color=_BAND, alpha=0.25, linewidth=0)
    is_measured = chips <= curve.most
    axes.plot(chips[is_measured], middle[is_measured], color=EDGE, linewidth=1.4)
    axes.plot(chips[~is_measured], middle[~is_measured], color=EDGE, linewidth=1.4, ls="--")


def draw_gain(found: Exploration) -> Drawing:
    """Draw by how much more labelled chips would raise the score, and in how many hours."""
    prospects = found.next_hour.prospects
    caption = (
        "95 % of the curves that fit; hours: all work so far and held-out chips counted"
        "\n* more than twice the chips of any round: a guess"
    )
    figure = new_figure("What more labels would bring", caption, 7.0, 3.4)
    axes = figure.subplots()
    for number, each in enumerate(prospects):
        gain = each.gain
        axes.plot([gain.low, gain.high], [number] * 2, color=_GAIN, linewidth=2.5)
        axes.plot(gain.value, number, "o", color=_GAIN, markeredgecolor=EDGE, markersize=7)
    axes.axvline(0, color=EDGE, linewidth=0.8)
    axes.set_yticks(range(len(prospects)), [_name(each) for each in prospects])
    axes.set_ylim(len(prospects) - 0.5, -0.5)
    axes.set_xlim(right=max(0.1, 1.08 * max(each.gain.high for each in prospects)))
    axes.set_xlabel("rise of the score (0: nothing)")
    tidy(axes, grid="x")
    return Drawing(figure)


def _name(prospect: Prospect) -> str:
    mark = "*" if prospect.is_far else ""
    if prospect.hours is None:
        return f"{prospect.chips:,} chips{mark}\n(hours unknown)"
    return f"{prospect.chips:,} chips{mark}\n{time_in_words(prospect.hours)}"
