"""A believable demo data set, made from code and a seed: a port, and land-cover places."""

from s2label.samples.coast_labels import CoastLabels, PlantedError
from s2label.samples.coast_scene import CoastScene, write_coast_scene
from s2label.samples.landcover_masks import WrongMask
from s2label.samples.landcover_places import LandcoverSample, write_landcover_places

__all__ = [
    "CoastLabels",
    "CoastScene",
    "LandcoverSample",
    "PlantedError",
    "WrongMask",
    "write_coast_scene",
    "write_landcover_places",
]
