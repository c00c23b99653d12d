"""Where the places are: longitude and latitude, without any map behind them."""

from __future__ import annotations

from math import cos, radians
from typing import TYPE_CHECKING

import numpy as np

from s2label.explore.figures.drawing import Drawing, cell_targets
from s2label.explore.figures.looks import EDGE, new_figure, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from s2label.explore.exploration import Exploration

_COLOUR = "#0072b2"
_LEAST_SPAN_DEG = 0.02
_WIDTH_IN, _LEAST_IN, _MOST_IN = 7.0, 2.6, 6.5


def draw_places(found: Exploration) -> Drawing:
    """Draw the centres of the places; as wide as high on the ground in the middle of the map."""
    east = np.array([place.longitude_deg for place in found.places])
    north = np.array([place.latitude_deg for place in found.places])
    lost = int((~(np.isfinite(east) & np.isfinite(north))).sum())
    caption = f"{len(found.places):,} places; {found.query_words}"
    if lost:
        caption += f"\n{lost:,} places lie nowhere on Earth and are not in it"
    across, up = _limits(east), _limits(north)
    stretch = 1 / max(cos(radians(sum(up) / 2)), 0.1)
    shape = (up[1] - up[0]) * stretch / (across[1] - across[0])
    height = min(max(_WIDTH_IN * shape, _LEAST_IN), _MOST_IN) + 1
    figure = new_figure("Places", caption, _WIDTH_IN, height, "compressed")
    axes = figure.subplots()
    axes.plot(east, north, "o", color=_COLOUR, markeredgecolor=EDGE, markersize=3.5,
              markeredgewidth=0.3, rasterized=True)  # fmt: skip
    _frame(axes, across, up, stretch)
    chips = [place.chips for place in found.places]
    targets = cell_targets(axes, east, north, chips, _position_words, (80, 60))
    return Drawing(figure, targets)


def _position_words(east: str, north: str) -> str:
    return f"near {east}° east, {north}° north"


def _frame(
    axes: Axes, across: tuple[float, float], up: tuple[float, float], stretch: float
) -> None:
    axes.set_xlim(*across)
    axes.set_ylim(*up)
    axes.set_aspect(stretch, adjustable="box")
    axes.set_xlabel("longitude (° east)")
    axes.set_ylabel("latitude (° north)")
    axes.ticklabel_format(useOffset=False)
    axes.locator_params(axis="x", nbins=7)
    tidy(axes)
    axes.grid(color="#dcdfe3", linewidth=0.6)


def _limits(degrees: NDArray[np.floating]) -> tuple[float, float]:
    known = degrees[np.isfinite(degrees)]
    if not known.size:
        return -1.0, 1.0
    low, high = float(known.min()), float(known.max())
    margin = max(0.06 * (high - low), _LEAST_SPAN_DEG)
    return low - margin, high + margin
