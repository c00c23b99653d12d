"""What speaks most for rejecting an image: what its chance would fall by were it as usual."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from s2label.learnt.model import chances_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# Of those that come first; the others wait for the next order.
_MOST_IMAGES = 1000
_REASONS = 2
# A smaller part of the chance is no reason to name.
_LEAST_FALL = 0.05
_SHARES = {
    "cloud": ("cloud", "valid_cloud", "labelled_cloud", "water_cloud"),
    "shadow": ("shadow",),
    "haze": ("haze",),
    "snow": ("snow",),
    "missing data": ("nodata", "unknown"),
}


def find_strongest(
    model: Any,
    features: NDArray[np.float64],
    names: Sequence[str],
    usual: NDArray[np.float64],
    chances: NDArray[np.float64],
) -> dict[int, tuple[str, ...]]:
    """Return the two strongest reasons for rejecting the likeliest images, in words.

    One kind of features after the other is set to what is usual among accepted images; what the
    chance falls by is what that kind has to say (occlusion; Zeiler and Fergus, 2014).

    Parameters
    ----------
    model : object
        From `model.fit_model`.
    features : ndarray
        (image, feature) of open images.
    names : sequence of str
        From `features.name_features`.
    usual : ndarray
        (feature,) the median of accepted images; NaN where nobody knows.
    chances : ndarray
        (image,) 0..1, by the same model.

    Returns
    -------
    dict
        Row -> reasons, the strongest first. At most a thousand rows; without a reason none.
    """
    likeliest = np.argsort(-chances, kind="stable")[:_MOST_IMAGES]
    rows = features[likeliest]
    kinds = _kinds(names)
    falls = np.array([_fall(model, rows, c, usual, chances[likeliest]) for c in kinds.values()])
    found = {}
    for number, row in enumerate(likeliest):
        order = np.argsort(-falls[:, number], kind="stable")[:_REASONS]
        told = [list(kinds.items())[k] for k in order if falls[k, number] >= _LEAST_FALL]
        if told:
            found[int(row)] = tuple(_words(k, features[row, c], usual[c]) for k, c in told)
    return found


def _fall(
    model: Any,
    rows: NDArray[np.float64],
    columns: list[int],
    usual: NDArray[np.float64],
    chances: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return what each chance falls by, (image,), were some features as usual."""
    changed = rows.copy()
    changed[:, columns] = usual[columns]
    return chances - chances_of(model, changed) if len(rows) else chances


def _kinds(names: Sequence[str]) -> dict[str, list[int]]:
    """Return kind -> columns, of the kinds of which there are any."""
    groups = {
        kind: [n for n, name in enumerate(names) if name in its] for kind, its in _SHARES.items()
    }
    groups["season"] = [n for n, name in enumerate(names) if name == "season"]
    groups["unlike"] = [n for n, name in enumerate(names) if name.startswith("unlike ")]
    known = {column for columns in groups.values() for column in columns}
    groups["bands"] = [n for n in range(len(names)) if n not in known]
    return {kind: columns for kind, columns in groups.items() if columns}


def _words(kind: str, values: NDArray[np.float64], usual: NDArray[np.float64]) -> str:
    if kind == "season":
        return "the time of year"
    if kind in _SHARES:
        return f"{kind} {values[0]:.0%}"
    others = "than other dates here" if kind == "unlike" else "than accepted images"
    # The first of each four are means; of the differences between dates zero is the usual one.
    difference = np.nansum(values[::4] - np.nan_to_num(usual[::4]))
    return f"{'brighter' if difference > 0 else 'darker'} {others}"
