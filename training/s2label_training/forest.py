"""A forest that tells classes by the features of single pixels.

Of the forests and boosted trees tried on real ports (docs/strokes.md), extremely randomised trees
(Geurts et al. 2006, Machine Learning 63:3) are fitted many times faster and are as good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter
from sklearn.ensemble import ExtraTreesClassifier

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    # Of a chip: class value -> features (n, feature) float32 of some of its pixels.
    Sample = Mapping[int, NDArray[np.float32]]

_TREES = 60
_LEAF_PX = 3
_SEED = 0
# Keeps the fit below a second however much was painted.
_MOST_PX = 6_000
# A check has to be quicker than the fit that it speaks of.
_FOLDS, _CHECK_TREES, _CHECK_PX = 3, 20, 2_000
# From here on a second thread pays.
_LARGE_PX = 100_000
# Single pixels that alone look like something are mostly noise.
_SMOOTH_PX = 0.7


def fit_forest(
    samples: Sequence[Sample], trees: int = _TREES, most_px: int = _MOST_PX
) -> ExtraTreesClassifier:
    """Fit a forest in which each class counts the same; the same samples give the same forest.

    Parameters
    ----------
    samples : sequence of mapping
        Of each chip: class value -> features (n, feature) float32 of pixels drawn by chance.
    trees : int
        How many trees.
    most_px : int
        How many pixels are used in all, as many of each class as there are.
    """
    # Not by `bootstrap`: scikit-learn draws by weight then, and rare classes are always in the bag.
    forest = ExtraTreesClassifier(
        trees, min_samples_leaf=_LEAF_PX, class_weight="balanced", random_state=_SEED
    )
    return forest.fit(*_gathered(samples, most_px))


def check_forest(samples: Sequence[Sample]) -> float | None:
    """Return how well chips are told that a forest has not seen.

    Returns
    -------
    float or None
        Mean share of right pixels over classes, 0..1; None where nothing can be left out: a
        single chip, or all pixels of a class in one.
    """
    right: dict[int, list[NDArray[np.bool_]]] = {}
    folds = min(_FOLDS, len(samples))
    for fold in range(folds):
        rest = [sample for number, sample in enumerate(samples) if number % folds != fold]
        if len({value for sample in rest for value in sample}) < 2:
            continue
        forest = fit_forest(rest, _CHECK_TREES, _CHECK_PX)
        features, classes = _gathered(samples[fold::folds], _CHECK_PX)
        is_right = forest.predict(features) == classes
        for value in np.unique(classes):
            right.setdefault(int(value), []).append(is_right[classes == value])
    if len(right) < 2:
        return None
    return float(np.mean([np.concatenate(told).mean() for told in right.values()]))


def _gathered(
    samples: Sequence[Sample], most_px: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    features, classes = [], []
    values = sorted({value for sample in samples for value in sample})
    for value in values:
        parts = [sample[value] for sample in samples if value in sample]
        share = max(1, most_px // len(values) // len(parts))
        features += [part[:share] for part in parts]
        classes += [np.full(len(part[:share]), value) for part in parts]
    return np.concatenate(features), np.concatenate(classes)


def propose(
    forest: ExtraTreesClassifier, features: NDArray[np.float32], valid: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """Return how likely each class is in each pixel.

    Parameters
    ----------
    forest : ExtraTreesClassifier
        From `fit_forest`.
    features : ndarray
        (y, x, feature) float32.
    valid : ndarray
        (y, x) bool, False at nodata.

    Returns
    -------
    ndarray of uint8
        (class, y, x) in the order of ``forest.classes_``, 255 for certain, 0 at nodata.
    """
    flat = features.reshape(-1, features.shape[-1])
    forest.set_params(n_jobs=2 if len(flat) > _LARGE_PX else 1)
    likely = np.zeros((len(flat), len(forest.classes_)), np.float32)
    if valid.any():
        likely[valid.reshape(-1)] = forest.predict_proba(flat[valid.reshape(-1)])
    smooth = gaussian_filter(likely.T.reshape(-1, *valid.shape), (0, _SMOOTH_PX, _SMOOTH_PX))
    # Nothing is known where there is no data: that must not make its neighbours less likely.
    known = np.where(valid, gaussian_filter(valid.astype(np.float32), _SMOOTH_PX), np.inf)
    return np.asarray(np.rint(255 * smooth / known), np.uint8)
