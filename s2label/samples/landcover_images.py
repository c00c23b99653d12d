"""One date of a land-cover place: season, light, snow, haze, clouds, and the layers about them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from s2label.samples.clouds import CloudCover, add_haze, grow_clouds
from s2label.samples.landcover_ground import SHAPE, SIDE_PX, PlaceGround
from s2label.samples.noise import FloatImage, make_noise, make_smooth_noise
from s2label.samples.seasons import CLASS_OF_COVER, DAYS, IS_PLANT, Cover, colour_season
from s2label.samples.sensor import record_band
from s2label.samples.spectra import BANDS, Material, list_reflectances
from s2label.samples.terrain import ramp, shade_relief

_SUN_AZIMUTH_DEG = 160.0
_CLOUD_BASE_M = 1100.0
_SPECTRA = list_reflectances(BANDS)
_SNOW_IN_WOOD, _SNOW_IN_TOWN = 0.3, 0.72


@dataclass(frozen=True)
class Weather:
    """What the sky was like on a date.

    Attributes
    ----------
    day
        Day of the year, 0..365.
    cloud_share
        Share of the place under clouds, 0..1.
    haze
        Mean thickness of haze; 0 none, 0.2 strong.
    snow_share
        Share of the place under fresh snow, 0..1.
    swath_edge_px
        Width of the strip without data on the eastern side, in pixels.
    """

    day: int
    cloud_share: float = 0.0
    haze: float = 0.0
    snow_share: float = 0.0
    swath_edge_px: float = 0.0


@dataclass(frozen=True)
class PlaceImage:
    """The rasters of one date: bands uint16 (nodata 0), SCL uint8, CLD uint8 (nodata 255).

    ``opacity`` is the true cloud, (y, x), 0..1, which SCL and CLD only guess.
    """

    bands: dict[str, NDArray[np.uint16]]
    scl: NDArray[np.uint8]
    cld: NDArray[np.uint8]
    opacity: FloatImage


def take_image(
    rng: np.random.Generator, ground: PlaceGround, weather: Weather, latitude_deg: float
) -> PlaceImage:
    """Take the image of a place on a date.

    Parameters
    ----------
    rng
        Source of clouds and noise.
    ground
        The place.
    weather
        The date and its sky.
    latitude_deg
        For the height of the sun.

    Returns
    -------
    PlaceImage
        All rasters (256, 256) at 10 m.
    """
    sun_deg = find_sun_elevation(weather.day, latitude_deg)
    day = np.clip(weather.day - ground.delay_days, 0, DAYS - 1)
    stack, green = colour_season(ground.cover, day, ground.vigour)
    light = shade_relief(ground.elevation_m, 10.0, _SUN_AZIMUTH_DEG, sun_deg)
    stack *= ground.grain * (0.35 + 0.65 * light)
    snow = _drop_snow(rng, ground, weather.snow_share)
    if weather.snow_share:
        stack += snow * (_SPECTRA[Material.SNOW][:, None, None] * (0.4 + 0.6 * light) - stack)
    clouds = _gather_clouds(rng, weather.cloud_share, sun_deg)
    haze = _spread_haze(rng, weather.haze)
    unseen = _cut_swath(weather.swath_edge_px)
    bands = {}
    for number, band in enumerate(BANDS):
        hazy = add_haze(stack[number], band, haze) if weather.haze else stack[number]
        seen = clouds.cover(hazy, band, float(_SPECTRA[Material.CLOUD, number]))
        bands[band] = record_band(rng, seen, band, 10.0)
        bands[band][unseen] = 0
    scl = _classify_scene(ground, green, snow, clouds, weather.haze)
    cld = _rate_clouds(rng, clouds, haze)
    _mistake_sand(rng, ground.cover == Cover.SAND, scl, cld)
    scl[unseen], cld[unseen] = 0, 255
    return PlaceImage(bands, scl, cld, clouds.opacity)


def find_sun_elevation(day: int, latitude_deg: float) -> float:
    """Give the height of the sun at the overpass, about an hour before noon.

    Parameters
    ----------
    day
        Day of the year.
    latitude_deg
        North positive.

    Returns
    -------
    float
        Degrees above the horizon, at least 9.
    """
    declination = 23.44 * np.sin(2 * np.pi * (day - 80) / 365)
    return float(max(90 - latitude_deg + declination - 3, 9))


def _drop_snow(rng: np.random.Generator, ground: PlaceGround, share: float) -> FloatImage:
    depth = make_smooth_noise(rng, SHAPE, 1.6, 2) + ground.elevation_m / 350
    if not share:
        return np.zeros(SHAPE, dtype=np.float32)
    line = float(np.quantile(depth, 1 - min(share, 0.999)))
    snow = ramp(depth, line - 0.25, line + 0.3) * 0.93
    classes = CLASS_OF_COVER[ground.cover]
    snow = np.where(classes == 5, snow * _SNOW_IN_WOOD, snow)
    snow = np.where(classes == 2, snow * _SNOW_IN_TOWN, snow)
    return np.where(ground.cover == Cover.WATER, 0, snow).astype(np.float32)


def _gather_clouds(rng: np.random.Generator, share: float, sun_deg: float) -> CloudCover:
    if share <= 0:
        clear = np.zeros(SHAPE, dtype=np.float32)
        return CloudCover(clear, clear + 1, clear)
    billows = make_noise(rng, SHAPE, 1.8, 180) + 0.08 * make_noise(rng, SHAPE, 1.2, 30)
    density = billows - np.float32(np.quantile(billows, 1 - share))
    reach_px = min(_CLOUD_BASE_M / np.tan(np.radians(sun_deg)) / 10, 150)
    away = np.radians(_SUN_AZIMUTH_DEG + 180)
    shadow_xy = (round(reach_px * np.sin(away)), round(-reach_px * np.cos(away)))
    return grow_clouds(rng, density, shadow_xy, edge=0.6)


def _spread_haze(rng: np.random.Generator, mean: float) -> FloatImage:
    uneven = np.maximum(1 + 0.25 * make_smooth_noise(rng, SHAPE, 1.8), 0.1)
    return np.asarray(mean * uneven, dtype=np.float32)


def _cut_swath(width_px: float) -> NDArray[np.bool_]:
    y, x = np.mgrid[:SIDE_PX, :SIDE_PX]
    return np.asarray((width_px > 0) & (x + 0.21 * (y - 128) > SIDE_PX - width_px))


def _classify_scene(
    ground: PlaceGround, green: FloatImage, snow: FloatImage, clouds: CloudCover, haze: float
) -> NDArray[np.uint8]:
    scl = np.where(IS_PLANT[ground.cover] & (green > 0.3), 4, 5)
    scl[ground.cover == Cover.WATER] = 6
    scl[(snow > 0.4) | (ground.cover == Cover.LASTING_SNOW)] = 11
    scl[clouds.shade > 0.45] = 3
    if haze > 0.12:
        scl[clouds.opacity <= 0.25] = 10
    scl[clouds.opacity > 0.25] = 8
    scl[clouds.opacity > 0.65] = 9
    return _coarsen(scl)


def _rate_clouds(
    rng: np.random.Generator, clouds: CloudCover, haze: FloatImage
) -> NDArray[np.uint8]:
    likely = 100 * ramp(clouds.opacity, 0.02, 0.75) + 140 * haze
    noise = np.abs(rng.normal(0, 1.5, SHAPE)) - 1
    return _coarsen(np.clip(np.rint(likely + noise), 0, 100))


def _mistake_sand(
    rng: np.random.Generator,
    sand: NDArray[np.bool_],
    scl: NDArray[np.uint8],
    cld: NDArray[np.uint8],
) -> None:
    """Let the cloud layers take part of the sand for clouds, on each date another part."""
    if not sand.any():
        return
    doubt = make_smooth_noise(rng, SHAPE, 1.6) + np.float32(rng.normal(0, 0.8))
    mistaken = _coarsen(sand & (doubt > 0)).astype(bool)
    scl[mistaken] = np.maximum(scl[mistaken], 8)
    cld[mistaken] = np.maximum(cld[mistaken], 70)


def _coarsen(image: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Make 20 m pixels, repeated on the 10 m grid."""
    return image[::2, ::2].astype(np.uint8).repeat(2, axis=0).repeat(2, axis=1)
