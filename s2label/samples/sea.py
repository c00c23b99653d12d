"""The water of the coast scene: colour, river plume, swell, foam."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from s2label.samples.coast_ground import FINE, RIVER_MOUTH_XY, CoastGround
from s2label.samples.noise import FloatImage, make_noise, make_smooth_noise, make_swell
from s2label.samples.terrain import ramp

WIND_AZIMUTH_DEG = 62.0
"""Direction in which wind and swell run."""


@dataclass(frozen=True)
class Sea:
    """How the water of each pixel is mixed, on the 5 m working grid.

    Attributes
    ----------
    shallow, turbid, foam
        (y, x), shares 0..1 of those waters; the rest is deep sea.
    glint
        (y, x), reflectance of the surface, about equal in all bands, positive or negative.
    """

    shallow: FloatImage
    turbid: FloatImage
    foam: FloatImage
    glint: FloatImage


def build_sea(rng: np.random.Generator, ground: CoastGround) -> Sea:
    """Mix the water of the coast scene.

    Parameters
    ----------
    rng
        Source of randomness.
    ground
        Where the water is.

    Returns
    -------
    Sea
        Shares and surface on the grid of `ground`.
    """
    shape = (ground.is_water.shape[0], ground.is_water.shape[1])
    offshore = ground.offshore_px + 9 * make_smooth_noise(rng, shape, 1.9)
    shallow = 0.16 + 0.62 * np.exp(-np.maximum(offshore, 0) / 34)
    shallow = shallow + 0.16 * ground.shelter + 0.035 * make_smooth_noise(rng, shape, 1.6)
    turbid = _spread_plume(rng, shape) + 0.12 * ground.shelter
    turbid = turbid + 0.14 * np.exp(-ground.offshore_px / 5)
    wind = make_smooth_noise(rng, shape, 1.8, 8)
    foam = _break_waves(rng, ground, wind)
    return Sea(np.clip(shallow, 0, 1), np.clip(turbid, 0, 1), foam, _ruffle(rng, ground, wind))


def _spread_plume(rng: np.random.Generator, shape: tuple[int, int]) -> FloatImage:
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32) / FINE
    bend_x, bend_y = (20 * make_smooth_noise(rng, shape, 1.55, 4) for _ in range(2))
    out = RIVER_MOUTH_XY[0] - x
    near = ramp(out, 0, 55)
    out = out + bend_x * near
    side = y + bend_y * near - (RIVER_MOUTH_XY[1] - 0.0016 * np.maximum(out, 0) ** 2)
    width = 11 + 0.36 * np.maximum(out, 0)
    body = np.exp(-np.maximum(out, 0) / 95) * np.exp(-((side / width) ** 4))
    front = ramp(body, 0.06, 0.26) * 0.3 + body * 0.7
    streaks = 1 + 0.16 * make_smooth_noise(rng, shape, 1.4, 2)
    inland = ramp(x, RIVER_MOUTH_XY[0], RIVER_MOUTH_XY[0] + 14)
    return np.asarray(np.maximum(front * streaks, 0.85 * inland), dtype=np.float32)


def _break_waves(rng: np.random.Generator, ground: CoastGround, wind: FloatImage) -> FloatImage:
    shape = (wind.shape[0], wind.shape[1])
    specks = rng.random(shape, dtype=np.float32) > 0.99982 - 0.00009 * np.clip(wind, -1, 2)
    caps = specks * rng.uniform(0.25, 1.0, shape).astype(np.float32)
    crests = ndimage.gaussian_filter(caps, (1.0, 0.45)) * 2.4
    exposed = (1 - ground.shelter) * ramp(ground.offshore_px, 1, 6)
    surf = ramp(make_noise(rng, shape, 1.1, 120), 0.1, 1.9) * np.exp(-ground.offshore_px / 1.5)
    foam = crests * exposed + 0.75 * surf * (1 - 0.9 * ground.shelter)
    return np.asarray(np.clip(foam, 0, 0.8), dtype=np.float32)


def _ruffle(rng: np.random.Generator, ground: CoastGround, wind: FloatImage) -> FloatImage:
    shape = (wind.shape[0], wind.shape[1])
    swell = make_swell(rng, shape, 8.5 * FINE, WIND_AZIMUTH_DEG) * 0.0011
    chop = make_swell(rng, shape, 3.4 * FINE, WIND_AZIMUTH_DEG + 14) * 0.0009
    slick = ramp(wind, -2.2, 0.4)
    east = np.linspace(-1, 1, shape[1], dtype=np.float32)[None, :]
    open_sea = (1 - 0.8 * ground.shelter) * ramp(ground.offshore_px, 0, 10)
    calm = 0.0016 * slick + 0.0012 * east
    return np.asarray((swell + chop) * slick * open_sea + calm, dtype=np.float32)
