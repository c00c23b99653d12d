"""What a LandCoverNet tree of the factory holds: ground, dates, pixels, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import combinations
from math import hypot
from typing import TYPE_CHECKING

import numpy as np
from affine import Affine
from rasterio.crs import CRS

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

REFLECTANCE_BANDS = (
    *("B01", "B02", "B03", "B04", "B05", "B06", "B07"),
    *("B08", "B8A", "B09", "B11", "B12"),
)
BANDS = (*REFLECTANCE_BANDS, "CLD", "SCL")
NODATA: dict[str, int | None] = {**dict.fromkeys(REFLECTANCE_BANDS, 0), "CLD": 255, "SCL": None}
DTYPES = dict.fromkeys(REFLECTANCE_BANDS, np.dtype("uint16")) | dict.fromkeys(
    ("CLD", "SCL"), np.dtype("uint8")
)
GSD_M = 10
NEIGHBOUR_M = 2500
LARGEST_SIZE = 256
DATES_A_YEAR = 73
_CELL_M = 10_000
_CELLS = 10
_GAP_M = 640
_CLEAR_SCL = np.array([2, 4, 5, 6, 7], dtype=np.uint8)


@dataclass(frozen=True)
class Tile:
    """A Sentinel-2 tile: its MGRS name, EPSG code, and upper left corner in metres of that CRS."""

    name: str
    region: str
    epsg: int
    left_m: int
    top_m: int


# Corners follow from the MGRS squares, moved outwards to the 60 m grid as Sentinel-2 does it;
# no two tiles touch.
TILES = (
    Tile("38PKT", "af", 32638, 199980, 1300020),
    Tile("36MWU", "af", 32736, 499980, 9400020),
    Tile("29PKL", "af", 32629, 199980, 1100040),
    Tile("35JPN", "af", 32735, 600000, 7300020),
    Tile("36SWF", "as", 32636, 499980, 4100040),
    Tile("48NUG", "as", 32648, 300000, 200040),
    Tile("51RUQ", "as", 32651, 300000, 3500040),
    Tile("56HLH", "au", 32756, 300000, 6300000),
    Tile("55KCV", "au", 32755, 300000, 8000040),
    Tile("33TWL", "eu", 32633, 499980, 5100000),
    Tile("31UDQ", "eu", 32631, 399960, 5500020),
    Tile("29TNF", "eu", 32629, 499980, 4600020),
    Tile("10SEG", "na", 32610, 499980, 4200000),
    Tile("18TWL", "na", 32618, 499980, 4600020),
    Tile("23KPQ", "sa", 32723, 600000, 7500000),
    Tile("20LMR", "sa", 32720, 399960, 9100020),
)


@dataclass(frozen=True)
class Place:
    """One chip of ground with its dates ``YYYYMMDD`` and its annual label."""

    tile: Tile
    chip: str
    index: int
    seed: int
    size: int
    left_m: int
    top_m: int
    dates: tuple[str, ...]

    @property
    def id(self) -> str:
        """Tile and chip as in the file names: ``38PKT_22``."""
        return f"{self.tile.name}_{self.chip}"

    @property
    def crs(self) -> CRS:
        return CRS.from_epsg(self.tile.epsg)

    @property
    def transform(self) -> Affine:
        return Affine(GSD_M, 0, self.left_m, 0, -GSD_M, self.top_m)

    @cached_property
    def classes(self) -> NDArray[np.uint16]:
        """Class ``(y, x)``, 0..7, in patches of 4 pixels."""
        coarse = -(-self.size // 4)
        patches = self._random(0).integers(0, 8, (coarse, coarse), dtype=np.uint16)
        return np.kron(patches, np.ones((4, 4), np.uint16))[: self.size, : self.size]

    @cached_property
    def consensus(self) -> NDArray[np.uint16]:
        """Consensus score ``(y, x)``, 0..100."""
        return self._random(1).integers(0, 101, (self.size, self.size), dtype=np.uint16)

    def clouds(self, day: str) -> NDArray[np.bool_]:
        """Where the clouds of a date are, ``(y, x)``; their share differs from date to date."""
        random = self._random(2, self.dates.index(day))
        return random.random((self.size, self.size)) < random.random() ** 2

    def band(self, day: str, name: str) -> NDArray[np.uint16] | NDArray[np.uint8]:
        """Pixels ``(y, x)`` of one raster of a date: DN 200..4000, CLD 0..100, SCL 2..9."""
        random = self._random(3, self.dates.index(day), BANDS.index(name))
        shape = (self.size, self.size)
        if name == "CLD":
            clear, cloudy = random.integers([[0], [60]], [[21], [101]], (2, self.size**2))
            chosen = np.where(self.clouds(day), cloudy.reshape(shape), clear.reshape(shape))
            cld: NDArray[np.uint8] = chosen.astype(np.uint8)
            return cld
        if name == "SCL":
            scl: NDArray[np.uint8] = random.choice(_CLEAR_SCL, shape)
            scl[self.clouds(day)] = 9
            return scl
        dn: NDArray[np.uint16] = random.integers(200, 4001, shape, dtype=np.uint16)
        return dn

    def _random(self, *key: int) -> np.random.Generator:
        return np.random.default_rng((self.seed, self.index, *key))


@dataclass(frozen=True)
class Truth:
    """What lies below ``root``; pixels are computed again from the seed when asked for."""

    root: Path
    layout: int
    places: tuple[Place, ...]
    files: frozenset[str]
    missing: frozenset[str]
    dates_without_files: frozenset[tuple[str, str]]

    def place(self, place_id: str) -> Place:
        """Return the place of that id, as ``38PKT_22``."""
        return self._places_by_id[place_id]

    def band(self, place_id: str, day: str, name: str) -> NDArray[np.uint16] | NDArray[np.uint8]:
        """Return what a raster holds, ``(y, x)``, be its file there or not."""
        return self.place(place_id).band(day, name)

    def has(self, relative: str) -> bool:
        """Say if the tree has this file, by its path relative to ``root``."""
        return relative in self.files

    @cached_property
    def _places_by_id(self) -> dict[str, Place]:
        return {place.id: place for place in self.places}

    @property
    def neighbours(self) -> frozenset[frozenset[str]]:
        """Pairs of places whose edges lie less than 2.5 km apart."""
        return frozenset(
            frozenset({one.id, other.id})
            for one, other in combinations(self.places, 2)
            if one.tile is other.tile and _distance_m(one, other) < NEIGHBOUR_M
        )


def lay_out_places(
    tiles: tuple[Tile, ...], count: int, dates: int, seed: int, size: int
) -> tuple[Place, ...]:
    """Spread ``count`` places over at least two tiles; each seventh is the last one's neighbour."""
    if not 1 <= size <= LARGEST_SIZE:
        raise ValueError(f"size is {size} px; chips of 1 to {LARGEST_SIZE} px fit their cells")
    if not 1 <= count <= len(tiles) * _CELLS**2:
        raise ValueError(f"{count} places; {len(tiles)} tiles hold 1 to {len(tiles) * _CELLS**2}")
    used = min(len(tiles), max(2, -(-count // 30)))
    per_tile = -(-count // used)
    places: list[Place] = []
    for number, tile in enumerate(tiles[:used]):
        here = min(per_tile, count - len(places))
        days = _dates_2018(dates, shift=number % 5)
        for chip, corner in enumerate(_corners_m(here, seed, number, size)):
            left_m, top_m = tile.left_m + corner[0], tile.top_m - corner[1]
            place = (tile, f"{chip:02d}", len(places), seed, size, left_m, top_m, days)
            places.append(Place(*place))
    return tuple(places)


def _corners_m(count: int, seed: int, number: int, size: int) -> list[tuple[int, int]]:
    """Return upper left corners, metres east and south of the tile's own, on the 10 m grid.

    A cell is 10 km; a pair of neighbours takes at most 1 + 2 x 2.56 + 0.64 km of it, so that
    places of different cells are more than 3 km apart.
    """
    random = np.random.default_rng((seed, number))
    cells = random.permutation(_CELLS**2)[:count]
    corners: list[tuple[int, int]] = []
    for chip, cell in enumerate(cells):
        if chip % 7 == 1:
            east_m, south_m = corners[-1]
            corners.append((east_m + size * GSD_M + _GAP_M, south_m))
            continue
        jitter_m = random.integers(0, 100, 2) * GSD_M
        row, column = divmod(int(cell), _CELLS)
        corners.append((column * _CELL_M + int(jitter_m[0]), row * _CELL_M + int(jitter_m[1])))
    return corners


def _dates_2018(count: int, shift: int) -> tuple[str, ...]:
    if not 1 <= count <= DATES_A_YEAR:
        raise ValueError(f"{count} dates; a tile has 1 to {DATES_A_YEAR} in a year")
    days = (date(2018, 1, 1) + timedelta(i * 365 // count + shift) for i in range(count))
    return tuple(f"{day:%Y%m%d}" for day in days)


def _distance_m(one: Place, other: Place) -> float:
    side_m = one.size * GSD_M
    gaps = (abs(one.left_m - other.left_m) - side_m, abs(one.top_m - other.top_m) - side_m)
    return hypot(max(gaps[0], 0), max(gaps[1], 0))
