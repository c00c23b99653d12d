"""Whole products with vessels whose place, length and heading are known to the pixel's fraction."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from shutil import rmtree
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import rasterio
from affine import Affine
from scipy import ndimage

from s2label.bands import BANDS
from s2label.samples.fleet import Fleet
from s2label.samples.sensor import average_blocks
from s2label.samples.vessels import Vessel, draw_vessel, mark_vessel
from tests.benchmarks.scenes import Ground
from tests.factories.products import CORNER, CRS, USUAL, Recipe, write_product, zipped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.samples.noise import FloatImage

TRUTH_NAME, MASK_NAME = "truth.json", "vessels.tif"
_BASELINE = "05.09"
_QUANTIFICATION = 10_000
# Vessels are drawn on a grid of 5 m.
_FINE = 2
# The room around each place is known on this grid, in pixels of 10 m.
_COARSE_PX = 8
_EDGE_PX = 40
# A pixel of which a vessel covers this much is vessel.
_LEAST_COVER = 0.35
_WIND_DEG = 300.0


@dataclass(frozen=True)
class Planted:
    """A vessel: its middle in pixels of 10 m when B08 sees it, its size and the way it heads."""

    x: float
    y: float
    length_m: float
    width_m: float
    heading_deg: float
    is_moving: bool


def write_planted(folder: Path, side_px: int, count: int, seed: int) -> None:
    """Write a zipped L1C product with an offset, the mask of its vessels and what is true of them.

    Parameters
    ----------
    folder : Path
        Is made: a zip, ``vessels.tif`` and ``truth.json``.
    side_px : int
        Of the 10 m bands.
    count : int
        Vessels, about: a third lies at anchor, a third are boats, a third sails.
    seed : int
        The same gives the same product.
    """
    folder.mkdir(parents=True)
    ground = Ground(side_px, seed)
    vessels = _plant(ground, side_px, count, seed)
    recipe = Recipe(baseline=_BASELINE, bands=_WithVessels(ground, vessels), side=side_px)
    zipped(write_product(folder, recipe))
    rmtree(next(folder.glob("*.SAFE")))
    _write_mask(folder / MASK_NAME, vessels, side_px)
    truth = [asdict(_true(vessel)) for vessel in vessels]
    (folder / TRUTH_NAME).write_text(json.dumps(truth, indent=1) + "\n", "utf-8")


def read_truth(folder: Path) -> list[Planted]:
    """Return the vessels of a product that `write_planted` wrote."""
    return [Planted(**each) for each in json.loads((folder / TRUTH_NAME).read_text("utf-8"))]


def _true(vessel: Vessel) -> Planted:
    length, width = 10 * vessel.length_px, 10 * vessel.width_px
    where = vessel.x, vessel.y
    return Planted(*where, length, width, vessel.heading_deg, vessel.speed_mps > 0)


class _Room:
    """Free room around each pixel, as `Fleet` asks for it, kept on a coarse grid."""

    def __init__(self, ground: Ground, side_px: int) -> None:
        coarse = -(-side_px // _COARSE_PX)
        is_sea = ground.height(coarse, slice(None)) <= 0
        distance = ndimage.distance_transform_edt(np.pad(is_sea, 1))[1:-1, 1:-1]
        self._room_px = _COARSE_PX * np.maximum(distance - 1, 0)

    def __getitem__(self, pixel: tuple[int, int]) -> float:
        return float(self._room_px[pixel[0] // _COARSE_PX, pixel[1] // _COARSE_PX])


def _plant(ground: Ground, side_px: int, count: int, seed: int) -> tuple[Vessel, ...]:
    rng = np.random.default_rng([seed, 2])
    fleet = Fleet(rng, cast("FloatImage", _Room(ground, side_px)))
    area = (_EDGE_PX, _EDGE_PX, side_px - _EDGE_PX, side_px - _EDGE_PX)
    fleet.sail(count // 3, area)
    fleet.anchor(count // 3, area, _WIND_DEG)
    fleet.launch_boats(count - len(fleet.vessels), area, moving_share=0.2)
    return tuple(fleet.vessels)


class _WithVessels(Mapping[str, "NDArray[np.uint16]"]):
    """Bands of a ground with vessels on it, one at a time."""

    def __init__(self, ground: Ground, vessels: Sequence[Vessel]) -> None:
        self._ground, self._vessels = ground, vessels

    def __iter__(self) -> Iterator[str]:
        return iter(USUAL)

    def __len__(self) -> int:
        return len(USUAL)

    def __getitem__(self, name: str) -> NDArray[np.uint16]:
        pixels = self._ground[name]
        for vessel in self._vessels:
            _draw(pixels, vessel, name)
        return pixels


def _draw(pixels: NDArray[np.uint16], vessel: Vessel, name: str) -> None:
    """Draw a vessel and its wake into a band of its own pixel size."""
    step = BANDS[name].gsd_m // 10
    left, top, right, bottom = (at // step for at in _around(vessel))
    left, top = max(left, 0), max(top, 0)
    window = pixels[top:bottom, left:right]
    fine = _FINE * step
    image = window.repeat(fine, axis=0).repeat(fine, axis=1).astype(np.float32)
    image /= np.float32(_QUANTIFICATION)
    here = replace(vessel, x=vessel.x - left * step, y=vessel.y - top * step)
    draw_vessel(image, here, name, _FINE)
    seen = average_blocks(image, fine) * _QUANTIFICATION
    window[:] = np.clip(np.rint(seen), 1, 65_534).astype(np.uint16)


def _around(vessel: Vessel) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of all that a vessel changes, in even pixels of 10 m."""
    reach = vessel.length_px * 2.2 + 3.2 * vessel.speed_mps if vessel.speed_mps else 0
    reach = 2 * round(max(reach, vessel.length_px) / 2) + 8
    x, y = 2 * int(vessel.x / 2), 2 * int(vessel.y / 2)
    return x - reach, y - reach, x + reach, y + reach


def _write_mask(path: Path, vessels: Sequence[Vessel], side_px: int) -> None:
    mask = np.zeros((side_px, side_px), np.uint8)
    for vessel in vessels:
        left, top, right, bottom = (max(at, 0) for at in _around(vessel))
        window = mask[top:bottom, left:right]
        here = replace(vessel, x=vessel.x - left, y=vessel.y - top)
        window[mark_vessel(here, (window.shape[0], window.shape[1]), _LEAST_COVER)] = 1
    profile: dict[str, Any] = {"dtype": "uint8", "count": 1, "compress": "deflate", "tiled": True}
    profile |= {"height": side_px, "width": side_px, "crs": CRS}
    transform = Affine(10, 0, CORNER[0], 0, -10, CORNER[1])
    with rasterio.open(path, "w", driver="GTiff", transform=transform, **profile) as file:
        file.write(mask, 1)
