"""Mean spectra with their spread, a panel per class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label.explore.figures.drawing import Drawing, Target
from s2label.explore.figures.looks import (
    EDGE,
    looks_of,
    new_figure,
    panels,
    size_of_panels,
    tidy,
    write_title,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from s2label.explore.exploration import Exploration
    from s2label.explore.spectra import Spectrum

_ACROSS, _EACH_IN = 2, (3.6, 2.1)


def draw_spectra(found: Exploration) -> Drawing:
    """Draw the mean reflectance of each class over the wavelength, among those of the others."""
    size = size_of_panels(len(found.spectra), _ACROSS, _EACH_IN)
    caption = (
        f"{found.sample_words}\n{found.query_words}\n"
        "Line: mean; dark: the middle half of the pixels; light: the middle nine tenths; "
        "grey: means of the other classes."
    )
    figure = new_figure("Mean spectra and their spread", caption, *size)
    axes_of = panels(figure, len(found.spectra), _ACROSS, sharex=True, sharey=True)
    counts = {count.label_class.value: count for count in found.counts}
    targets = []
    for axes, value in zip(axes_of, found.spectra, strict=True):
        _draw_panel(axes, found, value)
        name = counts[value].label_class.name
        targets.append(Target(axes, None, None, f"with {name}", counts[value].chips))
    for axes in axes_of[-_ACROSS:]:
        axes.set_xlabel("wavelength (nm)")
        axes.tick_params(labelbottom=True)
    for axes in axes_of[::_ACROSS]:
        axes.set_ylabel("reflectance")
    return Drawing(figure, targets)


def _draw_panel(axes: Axes, found: Exploration, value: int) -> None:
    look, spectrum = looks_of(found.classes)[value], found.spectra[value]
    for other, its in found.spectra.items():
        if other != value:
            axes.plot(its.wavelengths_nm, its.mean, color="#b4b8be", linewidth=0.8, zorder=1)
    outer, inner = (
        (spectrum.spread[0], spectrum.spread[4]),
        (spectrum.spread[1], spectrum.spread[3]),
    )
    axes.fill_between(spectrum.wavelengths_nm, *outer, color=look.colour, alpha=0.25, linewidth=0)
    axes.fill_between(spectrum.wavelengths_nm, *inner, color=look.colour, alpha=0.55, linewidth=0)
    axes.plot(spectrum.wavelengths_nm, spectrum.mean, **{**look.line, "linestyle": "-"})
    axes.plot(
        spectrum.wavelengths_nm,
        spectrum.mean,
        look.marker,
        color=look.colour,
        markeredgecolor=EDGE,
        markersize=4,
    )
    _name_bands(axes, spectrum)
    write_title(axes, f"{look.name}, {int(spectrum.pixels.max(initial=0)):,} px")
    tidy(axes, grid="y")


def _name_bands(axes: Axes, spectrum: Spectrum) -> None:
    """Write the bands' names over the panel, but for those that would stand on another."""
    low, high = int(spectrum.wavelengths_nm.min()), int(spectrum.wavelengths_nm.max())
    last = float("-inf")
    for band, wavelength in zip(spectrum.bands, spectrum.wavelengths_nm, strict=True):
        if wavelength - last >= 0.07 * max(high - low, 1):
            axes.annotate(
                band,
                (float(wavelength), 1),
                (0, -1),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                ha="center",
                va="top",
                fontsize=5.5,
                color="#55585e",
            )
            last = float(wavelength)
