"""What one says of a suspicion: it is so, or it is not; and what its model proposes instead."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from s2label.review.suspecting import NO_OBJECT, NOTHING_SUSPICIOUS, of_mask
from s2label.suggestion_files import read_suggestion
from s2label.suspicions import SuspicionKind, pixels_of
from s2label.types import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_s2label.desk import Desk
    from s2label.chip_views import ChipView
    from s2label.project import Project
    from s2label.suggestions import Suggestion
    from s2label.suspicions import SuspicionRecord

NO_PROPOSAL = (
    "what the audit proposed for this mask is no longer kept: paint it by hand, or audit again"
)
GONE_OBJECT = (
    "the model that proposes this object is not known any more: answer no and paint it by hand, or "
    "audit again"
)
MEND = "{accept_suggestion} accepts the proposal, or paint; then {skip} goes on"
# Lower than this, what is proposed is noise: the proposal may be of a later audit.
_LEAST_THRESHOLD = 0.2


def say_so(desk: Desk) -> None:
    """Say that it is so: an unlabelled object is painted; to mend a mask a proposal is shown.

    The key is also the one that completes a polygon, where one is begun.
    """
    session, project = desk.session, desk.project
    if desk.easel is not None and desk.easel.complete_polygon():
        return
    if session is None or project is None or session.chip is None:
        return
    if session.queue.subject is not Subject.SUSPICION:
        _mend(desk, project, session.chip)
        return
    asked = session.suspicion
    if asked is None:
        desk.told.emit(NO_OBJECT)
        return
    provenance = _model_number(project, session.chip, asked)
    if provenance is None or asked.class_value is None:
        desk.told.emit(GONE_OBJECT)
    else:
        session.answer(True, provenance)


def say_not_so(desk: Desk) -> None:
    """Say that it is not so: there is no object, or nothing is wrong with the mask."""
    session = desk.session
    if session is None:
        return
    if session.queue.subject is Subject.SUSPICION:
        session.answer(False)
    else:
        session.call_fine()


def _mend(desk: Desk, project: Project, chip: ChipView) -> None:
    suspicions = of_mask(chip)
    if not suspicions:
        desk.told.emit(NOTHING_SUSPICIOUS)
        return
    proposal = read_proposal(project, chip, suspicions)
    if proposal is None or desk.suggestions is None:
        desk.told.emit(NO_PROPOSAL)
        return
    desk.suggestions.suggesting.show(proposal)
    if desk.suggestions.suggesting.shown is proposal:
        status = desk.suggestions.suggesting.status
        desk.told.emit(desk.suggestions.in_words(f"{status}; {MEND}"))


def read_proposal(
    project: Project, chip: ChipView, suspicions: Sequence[SuspicionRecord]
) -> Suggestion | None:
    """Return what the model of an audit proposes for a chip, read from its file.

    An object that is missing is proposed in it, however unsure the model is of it.

    Parameters
    ----------
    project : Project
        Where it is kept.
    chip : ChipView
        In view; of a mask of a place any of its images.
    suspicions : sequence of SuspicionRecord
        Of the chip's mask, the foremost first, at least one.

    Returns
    -------
    Suggestion or None
        For the image in view; None where it is not kept, or of another image.
    """
    foremost = suspicions[0]
    seen = _image_of(project, chip, foremost)
    found = None if seen is None else read_suggestion(project, seen.image, foremost.model)
    if found is None or found.probabilities.shape[1:] != chip.place.grid.shape:
        return None
    missing = [each for each in suspicions if each.kind is SuspicionKind.MISSING]
    threshold = _threshold_for(found, missing[0]) if missing else found.threshold
    return replace(found, image_id=chip.image.id, threshold=threshold)


def _image_of(project: Project, chip: ChipView, suspicion: SuspicionRecord) -> ChipView | None:
    if chip.image.id == suspicion.image_id:
        return chip
    return project.catalog.chip(suspicion.image_id)


def _threshold_for(proposal: Suggestion, missing_one: SuspicionRecord) -> float:
    """Return the model's own threshold, or a lower one that proposes what is missing.

    The audit has a threshold of its own for all objects, which shows in the least likely pixels.
    """
    value = missing_one.class_value
    if value not in proposal.class_values:
        return proposal.threshold
    likely = proposal.probabilities[proposal.class_values.index(value)]
    missing = likely[pixels_of(missing_one.rings, likely.shape)]
    if not missing.size:
        return proposal.threshold
    # Two digits as on the slider, rounded down so that the least likely pixel is proposed, too.
    lowest = int(100 * float(missing.min()) / 255) / 100
    return max(_LEAST_THRESHOLD, min(proposal.threshold, lowest))


def _model_number(project: Project, chip: ChipView, asked: SuspicionRecord) -> int | None:
    """Return the number in mask files of the model that proposes an object; None if unknown."""
    # Imported here: its checked records take long to load.
    from s2label_training.shelf import Shelf

    found = read_suggestion(project, chip.image, asked.model)
    if found is not None:
        return found.provenance
    return Shelf(project.folder).numbers().get(asked.model)
