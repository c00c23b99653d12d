"""What is measured of a pixel: the reflectance of a band, or an index of several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from s2label.bands import band_of_text
from s2label.errors import InputError
from s2label.expressions import Expression, parse_expression

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from s2label.views import View

# Pairs for the scatter, the first that the images have the bands for: near infrared and
# short-wave infrared tell water, plants and soil apart; red and near infrared nearly as well.
_PAIRS = (("B08", "B11"), ("B8A", "B11"), ("B04", "B08"))


@dataclass(frozen=True)
class Measure:
    """A number per pixel, under a name that people use: ``B08``, ``NDVI``."""

    name: str
    expression: Expression

    @property
    def words(self) -> str:
        """What stands at an axis; reflectance has no unit."""
        return f"{self.name} reflectance" if self.expression.is_band else self.name

    def evaluate(self, values: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        """Compute it from band name -> reflectance, all of one shape; NaN where it has none."""
        return self.expression.evaluate(values)


def measure_of_band(band: str) -> Measure:
    """Return the reflectance of a band."""
    return Measure(band, parse_expression(band))


def parse_measures(text: str, views: Iterable[View], option: str) -> tuple[Measure, ...]:
    """Return what a text with commas names: bands, indices of a project's views, arithmetic.

    Parameters
    ----------
    text : str
        Such as ``B02,NDVI,B08 / B04``; commas inside brackets divide nothing.
    views : iterable of View
        Where names of indices are looked up.
    option : str
        The option that is at fault in an error.

    Raises
    ------
    InputError
        If a part is none of these, or stands twice.
    """
    indices = {view.name.casefold(): view for view in views if view.is_index}
    found: dict[str, Measure] = {}
    for part in _parts(text):
        measure = _measure(part, indices, option)
        if measure.name in found:
            raise InputError(option, f"{measure.name} stands twice in {text!r}", "each once")
        found[measure.name] = measure
    return tuple(found.values())


def _parts(text: str) -> list[str]:
    """Return the parts of a text between those commas that stand in no brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


def _measure(text: str, indices: Mapping[str, View], option: str) -> Measure:
    view = indices.get(text.casefold())
    if view is not None:
        return Measure(view.name, view.expressions[0])
    try:
        expression = parse_expression(text)
    except ValueError as error:
        band = _band_of_word(text)
        if band is not None:
            return measure_of_band(band)
        known = ", ".join(view.name for view in indices.values())
        raise InputError(option, str(error), advice=f"indices by name: {known}") from error
    return Measure(expression.text, expression)


def _band_of_word(text: str) -> str | None:
    """Return the band of a word alone, such as ``B8`` or ``nir``.

    Never of a longer text: `band_of_text` finds ``B02`` in the file name ``B02 - B99``, too.
    """
    return band_of_text(text) if text.isascii() and text.isalnum() else None


def parse_pair(text: str, views: Iterable[View], option: str) -> tuple[Measure, Measure]:
    """Return the two measures of a scatter.

    Raises
    ------
    InputError
        If they are not two.
    """
    found = parse_measures(text, views, option)
    if len(found) != 2:
        raise InputError(option, f"found {len(found)} in {text!r}", "two, such as B08,B11")
    return found[0], found[1]


def usual_pair(bands: Sequence[str]) -> tuple[Measure, Measure] | None:
    """Return what a scatter shows of images with these bands; None if they have but one."""
    for pair in (*_PAIRS, tuple(bands[:2])):
        if len(pair) == 2 and set(pair) <= set(bands):
            return measure_of_band(pair[0]), measure_of_band(pair[1])
    return None


def require_bands(measures: Iterable[Measure], bands: Sequence[str], option: str) -> None:
    """Raise `InputError` if no image has a band that a measure needs."""
    for measure in measures:
        missing = [band for band in measure.expression.bands if band not in bands]
        if missing:
            found = f"{measure.name} needs {', '.join(missing)}"
            raise InputError(option, found, f"of the bands of these images: {', '.join(bands)}")
