"""s2cloudless, the cloud detector of Sinergise: L1C only, in the extra ``clouds``."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from s2label.errors import InputError, MissingExtraError
from s2label.screening.classes import of_likelihood
from s2label.screening.methods import Method, is_above_atmosphere, reflectances

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from s2label.screening.ground import Ground
    from s2label.types import ImageRecord

# The order in which its model was taught them.
BANDS = ("B01", "B02", "B04", "B05", "B08", "B8A", "B09", "B10", "B11", "B12")
THRESHOLD = 0.4


class Cloudless:
    """A pixel-wise classifier of reflectance above the atmosphere, made for about 60 to 160 m."""

    method = Method.S2CLOUDLESS

    def missing(self, image: ImageRecord) -> str:
        """Return what an image lacks, the extra included."""
        if not is_above_atmosphere(image):
            return "not an L1C image"
        lacks = [name for name in BANDS if name not in reflectances(image)]
        if lacks:
            return f"no band {', '.join(lacks)}"
        return "" if find_spec("s2cloudless") else str(_missing_extra())

    def classes(self, ground: Ground) -> NDArray[np.uint8]:
        """Return the cloud raster of a patch."""
        bands = ground.reflectance(BANDS)
        values = np.stack([bands[name] for name in BANDS], axis=-1)
        has_data: NDArray[np.bool_] = np.asarray(np.isfinite(values).all(axis=-1))
        likelihood = _detect(np.where(has_data[..., None], values, 0)[None], ground)
        likelihood[~has_data] = np.nan
        return of_likelihood(likelihood, THRESHOLD)


def _detect(values: NDArray[np.floating[Any]], ground: Ground) -> NDArray[np.float32]:
    """Return the cloud likelihood (y, x), 0..1, of reflectance (1, y, x, band)."""
    try:
        from s2cloudless import S2PixelCloudDetector
    except ImportError as error:
        raise _missing_extra() from error
    detector = S2PixelCloudDetector(
        threshold=THRESHOLD, average_over=4, dilation_size=2, all_bands=False
    )
    found: NDArray[np.float32] = np.array(detector.get_cloud_probability_maps(values), np.float32)[
        0
    ]
    if found.shape != ground.grid.shape:
        raise InputError(ground.image.id, f"s2cloudless answered {found.shape}", "one number a px")
    return found


def require_extra() -> None:
    """Raise `MissingExtraError` if s2cloudless is not installed."""
    if not find_spec("s2cloudless"):
        raise _missing_extra()


def _missing_extra() -> MissingExtraError:
    return MissingExtraError("s2cloudless", "clouds")
