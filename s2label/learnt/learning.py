"""Learning from decisions how likely each open image is to be rejected."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from s2label.errors import S2LabelError
from s2label.learnt.features import build_features, name_features
from s2label.learnt.hit_rate import HitRate, Source, measure_hits
from s2label.learnt.model import chances_of, fit_model, foresee, require_decisions
from s2label.learnt.reasons import NOT_LOOKED_AT
from s2label.learnt.strongest import find_strongest
from s2label.types import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from s2label.project import Project
    from s2label.screening_records import JudgedImage


@dataclass(frozen=True)
class Learnt:
    """What was learnt from decisions.

    Parameters
    ----------
    learnt_from, rejected : int
        From how many decisions, and how many of them reject.
    chances : dict
        Open image -> how likely it is to be rejected, 0..1.
    hit_rate : HitRate or None
        How well such chances foresaw decisions that they did not know.
    unscreened : int
        Images that have no chance, since they were not screened.
    reasons : dict
        Of the likeliest images: image -> what speaks most for rejecting it, in words.
    """

    learnt_from: int
    rejected: int
    chances: dict[str, float] = field(default_factory=dict)
    hit_rate: HitRate | None = None
    unscreened: int = 0
    reasons: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def record(self) -> dict[str, Any]:
        """What ``--json`` prints."""
        return {
            "learnt_from": self.learnt_from,
            "rejected": self.rejected,
            "images": len(self.chances),
            "unscreened": self.unscreened,
            "hit_rate": asdict(self.hit_rate) if self.hit_rate else None,
        }


def learn_order(project: Project) -> Learnt:
    """Learn from the decisions on images how likely the open ones are to be rejected.

    Only reads, so that it may run in a thread or a child process; whoever writes notes the
    chances (`ScreeningStore.note_chances`). The same project gives the same chances.

    Parameters
    ----------
    project : Project
        Its images are screened.

    Raises
    ------
    TooFewDecisionsError
        If there are under 50 decisions on screened images, or nearly all are of one kind.
    S2LabelError
        If no image was screened.
    """
    with project.catalog.snapshot():
        everything = project.catalog.screenings.judged()
        screenings = project.catalog.screenings.records()
    images = [image for image in everything if image.id in screenings]
    if not images:
        raise S2LabelError(
            f"{project.folder}: no image is screened yet; run `s2label screen` first"
        )
    is_decided = np.array([_is_looked_at(image) for image in images])
    is_rejected = np.array([image.state is State.REJECTED for image in images])
    require_decisions(is_rejected[is_decided])
    of_images = [screenings[image.id] for image in images]
    features = build_features(images, of_images)
    places = np.array([image.place_id for image in images])
    decided = (features[is_decided], is_rejected[is_decided], places[is_decided])
    model = fit_model(*decided)
    chances = chances_of(model, features)
    is_open = np.array([image.state is State.OPEN for image in images])
    usual = _median_of_accepted(features, is_decided & ~is_rejected)
    strongest = find_strongest(
        model, features[is_open], name_features(of_images), usual, chances[is_open]
    )
    open_ids = [image.id for image in images if image.state is State.OPEN]
    return Learnt(
        learnt_from=int(is_decided.sum()),
        rejected=int(is_rejected[is_decided].sum()),
        chances={
            image.id: float(chance)
            for image, chance in zip(images, chances, strict=True)
            if image.state is State.OPEN
        },
        hit_rate=_measure_before(images) or _measure_folds(*decided),
        unscreened=sum(i.state is State.OPEN for i in everything) - len(open_ids),
        reasons={open_ids[row]: words for row, words in strongest.items()},
    )


def _median_of_accepted(
    features: NDArray[np.float64], is_accepted: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the median of each feature, (feature,); NaN where it is not known of any image."""
    accepted = features[is_accepted]
    usual = np.full(features.shape[1], np.nan)
    is_known = np.isfinite(accepted).any(axis=0)
    usual[is_known] = np.nanmedian(accepted[:, is_known], axis=0)
    return usual


def _is_looked_at(image: JudgedImage) -> bool:
    return image.state is not State.OPEN and image.reason not in NOT_LOOKED_AT


def _measure_before(images: Sequence[JudgedImage]) -> HitRate | None:
    """Measure on the chances that stood in the queue when somebody decided."""
    known = [image for image in images if _is_looked_at(image) and image.chance is not None]
    chances = np.array([image.chance for image in known], np.float64)
    is_rejected = np.array([image.state is State.REJECTED for image in known], np.bool_)
    return measure_hits(chances, is_rejected, Source.BEFORE)


def _measure_folds(
    features: NDArray[np.float64], is_rejected: NDArray[np.bool_], places: NDArray[Any]
) -> HitRate | None:
    """Measure on places left out in turn, as long as too few decisions came after a chance."""
    return measure_hits(foresee(features, is_rejected, places), is_rejected, Source.FOLDS)
