"""Who says where clouds are: the sources by name, and which of them an image has."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from s2label.errors import InputError
from s2label.screening.classes import (
    NODATA,
    UNKNOWN,
    of_flags,
    of_probability,
    of_scene_classes,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from s2label.resampling import Layer
    from s2label.screening.ground import Ground
    from s2label.types import ImageRecord


class Method(StrEnum):
    """What clouds are found by; ``auto`` takes the first that an image has, in this order."""

    AUTO = "auto"
    SCL = "scl"
    PROBABILITY = "probability"
    PRODUCT = "product"
    S2CLOUDLESS = "s2cloudless"
    INDEX = "index"


METHOD_WORDS = {
    Method.SCL: "scene classification (SCL)",
    Method.PROBABILITY: "cloud probability",
    Method.PRODUCT: "the product's cloud masks",
    Method.S2CLOUDLESS: "s2cloudless",
    Method.INDEX: "index rule: brightness and colour only, it does not see more",
}


class CloudSource(Protocol):
    """Something that says where clouds are."""

    method: Method

    def missing(self, image: ImageRecord) -> str:
        """Return what it needs that an image lacks, in words; empty where it has all."""

    def classes(self, ground: Ground) -> NDArray[np.uint8]:
        """Return the cloud raster (y, x) of a patch, see `screening.classes`."""


class SceneClassification:
    """The scene classification of Sen2Cor (L2A, LandCoverNet)."""

    method = Method.SCL

    def missing(self, image: ImageRecord) -> str:
        """Return what an image lacks."""
        return "" if "SCL" in _names(image) else "no raster SCL"

    def classes(self, ground: Ground) -> NDArray[np.uint8]:
        """Return the cloud raster of a patch."""
        layer = ground.layer("SCL")
        return _known(of_scene_classes(layer.pixels), layer)


class Probability:
    """The cloud probability of a product (MSK_CLDPRB) or of LandCoverNet (CLD)."""

    method = Method.PROBABILITY
    _rasters = ("CLD", "MSK_CLDPRB")

    def missing(self, image: ImageRecord) -> str:
        """Return what an image lacks."""
        there = _names(image) & set(self._rasters)
        return "" if there else "no cloud probability (CLD or MSK_CLDPRB)"

    def classes(self, ground: Ground) -> NDArray[np.uint8]:
        """Return the cloud raster of a patch."""
        rasters = {r.name: r for r in ground.image.rasters}
        name = next(name for name in self._rasters if name in rasters)
        layer = ground.layer(name)
        return _known(of_probability(layer.pixels, rasters[name].nodata), layer)


class ProductMasks:
    """The masks of a product: MSK_CLASSI (raster) or MSK_CLOUDS (GML polygons)."""

    method = Method.PRODUCT
    _raster, _polygons = "MSK_CLASSI", "MSK_CLOUDS"

    def missing(self, image: ImageRecord) -> str:
        """Return what an image lacks."""
        there = self._named(image, self._raster) or self._named(image, self._polygons)
        return "" if there else "no cloud mask (MSK_CLASSI or MSK_CLOUDS)"

    def classes(self, ground: Ground) -> NDArray[np.uint8]:
        """Return the cloud raster of a patch."""
        raster = self._named(ground.image, self._raster)
        if not raster:
            return self._burnt(ground)
        layers = [ground.layer(raster, index) for index in (1, 2, 3)]
        return _known(of_flags(*(layer.pixels for layer in layers)), layers[0])

    def _burnt(self, ground: Ground) -> NDArray[np.uint8]:
        from s2label.screening.product_masks import of_polygons, read_cloud_polygons

        name = self._named(ground.image, self._polygons)
        path = next(r.source.path for r in ground.image.rasters if r.name == name)
        return of_polygons(read_cloud_polygons(path), ground.grid)

    def _named(self, image: ImageRecord, start: str) -> str:
        """Return the name of a raster, which may end in a band (MSK_CLASSI_B00)."""
        return next((name for name in sorted(_names(image)) if name.startswith(start)), "")


class IndexRule:
    """The index rule, where nobody else has said anything."""

    method = Method.INDEX

    def missing(self, image: ImageRecord) -> str:
        """Return what an image lacks."""
        from s2label.screening.index_rule import NEEDED

        lacks = [name for name in NEEDED if name not in reflectances(image)]
        return f"no band {', '.join(lacks)}" if lacks else ""

    def classes(self, ground: Ground) -> NDArray[np.uint8]:
        """Return the cloud raster of a patch."""
        from s2label.screening.index_rule import NEEDED, USEFUL, index_classes

        bands = ground.reflectance(NEEDED + USEFUL)
        is_above = is_above_atmosphere(ground.image)
        return index_classes(bands, is_above_atmosphere=is_above, pixel_m2=ground.pixel_m**2)


def sources() -> tuple[CloudSource, ...]:
    """Return all sources, the most trusted first."""
    from s2label.screening.cloudless import Cloudless

    return (SceneClassification(), Probability(), ProductMasks(), Cloudless(), IndexRule())


def source_for(image: ImageRecord, method: Method) -> CloudSource:
    """Return what finds the clouds of an image.

    Raises
    ------
    InputError
        If the image lacks what the method needs, or has nothing at all to go by.
    MissingExtraError
        If the method is asked for and not installed.
    """
    found = sources()
    if method is not Method.AUTO:
        source = next(s for s in found if s.method is method)
        lacks = source.missing(image)
        if lacks:
            advice = "choose another --method, or auto"
            raise InputError(image.id, lacks, f"what --method {method} needs", advice)
        return source
    lacks_of = [(source, source.missing(image)) for source in found]
    chosen = next((source for source, lacks in lacks_of if not lacks), None)
    if chosen is None:
        raise InputError(image.id, "nothing to find clouds by", "SCL, or bands B02, B03 and B04")
    return chosen


def reflectances(image: ImageRecord) -> set[str]:
    """Return the names of the bands of an image, also of those its product has but it has not."""
    return {r.name for r in (*image.bands, *image.rasters) if r.quantification}


def is_above_atmosphere(image: ImageRecord) -> bool:
    """Tell whether an image holds reflectance above the atmosphere (L1C)."""
    return "B10" in reflectances(image) or "MSIL1C" in image.scene


def _names(image: ImageRecord) -> set[str]:
    return {r.name for r in (*image.rasters, *image.bands)}


def _known(classes: NDArray[np.uint8], layer: Layer) -> NDArray[np.uint8]:
    """Call unknown what lies outside of the raster that was asked."""
    if layer.is_outside is not None:
        classes[layer.is_outside & (classes != NODATA)] = UNKNOWN
    return classes
