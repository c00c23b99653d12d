"""How classes look in figures: their own colour, and always something besides the colour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patheffects import Normal, Stroke

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from s2label.types import LabelClass

Layout = Literal["constrained", "compressed"]
DPI = 150
# Colours of class tables are made for masks on pictures: some are nearly white, some alike to
# people who see red and green as one. Every line and face gets a dark edge, every class a marker,
# a dash and a hatch.
EDGE = "#26282c"
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p", "h", "*")
_DASHES: tuple[Any, ...] = (
    "-",
    (0, (5, 1.5)),
    (0, (1.5, 1)),
    (0, (6, 1.5, 1.5, 1.5)),
    (0, (3, 1, 1, 1, 1, 1)),
    (0, (9, 2)),
)
_HATCHES = ("", "////", "....", "\\\\\\\\", "xxxx", "----", "||||", "++++", "oooo", "****")
_SMALL_PT, _PLAIN_PT, _TITLE_PT = 7.0, 8.5, 11.0
_LEGEND_IN = 2.5


@dataclass(frozen=True)
class ClassLook:
    """Colour, marker, dash and hatch of a class."""

    name: str
    colour: str
    marker: str
    dash: Any
    hatch: str

    @property
    def line(self) -> dict[str, Any]:
        """How matplotlib draws a line of it."""
        outline = [Stroke(linewidth=2.6, foreground=EDGE), Normal()]
        return {
            "color": self.colour,
            "linestyle": self.dash,
            "linewidth": 1.6,
            "path_effects": outline,
        }

    @property
    def face(self) -> dict[str, Any]:
        """How matplotlib fills a face of it."""
        return {
            "facecolor": self.colour,
            "edgecolor": EDGE,
            "hatch": self.hatch,
            "linewidth": 0.6,
        }


def looks_of(classes: Sequence[LabelClass]) -> dict[int, ClassLook]:
    """Return class value -> how it looks."""
    return {
        each.value: ClassLook(
            each.name,
            each.colour,
            _MARKERS[number % len(_MARKERS)],
            _DASHES[number % len(_DASHES)],
            _HATCHES[number % len(_HATCHES)],
        )
        for number, each in enumerate(classes)
    }


def new_figure(
    title: str, caption: str, width_in: float, height_in: float, layout: Layout = "constrained"
) -> Figure:
    """Return an empty figure of a size, with a title and small words below.

    Parameters
    ----------
    title : str
        What is shown; empty where a legend says it.
    caption : str
        Of which data, in a line or two.
    width_in, height_in : float
        Size; there are `DPI` pixels to an inch.
    layout : str
        How matplotlib finds room for everything.
    """
    figure = Figure(figsize=(width_in, height_in), dpi=DPI, layout=layout)
    FigureCanvasAgg(figure)
    if title:
        figure.suptitle(title, fontsize=_TITLE_PT, x=0.01, ha="left")
    figure.supxlabel(caption, fontsize=_SMALL_PT, color="#55585e", x=0.01, ha="left")
    return figure


def write_title(axes: Axes, words: str) -> None:
    """Write over a panel what it is of."""
    axes.set_title(words, loc="left", fontsize=_PLAIN_PT)


def tidy(axes: Axes, *, grid: str = "") -> None:
    """Leave out what says nothing; grid lines along ``x`` or ``y`` stand behind the data."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=_SMALL_PT)
    axes.xaxis.label.set_fontsize(_PLAIN_PT)
    axes.yaxis.label.set_fontsize(_PLAIN_PT)
    axes.set_axisbelow(True)
    if grid:
        axes.grid(axis=grid, color="#dcdfe3", linewidth=0.6)  # type: ignore[arg-type]


def panels(figure: Figure, count: int, most_across: int, **shared: Any) -> list[Axes]:
    """Return so many axes in rows; what is left over of the last row stays empty."""
    across = min(count, most_across)
    rows = -(-count // across)
    grid = figure.subplots(rows, across, squeeze=False, **shared).ravel()
    for axes in grid[count:]:
        axes.set_visible(False)
    return list(grid[:count])


def size_of_panels(
    count: int, most_across: int, each_in: tuple[float, float]
) -> tuple[float, float]:
    """Return the size in inches of a figure with so many panels, with title and caption."""
    across = min(count, most_across)
    rows = -(-count // across)
    return max(6.5, across * each_in[0]), rows * each_in[1] + 1.1


def legend(figure: Figure, title: str, handles: Sequence[Any], names: Sequence[str]) -> None:
    """Put a legend of all classes above the panels, and the title of the figure over it."""
    figure.legend(
        handles,
        names,
        loc="outside upper left",
        ncols=max(1, min(len(names), int(figure.get_figwidth() / _LEGEND_IN))),
        fontsize=_SMALL_PT,
        frameon=False,
        handlelength=3.2,
        title=title,
        title_fontsize=_TITLE_PT,
        alignment="left",
    )
