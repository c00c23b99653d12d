"""How land covers look through the year: green, ripe, bare."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from s2label.samples.noise import FloatImage
from s2label.samples.spectra import BANDS, Material, list_reflectances

DAYS = 366


class Cover(IntEnum):
    """What grows or stands on a pixel; finer than a LandCoverNet class."""

    WATER = 0
    STREET = 1
    TILE_ROOF = 2
    DARK_ROOF = 3
    WHITE_ROOF = 4
    PAVED = 5
    GRAVEL_YARD = 6
    ROCK = 7
    GRAVEL_BANK = 8
    LASTING_SNOW = 9
    BROADLEAF = 10
    CONIFER = 11
    WINTER_CROP = 12
    SUMMER_CROP = 13
    MEADOW = 14
    DRY_MEADOW = 15
    HEATH = 16
    SAND = 17


@dataclass(frozen=True)
class _Cycle:
    """Shares of green and ripe cover on some days of the year; the rest is bare."""

    days: tuple[int, ...]
    green: tuple[float, ...]
    ripe: tuple[float, ...]


@dataclass(frozen=True)
class _Look:
    """LandCoverNet class, spectra (green, ripe, bare) and cycle of a cover."""

    number: int
    materials: tuple[Material, Material, Material]
    cycle: _Cycle


def _keep(number: int, material: Material) -> _Look:
    return _Look(number, (material, material, material), _STEADY)


_STEADY = _Cycle((1, 366), (1, 1), (0, 0))
_LEAVES = _Cycle((1, 95, 125, 155, 265, 300, 325, 366), (0.1, 0.14, 0.75, 1, 0.88, 0.4, 0.1, 0.1),
                 (0,) * 8)  # fmt: skip
_NEEDLES = _Cycle((1, 110, 170, 260, 366), (0.8, 0.85, 1, 0.95, 0.8), (0,) * 5)
_WINTER_CROP = _Cycle((1, 60, 110, 150, 172, 192, 235, 262, 300, 335, 366),
                      (0.32, 0.38, 0.9, 1, 0.5, 0.05, 0.05, 0.08, 0.1, 0.26, 0.32),
                      (0, 0, 0, 0, 0.45, 0.92, 0.8, 0.2, 0, 0, 0))  # fmt: skip
_SUMMER_CROP = _Cycle((1, 120, 150, 185, 225, 255, 280, 305, 366),
                      (0.08, 0.04, 0.22, 0.9, 1, 0.62, 0.12, 0.05, 0.08),
                      (0.05, 0, 0, 0, 0, 0.3, 0.6, 0.2, 0.05))  # fmt: skip
_MEADOW = _Cycle((1, 75, 125, 160, 210, 240, 285, 335, 366),
                 (0.45, 0.5, 0.95, 1, 0.7, 0.66, 0.76, 0.52, 0.45), (0,) * 9)  # fmt: skip
_DRY = _Cycle((1, 85, 130, 175, 205, 275, 320, 366),
              (0.4, 0.62, 0.85, 0.4, 0.12, 0.16, 0.42, 0.4), (0,) * 8)  # fmt: skip

_LOOKS: dict[Cover, _Look] = {
    Cover.WATER: _keep(1, Material.LAKE),
    Cover.STREET: _keep(2, Material.ASPHALT),
    Cover.TILE_ROOF: _keep(2, Material.TILE_ROOF),
    Cover.DARK_ROOF: _keep(2, Material.DARK_ROOF),
    Cover.WHITE_ROOF: _keep(2, Material.WHITE_ROOF),
    Cover.PAVED: _keep(2, Material.CONCRETE),
    Cover.GRAVEL_YARD: _keep(2, Material.GRAVEL),
    Cover.ROCK: _keep(3, Material.ROCK),
    Cover.GRAVEL_BANK: _keep(3, Material.PEBBLES),
    Cover.LASTING_SNOW: _keep(4, Material.SNOW),
    Cover.BROADLEAF: _Look(5, (Material.BROADLEAF, Material.LITTER, Material.LITTER), _LEAVES),
    Cover.CONIFER: _Look(5, (Material.CONIFER, Material.LITTER, Material.LITTER), _NEEDLES),
    Cover.WINTER_CROP: _Look(6, (Material.CROP, Material.STUBBLE, Material.SOIL), _WINTER_CROP),
    Cover.SUMMER_CROP: _Look(
        6, (Material.CROP, Material.DRY_GRASS, Material.DARK_SOIL), _SUMMER_CROP
    ),
    Cover.MEADOW: _Look(7, (Material.GRASS, Material.DRY_GRASS, Material.DRY_GRASS), _MEADOW),
    Cover.DRY_MEADOW: _Look(7, (Material.GRASS, Material.DRY_GRASS, Material.DRY_GRASS), _DRY),
    Cover.HEATH: _Look(7, (Material.HEATH, Material.LITTER, Material.LITTER), _NEEDLES),
    Cover.SAND: _keep(3, Material.SAND),
}

CLASS_OF_COVER: NDArray[np.uint8] = np.array(
    [_LOOKS[cover].number for cover in Cover], dtype=np.uint8
)
IS_PLANT: NDArray[np.bool_] = CLASS_OF_COVER >= 5
_SPECTRA = list_reflectances(BANDS)
_GREEN, _RIPE, _BARE = (
    _SPECTRA[[_LOOKS[cover].materials[column] for cover in Cover]] for column in range(3)
)


def _tabulate(name: str) -> NDArray[np.float32]:
    days = np.arange(DAYS)
    cycles = [_LOOKS[cover].cycle for cover in Cover]
    rows = [np.interp(days, cycle.days, getattr(cycle, name)) for cycle in cycles]
    return np.asarray(rows, dtype=np.float32)


GREEN_SHARE = _tabulate("green")
RIPE_SHARE = _tabulate("ripe")
"""(cover, day of the year), 0..1."""


def colour_season(
    cover: NDArray[np.uint8], day: NDArray[np.int32], vigour: FloatImage
) -> tuple[FloatImage, FloatImage]:
    """Give the reflectance of the land on a day.

    Parameters
    ----------
    cover
        (y, x), values of `Cover`.
    day
        (y, x), day of the year as the plants feel it, 0..365.
    vigour
        (y, x), factor on the green share, about 1.

    Returns
    -------
    tuple of numpy.ndarray
        Reflectance (band, y, x) in the order of `BANDS`, and the green share (y, x), float32.
    """
    green = np.clip(GREEN_SHARE[cover, day] * np.where(IS_PLANT[cover], vigour, 1), 0, 1)
    ripe = np.minimum(RIPE_SHARE[cover, day], 1 - green)
    pixels = _BARE[cover]
    pixels += green[..., None] * (_GREEN - _BARE)[cover]
    pixels += ripe[..., None] * (_RIPE - _BARE)[cover]
    stack = np.ascontiguousarray(pixels.transpose(2, 0, 1))
    return stack, np.asarray(green, dtype=np.float32)
