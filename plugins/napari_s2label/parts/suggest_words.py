"""What the suggest dock and the status line say."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.ndimage import label

from napari_s2label.model_choice import STROKES
from napari_s2label.parts.reports import Report, counted
from s2label.types import Lifetime

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from napari_s2label.model_choice import ModelChoice
    from s2label.types import ClassTable

# How many reasons why chips got no suggestion fit a narrow dock.
_REASONS = 3
NOTHING_ASKED = "no suggestion yet"
THINKING = "thinking ..."
LEARNING = "learning from your strokes ..."
NOTHING_SHOWN = "nothing is suggested on this chip; {suggest} asks"
HIDDEN = "hidden; {suggest} shows it again"
NO_MODEL = (
    "no model yet: paint a few objects and some background, then press {learn_strokes}; "
    "or train one in the Train dock"
)
NONE_IN_USE = "no model is in use: train one in the Train dock"
LEARNT_ON_ASKING = "from all that is painted by hand; {learn_strokes} adds the latest strokes"
NOT_PROPOSED = "this class is not suggested here"
NO_OBJECT = "no object is suggested under the mouse"
POINT = "point at an object and press {accept_object}"
NOT_DRAWN = "nothing can be suggested: this chip cannot be shown"
OTHER_SIZE = "the suggestion has another size than the chip; press {suggest} again"


def accepted(
    classes: NDArray[np.uint8], by_hand: int, closed: int = 0, *, keeps_others: bool = False
) -> str:
    """Return what accepting changed.

    Parameters
    ----------
    classes : (n,) uint8
        Class of each pixel that was set.
    by_hand : int
        Pixels painted by hand for which something else was suggested.
    closed : int
        Other pixels for which something else was suggested and that could not be set.
    keeps_others : bool
        Whether other classes are left alone.
    """
    why = "ignored or of other classes ({keep_others})" if keeps_others else "ignored"
    reasons = (
        f"{counted_px(by_hand)} painted by hand stay" if by_hand else "",
        f"{counted_px(closed)} are {why}" if closed else "",
    )
    kept = "; ".join(filter(None, reasons))
    if not classes.size:
        return f"nothing accepted; {kept}" if kept else "nothing accepted: the mask says the same"
    number = len(np.unique(classes))
    said = f"{counted_px(classes.size)} of {number} class{'' if number == 1 else 'es'} accepted"
    return f"{said}; {kept}" if kept else said


def counted_px(number: int) -> str:
    """Return a number of pixels: ``1,240 px``."""
    return f"{number:,} px"


def proposal(proposed: NDArray[np.uint8], classes: ClassTable) -> str:
    """Return what is proposed: ``vessel: 2 objects, 31 px``; shares where classes cover all."""
    counts = np.bincount(proposed.ravel(), minlength=256)
    found = [c for c in classes.classes if counts[c.value]]
    if not found:
        return "none of the classes is suggested here at this threshold"
    if classes.lifetime is Lifetime.MOVING:
        return "; ".join(f"{c.name}: {_objects(proposed == c.value)}" for c in found)
    total = sum(counts[c.value] for c in found)
    ordered = sorted(found, key=lambda c: -counts[c.value])
    return ", ".join(f"{c.name} {100 * counts[c.value] / total:.0f} %" for c in ordered)


def _objects(is_class: NDArray[np.bool_]) -> str:
    _, count = label(is_class, structure=np.ones((3, 3)))
    return f"{counted(count, 'object')}, {counted_px(int(np.count_nonzero(is_class)))}"


def learnt(report: Mapping[str, Any]) -> str:
    """Return what was learnt from: ``learnt from 3 chips, 1,240 px``."""
    pixels = sum(report.get("pixels", {}).values())
    return f"learnt from {counted(report.get('chips', 0), 'chip')}, {counted_px(pixels)}"


def first_keys(keys: Mapping[str, str]) -> str:
    """Return what somebody who begins has to know, as rich text."""
    bold = {id_: f"<b>{escape(key)}</b>" for id_, key in keys.items()}
    return (
        f"{bold['suggest']} suggests and hides again. Faint pixels: the model is less sure; "
        f"{bold['threshold_lower']} takes more of them.<br>"
        f"Accepting leaves what you painted by hand; {bold['undo']} takes it back.<br>"
        f"No model yet? Paint a few objects and some background, then {bold['learn_strokes']}."
    )


def model_words(models: ModelChoice) -> str:
    """Return what the model is that suggests; action ids in braces stand for their keys."""
    if models.chosen == STROKES:
        return LEARNT_ON_ASKING if models.learnt is None else learnt(models.learnt)
    if models.record is None:
        return models.complaint or NONE_IN_USE
    score = models.headline
    return models.record.id + ("" if score is None else f"\nscore {score:.2f} on held-out chips")


def suggested_report(result: Mapping[str, Any]) -> Report:
    """Return what suggesting for all open chips brought."""
    lines = [f"Suggested for {counted(result['suggested'], 'chip')}."]
    if result["kept"]:
        lines.append(f"{counted(result['kept'], 'chip')} had a suggestion already.")
    refused = list(result["refused"].items())
    lines += [f"{counted(number, 'chip')} without: {why}" for why, number in refused[:_REASONS]]
    return Report("\n".join(lines), "bad" if refused else "good")
