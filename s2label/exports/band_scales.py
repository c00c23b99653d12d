"""How the numbers of a band become reflectance, as exports write it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from s2label.types import BandRaster


class LinearScale(NamedTuple):
    """Reflectance is ``DN * scale + offset``."""

    scale: float
    offset: float


def scale_of(band: BandRaster) -> LinearScale:
    """Return scale and offset of a band; 1 and its offset where no scale is known.

    The catalog keeps ``(DN + offset_dn) / quantification``; rasters and archives hold a factor and
    a term.
    """
    quantification = band.quantification or 1
    return LinearScale(1 / quantification, band.offset_dn / quantification)
