"""What a model is told of an image: shares, season, bands, and how it differs from other dates."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from s2label.screening_records import JudgedImage, ScreeningRecord

_SHARES = ("cloud", "shadow", "haze", "snow", "nodata", "unknown", "valid_cloud")
_SHARES_OF_PARTS = ("labelled_cloud", "water_cloud")
_STATISTICS = ("mean", "deviation", "p2", "p98")
_DAYS = 365.25


def build_features(
    images: Sequence[JudgedImage], screenings: Sequence[ScreeningRecord]
) -> NDArray[np.float64]:
    """Return one row per image.

    Beside what screening found stands how bands differ from the middle of all dates of the place:
    cloud masks take bright ground for clouds, on which clouds are still what changes. No decision
    goes in, so that nothing is given away.

    Parameters
    ----------
    images : sequence of JudgedImage
        All images of a project, also those that nobody has decided on.
    screenings : sequence of ScreeningRecord
        What was found in each.

    Returns
    -------
    ndarray
        (image, feature); NaN where something is not known.
    """
    bands = sorted({name for screening in screenings for name in screening.statistics})
    statistics = np.array([_statistics(screening, bands) for screening in screenings])
    statistics = statistics.reshape(len(images), len(bands) * len(_STATISTICS))
    shares = np.array([_shares(screening) for screening in screenings])
    season = np.array([_season(image.date) for image in images])
    unlike = statistics - _middle_of_place(statistics, [image.place_id for image in images])
    return np.hstack([shares, season, statistics, unlike])


def name_features(screenings: Sequence[ScreeningRecord]) -> list[str]:
    """Return what the columns of `build_features` are called.

    That is a share (``cloud``), ``season``, ``B02 mean`` and so on, and with ``unlike`` before it
    how that differs from the other dates of the place.
    """
    bands = sorted({name for screening in screenings for name in screening.statistics})
    statistics = [f"{band} {statistic}" for band in bands for statistic in _STATISTICS]
    unlike = [f"unlike {name}" for name in statistics]
    return [*_SHARES, *_SHARES_OF_PARTS, "season", "season", *statistics, *unlike]


def _shares(screening: ScreeningRecord) -> list[float]:
    values = [getattr(screening, name) for name in (*_SHARES, *_SHARES_OF_PARTS)]
    return [np.nan if value is None else float(value) for value in values]


def _statistics(screening: ScreeningRecord, bands: Sequence[str]) -> list[float]:
    known = screening.statistics
    return [known.get(band, {}).get(key, np.nan) for band in bands for key in _STATISTICS]


def _season(date: str | None) -> tuple[float, float]:
    """Return the day of the year as a point on a circle: December is next to January."""
    if date is None:
        return np.nan, np.nan
    angle = 2 * np.pi * datetime.date.fromisoformat(date).timetuple().tm_yday / _DAYS
    return float(np.cos(angle)), float(np.sin(angle))


def _middle_of_place(statistics: NDArray[np.float64], places: Sequence[str]) -> NDArray[np.float64]:
    """Return the median of each place's images, (image, feature); NaN where nothing is known."""
    _, owner = np.unique(np.array(places), return_inverse=True)
    columns = [_middle_of_owner(column, owner) for column in statistics.T]
    return np.array(columns).reshape(len(columns), len(owner)).T


def _middle_of_owner(values: NDArray[np.float64], owner: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the median of the finite values of each owner, (image,); all owners in one sort."""
    known = np.where(np.isfinite(values), values, np.nan)
    ranked = known[np.lexsort((known, owner))]  # NaN comes last within an owner
    starts = np.searchsorted(np.sort(owner), np.arange(owner.max() + 1))
    count = np.bincount(owner, np.isfinite(known)).astype(np.intp)
    last = len(ranked) - 1
    low = ranked[np.minimum(starts + np.maximum(count - 1, 0) // 2, last)]
    high = ranked[np.minimum(starts + count // 2, last)]
    middle: NDArray[np.float64] = np.where(count > 0, (low + high) / 2, np.nan)[owner]
    return middle
