"""Rows of a scene made whole: kept to water, without nodata, as bytes, with their picture."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from s2label.raster import reflectance, valid_pixels
from s2label.results.rasters import NO_PROBABILITY, PROBABILITY_STEPS
from s2label.stretch import apply_stretch
from s2label.types import BACKGROUND
from s2label_training.scene.rows import Rows
from s2label_training.scene.water_rows import near_water
from s2label_training.water import infrared_band, kept_to_water

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Protocol

    from numpy.typing import NDArray

    from s2label.types import BandRaster
    from s2label_training.scene.plan import ScenePlan

    class HoldsRows(Protocol):
        """What was read so far."""

        rows: Rows


@dataclass(frozen=True, eq=False)
class RowBand:
    """A band of rows that is done.

    Parameters
    ----------
    number : int
        Which band.
    probabilities : ndarray
        (class, y, x) uint8 without background, 254 for certain, 255 where there is no data.
    rgb : ndarray or None
        (3, y, x) uint8, 0 where there is no data, where a picture is wanted.
    classes : ndarray or None
        (y, x) uint8 class values, where they are not what the probabilities and one threshold give.
    """

    number: int
    probabilities: NDArray[np.uint8]
    rgb: NDArray[np.uint8] | None = None
    classes: NDArray[np.uint8] | None = None


@dataclass(frozen=True, eq=False)
class _Waiting:
    number: int
    rows: tuple[int, int]
    probabilities: NDArray[np.float32]
    is_predicted: NDArray[np.bool_]


class Finishing:
    """Bands that wait for the rows below them, since what is near water depends on these too.

    Parameters
    ----------
    plan : ScenePlan
        How.
    strips, colours : HoldsRows
        DN of the bands of the model, and of those of the picture where they are others.
    """

    def __init__(self, plan: ScenePlan, strips: HoldsRows, colours: HoldsRows | None) -> None:
        self._plan = plan
        self._strips = strips
        self._colours = colours
        self._waiting: deque[_Waiting] = deque()

    @property
    def needs(self) -> int:
        """The first row that is still needed."""
        if not self._waiting:
            return self._plan.grid.height
        return self._waiting[0].rows[0] - self._plan.context

    def add(
        self,
        number: int,
        rows: tuple[int, int],
        probabilities: NDArray[np.float32],
        is_predicted: NDArray[np.bool_],
    ) -> None:
        """Take a band as `RowSums.take` gives it, (class, y, x)."""
        self._waiting.append(_Waiting(number, rows, probabilities, is_predicted))

    def done(self) -> Iterator[RowBand]:
        """Yield the bands of which enough is known."""
        height, context = self._plan.grid.height, self._plan.context
        while self._waiting:
            needed = min(height, self._waiting[0].rows[1] + context)
            if self._strips.rows.end < needed:
                return
            yield self._finish(self._waiting.popleft())

    def _finish(self, band: _Waiting) -> RowBand:
        plan = self._plan
        dn = self._strips.rows.between(*band.rows)
        valid = valid_pixels(dn, [each.nodata for each in plan.bands])
        found = band.probabilities
        values = plan.record.class_values
        if plan.reach_px and BACKGROUND in values:
            infrared = self._infrared(band.rows)
            around = band.rows, plan.grid.height, plan.reach_px, plan.record.bands
            found = kept_to_water(found, near_water(infrared, *around), values)
        is_class = np.array(values) != BACKGROUND
        steps = np.rint(found[is_class] * PROBABILITY_STEPS).astype(np.uint8)
        steps[:, ~valid] = NO_PROBABILITY
        return RowBand(band.number, steps, self._picture(band.rows))

    def _infrared(self, rows: tuple[int, int]) -> Rows:
        """Return reflectance (y, x) of the band that tells water, with its context."""
        plan = self._plan
        first = max(0, rows[0] - plan.context)
        end = min(plan.grid.height, rows[1] + plan.context)
        dn = self._strips.rows.between(first, end)
        name = infrared_band(plan.record.bands)
        values = self._reflectance(dn, plan.bands[plan.record.bands.index(name)])
        values[~valid_pixels(dn, [each.nodata for each in plan.bands])] = np.nan
        held = Rows(first)
        held.append(values)
        return held

    def _reflectance(self, dn: NDArray[Any], band: BandRaster) -> NDArray[np.float32]:
        """Return one band (y, x) of numbers (band, y, x), with nonsense at nodata."""
        values: NDArray[np.float32] = dn[self._plan.bands.index(band)].astype(np.float32)
        values += np.float32(band.offset_dn)
        values /= np.float32(band.quantification)
        return values

    def _picture(self, rows: tuple[int, int]) -> NDArray[np.uint8] | None:
        plan = self._plan
        if not plan.colours:
            return None
        if self._colours is not None:
            values = reflectance(self._colours.rows.between(*rows), plan.colours)
        else:
            dn = self._strips.rows.between(*rows)
            values = np.stack([self._reflectance(dn, band) for band in plan.colours])
            values[:, ~valid_pixels(dn, [each.nodata for each in plan.bands])] = np.nan
        return apply_stretch(values, [band.name for band in plan.colours], plan.limits)
