"""Of the data card: bands, value scales, and how a format writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label.exports.markdown import number, section, table
from s2label.exports.options import Format

if TYPE_CHECKING:
    from collections.abc import Callable

    from s2label.exports.contents import Contents


def band_section(facts: Contents) -> list[str]:
    """Return bands, value scales, and how images and masks are written."""
    survey = facts.plan.survey
    rows = [
        (s.name, images, number(s.quantification), number(s.offset_dn), _nodata(s.nodata))
        for s, images in sorted(survey.scales.items(), key=lambda item: tuple(map(str, item[0])))
    ]
    bands = table(("band", "images", "quantification", "offset", "nodata"), rows)
    scale = ["Reflectance = (DN + offset) / quantification, of the sources' numbers (DN)."]
    said = [f"- {words}: {count} images" for words, count in sorted(survey.radiometries.items())]
    written = _LINES[facts.options.format](facts)
    return section("Bands and values", bands, scale, ["Who said so:", "", *said], written)


def _nodata(value: float | None) -> str:
    return "all bands 0" if value is None else number(value)


def _geotiff_lines(_: Contents) -> list[str]:
    return [
        "Images hold the sources' numbers, resampled only where a band had another grid. "
        "Each band has scale and offset: reflectance = DN x scale + offset. "
        "A mask in the file of an image tells its pixels without data, if there are any. "
        "Masks: band 1 class, band 2 who set the pixel (0 nobody, 1 imported, 2 human, "
        "3 learnt from strokes, 16 and up a model of the project)."
    ]


def _png_lines(facts: Contents) -> list[str]:
    limits = facts.settings.stretch.limits
    bands = sorted({scale.name for scale in facts.plan.survey.scales}, reverse=True)
    rows = [(name, *(number(value) for value in limits[name])) for name in bands]
    return [
        "Images are 8-bit red, green, blue (B04, B03, B02) with one stretch for all: "
        "1 at or below the lower reflectance, 255 at or above the upper, 0 where there is no data. "
        "Masks are indices with a palette. Text chunks hold CRS and transform.",
        "",
        *table(("band", "lower", "upper"), rows),
    ]


def _npz_lines(_: Contents) -> list[str]:
    return [
        "Archives of NumPy, one per pair, without pickle. `image` (band, y, x) holds the sources' "
        "numbers, resampled only where a band had another grid; reflectance = image x `scale` + "
        "`offset`, per band; `valid` (y, x) tells where there are data. `mask` is the class, "
        "`provenance` who set the pixel (0 nobody, 1 imported, 2 human, 3 learnt from strokes, 16 "
        "and up a model of the project). `bands`, `crs`, `transform`, `date`, `place`, `scene` "
        "and `image_id` say the rest."
    ]


def _coco_lines(facts: Contents) -> list[str]:
    return [
        *_png_lines(facts),
        "",
        "`annotations/<split>.json` has the objects: pixels of one class that touch by a side or "
        "a corner, exact, as compressed run lengths. Category ids are class values. Pixels "
        "that are not labelled or to be ignored are in no object; they stand in the mask that "
        "`mask_file` of an image names.",
    ]


def _stac_lines(facts: Contents) -> list[str]:
    return [
        *_geotiff_lines(facts),
        "",
        "`catalog.json` leads to a collection of images and one of masks, in STAC 1.1, with "
        "relative links. A date without time of day is midnight and stands for the whole day; "
        "an image without date has the years of the mission and `s2label:undated`.",
    ]


_LINES: dict[Format, Callable[[Contents], list[str]]] = {
    Format.PNG: _png_lines,
    Format.GEOTIFF: _geotiff_lines,
    Format.NPZ: _npz_lines,
    Format.COCO: _coco_lines,
    Format.STAC: _stac_lines,
}
