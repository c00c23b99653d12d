"""How many chips are how cloudy, of which time, and where on Earth."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from s2label.explore.chips import ExploredChip
    from s2label.types import PlaceRecord

CLOUD_BINS = 20
# More months than that are no bars any more that one could click.
_MOST_MONTHS = 60


@dataclass(frozen=True)
class ChipBin:
    """Chips that have something in common.

    ``name`` says what, ``chips`` are their numbers.
    """

    name: str
    chips: tuple[int, ...]


@dataclass(frozen=True)
class ExploredPlace:
    """A place on the map.

    ``longitude_deg`` and ``latitude_deg`` are those of its centre (WGS 84, east and north
    positive); ``chips`` are the numbers of its chips.
    """

    id: str
    name: str
    longitude_deg: float
    latitude_deg: float
    chips: tuple[int, ...]


def bin_clouds(chips: Sequence[ExploredChip]) -> tuple[list[ChipBin], tuple[int, ...]]:
    """Return chips by the cloud of their valid pixels, in steps of 5 %, and those not screened.

    A bin holds its lower edge, the last one both.
    """
    bins: list[list[int]] = [[] for _ in range(CLOUD_BINS)]
    unknown = []
    for number, chip in enumerate(chips):
        if chip.cloud is None:
            unknown.append(number)
        else:
            bins[min(int(chip.cloud * CLOUD_BINS), CLOUD_BINS - 1)].append(number)
    width = 100 // CLOUD_BINS
    names = (f"{n * width} to {(n + 1) * width} %" for n in range(CLOUD_BINS))
    return [ChipBin(name, tuple(each)) for name, each in zip(names, bins, strict=True)], tuple(
        unknown
    )


def bin_dates(chips: Sequence[ExploredChip]) -> tuple[list[ChipBin], tuple[int, ...]]:
    """Return chips by month (by year where those are too many), and those without a date.

    Months without chips stand between those with some.
    """
    dated = [(chip.date, number) for number, chip in enumerate(chips) if chip.date]
    undated = tuple(number for number, chip in enumerate(chips) if not chip.date)
    months = _months([date for date, _ in dated])
    is_by_year = len(months) > _MOST_MONTHS
    letters = 4 if is_by_year else 7
    found: dict[str, list[int]] = {month[:letters]: [] for month in months}
    for date, number in dated:
        found[date[:letters]].append(number)
    return [ChipBin(name, tuple(numbers)) for name, numbers in found.items()], undated


def _months(dates: Iterable[str]) -> list[str]:
    """Return the months from the first to the last date, ``YYYY-MM``."""
    numbers = [int(date[:4]) * 12 + int(date[5:7]) - 1 for date in dates]
    if not numbers:
        return []
    return [f"{n // 12:04d}-{n % 12 + 1:02d}" for n in range(min(numbers), max(numbers) + 1)]


def locate_places(
    chips: Sequence[ExploredChip], places: Mapping[str, PlaceRecord]
) -> list[ExploredPlace]:
    """Return the places of some chips with where they are, by id."""
    of_place: dict[str, list[int]] = defaultdict(list)
    for number, chip in enumerate(chips):
        of_place[chip.place_id].append(number)
    ids = sorted(of_place)
    positions = _centres([places[id_] for id_ in ids])
    return [
        ExploredPlace(id_, places[id_].name, *position, tuple(of_place[id_]))
        for id_, position in zip(ids, positions, strict=True)
    ]


def _centres(places: Sequence[PlaceRecord]) -> list[tuple[float, float]]:
    # Imported here: its data files take a moment to load.
    from pyproj import Transformer

    found: list[tuple[float, float]] = [(float("nan"), float("nan"))] * len(places)
    by_crs: dict[str, list[int]] = defaultdict(list)
    for number, place in enumerate(places):
        by_crs[place.grid.crs].append(number)
    for crs, numbers in by_crs.items():
        grids = [places[number].grid for number in numbers]
        middles = [grid.affine @ (grid.width / 2, grid.height / 2) for grid in grids]
        xs, ys = zip(*middles, strict=True)
        transformer = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
        longitudes, latitudes = transformer.transform(xs, ys)
        for number, east, north in zip(numbers, longitudes, latitudes, strict=True):
            found[number] = float(east), float(north)
    return found
