"""What the audit dock says, and what other docks say of suspicions."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from napari_s2label.parts.audit_reasons import nothing_left, shown_suspicions
from napari_s2label.parts.reports import counted
from napari_s2label.parts.words import duration
from s2label.queue_specs import QueueOrder
from s2label.suspicions import SuspicionKind
from s2label.types import Subject

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s2label_training.recipe import Recipe

    from napari_s2label.audit_ground import AuditGround, BegunAudit, SuspicionCounts
    from s2label.progress import Progress
    from s2label.queue_specs import QueueSpec
    from s2label.review.session import ReviewSession

NO_TORCH = "An audit needs more packages: pip install 'napari-s2label[training]'"
COUNTING = "counting the labels ..."
NOTHING_LABELLED = "Nothing is labelled yet: paint some chips, or import masks."
ONE_GROUP = "all in one group of ground: errors that they share are not found."
ABOUT_TIP = (
    "Each model looks at the groups of ground that it never saw.\n"
    "How long that takes is said once it has begun."
)
NO_AUDIT = "No audit has found anything yet."
ALL_ANSWERED = "Nothing suspected is open: all is answered, mended or rejected."
STOPPED = "Stopped; the button goes on where it was."
STARTING, STOPPING = "starting ...", "stopping ..."
NO_SUSPICION = "Nothing is suspected of this chip."
_PLURALS = {
    SuspicionKind.SHIFTED: ("shifted mask", "shifted masks"),
    SuspicionKind.MISFIT: ("mask that fits another chip", "masks that fit another chip"),
    SuspicionKind.CONSENSUS: ("mask of low consensus", "masks of low consensus"),
}
_MOST_NOTES = 3


def ground_words(ground: AuditGround, recipe: Recipe | None, folds: int) -> str:
    """Return what an audit would look at, and what it costs."""
    if not ground.masks:
        return NOTHING_LABELLED
    masks = counted(ground.masks, "mask")
    if ground.groups == 1:
        return f"{masks}, {ONE_GROUP}"
    first = f"{masks} in {ground.groups:,} groups of ground"
    if recipe is None:
        return f"{first}."
    number = min(folds, ground.groups)
    return f"{first}; {number} models learn for {counted(recipe.fit.epochs, 'epoch')} each."


def begun_words(begun: BegunAudit | None) -> str:
    """Return that an audit ended early, and what follows; empty without one."""
    if begun is None:
        return ""
    done = f"An audit ended early: {begun.folds_done} of {begun.folds} folds are done."
    if begun.is_own:
        return f"{done} It was begun with other settings by `s2label audit`, which goes on with it."
    return f"{done} With these settings it goes on."


def start_label(begun: BegunAudit | None, *, goes_on: bool) -> str:
    """Return what the button says."""
    if begun is not None and goes_on:
        return f"Go on ({begun.folds_done} of {begun.folds} done)"
    return "Look for wrong labels"


def step_words(step: Progress | None, *, is_stopping: bool) -> str:
    """Return what an audit does."""
    if is_stopping:
        return STOPPING
    if step is None:
        return STARTING
    return str(step.data.get("words", step.message))


def left_words(step: Progress | None, *, is_stopping: bool) -> str:
    """Return how long an audit will take; empty where nobody knows."""
    seconds = step.data.get("seconds_left") if step is not None and not is_stopping else None
    return "" if seconds is None else f"{duration(float(seconds))} left"


def report_words(report: Mapping[str, Any]) -> tuple[str, str]:
    """Return what an audit came to, and how that sounds."""
    if report["stopped"]:
        return STOPPED, "plain"
    notes = list(report["notes"])
    told = [f"Note: {note}" for note in notes[:_MOST_NOTES]]
    found = sum(report["suspicions"].values())
    looked = f"{counted(report['masks'], 'mask')} looked at"
    what = counted(found, "suspicion") if found else "nothing suspicious found"
    return "\n".join([f"{looked}, {what}.", *told]), "warn" if notes else "good"


def standing_words(counts: SuspicionCounts) -> str:
    """Return what is suspected and open, by kind."""
    if not counts.was_audited:
        return NO_AUDIT
    if not counts.masks and not counts.objects:
        return ALL_ANSWERED
    ordered = sorted(counts.kinds.items(), key=lambda row: (-row[1], row[0]))
    return f"Open: {', '.join(_of_kind(kind, number) for kind, number in ordered)}."


def _of_kind(kind: str, number: int) -> str:
    known = SuspicionKind(kind) if kind in set(SuspicionKind) else None
    one, many = _PLURALS.get(known, (kind, f"{kind}s")) if known else (kind, f"{kind}s")
    return f"{number:,} {one if number == 1 else many}"


# -- of the chip in view ---------------------------------------------------------------------------


def here_words(session: ReviewSession) -> str:
    """Return what is suspected of what is in view, and where one is in the queue."""
    chip = session.chip
    spec = session.queue
    if chip is None:
        if session.is_reading:
            return "The queue is being read ..."
        return nothing_left(spec)
    lines = shown_suspicions(chip, session.suspicion)
    number, length = session.number
    if number and spec.order is QueueOrder.SUSPICION:
        what = "object" if spec.subject is Subject.SUSPICION else "mask"
        lines = [f"{what} {number:,} of {length:,}", *lines]
    return "\n".join(lines) or NO_SUSPICION


def how_words(spec: QueueSpec, keys: Mapping[str, str]) -> str:
    """Return what to press, as rich text."""
    key = {id_: f"<b>{escape(each)}</b>" for id_, each in keys.items()}
    outlines = f"{key['show_suspected']} outlines on or off."
    if spec.subject is Subject.SUSPICION:
        return (
            f"{key['say_so']} yes: it is painted. {key['say_not_so']} no: not asked again. "
            f"{key['skip']} later. {key['undo']} takes back, paint too. {outlines}"
        )
    return (
        f"{key['say_so']} shows what the audit's model proposes: {key['accept_suggestion']} "
        f"accepts it, or paint; then {key['skip']}. {key['say_not_so']} it is fine: not asked "
        f"again for the same reason. {key['mask_wrong']} the mask is wrong. {outlines}"
    )
