"""Land-cover places in the layout of LandCoverNet (the later one), with some wrong masks."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from s2label.samples.files import Grid, write_json, write_raster, write_table
from s2label.samples.landcover_ground import SIDE_PX, PlaceGround, build_place
from s2label.samples.landcover_images import PlaceImage, Weather, take_image
from s2label.samples.landcover_masks import WrongMask, doubt_mask, plant_wrong_masks
from s2label.samples.landcover_recipes import BRIGHT_RECIPES, RECIPES, PlaceRecipe
from s2label.samples.stac import describe_item

REGION, YEAR = "eu", 2018
LABELS_FOLDER = f"ref_landcovernet_{REGION}_v1_labels"
SOURCE_FOLDER = f"ref_landcovernet_{REGION}_v1_source_sentinel_2"
_WORKERS = 2
# As in the scene classification, which calls what is thinner clear.
_CLOUD = 0.25
# So many places keep the names that they have had.
_FEW = 30
_CLOUDY_SHARES = (0.0, 0.04, 0.12, 0.25, 0.42, 0.65, 0.95)


@dataclass(frozen=True)
class LandcoverSample:
    """What `write_landcover_places` wrote.

    Attributes
    ----------
    labels, source
        The two folders of LandCoverNet.
    planted_table
        CSV with the wrong masks: place, kind, detail.
    planted
        The same wrong masks.
    places
        Names of the places, `<TILE>_<CHIP>`.
    image_count
        Images, over all places and dates.
    cloud_shares
        Place and date (``YYYY-MM-DD``) -> share of the place that is truly under clouds.
    """

    labels: Path
    source: Path
    planted_table: Path
    planted: tuple[WrongMask, ...]
    places: tuple[str, ...]
    image_count: int
    cloud_shares: dict[tuple[str, str], float]


@dataclass(frozen=True)
class _Place:
    name: str
    recipe: PlaceRecipe
    ground: PlaceGround
    weather: tuple[Weather, ...]
    grid: Grid


def write_landcover_places(
    folder: Path,
    seed: int = 0,
    places: int = 12,
    dates: int = 6,
    *,
    bright: int = 0,
    side_px: int = SIDE_PX,
) -> LandcoverSample:
    """Write land-cover places as LandCoverNet publishes them.

    Parameters
    ----------
    folder
        Where to write; made when missing.
    seed
        The same seed gives the same bytes.
    places
        Number of places; a quarter of them get a wrong mask.
    dates
        Images per place, spread over 2018.
    bright
        How many of the places, the last ones, are sand, which the cloud layers take for clouds.
    side_px
        Side of the images, 8 to 256: smaller ones are a corner of the whole place.

    Returns
    -------
    LandcoverSample
        Folders, names and the wrong masks.
    """
    labels, source = folder / LABELS_FOLDER, folder / SOURCE_FOLDER
    for path in (labels, source):
        path.mkdir(parents=True, exist_ok=True)
    mask_rng, *place_rngs = np.random.default_rng([seed, 2]).spawn(places + 1)
    with ThreadPoolExecutor(_WORKERS) as pool:
        numbers = range(places)
        recipes = [_choose_recipe(number, places - bright) for number in numbers]
        built = list(pool.map(lambda n: _plan_place(place_rngs[n], n, recipes[n], dates), numbers))
        true = {place.name: place.ground.classes for place in built}
        masks, planted = plant_wrong_masks(mask_rng, true, places // 4)
        for place in built:
            _write_labels(mask_rng, labels, place, masks[place.name], side_px)
        shares = pool.map(
            lambda n: _write_images(place_rngs[n], source, built[n], side_px), numbers
        )
        clouds = {key: share for of_place in shares for key, share in of_place.items()}
    table = folder / "planted.csv"
    write_table(table, ("place", "kind", "detail"), [(p.place, p.kind, p.detail) for p in planted])
    return LandcoverSample(labels, source, table, planted, tuple(true), places * dates, clouds)


def _choose_recipe(number: int, usual: int) -> PlaceRecipe:
    """Choose the landscape of a place: bright ones follow the usual ones; all move eastwards."""
    is_bright = number >= usual
    recipes = BRIGHT_RECIPES if is_bright else RECIPES
    at = number - usual if is_bright else number
    recipe, cycle = recipes[at % len(recipes)], at // len(recipes)
    return replace(recipe, west_m=recipe.west_m + cycle * 2 * SIDE_PX * 10)


def _plan_place(rng: np.random.Generator, number: int, recipe: PlaceRecipe, dates: int) -> _Place:
    # Chips of a tile have numbers of two digits, as far as they go.
    chip = (number * 7 + number // len(RECIPES)) % 30 if number < _FEW else number
    name = f"{recipe.tile}_{chip:02d}"
    grid = Grid(recipe.epsg, recipe.west_m, recipe.north_m)
    weather = _forecast(rng, recipe, dates, has_swath_edge=number % 5 == 3)
    return _Place(name, recipe, build_place(rng, recipe), weather, grid)


def _forecast(
    rng: np.random.Generator, recipe: PlaceRecipe, dates: int, has_swath_edge: bool
) -> tuple[Weather, ...]:
    days = (np.arange(dates) + rng.uniform(0.25, 0.75, dates)) * 365 / dates
    days = np.floor(days / 5).astype(int) * 5 + rng.integers(5)
    clear = [0.0, 0.01][: max(dates - 1, 0)]
    cloudy = np.resize(rng.permutation(_CLOUDY_SHARES), dates - len(clear))
    shares = np.array([*clear, *cloudy])
    haze = np.where(rng.random(dates) < 0.2, rng.uniform(0.05, 0.2, dates), 0)
    cut_date = rng.integers(dates) if has_swath_edge else -1
    edge = np.where(np.arange(dates) == cut_date, rng.uniform(50, 160), 0)
    sky = zip(days, rng.permutation(shares), haze, edge, strict=True)
    return tuple(
        Weather(int(day), float(share), float(veil), _find_snow(rng, recipe, int(day)), float(cut))
        for day, share, veil, cut in sky
    )


def _find_snow(rng: np.random.Generator, recipe: PlaceRecipe, day: int) -> float:
    lies = rng.random()
    if recipe.is_alpine:
        return float(np.interp(day, (0, 110, 150, 270, 310, 365), (0.9, 0.7, 0, 0, 0.4, 0.9)))
    is_winter = day < 75 or day > 330
    return float(0.55 + 0.45 * lies) if recipe.winter_snow and is_winter and lies > 0.25 else 0.0


def _write_labels(
    rng: np.random.Generator,
    labels: Path,
    place: _Place,
    classes: NDArray[np.uint16],
    side_px: int,
) -> None:
    folder = labels / f"{LABELS_FOLDER}_{place.name}"
    folder.mkdir(exist_ok=True)
    write_raster(folder / "labels.tif", doubt_mask(rng, classes)[:, :side_px, :side_px], place.grid)
    days = [[_find_date(weather).strftime("%Y%m%d")] for weather in place.weather]
    write_table(folder / "source_dates.csv", (place.recipe.tile,), days)
    names = {"labels": "labels.tif", "source_dates": "source_dates.csv"}
    item = describe_item(folder.name, place.grid, side_px, date(YEAR, 1, 1), names, LABELS_FOLDER)
    write_json(folder / "stac.json", item)


def _write_images(
    rng: np.random.Generator, source: Path, place: _Place, side_px: int
) -> dict[tuple[str, str], float]:
    corner = (slice(None, side_px), slice(None, side_px))
    shares = {}
    for weather in place.weather:
        image = take_image(rng, place.ground, weather, place.recipe.latitude_deg)
        taken = _find_date(weather)
        folder = source / f"{SOURCE_FOLDER}_{place.name}_{taken:%Y%m%d}"
        folder.mkdir(exist_ok=True)
        _write_image(folder, image, place.grid, corner)
        shares[place.name, taken.isoformat()] = float((image.opacity[corner] > _CLOUD).mean())
        names = {name: f"{name}.tif" for name in (*image.bands, "SCL", "CLD")}
        item = describe_item(folder.name, place.grid, side_px, taken, names, SOURCE_FOLDER)
        write_json(folder / "stac.json", item)
    return shares


def _write_image(folder: Path, image: PlaceImage, grid: Grid, corner: tuple[slice, slice]) -> None:
    for band, numbers in image.bands.items():
        write_raster(folder / f"{band}.tif", numbers[corner], grid, nodata=0)
    write_raster(folder / "SCL.tif", image.scl[corner], grid)
    write_raster(folder / "CLD.tif", image.cld[corner], grid, nodata=255)


def _find_date(weather: Weather) -> date:
    return date(YEAR, 1, 1) + timedelta(days=weather.day)
