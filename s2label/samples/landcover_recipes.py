"""The kinds of landscape of the land-cover places, and where in Europe they lie."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PlaceRecipe:
    """What a place looks like.

    Attributes
    ----------
    tile
        Sentinel-2 tile.
    epsg, west_m, north_m
        UTM zone and corner of the upper left pixel.
    latitude_deg
        For the height of the sun.
    wood, conifer, meadow, town, bare
        Shares: of the place that is wood, of the wood that is conifer, and so on, 0..1.
    summer_crop
        Share of the fields that are sown in spring, 0..1.
    water
        "river", "lake", "lakes" or "none".
    relief_m
        Height differences.
    parcel_px
        Largest sides of a field in pixels.
    winter_snow
        Whether snow lies in winter.
    meadow_kind
        "meadow", "dry" or "heath".
    sand
        Share of the place that is bright sand, 0..1.
    """

    tile: str
    epsg: int
    west_m: float
    north_m: float
    latitude_deg: float
    wood: float
    conifer: float
    meadow: float
    town: float
    bare: float
    summer_crop: float
    water: str
    relief_m: float
    parcel_px: tuple[float, float]
    winter_snow: bool
    meadow_kind: str = "meadow"
    sand: float = 0.0

    @property
    def is_alpine(self) -> bool:
        """Whether rock and lasting snow lie above the woods."""
        return self.relief_m > 1000


RECIPES = (
    PlaceRecipe("32TNQ", 32632, 594_400, 4_994_760, 45.1,
                0.05, 0.0, 0.06, 0.10, 0.01, 0.65, "river", 15, (44, 26), False),
    PlaceRecipe("32TMR", 32632, 414_820, 5_094_640, 46.0,
                0.34, 0.85, 0.34, 0.0, 0.0, 0.0, "lake", 2100, (20, 14), True),
    PlaceRecipe("35VNJ", 32635, 526_020, 6_896_560, 62.2,
                0.72, 0.75, 0.05, 0.01, 0.01, 0.3, "lakes", 60, (24, 18), True),
    PlaceRecipe("34UDC", 32634, 486_360, 5_794_420, 52.3,
                0.24, 0.7, 0.16, 0.06, 0.01, 0.3, "none", 30, (52, 8), True),
    PlaceRecipe("30TUM", 32630, 375_000, 4_606_460, 41.6,
                0.08, 0.8, 0.12, 0.04, 0.05, 0.2, "river", 70, (34, 26), False, "dry"),
    PlaceRecipe("31UFT", 32631, 664_740, 5_763_760, 52.0,
                0.06, 0.2, 0.45, 0.13, 0.01, 0.6, "river", 4, (46, 10), False),
    PlaceRecipe("35TLN", 32635, 312_080, 5_274_860, 47.6,
                0.68, 0.55, 0.24, 0.01, 0.01, 0.2, "none", 800, (22, 12), True),
    PlaceRecipe("32UPU", 32632, 692_440, 5_364_040, 48.4,
                0.20, 0.8, 0.14, 0.09, 0.02, 0.45, "river", 50, (34, 16), True),
    PlaceRecipe("34TDS", 32634, 416_220, 5_194_640, 46.9,
                0.10, 0.2, 0.28, 0.03, 0.07, 0.5, "lakes", 12, (40, 20), False, "dry"),
    PlaceRecipe("30VVJ", 32630, 427_100, 6_318_040, 57.0,
                0.18, 0.9, 0.72, 0.0, 0.02, 0.0, "lake", 500, (30, 20), True, "heath"),
    PlaceRecipe("32ULB", 32632, 353_920, 5_696_400, 51.4,
                0.17, 0.15, 0.10, 0.46, 0.03, 0.4, "river", 40, (26, 16), False),
    PlaceRecipe("31UCP", 32631, 395_980, 5_339_480, 48.2,
                0.07, 0.1, 0.03, 0.03, 0.0, 0.25, "none", 25, (60, 46), False),
)  # fmt: skip
"""Twelve places; more are made by moving these to the east."""

BRIGHT_RECIPES = (
    PlaceRecipe("30STF", 32630, 205_000, 4_106_460, 37.0,
                0.02, 0.5, 0.10, 0.02, 0.03, 0.2, "lakes", 12, (34, 26), False, "dry", 0.75),
    PlaceRecipe("31SEA", 32631, 540_000, 4_006_460, 36.2,
                0.04, 0.5, 0.20, 0.06, 0.05, 0.3, "none", 60, (34, 26), False, "dry", 0.55),
)  # fmt: skip
"""Places of sand, which cloud masks take for clouds."""
