"""s2cloudless, the cloud detector of Sinergise: L1C only, in the extra ``clouds``."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from s2label.errors import InputError, MissingExtraError
from s2label.screening.classes import CLEAR, CLOUD, UNKNOWN
from s2label.screening.methods import Method, is_above_atmosphere, reflectances

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from s2label.screening.ground import Ground
    from s2label.types import ImageRecord

# The order in which its model was taught them.
BANDS = ("B01", "B02", "B04", "B05", "B08", "B8A", "B09", "B10", "B11", "B12")
THRESHOLD = 0.4
# 4 and 2 pixels of 60 m, which is the size of three of its bands.
_AVERAGE_M, _WIDENED_M = 240.0, 120.0


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
        is_cloud = _detect(np.where(has_data[..., None], values, 0)[None], ground)
        return np.where(has_data, np.where(is_cloud, CLOUD, CLEAR), UNKNOWN).astype(np.uint8)


def _detect(values: NDArray[np.floating[Any]], ground: Ground) -> NDArray[np.bool_]:
    """Return where clouds are (y, x), of reflectance (1, y, x, band).

    The likelihood of single pixels is averaged around each, else vessels and roofs are clouds, and
    what is found is widened, since the edge of a cloud is thin.
    """
    detector = _detector(ground.pixel_m)
    # Each of several processes has one processor.
    likelihood = detector.get_cloud_probability_maps(values, num_threads=1)
    found = np.asarray(detector.get_mask_from_prob(likelihood))[0]
    if found.shape != ground.grid.shape:
        raise InputError(ground.image.id, f"s2cloudless answered {found.shape}", "one number a px")
    is_cloud: NDArray[np.bool_] = found > 0
    return is_cloud


@lru_cache(maxsize=1)
def _detector(pixel_m: float) -> Any:
    """Return the detector for pixels of some size; its model takes a while to load."""
    try:
        from s2cloudless import S2PixelCloudDetector
    except ImportError as error:
        raise _missing_extra() from error
    return S2PixelCloudDetector(
        threshold=THRESHOLD,
        average_over=round(_AVERAGE_M / pixel_m),
        dilation_size=round(_WIDENED_M / pixel_m),
        all_bands=False,
    )


def require_extra() -> None:
    """Raise `MissingExtraError` if s2cloudless is not installed."""
    if not find_spec("s2cloudless"):
        raise _missing_extra()


def _missing_extra() -> MissingExtraError:
    return MissingExtraError("s2cloudless", "clouds")
