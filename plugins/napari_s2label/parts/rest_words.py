"""The learnt order and the rest in words that fit a narrow dock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label.learnt.model import LEAST_DECISIONS, LEAST_OF_A_KIND
from s2label.learnt.readiness import EVERY, Obstacle, find_obstacle
from s2label.types import State

if TYPE_CHECKING:
    from napari_s2label.learning_order import OrderLearning
    from napari_s2label.learning_rest import RestReviewing
    from s2label.chip_views import ChipView
    from s2label.learnt.left_order import LearntOrder
    from s2label.learnt.rest import RestReview
    from s2label.screening_records import LearningCounts

NO_PROJECT = "No project is open: choose one in the Project dock."
LENT = "A job has the project; this comes back when it ends."
COUNTING = "counting decisions ..."
LEARNING = "Learning from your decisions; go on meanwhile."
TAKING = "Taking the new order over; go on meanwhile."
SAMPLE_TITLE = "of the random sample"
MASKS = "Masks stay as they are: this decides on images only."
NO_CHANCES = "There is no order yet, so nobody knows which images are the rest."
DRAWING = "drawing a sample ..."
FORGET = (
    "Forget this sample? A sample says something only if it is drawn once and looked at to its "
    "end. What you decided stays."
)
CHANGED = "The sample changed meanwhile: nothing was accepted. Look at what it says now."
ACCEPTING = "Accepting the rest; go on meanwhile."


def trouble(why: str) -> str:
    """Return why learning failed."""
    return f"The order could not be learnt: {why}"


def learnt(order: LearntOrder) -> str:
    """Return from what an order was learnt, and how well it foresees, in a line."""
    start = f"Order learnt from {order.learnt_from:,} decisions"
    rate = order.hit_rate
    if rate is None:
        return f"{start}; too few of them to say how well it foresees."
    low, high = 100 * rate.rate_low, 100 * rate.rate_high
    return f"{start}; foresees {100 * rate.rate:.0f} % ({low:.0f} to {high:.0f} %)"


def learnt_tip(order: LearntOrder) -> str:
    """Return how that was measured."""
    return order.hit_rate.words if order.hit_rate is not None else ""


def standing(learning: OrderLearning) -> tuple[str, str]:
    """Return how it stands with the order, and in which mood that is said."""
    if learning.is_learning:
        return LEARNING, "plain"
    if learning.is_taking and learning.order is not None:
        return TAKING, "plain"
    if learning.trouble:
        return learning.trouble, "bad"
    if learning.order is not None:
        return f"{learnt(learning.order)}{_next(learning)}", "good"
    return (COUNTING if learning.counts is None else waiting_for(learning.counts)), "plain"


def _next(learning: OrderLearning) -> str:
    """Return after how many more decisions it is learnt anew."""
    if learning.counts is None or learning.order is None:
        return ""
    left = learning.order.learnt_from + EVERY - learning.counts.decided
    return f"\nLearnt anew after {left} more decisions." if left > 0 else ""


def waiting_for(counts: LearningCounts) -> str:
    """Return what stands in the way of a first order."""
    match find_obstacle(counts):
        case Obstacle.NOTHING_SCREENED:
            return "No image is screened yet: press Screen in the Screen dock."
        case Obstacle.FEW_DECISIONS:
            unscreened = counts.images - counts.screened
            more = f"\n{unscreened:,} images are not screened: see the Screen dock."
            return (
                f"{counts.decided} of {LEAST_DECISIONS} decisions on images; then the order is "
                f"learnt by itself.{more if unscreened > 0 else ''}"
            )
        case Obstacle.FEW_REJECTED:
            return _few(counts, counts.rejected, "rejected")
        case Obstacle.FEW_ACCEPTED:
            return _few(counts, counts.decided - counts.rejected, "accepted")
    return "The order can be learnt: press Learn now."


def _few(counts: LearningCounts, found: int, kind: str) -> str:
    return (
        f"Only {found} of {counts.decided} images were {kind}: the order can be learnt when "
        f"{LEAST_OF_A_KIND} are."
    )


def chance(chip: ChipView | None, order: LearntOrder | None) -> str:
    """Return how likely the chip in view is to be rejected, and why, in a line or two."""
    if chip is None:
        return ""
    if chip.rejection is None:
        return "" if order is None else "No chance is known of this image: it is not screened."
    share = percent(chip.rejection)
    if chip.image_state is not State.OPEN:
        return f"Before you decided, this image was {share} likely to be rejected."
    reasons = order.reasons.get(chip.image.id, ()) if order is not None else ()
    why = f": {', '.join(reasons)}" if reasons else ""
    return f"This image: {share} likely to be rejected{why}"


def percent(share: float) -> str:
    """Return a share 0..1 as people say it: little is not nothing, and much not all."""
    if 0 < share < 0.01:
        return "less than 1 %"
    return "more than 99 %" if 0.99 < share < 1 else f"{100 * share:.0f} %"


def listed(below: int, among: int, sample: int) -> str:
    """Return what a threshold means before a sample is drawn.

    Parameters
    ----------
    below, among, sample : int
        Open images under the threshold, all that have a chance, and how many are looked at.
    """
    if not below:
        return f"None of {among:,} open images: choose a higher threshold."
    if below <= sample:
        return (
            f"{below:,} of {among:,} open images: as few as the {sample} of a sample. Look at all "
            "of them, or choose a higher threshold."
        )
    return (
        f"{below:,} of {among:,} open images: look at {sample} drawn at random, then accept the "
        f"other {below - sample:,} unseen."
    )


def drawn(review: RestReview) -> str:
    """Return what a sample was drawn from, and what is left of that."""
    plan = review.plan
    left_out = len(plan.versions) - len(plan.sample) - len(review.rest) - review.unseen
    gone = f"; {left_out:,} decided, changed or doubtful since" if left_out > 0 else ""
    return (
        f"{len(plan.versions):,} images were below {percent(plan.below)} when the sample was "
        f"drawn{gone}. {len(review.rest):,} would be accepted unseen."
    )


def rest_standing(rest: RestReviewing) -> tuple[str, str]:
    """Return how the sample stands, and in which mood that is said."""
    if rest.is_drawing:
        return DRAWING, "plain"
    if rest.is_accepting:
        return ACCEPTING, "plain"
    if rest.trouble:
        return rest.trouble, "bad"
    if rest.review is None:
        return (unseen(rest.unseen) if rest.unseen else ""), "good"
    if rest.review.open_sample:
        return sample_standing(rest.review), "plain"
    return sample_standing(rest.review), "warn" if rest.review.rejected else "good"


def sample_standing(review: RestReview) -> str:
    """Return what the sample says, as far as it is looked at."""
    sample = len(review.plan.sample)
    if review.open_sample:
        return (
            f"{review.rejected or 'None'} rejected so far. Decide with the usual keys and look "
            "closely: each stands for many that nobody will look at."
        )
    wrong = f"{review.rejected} of {sample}" if review.rejected else f"None of {sample}"
    return f"{wrong} rejected. {bound(review)}"


def bound(review: RestReview) -> str:
    """Return the error that a finished sample supports, in a sentence."""
    return (
        f"With 95 % certainty at most {100 * review.error:.1f} % of the "
        f"{len(review.plan.versions):,} images listed would be rejected."
    )


def question(review: RestReview) -> str:
    """Return what is asked before the rest is accepted."""
    return (
        f"Accept {len(review.rest):,} images that nobody looked at?\n\n{bound(review)}\n"
        f"{MASKS}\nOne undo takes all of it back."
    )


def unseen(count: int) -> str:
    """Return how many images of the last sample stand as accepted unseen."""
    return f"{count:,} image{'s were' if count != 1 else ' was'} accepted unseen."


def accepted(changes: int, key: str) -> str:
    """Return what was accepted unseen, and which key takes it back."""
    images = f"{changes:,} image{'s' if changes != 1 else ''}"
    return f"{images} accepted unseen; {key} takes all of it back"
