"""The numbers of each figure as CSV: UTF-8, commas, a header, an empty field where nobody knows.

A text that a spreadsheet would take for a formula begins with ``'``, which makes it a text there.
Each row of a statistic says of how many pixels it is, of how many they were drawn, and the seed.
"""

from __future__ import annotations

import csv
import io
import math
from typing import TYPE_CHECKING, Any

from s2label.explore.distributions import QUANTILES, bin_pixels, shown_range
from s2label.explore.spectra import SPREAD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from s2label.explore.chip_counts import ChipBin
    from s2label.explore.exploration import Exploration

# OWASP, "CSV injection".
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_DRAWN = ("pixels", "of_pixels", "seed")


def counts_table(found: Exploration) -> bytes:
    """Return value, name, pixels, chips and places of each class."""
    header = ("value", "class", "pixels", "is_exact", "chips", "places")
    rows = (
        (c.label_class.value, c.label_class.name, c.pixels, c.is_exact, len(c.chips), c.places)
        for c in found.counts
    )
    return write_table(header, rows)


def histograms_table(found: Exploration) -> bytes:
    """Return the pixels of each measure, class and bin; the outermost bins are open."""
    header = ("measure", "class", "from", "to", "pixels_in_bin", *_DRAWN)
    return write_table(header, _histogram_rows(found))


def _histogram_rows(found: Exploration) -> Iterator[Sequence[Any]]:
    names = {each.value: each.name for each in found.classes}
    for measure, distributions in found.distributions.items():
        limits = shown_range(distributions)
        for value, distribution in distributions.items():
            histogram = bin_pixels(distribution, limits)
            drawn = _drawn(found, value, distribution.size)
            edges = ["", *histogram.edges.tolist(), ""]
            counts = [histogram.below, *histogram.pixels.tolist(), histogram.above]
            for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True):
                yield (measure, names[value], low, high, count, *drawn)


def violins_table(found: Exploration) -> bytes:
    """Return mean, deviation and quantiles of each measure and class."""
    names = {each.value: each.name for each in found.classes}
    quantiles = [_quantile_name(share) for share in QUANTILES]
    rows = (
        (
            measure,
            names[value],
            each.mean,
            each.deviation,
            *each.quantiles(),
            *_drawn(found, value, each.size),
        )
        for measure, distributions in found.distributions.items()
        for value, each in distributions.items()
    )
    return write_table(("measure", "class", "mean", "deviation", *quantiles, *_DRAWN), rows)


def spectra_table(found: Exploration) -> bytes:
    """Return mean, deviation and spread of each class and band."""
    names = {each.value: each.name for each in found.classes}
    rows = (
        (
            names[value],
            band,
            int(its.wavelengths_nm[n]),
            its.mean[n],
            its.deviation[n],
            *its.spread[:, n],
            *_drawn(found, value, int(its.pixels[n])),
        )
        for value, its in found.spectra.items()
        for n, band in enumerate(its.bands)
    )
    spread = [_quantile_name(share) for share in SPREAD]
    header = ("class", "band", "wavelength_nm", "mean", "deviation", *spread, *_DRAWN)
    return write_table(header, rows)


def scatter_table(found: Exploration) -> bytes:
    """Return the two measures of each pixel that was drawn, with its class and image."""
    assert found.scatter is not None
    names = {each.value: each.name for each in found.classes}
    across, up = found.scatter
    x, y = (each.evaluate(found.sample.by_name) for each in found.scatter)
    drawn = found.sample.count_by_class()
    tails = {value: _drawn(found, value, size) for value, size in drawn.items()}
    columns = (found.sample.classes, x, y, found.sample.chips)
    rows = (
        (names[value], a, b, found.chips[chip].image_id, *tails[value])
        for value, a, b, chip in zip(*(each.tolist() for each in columns), strict=True)
    )
    return write_table(("class", across.name, up.name, "image", *_DRAWN), rows)


def clouds_table(found: Exploration) -> bytes:
    """Return the chips of each step of cloud, and how many were not screened."""
    return _bins_table("cloud", found.clouds, "not screened", found.unscreened)


def dates_table(found: Exploration) -> bytes:
    """Return the chips of each month (or year), and how many have no date."""
    return _bins_table("date", found.dates, "no date", found.undated)


def _bins_table(what: str, bins: Sequence[ChipBin], unknown: str, others: Sequence[int]) -> bytes:
    rows = [(each.name, len(each.chips)) for each in bins]
    return write_table((what, "chips"), [*rows, (unknown, len(others))])


def places_table(found: Exploration) -> bytes:
    """Return longitude, latitude (WGS 84) and chips of each place."""
    header = ("place", "name", "longitude_deg", "latitude_deg", "chips")
    rows = (
        (p.id, p.name, round(p.longitude_deg, 6), round(p.latitude_deg, 6), len(p.chips))
        for p in found.places
    )
    return write_table(header, rows)


def _drawn(found: Exploration, value: int, size: int) -> tuple[int, int, int]:
    pixels = next(c.pixels for c in found.counts if c.label_class.value == value)
    return size, pixels, found.options.seed


def _quantile_name(share: float) -> str:
    return {0.0: "least", 0.5: "median", 1.0: "most"}.get(share, f"p{100 * share:g}")


def write_table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return rows as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([_field(field) for field in header])
    writer.writerows([_field(field) for field in row] for row in rows)
    return text.getvalue().encode()


def _field(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):  # numpy's too; six digits are more than a sensor gives
        return f"{value:.6g}" if math.isfinite(value) else ""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
