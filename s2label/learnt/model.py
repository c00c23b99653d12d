"""A small model of what somebody rejects, with chances that mean what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from s2label.errors import S2LabelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_DECISIONS = 50
# Of the rarer kind each part of the data, on which chances are calibrated, needs some.
LEAST_OF_A_KIND = 5
_FOLDS = 5
_TREES = 100
_SEED = 0


class TooFewDecisionsError(S2LabelError):
    """There is not enough to learn from yet."""


def require_decisions(is_rejected: NDArray[np.bool_]) -> None:
    """Raise `TooFewDecisionsError` where decisions are few, or nearly all of one kind."""
    decisions, rejected = is_rejected.size, int(is_rejected.sum())
    if decisions < LEAST_DECISIONS:
        raise TooFewDecisionsError(
            f"{decisions} images are decided on; the order can be learnt from {LEAST_DECISIONS} on"
        )
    rare = min(rejected, decisions - rejected)
    if rare < LEAST_OF_A_KIND:
        kind = "rejected" if rejected == rare else "accepted"
        raise TooFewDecisionsError(
            f"only {rare} of {decisions} images that were decided on are {kind}; "
            f"the order can be learnt from {LEAST_OF_A_KIND} on"
        )


def fit_model(
    features: NDArray[np.float64], is_rejected: NDArray[np.bool_], places: NDArray[Any]
) -> Any:
    """Fit a model of which images are rejected.

    Trees that split at random (Geurts et al., 2006) take shares and reflectances as they are, and
    learn from fifty images without learning them by heart. Their votes are no chances, so they
    are calibrated (Platt, 1999) on places that they did not see.

    Parameters
    ----------
    features : ndarray
        (image, feature), NaN where unknown.
    is_rejected : ndarray
        (image,) bool.
    places : ndarray
        (image,) which place each shows.

    Returns
    -------
    object
        With ``predict_proba``: (image, 2), the second is the chance of rejection.

    Raises
    ------
    TooFewDecisionsError
        See `require_decisions`.
    """
    require_decisions(is_rejected)
    from sklearn.calibration import CalibratedClassifierCV

    folds = split_by_place(is_rejected, places)
    model = CalibratedClassifierCV(_build(), method="sigmoid", cv=folds, ensemble=False)
    return model.fit(features, is_rejected)


def foresee(
    features: NDArray[np.float64], is_rejected: NDArray[np.bool_], places: NDArray[Any]
) -> NDArray[np.float64]:
    """Return the chance of each decided image, (image,), by what other places teach.

    Votes come from trees that did not see the image's place, and so does their calibration.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict

    folds = split_by_place(is_rejected, places)
    given = {"cv": folds, "method": "predict_proba"}
    votes = cross_val_predict(_build(), features, is_rejected, **given)[:, 1:]
    calibrated = cross_val_predict(LogisticRegression(C=1e3), votes, is_rejected, **given)
    return np.asarray(calibrated[:, 1], dtype=np.float64)


def _build() -> Any:
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline

    # What is not known is marked as such: an image without water is not one with clear water.
    imputer = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    trees = ExtraTreesClassifier(_TREES, min_samples_leaf=2, random_state=_SEED)
    return make_pipeline(imputer, trees)


def split_by_place(
    is_rejected: NDArray[np.bool_], places: NDArray[Any]
) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Return (learnt from, left out) rows of some folds; a place is on one side of each."""
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    _, owner = np.unique(places, return_inverse=True)
    splitter = StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=_SEED)
    if owner.max() + 1 >= _FOLDS:
        folds = list(splitter.split(owner, is_rejected, owner))
        if all(_has_both(is_rejected[learnt]) for learnt, _ in folds):
            return folds
    # A few places, or all that is rejected in one: dates have to do.
    fewest = min(_FOLDS, int(is_rejected.sum()), int((~is_rejected).sum()))
    plain = StratifiedKFold(fewest, shuffle=True, random_state=_SEED)
    return list(plain.split(owner, is_rejected))


def _has_both(kinds: NDArray[np.bool_]) -> bool:
    return bool(kinds.any() and not kinds.all())


def chances_of(model: Any, features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the chance of each image to be rejected, (image,), 0..1."""
    return np.asarray(model.predict_proba(features)[:, 1], dtype=np.float64)
