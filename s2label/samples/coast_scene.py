"""A port and its roads as one image: one GeoTIFF per band, labels and truth beside it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from s2label.samples.clouds import CloudCover, grow_clouds, scatter_cumulus
from s2label.samples.coast_ground import (
    FINE,
    FRAME,
    SUN_AZIMUTH_DEG,
    SUN_ELEVATION_DEG,
    CoastGround,
    build_coast,
)
from s2label.samples.coast_labels import CoastLabels, write_labels
from s2label.samples.files import Grid, write_raster
from s2label.samples.fleet import Fleet
from s2label.samples.harbour import list_berths
from s2label.samples.noise import FloatImage
from s2label.samples.sea import WIND_AZIMUTH_DEG, Sea, build_sea
from s2label.samples.sensor import average_blocks, record_band
from s2label.samples.spectra import Material, list_reflectances
from s2label.samples.vessels import PLATFORM, Vessel, draw_vessel

COAST_BANDS = ("B02", "B03", "B04", "B08", "B11", "B12")
COAST_GRID = Grid(epsg=32634, west_m=365_560.0, north_m=4_549_500.0)
COAST_SHAPE = (640, 768)
COAST_DATE = "2023-06-14"
_CLOUDS_XYR = [(668, 506, 52), (724, 440, 40), (600, 598, 34), (742, 592, 44), (548, 634, 24)]
_CLOUD_BASE_M = 950.0
_PLATFORMS_XY = ((148.0, 118.0), (318.0, 452.0))
_PLATFORM_HEADINGS_DEG = (20.0, 75.0)


@dataclass(frozen=True)
class CoastScene:
    """What `write_coast_scene` wrote.

    Attributes
    ----------
    folder
        Folder of the band files.
    bands
        File of each band, by band name.
    labels
        The imperfect labels, their truth and the planted errors.
    vessel_count
        Vessels really there.
    """

    folder: Path
    bands: dict[str, Path]
    labels: CoastLabels
    vessel_count: int


@dataclass(frozen=True)
class _View:
    """Everything seen from above, on the 5 m working grid."""

    ground: CoastGround
    sea: Sea
    clouds: CloudCover
    floating: tuple[Vessel, ...]


def write_coast_scene(folder: Path, seed: int = 0) -> CoastScene:
    """Write the coast scene: 640 x 768 pixels of 10 m in UTM zone 34 north.

    Parameters
    ----------
    folder
        Where to write; made when missing.
    seed
        The same seed gives the same bytes.

    Returns
    -------
    CoastScene
        Files and what was planted. Bands are uint16, reflectance x 10000 without offset,
        nodata 0; B11 and B12 are 20 m pixels repeated on the 10 m grid.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ground_rng, sea_rng, cloud_rng, fleet_rng, label_rng, noise_rng = np.random.default_rng(
        [seed, 1]
    ).spawn(6)
    ground = build_coast(ground_rng, COAST_SHAPE)
    clouds = _build_clouds(cloud_rng)
    fleet = _build_fleet(fleet_rng, ground, clouds)
    view = _View(ground, build_sea(sea_rng, ground), clouds, (*fleet, *_list_platforms()))
    bands = _write_bands(noise_rng, folder, view)
    lookalikes = (*ground.rocks_xy, *_PLATFORMS_XY)
    image_name = bands["B08"].name
    labels = write_labels(label_rng, folder, fleet, lookalikes, COAST_SHAPE, COAST_GRID, image_name)
    return CoastScene(folder, bands, labels, len(fleet))


def _list_platforms() -> list[Vessel]:
    sites = zip(_PLATFORMS_XY, _PLATFORM_HEADINGS_DEG, strict=True)
    return [Vessel(x, y, 5.0, 3.4, turn, PLATFORM) for (x, y), turn in sites]


def _build_clouds(rng: np.random.Generator) -> CloudCover:
    shape = (COAST_SHAPE[0] * FINE, COAST_SHAPE[1] * FINE)
    centres = [(x * FINE, y * FINE, radius * FINE) for x, y, radius in _CLOUDS_XYR]
    reach_px = _CLOUD_BASE_M / np.tan(np.radians(SUN_ELEVATION_DEG)) / 10 * FINE
    away = np.radians(SUN_AZIMUTH_DEG + 180)
    shadow_xy = (round(reach_px * np.sin(away)), round(-reach_px * np.cos(away)))
    return grow_clouds(rng, scatter_cumulus(rng, shape, centres), shadow_xy)


def _build_fleet(
    rng: np.random.Generator, ground: CoastGround, clouds: CloudCover
) -> tuple[Vessel, ...]:
    solid = average_blocks((~ground.is_water).astype(np.float32), FINE) > 0.3
    solid |= average_blocks(clouds.opacity + clouds.shade, FINE) > 0.1
    for x, y in _PLATFORMS_XY:
        solid[int(y) - 2 : int(y) + 3, int(x) - 2 : int(x) + 3] = True
    open_px = ndimage.distance_transform_edt(np.pad(~solid, 1))[1:-1, 1:-1]
    fleet = Fleet(rng, open_px.astype(np.float32))
    fleet.moor(list_berths(FRAME), 15)
    fleet.sail(9, (50, 60, 460, 600))
    fleet.anchor(24, (20, 20, 430, 620), WIND_AZIMUTH_DEG + 180)
    fleet.launch_boats(16, (455, 205, 580, 390), moving_share=0.12)
    fleet.launch_boats(14, (330, 20, 600, 630), moving_share=0.45)
    return tuple(fleet.vessels)


def _write_bands(rng: np.random.Generator, folder: Path, view: _View) -> dict[str, Path]:
    files = {}
    for band in COAST_BANDS:
        numbers = record_band(rng, _see_band(view, band), band, 10 / FINE)
        files[band] = folder / f"{COAST_DATE}_Sentinel-2_L2A_{band}.tif"
        write_raster(files[band], numbers, COAST_GRID, nodata=0, tile_px=256)
    return files


def _see_band(view: _View, band: str) -> FloatImage:
    spectrum = list_reflectances((band,))[:, 0]
    land = spectrum[view.ground.material] * view.ground.brightness
    water = _mix_water(view.sea, spectrum)
    image = np.where(view.ground.is_water, water, land)
    for vessel in view.floating:
        draw_vessel(image, vessel, band, FINE)
    return view.clouds.cover(image, band, float(spectrum[Material.CLOUD]))


def _mix_water(sea: Sea, spectrum: NDArray[np.float32]) -> FloatImage:
    deep, foam = spectrum[Material.DEEP_SEA], spectrum[Material.FOAM]
    water = deep + sea.shallow * (spectrum[Material.SHALLOW_SEA] - deep)
    water = water + sea.turbid * (spectrum[Material.TURBID_WATER] - water) + sea.glint
    foamy = water + sea.foam * (foam - water)
    return np.asarray(np.maximum(foamy, 0.0008), dtype=np.float32)
