"""Whether a model fits an image and a project: bands, pixels, scale, classes. Knows no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from s2label.types import BACKGROUND

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from s2label.types import ClassTable, ImageRecord
    from s2label_training.bundle import ModelRecord

# Reflectance that neither cloud, snow nor sun glint reaches over half a chip.
_BRIGHTEST = 2.0
_TIMES = 10.0
_GSD_TOLERANCE = 0.1
_TRAINED_HERE = "take one that was trained in this project (`s2label models`)"


def class_refusal(record: ModelRecord, classes: ClassTable) -> str:
    """Return why a model cannot suggest in a project: what it tells is not what is labelled there.

    Parameters
    ----------
    record : ModelRecord
        The model.
    classes : ClassTable
        The classes of the project.

    Returns
    -------
    str
        Empty where it can.
    """
    strange = strange_values((c.value for c in record.classes), classes)
    if strange:
        names = ", ".join(f"{c.value} ({c.name})" for c in record.classes if c.value in strange)
        own = ", ".join(f"{c.value} ({c.name})" for c in classes.classes)
        return f"{record.id} suggests {names}, but this project has {own}; {_TRAINED_HERE}"
    if record.lifetime is not classes.lifetime:
        found, expected = record.lifetime.value, classes.lifetime.value
        return (
            f"{record.id} suggests {found} classes, but those of this project are {expected}; "
            f"{_TRAINED_HERE}"
        )
    return ""


def strange_values(values: Iterable[int], classes: ClassTable) -> set[int]:
    """Return those class values that a project's masks cannot hold."""
    return set(values) - {BACKGROUND} - {c.value for c in classes.classes}


def refusal(record: ModelRecord, image: ImageRecord, gsd_m: float | None = None) -> str:
    """Return why a model cannot take an image, in words that hold for all such images.

    Parameters
    ----------
    record : ModelRecord
        The model.
    image : ImageRecord
        Its bands and what their numbers mean are looked at, not its pixels; see `check_values`.
    gsd_m : float, optional
        Side of the image's pixels on the ground, where that is known.

    Returns
    -------
    str
        Empty where the model can take it.
    """
    by_name = {band.name: band for band in image.bands}
    missing = [name for name in record.bands if name not in by_name]
    if missing:
        return f"no {' '.join(missing)}; {record.id} needs {' '.join(record.bands)}"
    if any(by_name[name].quantification <= 0 for name in record.bands):
        return (
            f"nobody said how its numbers become reflectance, which {record.id} needs; "
            "import it again with --quantification"
        )
    if gsd_m is not None and abs(gsd_m / record.gsd_m - 1) > _GSD_TOLERANCE:
        return f"pixels of {gsd_m:g} m; {record.id} learnt on {record.gsd_m:g} m"
    return ""


def check_values(record: ModelRecord, values: NDArray[np.float32]) -> str:
    """Return why pixels cannot be reflectance of the kind that a model learnt from, in words.

    A cloud, snow or deep shade all over a chip stays within these limits. What does not are DN or
    8 bit taken for reflectance, and numbers divided twice.

    Parameters
    ----------
    record : ModelRecord
        The model; its ``typical`` are the 1st and 99th percentile of what it learnt from.
    values : ndarray
        (band, y, x) float32 reflectance in the order of ``record.bands``, NaN at nodata.

    Returns
    -------
    str
        Empty where they can be, and where there is no pixel with data.
    """
    typical = dict(zip(record.bands, record.typical, strict=False))
    flat = {name: band[np.isfinite(band)] for name, band in zip(record.bands, values, strict=True)}
    found = {name: pixels for name, pixels in flat.items() if pixels.size}
    for name, pixels in found.items():
        limit = max(_BRIGHTEST, _TIMES * typical[name][1])
        if np.median(pixels) > limit:
            return _odd_scale(record, name, f"half of {name} lies above {limit:.3g}")
    dimmest = {name: typical[name][0] / _TIMES for name in found if typical[name][0] > 0}
    if dimmest and all(found[name].max() <= limit for name, limit in dimmest.items()):
        name, limit = next(iter(dimmest.items()))
        return _odd_scale(record, name, f"all of {name} lies below {limit:.3g}")
    return ""


def _odd_scale(record: ModelRecord, name: str, told: str) -> str:
    low, high = record.typical[record.bands.index(name)]
    return (
        f"{told}, and {record.id} learnt from {low:.3g} to {high:.3g}: that is no reflectance; "
        "import it again with the right --quantification and --offset"
    )
