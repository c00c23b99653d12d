"""Accept the rest unseen: a plan, a random sample that is looked at, and one act.

The images that are hardly ever rejected, by the learnt chance, are listed once; a random sample of
them is decided on by eye; what it supports is said; then the others are accepted as one act.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from s2label.errors import S2LabelError
from s2label.learnt.reasons import NOT_LOOKED_AT, UNSEEN
from s2label.learnt.rest_file import RestPlan, read_plan, write_plan
from s2label.types import Decision, State, Subject, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from s2label.project import Project
    from s2label.screening_records import JudgedImage
    from s2label.types import Act

_LEVEL = 0.95
ERROR = 0.05
BELOW = 0.05


class RestError(S2LabelError):
    """The rest cannot be accepted yet, or not so."""


@dataclass(frozen=True)
class RestReview:
    """How far the sample of a plan is looked at, and what it says of the rest.

    Parameters
    ----------
    plan : RestPlan
        What was drawn.
    decided, rejected : int
        Of the sample.
    open_sample : tuple of str
        Images of the sample that wait to be looked at.
    rest : tuple of JudgedImage
        Images that would be accepted unseen: not in the sample, still open, unchanged, without
        a finding, and by an order that was learnt since still below the threshold.
    unseen : int
        How many of the plan stand as accepted unseen.
    """

    plan: RestPlan
    decided: int
    rejected: int
    open_sample: tuple[str, ...]
    rest: tuple[JudgedImage, ...]
    unseen: int = 0

    @property
    def error(self) -> float:
        """The largest share of the rest that would be rejected, as far as the sample tells."""
        return largest_error(self.rejected, self.decided)

    @property
    def words(self) -> str:
        """How it stands, in one line."""
        sample = f"{self.decided} of {len(self.plan.sample)} images of the sample are decided"
        if self.open_sample:
            return f"{len(self.rest)} images would be accepted unseen; {sample}"
        return (
            f"{len(self.rest)} images would be accepted unseen; {sample}, {self.rejected} of them "
            f"rejected: with 95 % certainty at most {self.error:.1%} of the rest would be, too"
        )


def largest_error(wrong: int, sample: int) -> float:
    """Return the upper end of the one-sided 95 % interval of a share (Clopper, Pearson, 1934).

    Parameters
    ----------
    wrong, sample : int
        How many of a random sample are wrong, and how large it is; 59 without any give 0.0495.
    """
    if wrong >= sample:
        return 1.0
    from scipy.stats import binomtest

    interval = binomtest(wrong, sample, alternative="less").proportion_ci(_LEVEL, method="exact")
    return float(interval.high)


def sample_size(error: float) -> int:
    """Return how large a sample without a wrong one has to be to support an error: 0.05 -> 59."""
    return math.ceil(math.log(1 - _LEVEL) / math.log(1 - error))


def draw_sample(
    project: Project,
    below: float = BELOW,
    error: float = ERROR,
    *,
    seed: int = 0,
    anew: bool = False,
) -> RestReview:
    """List the images that are hardly ever rejected, and draw a random sample of them, once.

    Asked again it returns what was drawn before, also when chances have changed since: a sample
    that is drawn until it pleases says nothing.

    Parameters
    ----------
    project : Project
        Open for writing; chances were learnt.
    below : float
        Images whose chance of rejection is smaller are listed.
    error : float
        The share of wrong ones that the sample shall be able to exclude.
    seed : int
        Of the drawing.
    anew : bool
        Forget what was drawn before.

    Raises
    ------
    RestError
        If another threshold was drawn for before, or nothing is so unlikely to be rejected.
    """
    images = project.catalog.screenings.judged()
    before = None if anew else read_plan(project.folder)
    if before is not None and _review(before, images).rest:
        if not math.isclose(before.below, below):
            raise RestError(
                f"{project.folder}: a sample was drawn below {before.below:g} on {before.at[:10]}; "
                f"finish it, or draw anew with --new"
            )
        return _review(before, images)
    listed = [image for image in images if _is_unlikely(image, below)]
    size = sample_size(error)
    if len(listed) <= size:
        raise RestError(
            f"{project.folder}: {len(listed)} open images have a chance of rejection below "
            f"{below:g}, of which {size} would be looked at anyway; look at all, or raise --below"
        )
    drawn = np.random.default_rng(seed).choice(len(listed), size, replace=False)
    plan = RestPlan(
        below=below,
        at=project.catalog.now(),
        sample=tuple(listed[n].id for n in sorted(drawn)),
        versions={image.id: image.version for image in listed},
    )
    write_plan(project.folder, plan)
    return _review(plan, images)


def _is_unlikely(image: JudgedImage, below: float) -> bool:
    is_known = image.chance is not None and image.chance < below
    return is_known and image.state is State.OPEN and not image.has_finding


def review_rest(project: Project) -> RestReview:
    """Return how far the sample is looked at.

    Raises
    ------
    RestError
        If none was drawn, or its file is damaged.
    """
    plan = read_plan(project.folder)
    if plan is None:
        raise RestError(
            f"{project.folder}: no sample is drawn; do so with "
            f"`s2label rest {project.folder.name} --sample`"
        )
    return _review(plan, project.catalog.screenings.judged())


def _review(plan: RestPlan, images: Iterable[JudgedImage]) -> RestReview:
    listed = [image for image in images if image.id in plan.versions]
    drawn = set(plan.sample)
    sample = [image for image in listed if image.id in drawn]
    return RestReview(
        plan,
        decided=sum(_is_looked_at(image) for image in sample),
        rejected=sum(_is_looked_at(i) and i.state is State.REJECTED for i in sample),
        open_sample=tuple(image.id for image in sample if not _is_looked_at(image)),
        rest=tuple(
            image
            for image in listed
            if image.id not in drawn
            and image.state is State.OPEN
            and image.version == plan.versions[image.id]
            and not image.has_finding
            and (image.chance is None or image.chance < plan.below)
        ),
        unseen=sum(image.reason == UNSEEN for image in listed),
    )


def _is_looked_at(image: JudgedImage) -> bool:
    """Tell whether somebody decided by eye: an act that was done again may have done so unseen."""
    return image.state is not State.OPEN and image.reason not in NOT_LOOKED_AT


def accept_rest(project: Project, error: float = ERROR) -> Act | None:
    """Accept the images of the plan that are still open, as one act; None where none is left.

    Parameters
    ----------
    project : Project
        Open for writing.
    error : float
        The largest share of wrong ones that is fine.

    Raises
    ------
    RestError
        If the sample is not finished, or supports only a larger error.
    """
    review = review_rest(project)
    if review.open_sample:
        raise RestError(
            f"{project.folder}: {len(review.open_sample)} of {len(review.plan.sample)} images of "
            "the sample are not decided on; look at them first"
        )
    if review.error > error:
        raise RestError(
            f"{project.folder}: {review.rejected} of {review.decided} images of the sample were "
            f"rejected, so up to {review.error:.1%} of the rest may be wrong; look at "
            f"the doubtful, draw anew with a smaller --below, or say --error {_up(review.error)}"
        )
    return project.catalog.decide(
        [Decision(Subject.IMAGE, i.id, Verdict.ACCEPT, UNSEEN, i.version) for i in review.rest]
    )


def _up(error: float) -> str:
    return f"{math.ceil(error * 100) / 100:g}"
