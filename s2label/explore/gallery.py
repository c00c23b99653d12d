"""Which figures there are of an exploration: what each is called, how it is drawn, its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from s2label.explore import next_hour_tables, tables
from s2label.explore.figures.chip_bars import draw_clouds, draw_dates
from s2label.explore.figures.class_bars import draw_counts
from s2label.explore.figures.histograms import draw_histograms
from s2label.explore.figures.learning import draw_gain, draw_learning
from s2label.explore.figures.map_of_places import draw_places
from s2label.explore.figures.scatter import draw_scatter
from s2label.explore.figures.spectra import draw_spectra
from s2label.explore.figures.violins import draw_violins
from s2label.explore.figures.work_time import draw_days, draw_work

if TYPE_CHECKING:
    from collections.abc import Callable

    from s2label.explore.exploration import Exploration
    from s2label.explore.figures.drawing import Drawing
    from s2label.explore.next_hour import NextHour


# Its numbers are written without the figure, too: they say why no round can be compared.
LEARNING = "learning"


@dataclass(frozen=True)
class Exhibit:
    """A figure that can be drawn.

    Parameters
    ----------
    name : str
        Stem of its files.
    title : str
        What it is, in a user's words.
    draw, table : callable
        Draw it, and return its numbers as CSV.
    """

    name: str
    title: str
    draw: Callable[[Exploration], Drawing]
    table: Callable[[Exploration], bytes]


def exhibits_of(found: Exploration) -> list[Exhibit]:
    """Return the figures that have something to show."""
    shown = [Exhibit("counts", "Pixels and chips", draw_counts, tables.counts_table)]
    if found.sample.size and found.measures:
        shown += [
            Exhibit("histograms", "Histograms", draw_histograms, tables.histograms_table),
            Exhibit("violins", "Violins", draw_violins, tables.violins_table),
        ]
    if found.sample.size and found.scatter is not None:
        across, up = found.scatter
        draw = partial(draw_scatter, across=across, up=up)
        shown.append(Exhibit("scatter", "Scatter", draw, tables.scatter_table))
    if found.spectra:
        shown.append(Exhibit("spectra", "Mean spectra", draw_spectra, tables.spectra_table))
    if len(found.unscreened) < len(found.chips):
        shown.append(Exhibit("clouds", "Cloud", draw_clouds, tables.clouds_table))
    if len(found.undated) < len(found.chips):
        shown.append(Exhibit("dates", "Dates", draw_dates, tables.dates_table))
    shown.append(Exhibit("places", "Places", draw_places, tables.places_table))
    return [*shown, *_next_hour(found.next_hour)]


def _next_hour(ahead: NextHour) -> list[Exhibit]:
    """Return the figures of time and scores that have something to show."""
    shown = []
    if ahead.ledger.has_time:
        shown += [
            Exhibit("work", "Time per chip", draw_work, next_hour_tables.work_table),
            Exhibit("days", "Hours by day", draw_days, next_hour_tables.days_table),
        ]
    if ahead.compared.rounds:
        table = next_hour_tables.learning_table
        shown.append(Exhibit(LEARNING, "Learning curve", draw_learning, table))
    if ahead.prospects:
        shown.append(
            Exhibit("gain", "What more labels bring", draw_gain, next_hour_tables.gain_table)
        )
    return shown
