"""Whether an order can be learnt from the decisions so far, and when it is due again."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from s2label.learnt.model import LEAST_DECISIONS, LEAST_OF_A_KIND
from s2label.learnt.reasons import NOT_LOOKED_AT

if TYPE_CHECKING:
    from s2label.project import Project
    from s2label.screening_records import LearningCounts

# So many more decisions are worth learning anew.
EVERY = 50


class Obstacle(StrEnum):
    """What stands in the way of learning."""

    NOTHING_SCREENED = "nothing is screened"
    FEW_DECISIONS = "few decisions"
    FEW_REJECTED = "few are rejected"
    FEW_ACCEPTED = "few are accepted"


def count_decisions(project: Project) -> LearningCounts:
    """Return what there is to learn from."""
    return project.catalog.screenings.count_decisions(NOT_LOOKED_AT)


def find_obstacle(counts: LearningCounts) -> Obstacle | None:
    """Return what stands in the way of learning; None where nothing does."""
    if not counts.screened:
        return Obstacle.NOTHING_SCREENED
    if counts.decided < LEAST_DECISIONS:
        return Obstacle.FEW_DECISIONS
    accepted = counts.decided - counts.rejected
    if min(counts.rejected, accepted) >= LEAST_OF_A_KIND:
        return None
    return Obstacle.FEW_REJECTED if counts.rejected < accepted else Obstacle.FEW_ACCEPTED


def is_due(counts: LearningCounts, learnt_from: int | None) -> bool:
    """Tell whether an order is to be learnt, which was learnt from so many decisions before."""
    if find_obstacle(counts) is not None:
        return False
    return learnt_from is None or counts.decided >= learnt_from + EVERY
